"""A sanic server with the chat page and an assistant that follows a script; its arguments are the places.

It runs as a process of its own because sanic 21.12 cannot start a second app in one process. It prints
its address; `PUT /script` changes the script, `GET /script` says what the assistant heard.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, json

from bot.web.chat import chat_blueprint


@dataclass
class Script:
    """What the assistant answers to which message, which statuses come first, and whether it keeps silent."""

    replies: dict[str, Any] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    held: bool = False
    told: list[dict[str, str]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)


class ScriptedAssistant:
    """The assistant's side of a test, in the items of Rasa's REST channel."""

    def __init__(self) -> None:
        """Starts with a script that repeats every message."""
        self.script = Script()
        self.speaks = asyncio.Event()

    async def webhook(self, request: Request) -> HTTPResponse:
        """Answers a message as the script says, or repeats it."""
        message = request.json
        self.script.told.append(message)
        self.script.events.append(f"told {message['message']}")
        if self.script.held:
            await self.speaks.wait()
        self.script.events.append(f"answered {message['message']}")
        if self.script.failures:
            # Shaped like an answer, so that only the status tells that it is none.
            return json([{"text": "出错了"}], status=self.script.failures.pop(0))
        echo = [{"recipient_id": message["sender"], "text": f"收到：{message['message']}"}]
        return json(self.script.replies.get(message["message"], echo))

    async def change(self, request: Request) -> HTTPResponse:
        """Changes the named parts of the script."""
        for name, value in request.json.items():
            setattr(self.script, name, value)
        if self.script.held:
            self.speaks.clear()
        else:
            self.speaks.set()
        return empty()

    async def report(self, _: Request) -> HTTPResponse:
        """The script and what was heard."""
        return json(asdict(self.script))


def scripted_chat(places: Sequence[str]) -> Sanic:
    """The chat page, the scripted assistant and the two routes of the script."""
    app = Sanic(f"chat_{uuid.uuid4().hex}")
    app.blueprint(chat_blueprint(places))

    assistant = ScriptedAssistant()
    app.add_route(assistant.webhook, "/webhooks/rest/webhook", methods=["POST"])
    app.add_route(assistant.change, "/script", methods=["PUT"])
    app.add_route(assistant.report, "/script", methods=["GET"])
    return app


def main(places: Sequence[str]) -> None:
    """Serves on a free port until the process is ended."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # Printed before the start: the socket already listens, so whoever connects now only waits a little.
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        scripted_chat(places).run(sock=listening, access_log=False)


if __name__ == "__main__":
    main(sys.argv[1:])
