"""The console as clerks have it: `python -m bot serve` over SQLite and over PostgreSQL, and a real Chromium in front."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/test")
PASSWORD = "Zuoxi-mima-2026"
DESK = {"width": 1366, "height": 768}
_LONGEST_START_S = 240


@dataclass(frozen=True)
class Office:
    """A running assistant with a clerk and an admin."""

    address: str
    database_url: str

    def rows(self, statement: str) -> list[Any]:
        """What the database holds."""
        engine = create_engine(self.database_url, future=True)
        try:
            with engine.connect() as connection:
                return list(connection.execute(text(statement)))
        finally:
            engine.dispose()


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_postgres)]
)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The assistant, started with an empty database."""
    folder = tmp_path_factory.mktemp("office")
    database_url = f"sqlite:///{folder}/assistant.db" if request.param == "sqlite" else _schema(request)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATABASE_URL": database_url,
        "SECRET_KEY": "key of a test",
    }
    _add_users(environment)
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "bot", "serve"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process, folder / "log")
        yield Office(address, database_url)
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert "Traceback" not in (folder / "log").read_text("utf-8", "replace")


def _schema(request: pytest.FixtureRequest) -> str:
    """A schema of one's own in PostgreSQL."""
    server = create_engine(POSTGRESQL, future=True, connect_args={"connect_timeout": 3})
    schema = f"test_{uuid.uuid4().hex}"
    try:
        with server.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError as error:
        pytest.skip(f"PostgreSQL does not answer (set TEST_DATABASE_URL): {error.orig}")

    def drop() -> None:
        with server.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        server.dispose()

    request.addfinalizer(drop)
    return f"{POSTGRESQL}{'&' if '?' in POSTGRESQL else '?'}options=-csearch_path%3D{schema}"


def _add_users(environment: dict[str, str]) -> None:
    for name, role in (("xiaoli", "staff"), ("laowang", "admin")):
        command = [sys.executable, "-m", "bot", "user", "add", name, "--role", role]
        subprocess.run(command, cwd=ROOT, env=environment, input=f"{PASSWORD}\n".encode(), check=True)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _LONGEST_START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        try:
            if httpx.get(f"{address}/healthz", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail(f"the server did not get ready:\n{log.read_text('utf-8', 'replace')}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing; install it with: apt-get install -y chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        yield (browser := playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"]))
        browser.close()


@pytest.fixture
def page(office: Office, chromium: Browser) -> Iterator[Page]:
    """A browser on a desk's screen, nobody logged in; what its scripts complain about fails the test."""
    permissions = ["clipboard-read", "clipboard-write"]
    with chromium.new_context(viewport=DESK, locale="zh-CN", permissions=permissions) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(10_000)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        yield page
        assert not complaints
