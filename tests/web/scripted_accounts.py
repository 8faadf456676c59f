"""A sanic server with the pages of accounts, three guarded routes, and a clock that a test can put forward.

It runs as a process of its own because sanic 21.12 cannot start a second app in one process. Its arguments are the
URL of the database and the names of options (`secure`, `proxy`). It prints its address; `PUT /clock` puts its clock
forward by so many seconds.
"""

from __future__ import annotations

import secrets
import socket
import sys
import uuid
from datetime import datetime, timedelta, timezone

from argon2 import PasswordHasher
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json

from bot.services.accounts import Accounts
from bot.services.lockout import Lockout
from bot.services.passwords import Passwords
from bot.storage.accounts import AccountStore
from bot.storage.audit import AuditLog
from bot.storage.database import Database
from bot.storage.login_failures import LoginFailures
from bot.web.accounts import accounts_blueprint
from bot.web.chat import chat_blueprint
from bot.web.pages import Pages
from bot.web.security import Access

CHINA = timezone(timedelta(hours=8))
# As little effort as argon2 allows: what it protects here are the passwords of the tests.
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """The time, and what a test added to it."""

    def __init__(self) -> None:
        """Starts with the machine's own time."""
        self.ahead = timedelta()

    def now(self) -> datetime:
        """The moment it is said to be."""
        return datetime.now(timezone.utc) + self.ahead

    async def put_forward(self, request: Request) -> HTTPResponse:
        """Puts the clock forward."""
        self.ahead += timedelta(seconds=request.json)
        return empty()


def accounts_of(url: str, clock: Clock) -> Accounts:
    """The accounts in a database."""
    database = Database(url)
    database.migrate()
    return Accounts(
        AccountStore(database),
        AuditLog(database),
        Passwords(HASHER),
        Lockout(LoginFailures(database), clock.now, b"a key of the tests"),
        clock.now,
        lambda: secrets.token_urlsafe(32),
    )


def scripted_accounts(url: str, options: list[str]) -> Sanic:
    """The pages of accounts, and a page and a call for each permission."""
    clock = Clock()
    app = Sanic(f"accounts_{uuid.uuid4().hex}", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "text"
    app.config.PROXIES_COUNT = 1 if "proxy" in options else 0
    accounts, pages = accounts_of(url, clock), Pages(CHINA)
    access = Access(accounts, pages, secure="secure" in options)
    app.blueprint(chat_blueprint(()))
    app.blueprint(accounts_blueprint(accounts, access, pages))
    app.add_route(clock.put_forward, "/clock", methods=["PUT"])

    async def who(request: Request) -> HTTPResponse:
        """Tells who asks."""
        return json({"user": request.ctx.user.name})

    for permission in ("staff", "maintain", "admin"):
        page, call = access.page(permission)(who), access.api(permission)(who)
        path = "/staff" if permission == "staff" else f"/page/{permission}"
        app.add_route(page, path, methods=["GET", "POST"], name=f"page_{permission}")
        app.add_route(call, f"/api/{permission}", methods=["GET", "POST"], name=f"api_{permission}")
    return app


def main(url: str, options: list[str]) -> None:
    """Serves on a free port until the process is ended."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        scripted_accounts(url, options).run(sock=listening, access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
