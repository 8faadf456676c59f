"""The process of a training run: trains a candidate from a snapshot, judges it, and tells how far it is."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from bot.cli.console import console, report_problems
from bot.knowledge.errors import KnowledgeError
from bot.settings import environment_of_child, load_settings, one_thread_for_numbers

if TYPE_CHECKING:
    from bot.services.gate import Measured, SuiteRun
    from bot.storage.versions import Run
    from bot.training.evaluate import Outcome
    from bot.training.questions import Question

_log = logging.getLogger(__name__)
_NICE = 10
_LONGEST_TESTS_S = 1800
_TESTS = ("tests/conversations", "tests/policy")
# Which component is trained, as a step of the run, and how far the run is then; in the order in which Rasa trains them.
_COMPONENTS = {
    "Starting to train component 'TopicClassifier'": ("topics", 0.08),
    "Starting to train component 'FactExtractor'": ("facts", 0.34),
    "Starting to train component 'TurnRules'": ("rules", 0.36),
}

Tell = Callable[..., None]


def run(options: argparse.Namespace) -> int:
    """Do the run that the console has begun, or begin one of the command line."""
    one_thread_for_numbers()
    from bot.services.training_runs import RunError
    from bot.wiring import maintenance

    runs = maintenance.training_runs()
    if options.candidate:
        begun = runs.run(options.candidate)
        if not begun.running:
            raise RunError("over", f"run {begun.id}: is over")
    else:
        # The lock is held until this process ends.
        begun, _ = runs.begin(None, options.why)
    os.nice(_NICE)
    signal.signal(signal.SIGTERM, _stop)

    # What Rasa writes while it trains is thrown away; this goes past it.
    shown = Console(file=sys.stdout, highlight=False)

    def tell(step: str, share: float, note: str = "") -> None:
        runs.progress(begun.id, step, share, note)
        shown.print(f"{share:4.0%} {step} {note}".rstrip(), markup=False)

    try:
        version = _make(begun, tell)
    except KnowledgeError as error:
        runs.fail(begun.id, error.problems[0])
        raise
    except Exception as error:
        runs.fail(begun.id, f"{type(error).__name__}: {error}".splitlines()[0])
        raise
    except BaseException:
        runs.fail(begun.id, "interrupted")
        raise
    runs.finish(begun.id, version)
    return _say(version)


def _stop(number: int, frame: Any) -> None:
    """End in order: temporary folders are removed on the way out."""
    sys.exit(128 + number)


def _say(version: str) -> int:
    """How the candidate stands; a candidate that fails the gate is no failure of the training."""
    from bot.wiring import maintenance

    report = maintenance.gate().report(version)
    console.print(f"Version {version} is ready.")
    if report is not None and not report.passed:
        report_problems([f"the gate: {reason}" for reason in report.reasons])
    left = maintenance.gate().unapproved(version)
    if left:
        console.print(f"{len(left)} changed answer(s) want approval: python -m bot versions {version}")
    return 0


def _make(run: Run, tell: Tell) -> str:
    """Snapshot, check, train, judge; gives the name of the version."""
    from bot.training.release import new_name
    from bot.wiring import maintenance

    name = new_name()
    tell("snapshot", 0.01)
    making, trained_from = _snapshot(name)
    try:
        tell("check", 0.02)
        _check(making / "files")
        tell("load", 0.04)
        _train(making, tell)
    except BaseException:
        maintenance.version_files().discard(name)
        raise
    note = {"made_at": _now(), "user": run.user, "why": run.why, "run": run.id}
    maintenance.version_files().finish(name, {**note, "fingerprint": trained_from})
    maintenance.reach("after_snapshot")
    judge(name, tell)
    maintenance.reach("after_gate")
    maintenance.publishing().prune()
    return name


def _now() -> str:
    from bot import wiring

    return wiring.now().isoformat()


def _snapshot(name: str) -> tuple[Path, str]:
    """A copy of the files and the hash of what is trained from, taken while nobody changed them."""
    from bot.training.release import fingerprint
    from bot.wiring import maintenance

    files = maintenance.version_files()
    while True:
        # Nobody edits in the console meanwhile; somebody may, who does it by hand.
        with maintenance.turn():
            before = fingerprint(files.root)
            making = files.prepare(name)
            if fingerprint(files.root) == before:
                return making, before


def _check(files: Path) -> None:
    from bot.wiring import maintenance

    found = maintenance.problems_of(files)
    if found:
        raise KnowledgeError(found)


def _train(making: Path, tell: Tell) -> None:
    from bot.cli.logs import configure_logs
    from bot.without_tensorflow import load_rasa

    load_rasa(making / "files" / "config.yml")
    configure_logs(debug=False)
    from bot.training.candidate import train

    def component(line: str) -> None:
        for name, (step, share) in _COMPONENTS.items():
            if name in line:
                tell(step, share)

    train(making / "files", making / "model.tar.gz", component)


# ---- judging


def judge(version: str, tell: Tell) -> None:
    """Hold a version against the live model and write the report beside it."""
    from bot.training.candidate import ask
    from bot.wiring import maintenance

    settings = load_settings()
    questions = _questions(settings.root / "tests" / "nlu")
    real = maintenance.real_questions(settings.gate_real_questions)
    asked = [*questions, *_as_questions(real)]
    places: list[str | None] = [*(None for _ in questions), *(place for _, place, _ in real)]
    live = maintenance.publishing().live()
    tell("measure", 0.40, str(len(asked)))
    model = maintenance.version_files().model(version)
    outcomes = ask(model, asked, lambda part: tell("measure", 0.40 + 0.15 * part, str(len(asked))))
    candidate = _measured(version, outcomes, places)
    before = None
    if live is not None:
        tell("measure_live", 0.56, live)
        served = settings.models / f"{live}.tar.gz"
        outcomes = ask(served, asked, lambda part: tell("measure_live", 0.56 + 0.14 * part, live))
        before = _measured(live, outcomes, places)
    tell("tests", 0.71)
    tests = _run_tests(settings.root, model) if settings.gate_tests else None
    tell("report", 0.99)
    gate = maintenance.gate()
    gate.keep(gate.judge(candidate, before, tests))


def _questions(folder: Path) -> list[Question]:
    from bot.training.questions import load_questions

    return load_questions(folder) if folder.is_dir() else []


def _as_questions(real: Sequence[tuple[str, str | None, str]]) -> list[Question]:
    from bot.training.candidate import REAL
    from bot.training.questions import Question

    return [Question(text, "", subject=subject, group=REAL) for text, _, subject in real]


def _measured(name: str, outcomes: Sequence[Outcome], places: Sequence[str | None]) -> Measured:
    """A model as the gate looks at it."""
    from bot.services.gate import Measured, Taken
    from bot.training.candidate import REAL, figures

    found = figures(outcomes)
    taken = [
        Taken(
            text=o.question.text,
            place=place,
            best=o.best,
            asks_back=o.asks_back,
            origin=o.question.group,
            right=None if o.question.group == REAL else o.right,
            wanted=o.question.topic,
        )
        for o, place in zip(outcomes, places, strict=True)
    ]
    return Measured(name, found.questions, found.shares, found.sets, taken)


def _run_tests(root: Path, model: Path) -> SuiteRun | None:
    """The conversation and policy tests with the candidate, in a process of their own; None where they are not there."""
    folders = [folder for folder in _TESTS if (root / folder).is_dir()]
    if not folders or importlib.util.find_spec("pytest") is None:
        return None
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bot-gate-") as folder:
        results = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        finished = subprocess.run(  # noqa: S603 - our own command
            [*command, "--junitxml", str(results), *folders],
            cwd=root,
            env=environment_of_child(TEST_MODEL=str(model)),
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=_LONGEST_TESTS_S,
        )
        counted = _counted(results, finished.returncode)
    return replace(counted, seconds=round(time.monotonic() - started, 1))


def _counted(results: Path, code: int) -> SuiteRun:
    """What pytest wrote down."""
    from defusedxml.ElementTree import parse

    from bot.services.gate import SuiteRun

    if not results.is_file():
        return SuiteRun(0, problem=f"pytest ended with exit code {code}")
    passed, failed = 0, []
    for case in parse(results).iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed.append(str(case.get("name")))
        else:
            passed += "skipped" not in kinds
    problem = "" if code in (0, 1) else f"pytest ended with exit code {code}"
    return SuiteRun(passed, tuple(failed), problem=problem)
