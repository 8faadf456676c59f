"""Builds the maintainers' loop: training runs, the gate, publishing."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot import wiring
from bot.knowledge.yaml_files import read_yaml
from bot.services.users import User
from bot.settings import environment_of_child
from bot.storage.audit import AuditLog
from bot.storage.version_files import VersionFiles
from bot.storage.versions import VersionStore
from bot.training.release import current_model, new_name, read_pointer, write_pointer

if TYPE_CHECKING:
    from bot.services.alike import Alike
    from bot.services.edit_policy import PolicyEditing
    from bot.services.editing import Editing
    from bot.services.exchange import Exchange
    from bot.services.gate import Gate
    from bot.services.publishing import Publishing
    from bot.services.training_runs import TrainingRuns

# A smoke conversation takes about ten seconds; on a busy machine it may take minutes.
_LONGEST_SMOKE_S = 300
_FAQ = "faq/"
# What holds the name of a version or a run in the details of the audit log.
_NAMES = ("version", "previous", "run")


def audit(user: User | None, action: str, detail: dict[str, str]) -> None:
    """Note what somebody did; nobody is the command line."""
    # A name of an older model would be masked as the number of a card.
    shown = {key: text.replace("-", "_") if key in _NAMES else text for key, text in detail.items()}
    AuditLog(wiring.database()).add(user.name if user else "", action, shown, wiring.now())


def reach(point: str) -> None:
    """For tests: at the point that HALT_AT names this process stops, to be killed there."""
    if wiring.settings().halt_at == point:
        (wiring.settings().var / "halted").write_text(f"{point} {os.getpid()}", encoding="ascii")
        while True:
            time.sleep(60)


@lru_cache(maxsize=1)
def version_files() -> VersionFiles:
    """The folders of the versions."""
    chosen = wiring.settings()
    return VersionFiles(chosen.root, chosen.models, chosen.var / "versions")


@lru_cache(maxsize=1)
def version_store() -> VersionStore:
    """What the database knows of them."""
    return VersionStore(wiring.database())


# ---- training


@lru_cache(maxsize=1)
def training_runs() -> TrainingRuns:
    """The training runs of this project."""
    from bot.services.training_runs import TrainingRuns
    from bot.storage.run_files import RunFiles

    return TrainingRuns(
        version_store(),
        RunFiles(wiring.settings().var / "runs"),
        _Trainers(),
        wiring.now,
        new_name,
        audit,
    )


class _Trainers:
    """Starts the processes that train, and clears away those of its own that have ended."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def __call__(self, run_id: str, log: Path, lock: int) -> int:
        self._started = [process for process in self._started if process.poll() is None]
        # Unbuffered: the log is read while it is written.
        command = [sys.executable, "-u", "-m", "bot", "train", "--candidate", run_id]
        with log.open("ab") as written:
            process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                cwd=wiring.settings().root,
                env=environment_of_child(),
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                pass_fds=[lock],
                # It goes on when the server ends, and can be ended with all its children.
                start_new_session=True,
            )
        self._started.append(process)
        return process.pid


# ---- the gate


@lru_cache(maxsize=1)
def gate() -> Gate:
    """The gate of this project."""
    from bot.services.gate import Gate, Rules

    chosen = wiring.settings()
    rules = Rules(
        min_top1=chosen.gate_min_top1,
        min_follow_ups=chosen.gate_min_follow_ups,
        min_declined=chosen.gate_min_declined,
        max_wrongly_declined=chosen.gate_max_wrongly_declined,
        max_loss=chosen.gate_max_loss,
        max_set_loss=chosen.gate_max_set_loss,
    )
    return Gate(rules, answer, version_files(), version_store(), wiring.now, audit)


def answer(topic: str, place: str | None, text: str) -> str:
    """What a person insured in a place reads when a question is taken for a topic; empty where it is no one text."""
    if not topic.startswith(_FAQ):
        return _responses().get(f"utter_{topic}", "")
    from bot.services.asking import Asking

    asking = Asking(wiring.knowledge(), wiring.today)
    slots = {"insured_place": place} if place else {}
    return asking.answer(topic.removeprefix(_FAQ), [], slots, "zh").reply.text


@lru_cache(maxsize=1)
def _responses() -> dict[str, str]:
    """The texts of domain.yml by name."""
    written = read_yaml(wiring.settings().root / "domain.yml").get("responses", {})
    return {name: str(ways[0].get("text", "")) for name, ways in written.items() if ways}


