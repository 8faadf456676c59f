"""Several serving processes on one address: the first process holds the socket and starts again whoever dies."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from types import FrameType

from bot.cli.console import console

# A worker that dies sooner than this after its start is started again only after the same time.
_TOO_SOON = 5.0
_LOOKED_EVERY = 0.2


class Workers:
    """Runs ``count`` times ``python -m bot serve`` on one listening socket until told to stop."""

    def __init__(self, listener: socket.socket, count: int) -> None:
        self._listener = listener
        self._count = count
        self._running: dict[int, tuple[subprocess.Popen[bytes], float]] = {}
        self._stopping = False

    def run(self) -> int:
        """Serve; returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._stopping:
            for place in range(self._count):
                self._tend(place)
            time.sleep(_LOOKED_EVERY)
        for process, _ in self._running.values():
            process.wait()
        return 0

    def _tend(self, place: int) -> None:
        """See that the worker in this place runs."""
        process, since = self._running.get(place, (None, 0.0))
        if process is not None:
            if process.poll() is None:
                return
            console.print(
                f"Worker {place + 1} ended ({process.returncode}) and is started again.", style="yellow"
            )
            time.sleep(max(0.0, _TOO_SOON - (time.monotonic() - since)))
        if not self._stopping:
            command = [sys.executable, "-m", "bot", "serve", "--socket", str(self._listener.fileno())]
            started = subprocess.Popen(command, pass_fds=[self._listener.fileno()])  # noqa: S603
            self._running[place] = (started, time.monotonic())

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """Hand the signal on; a worker answers the messages under way first."""
        self._stopping = True
        for process, _ in self._running.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
