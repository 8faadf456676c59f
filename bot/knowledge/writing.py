"""Writing several files of the project as one: all of them or none, by one process at a time, over no foreign change.

What is about to be written is put down in a journal first. Whoever comes next, after a crash at any point, finds the
journal and completes what it says, or takes it back where somebody has changed a file in the meantime.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)

_JOURNAL = "journal.json"
Note = Callable[[Mapping[str, Any]], None]


class FileChangedError(Exception):
    """A file is no longer what it was when it was read."""


@dataclass(frozen=True)
class Change:
    """One file, by its path below the root: what it holds now and what it shall hold; None: there is no file."""

    path: str
    before: bytes | None
    after: bytes | None


def _nothing(_: Mapping[str, Any]) -> None:
    """Nothing is noted."""


def _go_on(_: str) -> None:
    """Nobody waits."""


class Files:
    """The files below ``root``; lock and journal lie in ``folder``.

    ``note`` gets what belongs to a change (who, why) once all its files are written, before the journal is gone; after a
    crash it may get the same once more. ``step`` is told each point that is reached, for tests that end the process there.
    """

    def __init__(
        self, root: Path, folder: Path, note: Note = _nothing, step: Callable[[str], None] = _go_on
    ) -> None:
        self._root = root
        self._folder = folder
        self._note = note
        self._step = step
        # fcntl locks a file for a process; the threads of one take turns here.
        self._turn = threading.RLock()
        self._depth = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else writes inside; what a crash has left half done is put in order first."""
        with self._turn:
            if self._depth:
                yield
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._depth += 1
                try:
                    self._recover()
                    yield
                finally:
                    self._depth -= 1

    def recover(self) -> None:
        """Put in order what a crash has left half done; costs a look where there is nothing."""
        if self._journal.exists():
            with self.turn():
                """The turn itself does it."""

    def read(self, path: str) -> bytes | None:
        """What a file holds; None where it is not there."""
        try:
            return (self._root / path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, changes: Sequence[Change], about: Mapping[str, Any]) -> None:
        """Write all files or none; FileChangedError where one is not what it was. ``about`` goes to ``note``."""
        with self.turn():
            self._unchanged(changes)
            entry = {"changes": [_as_json(change) for change in changes], "about": dict(about)}
            _replace(self._journal, json.dumps(entry, ensure_ascii=False).encode())
            self._step("journal")
            try:
                # Whoever writes without our lock (git, an editor) may have come in between.
                self._unchanged(changes)
            except FileChangedError:
                _remove(self._journal)
                raise
            self._finish(changes, about)

    @property
    def _journal(self) -> Path:
        return self._folder / _JOURNAL

    def _unchanged(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if self.read(change.path) != change.before:
                raise FileChangedError(change.path)

    def _finish(self, changes: Sequence[Change], about: Mapping[str, Any]) -> None:
        for number, change in enumerate(changes):
            self._put(change.path, change.after)
            self._step(f"file {number}")
        self._note(about)
        self._step("noted")
        _remove(self._journal)
        self._step("done")

    def _put(self, path: str, content: bytes | None) -> None:
        if content is None:
            _remove(self._root / path)
        elif self.read(path) != content:
            _replace(self._root / path, content)

    def _recover(self) -> None:
        _temporary(self._journal).unlink(missing_ok=True)
        try:
            entry = json.loads(self._journal.read_bytes())
        except FileNotFoundError:
            return
        changes = [_from_json(kept) for kept in entry["changes"]]
        for change in changes:
            _temporary(self._root / change.path).unlink(missing_ok=True)
        foreign = [c for c in changes if self.read(c.path) not in (c.before, c.after)]
        if not foreign:
            _log.warning("An edit that was interrupted is completed: %s", ", ".join(c.path for c in changes))
            self._finish(changes, entry["about"])
            return
        self._undo(changes, foreign)

    def _undo(self, changes: Sequence[Change], foreign: Sequence[Change]) -> None:
        """Somebody has changed a file since: their file stays, and of ours nothing."""
        _log.error(
            "An edit that was interrupted is taken back, because %s has been changed since.", foreign[0].path
        )
        for change in changes:
            if change not in foreign:
                self._put(change.path, change.before)
        _remove(self._journal)


def fingerprint(content: bytes | None) -> str:
    """A short text that tells one content from another."""
    return hashlib.sha256(content or b"").hexdigest()[:16]


def _replace(path: Path, content: bytes) -> None:
    """Put a file in place in one step, on the disk for good; the file keeps its permissions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync(path.parent)


def _temporary(path: Path) -> Path:
    """Beside the file, so that it can take its place; a name without a dot, which nobody takes for a knowledge file."""
    return path.parent / f"{path.name.replace('.', '_')}_new"


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _as_json(change: Change) -> dict[str, str | None]:
    sides = {"before": change.before, "after": change.after}
    written = {n: None if c is None else base64.b64encode(c).decode() for n, c in sides.items()}
    return {"path": change.path, **written}


def _from_json(kept: Mapping[str, str | None]) -> Change:
    sides = [kept["before"], kept["after"]]
    before, after = (None if side is None else base64.b64decode(side) for side in sides)
    return Change(str(kept["path"]), before, after)
