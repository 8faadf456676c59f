"""The whole web application as `python -m bot serve` runs it, and one route more that lists all others.

It runs as a process of its own because sanic 21.12 cannot start a second app in one process; it prints its address.
"""

from __future__ import annotations

import socket
import sys

from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot import wiring
from bot.settings import one_thread_for_numbers
from bot.training.release import model_to_serve
from bot.without_tensorflow import load_rasa

ROUTES = "/test/routes"


async def list_routes(request: Request) -> HTTPResponse:
    """Every method and path of the application but this one."""
    found = {(method, f"/{route.path}") for route in request.app.router.routes for method in route.methods}
    return json(sorted(pair for pair in found if pair[1] != ROUTES))


def main() -> None:
    """Serves on a free port until the process is ended."""
    one_thread_for_numbers()
    settings = wiring.settings()
    model, _ = model_to_serve(settings.models)
    assert model is not None, "there is no model; run python -m bot train"
    load_rasa(settings.root / "config.yml")
    app = wiring.application(model)
    app.add_route(list_routes, ROUTES, methods=["GET"])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        app.run(sock=listening, access_log=False)


if __name__ == "__main__":
    main()
