"""Servers as processes: started, asked for a first answer, weighed, and stopped again whatever happens."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from bench.load import AES_KEY, APP_ID, REST, TOKEN, Unanswered, requests

ROOT = Path(__file__).parents[1]
FIRST_QUESTION = "去上海看病要备案吗"
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
_LOG_LINES = 20
_LONGEST_START = 300
_LONGEST_STOP = 15
_BETWEEN_TRIES = 0.1


class Broken(Exception):
    """A part of the benchmark could not be done; the message says why and shows the last lines of the log."""


def environment(**more: str) -> dict[str, str]:
    """The environment of a measured process: nothing of this one's settings reaches it."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONUTF8": "1", "PYTHONPATH": "", "RASA_TELEMETRY_ENABLED": "false", **more}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@dataclass(frozen=True)
class Command:
    """One process of a server: the arguments after ``python -m``, and where and with what it runs."""

    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=environment, repr=False)


@dataclass
class Server:
    """A server that answers; ``start_seconds`` from the start of its processes to its first answer."""

    name: str
    channel: str
    address: str
    processes: list[subprocess.Popen[bytes]]
    log: Path
    start_seconds: float = 0

    def memory_mb(self) -> float:
        """The sum of the peaks of resident memory of every process, children included, in MB."""
        return sum(_peak_kb(pid) for process in self.processes for pid in tree(process.pid)) / 1024


def assistant(
    root: Path, folder: Path, workers: int, settings: Mapping[str, str]
) -> tuple[str, list[Command]]:
    """Our address and process: a project's assistant with the WeChat webhook in safe mode and a fresh database."""
    port = str(free_port())
    given = environment(
        PORT=port,
        DATABASE_URL=f"sqlite:///{folder}/ours-{port}.db",
        SECRET_KEY="the key of the benchmark",  # noqa: S106
        WECHAT_TOKEN=TOKEN,
        WECHAT_APP_ID=APP_ID,
        WECHAT_ENCODING_AES_KEY=AES_KEY,
        WORKERS=str(workers),
        **settings,
    )
    return f"http://127.0.0.1:{port}", [Command(["bot", "serve"], root, given)]


def echo() -> tuple[str, list[Command]]:
    """The echo's address and process."""
    port = str(free_port())
    return f"http://127.0.0.1:{port}", [Command(["bench.echo", port], ROOT)]


def stock(project: Path, action_port: int) -> tuple[str, list[Command]]:
    """Stock Rasa's address and its two processes."""
    port = str(free_port())
    server = ["rasa", "run", "--port", port, "--model", "models"]
    server += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    actions = ["rasa", "run", "actions", "--port", str(action_port)]
    return f"http://127.0.0.1:{port}", [Command(server, project), Command(actions, project)]


@contextlib.contextmanager
def running(name: str, channel: str, address: str, commands: Sequence[Command]) -> Iterator[Server]:
    """Start the processes and wait for the first answer; stop all of them in the end. Raises :class:`Broken`."""
    with tempfile.TemporaryDirectory(prefix="bench-server-") as folder:
        server = Server(name, channel, address, [], Path(folder) / "log")
        try:
            started = time.perf_counter()
            with server.log.open("ab") as log:
                for command in commands:
                    server.processes.append(_start(command, log))
            _await_answer(server, started)
            server.start_seconds = time.perf_counter() - started
            yield server
        finally:
            stop(server.processes)


def _start(command: Command, log: BinaryIO) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the benchmark alone, which then stops it in order.
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", *command.arguments],
        cwd=command.folder,
        env=dict(command.environment),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _await_answer(server: Server, started: float) -> None:
    while True:
        if any(process.poll() is not None for process in server.processes):
            raise Broken(f"{server.name} ended while it started. {tail(server.log)}")
        if time.perf_counter() - started > _LONGEST_START:
            raise Broken(f"{server.name} gave no answer within {_LONGEST_START} s. {tail(server.log)}")
        if _answers(server):
            return
        time.sleep(_BETWEEN_TRIES)


def _answers(server: Server) -> bool:
    (first,) = requests(server.channel, server.address, [[FIRST_QUESTION]])
    kind = "application/json" if server.channel == REST else "text/xml"
    asked = urllib.request.Request(first[0].address, first[0].body, {"Content-Type": kind})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=60) as reply:  # noqa: S310
            first[0].read(reply.read())
    except (OSError, ValueError, Unanswered, urllib.error.URLError):
        return False
    return True


def tail(log: Path) -> str:
    """The last lines of a log, as they are shown to a person."""
    lines = log.read_text("utf-8", "replace").splitlines()[-_LOG_LINES:]
    return "The end of its log:\n" + "\n".join(lines) if lines else "It has written no log."


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask the processes and their children to end, and end those that do not."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LONGEST_STOP)
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def tree(pid: int) -> list[int]:
    """A process and everything it has started, by number."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        parent = _status(int(folder.name), "PPid")
        if parent is not None:
            parents.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def _peak_kb(pid: int) -> int:
    return _status(pid, "VmHWM") or 0


def _status(pid: int, name: str) -> int | None:
    """A number of a process's status; None where the process has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(rf"^{name}:\s*(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else None
