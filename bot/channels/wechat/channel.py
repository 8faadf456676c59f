"""The Rasa input channel "wechat": GET and POST `/webhooks/wechat/webhook`.

GET proves to WeChat that this server knows the token; POST takes one delivery and answers in the same
response. The raw openid is used for the address of the reply only: everything else, the dialogue included,
sees `sender_key(openid)`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, raw, text

from bot.channels.collecting import WholeTexts
from bot.channels.wechat import replies
from bot.channels.wechat.errors import BadBody, Forbidden, ProtocolError, TooLarge
from bot.channels.wechat.intake import Ask, intake
from bot.channels.wechat.messages import ASKING_EVENTS, read_message
from bot.channels.wechat.messages import Message as WeChatMessage
from bot.channels.wechat.protocol import (
    BODY_LIMIT,
    PREFIX_BYTES,
    SafeMode,
    is_signed,
    read_xml,
    sealed_reply,
    text_reply,
    transfer_reply,
)
from bot.channels.wechat.replies import compose, is_continue
from bot.services.delivering import (
    Delivering,
    Delivery,
    Handling,
    Message,
    Phrases,
    ReplayedError,
    Timing,
    describe,
)
from bot.text.masking import mask

logger = logging.getLogger(__name__)

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]

PHRASES = Phrases(replies.HOLDING, replies.FAILURE, replies.TOO_FAST, replies.LATE)
# WeChat cuts a connection after 5 s and delivers a message three times in all. A reply is kept far longer than anybody
# delivers its message again, and as long as 客服 messages may follow it.
TIMING = Timing(
    deadline=4.5,
    deliveries=3,
    apart=5.0,
    lease=6.0,
    renewed_after=2.0,
    looked_after=0.05,
    longest_turn=60.0,
    kept=48 * 3600.0,
)
# The word with which WeChat accepts that a delivery gets no reply.
ACKNOWLEDGED = "success"
NONCE_BYTES = 8
# Seconds. A signed request that is older or younger was recorded, or one of the two clocks is wrong.
STAMP_WINDOW = 300
# Between two looks for what a process left that is gone.
_RECOVERED_EVERY = 10.0
_DRAINED_WITHIN = 10.0


class WeChatOutput(WholeTexts):
    """Collects what the bot says to one message; `replies.compose` joins and splits."""

    def __init__(self, handling: Handling, transfers: bool) -> None:
        super().__init__()
        self._handling = handling
        self._transfers = transfers

    @classmethod
    def name(cls) -> str:
        """The name under which Rasa looks for channel-specific responses."""
        return "wechat"

    def answer(self) -> str:
        """Everything said so far as one text; silence, as when no model is loaded, would read as a broken account."""
        answer = compose(self.messages)
        if self._transfers and any(replies.wants_human(message) for message in self.messages):
            return replies.transfer(answer)
        return answer or replies.FAILURE

    def settlement(self) -> Any:
        """See `AnswersOnce`."""
        return self._handling.settle_with(self.answer())

    def settled(self, is_reply: bool | None) -> None:
        """See `AnswersOnce`."""
        self._handling.settled = is_reply


class WeChatInput(InputChannel):
    """The webhook of one public account.

    With `aes_key` safe mode is required, without it plaintext is accepted. `scenes` gives for a QR code's scene id
    what the user is taken to have said. With `transfers` a person who asks for a human is handed to the account's
    own 客服.
    """

    def __init__(
        self,
        token: str,
        app_id: str,
        aes_key: str | None,
        sender_key: Callable[[str], str],
        delivering: Delivering,
        clock: Callable[[], float],
        scenes: Mapping[str, str] | None = None,
        transfers: bool = False,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Raises ValueError for an `aes_key` that is not one."""
        self._token = token
        self._safe = SafeMode.from_text(aes_key, app_id) if aes_key else None
        self._sender_key = sender_key
        self._delivering = delivering
        self._clock = clock
        self._scenes = dict(scenes or {})
        self._transfers = transfers
        self._random_bytes = random_bytes

    @classmethod
    def name(cls) -> str:
        """The name in the webhook's address and in every event of a conversation."""
        return "wechat"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The two routes, and what goes on beside them."""
        webhook = Blueprint("wechat_webhook")
        webhook.exception(Exception)(_failed)

        @webhook.get("/webhook")
        async def check(request: Request) -> HTTPResponse:
            return await _guarded(self._check(request))

        @webhook.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            return await _guarded(self._receive(on_new_message, request))

        @webhook.listener("after_server_start")
        async def look_after(app: Any, loop: asyncio.AbstractEventLoop) -> None:
            app.ctx.wechat_care = asyncio.create_task(self._care(on_new_message))

        @webhook.listener("before_server_stop")
        async def finish(app: Any, loop: asyncio.AbstractEventLoop) -> None:
            app.ctx.wechat_care.cancel()
            await self._delivering.drain(_DRAINED_WITHIN)

        return webhook

    async def _care(self, on_new_message: OnNewMessage) -> None:
        """Now and then, answer what a process left that is gone, and forget old replies."""
        while True:
            with suppress(Exception):  # A database that is away is reported by every message already.
                await self._delivering.recover(partial(self._answer, on_new_message))
                await self._delivering.purge()
            await asyncio.sleep(_RECOVERED_EVERY)

    async def _check(self, request: Request) -> HTTPResponse:
        self._verify(request)
        echo = request.args.get("echostr")
        if not echo:
            raise BadBody("The endpoint check has no echostr.")
        return text(echo)

    async def _receive(self, on_new_message: OnNewMessage, request: Request) -> HTTPResponse:
        # The query is verified first, so that the body of a stranger is not even read.
        self._verify(request)
        self._verify_age(request)
        message = read_message(self._opened(request, read_xml(await _body(request))))
        content = await self._content(on_new_message, message, request)
        return self._response(message, content) if content else text(ACKNOWLEDGED)

    def _verify(self, request: Request) -> None:
        if not is_signed(request.args.get("signature", ""), self._token, *_stamp(request)):
            raise Forbidden("The signature does not match.")

    def _verify_age(self, request: Request) -> None:
        timestamp = request.args.get("timestamp", "")
        age = abs(self._clock() - int(timestamp)) if timestamp.isascii() and timestamp.isdigit() else None
        if age is None or age > STAMP_WINDOW:
            logger.warning("A signed request was refused for its timestamp. If they all are, set this clock.")
            raise Forbidden("The timestamp is not of these minutes.")

    def _opened(self, request: Request, fields: dict[str, str]) -> dict[str, str]:
        """The fields to trust: in safe mode those inside the encryption alone."""
        encrypted = fields.get("Encrypt", "")
        if self._safe is None:
            if encrypted and "MsgType" not in fields:
                raise BadBody("The body is encrypted, but no EncodingAESKey is set here.")
            return fields
        if not encrypted:
            raise Forbidden("Plaintext is refused: this endpoint is in safe mode.")
        if not is_signed(request.args.get("msg_signature", ""), self._token, *_stamp(request), encrypted):
            raise Forbidden("The msg_signature does not match.")
        return read_xml(self._safe.decrypt(encrypted))

    async def _content(self, on_new_message: OnNewMessage, message: WeChatMessage, request: Request) -> str:
        """The text of the reply; empty when there is none to give."""
        action = intake(message, self._scenes)
        if not isinstance(action, Ask):
            return action.text if action else ""
        envelope = message.envelope
        sender = self._sender_key(envelope.openid)
        digest = hashlib.sha256(envelope.identity.encode("utf-8", "replace")).hexdigest()[:32]
        # In safe mode the signature covers the message, so that nothing can be gained by using it again.
        stamp = None if self._safe else ":".join(_stamp(request))
        asked = Message(f"{sender}:{digest}", sender, stamp, mask(action.text))
        try:
            delivery = Delivery(asked, envelope.openid)
            return await self._delivering.reply(delivery, partial(self._answer, on_new_message))
        except ReplayedError as error:
            raise Forbidden("The signature was used for another message.") from error

    async def _answer(self, on_new_message: OnNewMessage, handling: Handling) -> str:
        asked = handling.message
        if is_continue(asked.question):
            waiting = handling.waiting
            answer = "\n\n".join(part for part in (waiting.late, waiting.rest) if part)
            if answer:
                handling.takes = waiting
                return replies.readable(answer)
        output = WeChatOutput(handling, self._transfers)
        await on_new_message(UserMessage(asked.question, output, asked.sender_key, input_channel=self.name()))
        return output.answer()

    def _response(self, message: WeChatMessage, content: str) -> HTTPResponse:
        """The reply, dated like the message: then all deliveries of a message get the same bytes."""
        envelope = message.envelope
        addressed = (envelope.openid, envelope.account, envelope.created_at)
        if replies.is_transfer(content) and not isinstance(message, ASKING_EVENTS):
            xml = transfer_reply(*addressed)
        else:
            xml = text_reply(*addressed, replies.readable(content))
        if self._safe:
            nonce, prefix = self._random_bytes(NONCE_BYTES).hex(), self._random_bytes(PREFIX_BYTES)
            xml = sealed_reply(self._safe, self._token, xml, int(self._clock()), nonce, prefix)
        return raw(xml.encode(), content_type="application/xml; charset=utf-8")


async def _guarded(handling: Awaitable[HTTPResponse]) -> HTTPResponse:
    """The response, or the one line of a refusal."""
    try:
        return await handling
    except ProtocolError as refusal:
        return text(str(refusal), status=refusal.status)


async def _failed(request: Request, error: Exception) -> HTTPResponse:
    """One line for everything else; Sanic's own page and log would show the address with the openid in it."""
    status = getattr(error, "status_code", 500)
    # Sanic's own are no failures of the webhook: WeChat hanging up, which it does to each slow answer, is one of them.
    if not isinstance(error, SanicException):
        logger.error("The WeChat webhook failed.\n%s", describe(error))
    return text("The request could not be handled.", status=status)


def _stamp(request: Request) -> tuple[str, str]:
    return request.args.get("timestamp", ""), request.args.get("nonce", "")


async def _body(request: Request) -> bytes:
    """The body as far as it is allowed to go; raises `TooLarge` before the rest is read."""
    body = b""
    async for chunk in request.stream:
        body += chunk
        if len(body) > BODY_LIMIT:
            raise TooLarge(f"The body is longer than {BODY_LIMIT} bytes.")
    return body
