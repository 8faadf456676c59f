"""Training runs: one at a time, in a process that is followed, cancelled and found dead by the lock it holds."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.services.training_runs import RunError, TrainingRuns
from bot.services.users import User
from bot.storage.database import Database
from bot.storage.run_files import RunFiles
from bot.storage.versions import VersionStore
from tests.services.desk import Clock

MAINTAINER = User(1, "wang", "maintainer", active=True)
# A trainer that does nothing, with a child of its own; it ends politely or it does not.
POLITE = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


class Office:
    """The runs of a project whose trainers are small processes."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.program = POLITE
        self.processes: list[subprocess.Popen[bytes]] = []
        self.audited: list[tuple[str, str, dict[str, str]]] = []
        self.numbers = itertools.count(1)
        self.files = RunFiles(folder / "runs")
        self.store = VersionStore(database)
        self.clock = Clock()
        self.runs = self.opened()

    def opened(self) -> TrainingRuns:
        """The runs as another server over the same database and folder sees them."""
        return TrainingRuns(
            self.store, self.files, self.spawn, self.clock, lambda: f"run-{next(self.numbers)}", self.audit
        )

    def audit(self, user: User | None, action: str, detail: dict[str, str]) -> None:
        """Note what was noted."""
        self.audited.append((user.name if user else "", action, detail))

    def spawn(self, run_id: str, log: Path, lock: int) -> int:
        """Start a process in the place of a trainer."""
        with log.open("ab") as written:
            process = subprocess.Popen(
                [sys.executable, "-c", self.program], stdout=written, pass_fds=[lock], start_new_session=True
            )
        self.processes.append(process)
        return process.pid

    def kill(self) -> None:
        """As the system does it when memory runs out, the trainer's children first."""
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    opened = Office(database, tmp_path)
    yield opened
    opened.kill()


def until(wanted: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not wanted():
        assert time.monotonic() < deadline, "It did not come about."
        time.sleep(0.02)


def test_a_run_goes_on_in_a_process_of_its_own(office: Office) -> None:
    run = office.runs.start(MAINTAINER, "新题目")
    assert run.running
    assert office.runs.current() == run
    assert office.files.process(run.id) == office.processes[0].pid
    assert office.audited == [("wang", "training_started", {"run": run.id, "why": "新题目"})]
    assert [event.step for event in office.runs.events(run.id)] == ["started"]


def test_only_one_run_goes_on_at_a_time(office: Office) -> None:
    office.runs.start(MAINTAINER, "")
    for runs in (office.runs, office.opened()):
        with pytest.raises(RunError) as refused:
            runs.start(MAINTAINER, "")
        assert refused.value.code == "running"
        with pytest.raises(RunError):
            runs.begin(None, "by the command line")
    assert len(office.processes) == 1


def test_a_run_outlives_the_server_that_started_it(office: Office) -> None:
    run = office.runs.start(MAINTAINER, "")
    after_the_restart = office.opened()
    assert after_the_restart.current() == run
    after_the_restart.progress(run.id, "load", 0.04)
    assert [event.step for event in after_the_restart.events(run.id, after=1)] == ["load"]


def test_a_run_that_ended_is_over_and_its_version_is_known(office: Office) -> None:
    run = office.runs.start(MAINTAINER, "")
    office.runs.finish(run.id, "v1")
    office.kill()
    assert office.runs.current() is None
    ended = office.runs.run(run.id)
    assert (ended.state, ended.version) == ("done", "v1")
    assert office.runs.events(run.id)[-1].share == 1.0


def test_a_run_whose_process_was_killed_is_noted_as_failed_and_another_one_may_start(office: Office) -> None:
    run = office.runs.start(MAINTAINER, "")
    office.runs.progress(run.id, "topics", 0.1)
    office.kill()
    assert office.runs.current() is None
    ended = office.runs.run(run.id)
    assert (ended.state, ended.problem) == ("failed", "died")
    assert (office.runs.events(run.id)[-1].step, office.runs.events(run.id)[-1].share) == ("failed", 0.1)
    assert office.runs.start(MAINTAINER, "").running


@pytest.mark.parametrize("program", [POLITE, DEAF])
def test_a_cancelled_run_ends_with_all_its_processes_even_one_that_does_not_listen(
    office: Office, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.training_runs._GRACE_S", 0.5)
    office.program = program
    run = office.runs.start(MAINTAINER, "")
    time.sleep(0.3)
    cancelled = office.opened().cancel(run.id, MAINTAINER)
    assert cancelled.state == "cancelled"
    until(lambda: not office.files.lock.is_held())
    assert office.processes[0].wait(timeout=20) in (-signal.SIGTERM, -signal.SIGKILL)
    assert office.runs.events(run.id)[-1].step == "cancelled"
    assert office.audited[-1] == ("wang", "training_cancelled", {"run": run.id})


def test_what_is_over_can_not_be_cancelled_and_what_a_trainer_says_after_that_does_not_count(
    office: Office,
) -> None:
    run = office.runs.start(MAINTAINER, "")
    office.runs.cancel(run.id, MAINTAINER)
    office.runs.finish(run.id, "v1")
    assert office.runs.run(run.id).state == "cancelled"
    with pytest.raises(RunError) as refused:
        office.runs.cancel(run.id, MAINTAINER)
    assert refused.value.code == "over"
    with pytest.raises(RunError) as missing:
        office.runs.run("none")
    assert missing.value.code == "no_such_run"


def test_a_run_is_followed_to_its_end(office: Office) -> None:
    run = office.runs.start(MAINTAINER, "")

    async def follow() -> list[str]:
        steps = []
        async for event in office.runs.follow(run.id):
            steps.append(event.step)
            if event.step == "started":
                office.runs.progress(run.id, "topics", 0.1)
                office.runs.finish(run.id, "v1")
        return steps

    assert asyncio.run(asyncio.wait_for(follow(), 20)) == ["started", "topics", "done"]
    assert asyncio.run(_from(office.runs, run.id, 2)) == ["done"]


async def _from(runs: TrainingRuns, run_id: str, after: int) -> list[str]:
    """What a page that was loaded again gets."""
    return [event.step async for event in runs.follow(run_id, after)]


def test_what_the_process_prints_is_in_the_log(office: Office) -> None:
    office.program = "print('学习中', flush=True)"
    run = office.runs.start(None, "")
    until(lambda: "学习中" in office.runs.log(run.id))


def test_a_run_of_the_command_line_holds_the_lock_itself(office: Office) -> None:
    run, held = office.runs.begin(None, "夜里")
    assert (run.user, run.why) == ("", "夜里")
    assert office.opened().current() == run
    os.close(held)
    assert office.opened().current() is None
