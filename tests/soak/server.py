"""The really spawned server of a soak: a copy of the project in a temporary folder, its processes, log, database and memory."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.training.release import current_model, set_current
from tests.copies import ROOT, copy_repository
from tests.fake_wechat.account import Account

# Quiet it takes 12 s, and several times that on a busy machine.
_LONGEST_START_S = 240
SECRET_KEY = "the key of the soak"
TOKEN, APP_ID, AES_KEY = "soak123", "wx0123456789abcdef", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
MODELS = ("one.tar.gz", "two.tar.gz")


@dataclass
class Server:
    """One address, the processes that serve it one after the other, and what they leave behind."""

    folder: Path
    root: Path
    port: int
    account: Account
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    spare: subprocess.Popen[bytes] | None = None
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def webhook(self) -> str:
        """The address that WeChat is told."""
        return f"http://127.0.0.1:{self.port}/webhooks/wechat/webhook"

    @property
    def log(self) -> str:
        """Everything that the processes have printed."""
        return (self.folder / "log").read_text("utf-8", "replace")

    @property
    def pids(self) -> list[int]:
        """The processes that serve: the workers where there are some."""
        assert self.process is not None
        return [self.process.pid] if self.environment["WORKERS"] == "1" else _children(self.process.pid)

    @property
    def memory(self) -> float:
        """What the serving processes hold in memory together, in MB."""
        return sum(map(_resident, self.pids))

    @property
    def processor(self) -> float:
        """The seconds of processor time that the processes which serve now have used, their start included."""
        fields = [
            Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split() for pid in self.pids
        ]
        return sum(int(stat[11]) + int(stat[12]) for stat in fields) / os.sysconf("SC_CLK_TCK")

    async def start(self) -> None:
        """Start the server and wait until it is ready."""
        self.process = self._spawn()
        await self.ready()

    def prepare(self) -> None:
        """Start a spare that will take the address over; see `tests.soak.slow`."""
        (self.folder / "standby").unlink(missing_ok=True)
        self.spare = self._spawn(SOAK_STANDBY=str(self.folder / "standby"))

    async def prepared(self) -> None:
        """Wait until the spare has loaded everything."""
        await self._until((self.folder / "standby.ready").exists)

    def kill(self) -> None:
        """End a process as a power cut would: one of the workers, or the one process there is."""
        first = self.pids[0]
        os.kill(first, signal.SIGKILL)
        if self.process is not None and self.process.pid == first:
            self.process.wait()

    async def replace(self) -> None:
        """Serve again: by the spare where there is one, else by a fresh start."""
        if self.spare is None:
            await self.start()
            return
        self.process, self.spare = self.spare, None
        (self.folder / "standby").touch()
        await self.ready()
        (self.folder / "standby.ready").unlink()

    async def ready(self) -> None:
        """Wait until the server says that it can answer, every worker of it."""
        async with aiohttp.ClientSession() as session:
            await self._until(lambda: self._answers(session))
        workers = int(self.environment["WORKERS"])
        await self._until(lambda: self.log.count(" is ready after ") >= workers)

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"http://127.0.0.1:{self.port}/healthz") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def _until(self, holds: Callable[[], Any]) -> None:
        """Wait for something that a starting process does; raises RuntimeError where it ends instead."""

        def over() -> bool:
            return any(process and process.poll() is not None for process in (self.process, self.spare))

        async def settled() -> bool:
            found = holds()
            return over() or bool(await found if asyncio.iscoroutine(found) else found)

        if not await until(settled, _LONGEST_START_S) or over():
            raise RuntimeError(f"The server ended or did not get ready:\n{self.log}")

    def swap(self, number: int) -> str:
        """Point at one of the two models, which differ in their names alone; gives its name."""
        name = MODELS[number % 2]
        set_current(self.root / "models", self.root / "models" / name, "soak")
        return name

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in the database."""
        with closing(sqlite3.connect(self.folder / "assistant.db", timeout=30)) as database:
            return database.execute(query).fetchall()

    def events(self) -> dict[str, list[dict[str, Any]]]:
        """What each person and the assistant said, in order."""
        told: dict[str, list[dict[str, Any]]] = {}
        rows = self.rows(
            "SELECT sender_key, data FROM events JOIN conversations ON conversation_id = conversations.id "
            "WHERE type_name IN ('user', 'bot') ORDER BY conversation_id, position"
        )
        for sender, data in rows:
            told.setdefault(sender, []).append(json.loads(data))
        return told

    def stop(self) -> None:
        """End every process that was started here."""
        for process in self.started:
            for pid in _children(process.pid):
                os.kill(pid, signal.SIGKILL)
            process.kill()
            process.wait()

    def _spawn(self, **more: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.slow", "serve"],
                cwd=self.root,
                env=self.environment | more,
                stdout=log,
                stderr=log,
            )
        self.started.append(process)
        return process


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    safe: bool = False,
    workers: int = 1,
    redis_url: str = "",
    api: str = "",
    secret: str = "",
) -> AsyncIterator[Server]:
    """A server in this folder, not started yet; `api` is where it calls WeChat, with this secret."""
    model = current_model(ROOT / "models")
    if model is None:
        raise RuntimeError("There is no trained model; run python -m bot train.")
    root = copy_repository(folder)
    (root / "models").mkdir()
    for name in MODELS:
        shutil.copy(model, root / "models" / name)
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    ours = ("WECHAT_", "SOAK_", "PYTHONDONTWRITEBYTECODE")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        "PYTHONPATH": str(ROOT),
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder}/assistant.db",
        "REDIS_URL": redis_url,
        "WORKERS": str(workers),
        "SECRET_KEY": SECRET_KEY,
        "WECHAT_TOKEN": TOKEN,
        "WECHAT_APP_ID": APP_ID,
        "WECHAT_APP_SECRET": secret,
        "WECHAT_API_BASE": api,
        "WECHAT_ENCODING_AES_KEY": AES_KEY if safe else "",
    }
    account = Account(TOKEN, APP_ID, aes_key=AES_KEY if safe else None)
    server = Server(folder, root, port, account, environment)
    server.swap(0)
    try:
        yield server
    finally:
        server.stop()


async def until(holds: Callable[[], Any], seconds: float) -> bool:
    """Wait until something holds; whether it did in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if await found if asyncio.iscoroutine(found) else found:
            return True
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.05)


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
