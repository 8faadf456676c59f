"""A lock that lives as long as the process that holds it: a kill frees it, a reused process number cannot fake it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOKED_EVERY = 0.05


class FileLock:
    """A lock on a file of this machine. The descriptor that `take` gives may be handed to a child, which then holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self, wait_s: float = 0.0) -> int | None:
        """Take the lock: a descriptor that holds it until it is closed everywhere; None where somebody keeps it."""
        deadline = time.monotonic() + wait_s
        taken = self._try()
        while taken is None and time.monotonic() < deadline:
            time.sleep(_LOOKED_EVERY)
            taken = self._try()
        return taken

    def is_held(self) -> bool:
        """Whether somebody has it."""
        taken = self._try()
        if taken is None:
            return True
        os.close(taken)
        return False

    @contextmanager
    def held(self, wait_s: float = 0.0) -> Iterator[bool]:
        """Hold it inside a ``with``; False where it was not free within ``wait_s`` seconds."""
        taken = self.take(wait_s)
        try:
            yield taken is not None
        finally:
            if taken is not None:
                os.close(taken)

    def _try(self) -> int | None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        held = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            return None
        return held
