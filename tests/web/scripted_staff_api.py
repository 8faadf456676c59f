"""A sanic server with the hotline console and its API over a database, without Rasa: what clerks type is not understood.

It runs as a process of its own because sanic 21.12 cannot start a second app in one process. DATABASE_URL names the
database; it prints its address. Search finds by words alone here, which is enough for a test that sends nonsense.
"""

from __future__ import annotations

import socket
import sys

from sanic import Sanic

from bot import wiring
from bot.web.accounts import accounts_blueprint
from bot.web.staff import staff_blueprint
from bot.web.staff_api import add_staff_api
from bot.wiring import consoles


def scripted_staff_api() -> Sanic:
    """The console, its API and the pages of accounts."""
    app = Sanic("staff_api", configure_logging=False)
    app.config.FALLBACK_ERROR_FORMAT = "text"
    app.config.REQUEST_MAX_SIZE = 1_000_000
    access, pages, audit = consoles.access(), consoles.pages(), consoles.accounts().audit
    desk = consoles.staff_desk(lambda _: [])
    app.blueprint(accounts_blueprint(consoles.accounts(), access, pages))
    app.blueprint(staff_blueprint(desk, access, pages, audit))
    add_staff_api(app, desk, wiring.knowledge(), access, audit)
    return app


def main() -> None:
    """Serves on a free port until the process is ended."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        scripted_staff_api().run(sock=listening, access_log=False)


if __name__ == "__main__":
    main()
