"""The REST channel: Rasa's own address and format, with clear refusals and every answer in one piece."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.collecting import WholeTexts

_LONGEST_SENDER = 200


class RestChannel(InputChannel):
    """POST ``/webhooks/rest/webhook`` with ``{"sender": ..., "message": ...}`` gives a list of messages."""

    @classmethod
    def name(cls) -> str:
        """The name in the address."""
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The two routes."""
        routes = Blueprint("rest_channel")

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @routes.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            try:
                sender, text = _read(request)
            except ValueError as error:
                return json({"error": str(error)}, status=400)
            output = WholeTexts()
            await on_new_message(UserMessage(text, output, sender, input_channel=self.name()))
            return json(output.messages, ensure_ascii=False)

        return routes


def _read(request: Request) -> tuple[str, str]:
    """Sender and text; raises ValueError with what to send instead."""
    try:
        body = request.json
    except SanicException as error:
        raise ValueError('The body is not JSON; send {"sender": "...", "message": "..."}.') from error
    if not isinstance(body, dict):
        raise ValueError('The body is no object; send {"sender": "...", "message": "..."}.')
    sender, text = body.get("sender") or "default", body.get("message") or ""
    if not isinstance(sender, str) or not isinstance(text, str) or len(sender) > _LONGEST_SENDER:
        raise ValueError("sender and message must be texts.")
    return sender, text
