"""Publishing as it is run: real commands on a small copy of the project, killed at named points, beside a real server.

A kill is `kill -9` of a process that stands at a point (HALT_AT) and runs nothing more: no handler, no undoing.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.copies import edit, run_bot
from tests.small_copies import small_copy

LONGEST_S = 240
ADDED = "停车场的停车费给不给报"
MENDED = "在医保所在地以外的地方看病，就叫异地就医。"
FIRST = "在医保所在地以外的地方看病，就是异地就医。"


def run(root: Path, *arguments: str, **environment: str) -> str:
    """Run a command that has to succeed; gives what it says."""
    finished = run_bot(root, *arguments, **environment)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a live version and a judged candidate, which has one more example and one mended answer."""
    root = small_copy(tmp_path_factory.mktemp("publication"))
    run(root, "train")
    edit(root / "data" / "nlu.yml", "- intent: faq/remote_care_meaning\n  examples: |\n", EXAMPLE)
    edit(root / "knowledge" / "faq.md", FIRST, MENDED)
    run(root, "train", "--candidate", "--why", "补一个问法")
    return root


EXAMPLE = f"- intent: faq/remote_care_meaning\n  examples: |\n    - {ADDED}\n"


@pytest.fixture
def root(prepared: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    shutil.copytree(prepared, tmp_path / "project")
    return tmp_path / "project"


def live(root: Path) -> str:
    """The name in the pointer, whose model has to be there."""
    named = json.loads((root / "models" / "current.json").read_text("utf-8"))["model"]
    assert (root / "models" / named).is_file()
    return str(named).removesuffix(".tar.gz")


def names(root: Path) -> list[str]:
    """The versions, the oldest first."""
    return sorted(path.parent.name for path in (root / "var" / "versions").glob("*/version.json"))


def state(root: Path) -> tuple[str, bool, bool]:
    """What is live, and whether the example and the mended answer of the candidate stand in the files."""
    nlu, faq = root / "data" / "nlu.yml", root / "knowledge" / "faq.md"
    return live(root), ADDED in nlu.read_text("utf-8"), MENDED in faq.read_text("utf-8")


def rows(root: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(root / "var" / "assistant.db")) as database:
        return database.execute(query).fetchall()


def kill_at(root: Path, point: str, *arguments: str) -> None:
    """Start a command that stops at a point, and kill it there with all it has started."""
    halted = root / "var" / "halted"
    with (root / "var" / "killed.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=root,
            env={**_environment(), "HALT_AT": point},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until(lambda: halted.exists() or process.poll() is not None)
        assert halted.exists(), (root / "var" / "killed.log").read_text("utf-8")
        assert halted.read_text("ascii") == f"{point} {process.pid}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    halted.unlink()


def _environment() -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "TMPDIR")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, "PYTHONUTF8": "1"}


