"""The model in use follows the pointer in models/: a new one is loaded beside it and takes over between two messages."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)

_LOOKED_EVERY = 1.0
# Seconds for which the loading thread may hold the interpreter while messages wait; Python's own 5 ms would be felt.
_SHORT_TURNS = 0.0005


class LiveModel:
    """Swaps the assistant of an application, ``app.ctx.agent``, whenever ``current`` names another model.

    ``load`` makes the assistant of a model; it runs in a thread. Messages under way end with the model they began with. A
    model that cannot be loaded is reported once, and the one in use stays.
    """

    def __init__(self, app: Any, current: Callable[[], Path | None], load: Callable[[Path], Any]) -> None:
        self._app = app
        self._current = current
        self._load = load
        self._seen: Path | None = None
        self._left_one = False

    async def start(self, model: Path) -> None:
        """Take the first model into use."""
        # What is there by now stays for good: nobody has to look through it for garbage again, which takes 0.2 s.
        gc.collect()
        gc.freeze()
        self._seen = model
        self._app.ctx.agent = self._load(model)

    async def follow(self) -> None:
        """Look for another model for as long as the server runs."""
        while True:
            await asyncio.sleep(_LOOKED_EVERY)
            await self.look()

    async def look(self) -> None:
        """Take another model into use, if there is one."""
        if self._left_one:
            # The model before is a ring of objects; Python would notice late that nobody holds it, and keep several.
            gc.collect()
            _give_back_memory()
            self._left_one = False
        model = await asyncio.to_thread(self._current)
        if model is None or model == self._seen:
            return
        self._seen = model
        usual = sys.getswitchinterval()
        sys.setswitchinterval(_SHORT_TURNS)
        try:
            fresh = await asyncio.to_thread(self._load, model)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a model, the one in use goes on
            _log.error("%s cannot be loaded (%s); the model in use stays.", model.name, type(error).__name__)
            return
        finally:
            sys.setswitchinterval(usual)
        self._app.ctx.agent = fresh
        self._left_one = True
        _log.info("%s is in use.", model.name)


def _give_back_memory() -> None:
    """Hand freed memory back to the system; glibc would keep it for itself, and more of it after each model."""
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        # Another C library (musl, macOS) keeps less of it, or offers nothing.
        return