def real_questions(limit: int) -> list[tuple[str, str | None, str]]:
    """The newest questions that people asked, masked: (text, place, what was talked of before)."""
    from bot.storage.questions import Questions

    asked = Questions(wiring.database()).newest(limit) if limit else []
    return [(one.text, one.place, one.subject or "") for one in asked]


# ---- publishing


@lru_cache(maxsize=1)
def publishing() -> Publishing:
    """Publishing and going back."""
    from bot.services.publishing import Pointer, Publishing, Surroundings

    models = wiring.settings().models
    pointer = Pointer(
        read=lambda: read_pointer(models),
        write=lambda pointing: write_pointer(models, pointing),
        served=lambda: current_model(models),
    )
    around = Surroundings(
        smoke=smoke,
        check=problems_of,
        audit=audit,
        now=wiring.now,
        new_id=lambda: uuid.uuid4().hex,
        editing=turn,
        reach=reach,
    )
    return Publishing(version_files(), version_store(), pointer, around, wiring.settings().versions_kept)


def turn() -> AbstractContextManager[None]:
    """Inside, nobody else changes the files of the project through this house."""
    return editing().files.turn()


def put_in_order() -> None:
    """At a start: end what a crash has left half done, before anybody looks for the model to serve."""
    if (version_files().folder / "journal.json").exists():
        publishing().recover()


def keep_live_version() -> None:
    """At a start: the model that is served becomes a version, while the files are those it was trained from."""
    from bot.services.publishing import PublicationError

    # Where another process of the house is at it, it does the same.
    with contextlib.suppress(PublicationError):
        publishing().keep_live()


def problems_of(files: Path) -> list[str]:
    """What is wrong with the files of a version."""
    from bot.knowledge.base import load_knowledge
    from bot.knowledge.checks import find_problems
    from bot.knowledge.errors import KnowledgeError
    from bot.knowledge.examples import load_examples

    try:
        base = load_knowledge(files / "knowledge")
        return find_problems(base, set(load_examples(files / "data" / "nlu.yml")))
    except KnowledgeError as error:
        return list(error.problems)


def smoke(model: Path | None) -> list[str]:
    """Have a conversation through a model in a process of its own; gives what went wrong."""
    with tempfile.TemporaryDirectory(prefix="bot-smoke-") as folder:
        command = [sys.executable, "-m", "bot", "publish", "--smoke", str(model or "current")]
        environment = environment_of_child(
            DATABASE_URL=f"sqlite:///{folder}/smoke.db", REDIS_URL="", WORKERS="1"
        )
        finished = subprocess.run(  # noqa: S603 - our own command
            command,
            cwd=wiring.settings().root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST_SMOKE_S,
        )
    try:
        return [str(line) for line in json.loads(finished.stdout.splitlines()[-1])]
    except (ValueError, IndexError):
        last = finished.stderr.strip().splitlines()
        return [last[-1] if last else f"the conversation ended with exit code {finished.returncode}"]


# ---- editing


@lru_cache(maxsize=1)
def editing() -> Editing:
    """The editing of topics and examples; what a crash has left half done is put in order first."""
    from bot.services.editing import Editing
    from bot.storage.revisions import RevisionStore

    chosen = wiring.settings()
    made = Editing(
        chosen.root,
        chosen.var / "editing",
        RevisionStore(wiring.database()),
        lambda user, action, detail: audit(user, action, dict(detail)),
        wiring.today,
        wiring.now,
        lambda: uuid.uuid4().hex,
        near=lambda text, label: alike().near(text, label),
        same=lambda text, label: alike().known(text, label),
        sources_dir=chosen.sources_dir,
        step=lambda point: reach(f"editing: {point}"),
    )
    made.files.recover()
    return made


@lru_cache(maxsize=1)
def alike() -> Alike:
    """The near duplicates among the examples, by the encoder of the model."""
    from bot.nlu.features import meanings
    from bot.services.alike import Alike

    return Alike(lambda: editing().examples(), meanings)


@lru_cache(maxsize=1)
def policy_editing() -> PolicyEditing:
    """The editing of policy files, with the worked cases where the tests are there."""
    from bot.services.edit_policy import PolicyEditing
    from bot.services.worked_cases import WorkedCases

    chosen = wiring.settings()
    cases = WorkedCases(chosen.root)
    return PolicyEditing(editing(), chosen.root, wiring.today, chosen.sources_dir, cases)


@lru_cache(maxsize=1)
def exchange() -> Exchange:
    """Import and export of answers, examples and topics."""
    from bot.services.exchange import Exchange

    return Exchange(editing())