def until(wanted: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not wanted():
        assert time.monotonic() < deadline, "It did not come about."
        time.sleep(0.05)


def test_the_loop_by_commands_train_judge_publish_and_go_back(root: Path) -> None:
    before, candidate = names(root)
    shown = run(root, "versions", candidate, COLUMNS="200")
    assert "补一个问法" in shown
    assert "Tests: 1 passed, 0 failed." in shown
    assert state(root) == (before, True, True)
    assert f"{candidate} is live" in run(root, "publish")
    assert state(root) == (candidate, True, True)
    assert f"{before} is live" in run(root, "rollback", "--why", "试一下")
    assert state(root) == (before, False, False)
    left = root / "var" / "versions" / candidate / "left" / "data" / "nlu.yml"
    assert ADDED in left.read_text("utf-8")
    assert rows(root, "SELECT kind, version, previous, reason FROM publications ORDER BY at") == [
        ("publish", candidate, before, ""),
        ("rollback", before, candidate, "试一下"),
    ]
    said = rows(root, "SELECT action FROM audit_entries ORDER BY id")
    assert said == [("training_started",), ("version_published",), ("version_rolled_back",)]


@pytest.mark.long
def test_a_trainer_killed_after_the_snapshot_leaves_a_version_that_nobody_publishes_by_accident(
    root: Path,
) -> None:
    before, _ = names(root)
    kill_at(root, "after_snapshot", "train", "--candidate")
    newest = names(root)[-1]
    assert "run" not in run(root, "versions")
    assert rows(root, "SELECT state, problem FROM training_runs ORDER BY started_at DESC LIMIT 1") == [
        ("failed", "died")
    ]
    refused = run_bot(root, "publish", newest)
    assert refused.returncode == 1
    assert "not_judged" in refused.stderr
    assert state(root) == (before, True, True)


@pytest.mark.long
def test_a_trainer_killed_after_the_gate_leaves_a_version_that_can_be_published(root: Path) -> None:
    before, _ = names(root)
    kill_at(root, "after_gate", "train", "--candidate")
    newest = names(root)[-1]
    assert state(root) == (before, True, True)
    assert f"{newest} is live" in run(root, "publish", newest)
    assert live(root) == newest


@pytest.mark.parametrize("point", [pytest.param("before_swap", marks=pytest.mark.long), "after_swap"])
def test_a_publication_killed_beside_the_swap_is_taken_back_by_the_next_command(
    root: Path, point: str
) -> None:
    before, candidate = names(root)
    kill_at(root, point, "publish")
    assert live(root) == (candidate if point == "after_swap" else before)
    run(root, "versions")
    assert state(root) == (before, True, True)
    assert not (root / "var" / "versions" / "journal.json").exists()
    assert [path.name for path in (root / "models").glob("*.tar.gz")] == [f"{before}.tar.gz"]
    assert rows(root, "SELECT count(*) FROM publications") == [(0,)]


@pytest.mark.long
def test_a_return_killed_while_it_restores_the_files_is_taken_back_whole(root: Path) -> None:
    before, candidate = names(root)
    run(root, "publish")
    kill_at(root, "restoring", "rollback")
    _, added, mended = state(root)
    assert added != mended, "The files are to be half restored here."
    run(root, "versions")
    assert state(root) == (candidate, True, True)
    assert f"{before} is live" in run(root, "rollback")
    assert state(root) == (before, False, False)


class Server:
    """The assistant's server on the copy."""

    def __init__(self, root: Path) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.root = root
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self.root / "var" / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"],
                cwd=self.root,
                env={**_environment(), "PORT": str(self.port)},
                stdout=log,
                stderr=log,
            )
        until(self._answers)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.root / "var" / "server.log").read_text("utf-8")
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def ask(self, text: str) -> str:
        """What is answered to a message."""
        response = httpx.post(
            f"http://127.0.0.1:{self.port}/webhooks/rest/webhook",
            json={"sender": text, "message": text},
            trust_env=False,
            timeout=60,
        )
        return "\n".join(message.get("text", "") for message in response.json())

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def said(self, line: str) -> bool:
        """Whether its log holds a line."""
        return line in (self.root / "var" / "server.log").read_text("utf-8")


@pytest.mark.long
def test_a_server_that_is_killed_during_a_publication_starts_again_with_what_was_live_before(
    root: Path,
) -> None:
    before, candidate = names(root)
    server = Server(root)
    try:
        server.start()
        assert MENDED not in server.ask(ADDED)
        kill_at(root, "after_swap", "publish")
        # The publishing command is dead. The server follows the pointer, and answers as the candidate does.
        until(lambda: server.said(f"{candidate}.tar.gz is in use"))
        assert MENDED in server.ask(ADDED)
        server.kill()
        server.start()
        assert live(root) == before
        assert MENDED in server.ask("什么是异地就医？")
        assert MENDED not in server.ask(ADDED)
        # While it serves, the whole thing is done once more.
        run(root, "publish")
        until(lambda: (root / "var" / "server.log").read_text("utf-8").count("is in use") == 2)
        assert MENDED in server.ask(ADDED)
    finally:
        server.kill()
