"""Training runs: one at a time, in a process of its own that outlives a page and a server, followed through files."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

from bot.services.users import User
from bot.storage.run_files import Event, RunFiles
from bot.storage.versions import Run, VersionStore

__all__ = ["Event", "Run", "RunError", "TrainingRuns"]

# After so many seconds a process that was asked to end is made to.
_GRACE_S = 5
_LOOKED_EVERY = 100 / 1_000
_FOLLOWED_EVERY = 500 / 1_000
_LOG_BYTES = 64_000

# Starts the process of a run: (id, log, descriptor that holds the lock) -> number of the process.
Spawn = Callable[[str, Path, int], int]
Audit = Callable[[User | None, str, dict[str, str]], None]


class RunError(ValueError):
    """What was asked of the training cannot be done; ``code`` is for the pages: running, no_such_run, over."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TrainingRuns:
    """The runs of one project; whether one is alive is asked of the lock that its process holds."""

    def __init__(
        self,
        store: VersionStore,
        files: RunFiles,
        spawn: Spawn,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        audit: Audit,
    ) -> None:
        self._store = store
        self._files = files
        self._spawn = spawn
        self._now = now
        self._new_id = new_id
        self._audit = audit

    def start(self, user: User | None, why: str) -> Run:
        """Start a run in a process of its own; RunError where one is running."""
        held = self._take()
        try:
            run = self._begin(user, why)
            process = self._spawn(run.id, self._files.log(run.id), held)
            self._files.set_process(run.id, process)
        finally:
            # The child holds the lock from here on.
            os.close(held)
        return run

    def begin(self, user: User | None, why: str) -> tuple[Run, int]:
        """Begin a run in this very process; the lock is held for as long as the descriptor is open."""
        held = self._take()
        run = self._begin(user, why)
        self._files.set_process(run.id, os.getpid())
        return run, held

    def current(self) -> Run | None:
        """The run that is going on; one whose process died is noted as failed first."""
        noted = self._store.running()
        if noted is None or self._files.lock.is_held():
            return noted
        # It may have ended, and noted so, between the two looks.
        if self._store.end_run(noted.id, "failed", self._now(), problem="died"):
            self._note(noted.id, "failed", "died")
        return self._store.running()

    def run(self, run_id: str) -> Run:
        """One run as it stands; RunError where there is none."""
        self.current()
        found = self._store.run(run_id)
        if found is None:
            raise RunError("no_such_run", f"run {run_id[:40]}: is not there; look at python -m bot versions")
        return found

    def runs(self, limit: int = 20) -> list[Run]:
        """The last runs, the newest first."""
        self.current()
        return self._store.runs(limit)

    def cancel(self, run_id: str, user: User | None) -> Run:
        """End a run; RunError where it is over."""
        run = self.run(run_id)
        if not run.running or not self._store.end_run(run.id, "cancelled", self._now()):
            raise RunError("over", f"run {run.id}: is over; nothing is left to cancel")
        self._audit(user, "training_cancelled", {"run": run.id})
        self._end(run.id)
        self._note(run.id, "cancelled")
        return self.run(run_id)

    # ---- progress

    def events(self, run_id: str, after: int = 0) -> tuple[Event, ...]:
        """The lines of progress after the one with a number."""
        return self._files.events(run_id, after)

    async def follow(self, run_id: str, after: int = 0) -> AsyncIterator[Event]:
        """Every line of progress from a number on, as it comes, until the run is over."""
        while True:
            # Asked first: what a run that is over has written is all there by now.
            run = await asyncio.to_thread(self.run, run_id)
            for event in await asyncio.to_thread(self.events, run_id, after):
                after = event.number
                yield event
            if not run.running:
                return
            await asyncio.sleep(_FOLLOWED_EVERY)

    def log(self, run_id: str) -> str:
        """The end of the log."""
        try:
            written = self._files.log(run_id).read_bytes()[-_LOG_BYTES:]
        except OSError:
            return ""
        return written.decode("utf-8", "replace")

    # ---- for the process that trains

    def progress(self, run_id: str, step: str, share: float, note: str = "") -> None:
        """Tell how far it is."""
        self._files.add_event(run_id, self._now(), step, share, note)

    def finish(self, run_id: str, version: str) -> None:
        """Note that the version was made and judged."""
        if self._store.end_run(run_id, "done", self._now(), version=version):
            self._note(run_id, "done", version)

    def fail(self, run_id: str, problem: str) -> None:
        """Note that it came to nothing, and why."""
        if self._store.end_run(run_id, "failed", self._now(), problem=problem):
            self._note(run_id, "failed", problem)

    # ---- inside

    def _take(self) -> int:
        # Whoever only looks whether it is free holds it for a moment.
        held = self._files.lock.take(wait_s=_FOLLOWED_EVERY)
        if held is None:
            raise RunError("running", "training: one is running; wait for it or cancel it")
        return held

    def _begin(self, user: User | None, why: str) -> Run:
        """Note a run; the lock is held, so whatever is noted as running has died."""
        dead = self._store.running()
        if dead is not None and self._store.end_run(dead.id, "failed", self._now(), problem="died"):
            self._note(dead.id, "failed", "died")
        run = self._store.begin_run(self._new_id(), user.name if user else "", why, self._now())
        if run is None:
            raise RunError("running", "training: one is running; wait for it or cancel it")
        self._note(run.id, "started")
        self._audit(user, "training_started", {"run": run.id, "why": why})
        return run

    def _note(self, run_id: str, step: str, note: str = "") -> None:
        done = self._files.events(run_id)
        share = 1.0 if step == "done" else done[-1].share if done else 0.0
        self._files.add_event(run_id, self._now(), step, share, note)

    def _end(self, run_id: str) -> None:
        """End the process with all its children: politely, then at once. The lock says that it is still the same."""
        process = self._files.process(run_id)
        if process is None or process == os.getpid():
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._files.lock.is_held():
                return
            _send(process, number)
            deadline = time.monotonic() + _GRACE_S
            while self._files.lock.is_held() and time.monotonic() < deadline:
                time.sleep(_LOOKED_EVERY)


def _send(process: int, number: signal.Signals) -> None:
    try:
        if os.getpgid(process) == process:
            os.killpg(process, number)
        else:
            os.kill(process, number)
    except ProcessLookupError:
        return
