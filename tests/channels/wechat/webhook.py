"""A real webhook on a real socket, its dialogue, and what WeChat sends to it."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import threading
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from rasa.core.channels.channel import UserMessage, register
from sanic import Sanic

from bot.channels.wechat.channel import WeChatInput
from bot.storage.deliveries import Deliveries, Waiting

TOKEN = "token123"
APP_ID = "wx0123456789abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
TIMESTAMP = "1767225600"
STAMP = {"timestamp": TIMESTAMP, "nonce": "n0nce"}
PAYLOADS = Path(__file__).parent / "payloads"


def payload(name: str) -> str:
    """A body as WeChat sends it."""
    return (PAYLOADS / f"{name}.xml").read_text(encoding="utf-8")


def text_payload(content: str, message_id: int | str = 1, sender: str = "oCitizen") -> str:
    """A text message with this content, which must not need escaping."""
    return (
        f"<xml><ToUserName>gh_hospital</ToUserName><FromUserName>{sender}</FromUserName>"
        f"<CreateTime>1767225600</CreateTime><MsgType>text</MsgType><Content>{content}</Content>"
        f"<MsgId>{message_id}</MsgId></xml>"
    )


def signature(*parts: str) -> str:
    """WeChat's signature, written down once more so that the code under test is not its own judge."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def sender_key(openid: str) -> str:
    """A short stand-in for the keyed hash that the real wiring passes in."""
    return "u" + hashlib.sha256(openid.encode()).hexdigest()[:12]


@dataclass
class Bot:
    """A dialogue that repeats what it hears, or says what the test sets; `gate` holds its answers back."""

    says: Callable[[UserMessage], Awaitable[None]] | None = None
    heard: list[UserMessage] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    started: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Open the gate; a test that wants a slow dialogue closes it."""
        self.gate.set()

    async def handle_message(self, message: UserMessage) -> None:
        """Stand where Rasa's agent stands."""
        self.heard.append(message)
        self.started.set()
        await asyncio.to_thread(self.gate.wait)
        if self.says:
            await self.says(message)
        else:
            await message.output_channel.send_text_message(message.sender_id, f"回答：{message.text}")

    @property
    def texts(self) -> list[str | None]:
        """What was asked, in order."""
        return [message.text for message in self.heard]


@dataclass
class Webhook:
    """One running server with its address, its dialogue and what it stores of deliveries."""

    url: str
    bot: Bot
    store: Deliveries
    client: httpx.Client

    def post(self, body: str | bytes, seconds: float = 20, **query: str) -> httpx.Response:
        """Deliver a body, signed unless the test passes a signature."""
        content = body.encode() if isinstance(body, str) else body
        # A sealed body is signed with the nonce it was sealed with; in plaintext each message needs one of its own.
        nonce = STAMP["nonce"] if "msg_signature" in query else uuid.uuid4().hex
        params = {"timestamp": TIMESTAMP, "nonce": nonce, "openid": "oCitizen", **query}
        params.setdefault("signature", signature(TOKEN, params["timestamp"], params["nonce"]))
        return self.client.post(self.url, params=params, content=content, timeout=seconds)

    def say(self, content: str, message_id: int | str = 1, **options: Any) -> str:
        """Send a text and return the text of the reply."""
        return reply_text(self.post(text_payload(content, message_id), **options))

    @property
    def waiting(self) -> Waiting:
        """What waits for the person who writes."""
        return self.store.waiting(sender_key("oCitizen"))

    def cut(self, body: str) -> None:
        """Deliver a body and hang up before the answer, as WeChat does."""
        with pytest.raises(httpx.ReadTimeout):
            self.post(body, seconds=0.7)


def reply_text(response: httpx.Response) -> str:
    """The content of a passive text reply."""
    assert response.status_code == 200, response.text
    return fromstring(response.text).findtext("Content") or ""


@contextmanager
def serving(channel: WeChatInput, bot: Bot) -> Iterator[str]:
    loop = asyncio.new_event_loop()
    app = Sanic(f"wechat_{uuid.uuid4().hex}", configure_logging=False)
    app.ctx.agent = SimpleNamespace(handle_message=bot.handle_message)
    register([channel], app, route="/webhooks/")
    listener = socket.create_server(("127.0.0.1", 0))
    starting = app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
    server = loop.run_until_complete(starting)
    loop.run_until_complete(server.startup())
    loop.run_until_complete(server.start_serving())
    loop.run_until_complete(server.after_start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/webhooks/wechat/webhook"
    finally:
        bot.gate.set()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(server.before_stop())
        server.close()
        loop.run_until_complete(server.wait_closed())
        listener.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


StartWebhook = Callable[..., Webhook]
