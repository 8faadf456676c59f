"""`python -m bot serve` with some turns made slow, the only difference from the product: `python -m tests.soak.slow serve`.

A text with the mark （慢8秒） makes its turn sleep so long inside Rasa's turn, with the conversation's lock held and the
message claimed, as an action that waits for somebody would. Nothing else of the product is replaced. With SOAK_STANDBY
the server loads everything but its model, then waits for that file before it listens: a spare that takes over within
seconds of a kill. The workers that `serve` starts with WORKERS=2 are started through this module too.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot import wiring
from bot.cli import main as cli
from bot.cli import workers

_MARK = re.compile("（慢([0-9]+)秒）")


def mark(seconds: int) -> str:
    """What a text has to contain so that its turn takes so long."""
    return f"（慢{seconds}秒）"


def slowed(make: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """The maker of assistants whose marked turns are slow."""

    def assistant(model: Path) -> Any:
        ready = make(model)
        handle = ready.processor.handle_message

        async def handle_message(message: Any) -> Any:
            if marked := _MARK.search(message.text):
                await asyncio.sleep(int(marked[1]))
            return await handle(message)

        ready.processor.handle_message = handle_message
        return ready

    return assistant


def called(make: Callable[[Path], Any], standby: Path) -> Callable[[Path], Any]:
    """The maker of the application, which is done only when it is called."""

    def application(model: Path) -> Any:
        made = make(model)
        standby.with_suffix(".ready").touch()
        while not standby.exists():
            time.sleep(0.02)
        return made

    return application


def _worker(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a worker through this module, in the place of `python -m bot`."""
    return subprocess.Popen([*command[:2], "tests.soak.slow", *command[3:]], **options)


def main() -> int:
    """Serve."""
    wiring.assistant = slowed(wiring.assistant)
    if standby := os.environ.pop("SOAK_STANDBY", ""):
        wiring.application = called(wiring.application, Path(standby))
    workers.subprocess = SimpleNamespace(Popen=_worker)
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
