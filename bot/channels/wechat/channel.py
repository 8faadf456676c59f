"""The Rasa input channel "wechat": GET and POST `/webhooks/wechat/webhook`.

GET proves to WeChat that this server knows the token; POST takes one delivery and answers in the same
response. The raw openid is used for the address of the reply only: everything else, the dialogue included,
sees `sender_key(openid)`.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, raw, text

from bot.channels.collecting import WholeTexts
from bot.channels.wechat.deadline import Answer, Answering, describe
from bot.channels.wechat.errors import BadBody, Forbidden, ProtocolError, TooLarge
from bot.channels.wechat.intake import Ask, intake
from bot.channels.wechat.ledger import ReplyLedger
from bot.channels.wechat.messages import Envelope, Message, read_message
from bot.channels.wechat.protocol import (
    BODY_LIMIT,
    PREFIX_BYTES,
    SafeMode,
    is_signed,
    read_xml,
    sealed_reply,
    text_reply,
)
from bot.channels.wechat.replies import FAILURE, compose, is_continue

logger = logging.getLogger(__name__)

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]

# The word with which WeChat accepts that a delivery gets no reply.
ACKNOWLEDGED = "success"
NONCE_BYTES = 8


class WeChatOutput(WholeTexts):
    """Collects what the bot says to one message; `replies.compose` joins and splits."""

    @classmethod
    def name(cls) -> str:
        """The name under which Rasa looks for channel-specific responses."""
        return "wechat"


class WeChatInput(InputChannel):
    """The webhook of one public account.

    With `aes_key` safe mode is required, without it plaintext is accepted. `deadline` is in seconds from
    the receipt of a delivery, `deliveries` how many of them WeChat makes before the holding sentence has to
    go out. `scenes` gives for a QR code's scene id what the user is taken to have said.
    """

    def __init__(
        self,
        token: str,
        app_id: str,
        aes_key: str | None,
        sender_key: Callable[[str], str],
        ledger: ReplyLedger,
        clock: Callable[[], float],
        deadline: float = 4.5,
        deliveries: int = 3,
        scenes: Mapping[str, str] | None = None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """Raises ValueError for an `aes_key` that is not one."""
        self._token = token
        self._safe = SafeMode.from_text(aes_key, app_id) if aes_key else None
        self._sender_key = sender_key
        self._clock = clock
        self._scenes = dict(scenes or {})
        self._random_bytes = random_bytes
        self._answering = Answering(ledger, deadline, deliveries)

    @classmethod
    def name(cls) -> str:
        """The name in the webhook's address and in every event of a conversation."""
        return "wechat"

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """The two routes."""
        webhook = Blueprint("wechat_webhook")
        webhook.exception(Exception)(_failed)

        @webhook.get("/webhook")
        async def check(request: Request) -> HTTPResponse:
            return await _guarded(self._check(request))

        @webhook.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            return await _guarded(self._receive(on_new_message, request))

        return webhook

    async def _check(self, request: Request) -> HTTPResponse:
        self._verify(request)
        echo = request.args.get("echostr")
        if not echo:
            raise BadBody("The endpoint check has no echostr.")
        return text(echo)

    async def _receive(self, on_new_message: OnNewMessage, request: Request) -> HTTPResponse:
        # The query is verified first, so that the body of a stranger is not even read.
        self._verify(request)
        message = read_message(self._opened(request, read_xml(await _body(request))))
        content = await self._content(on_new_message, message)
        return self._response(message.envelope, content) if content else text(ACKNOWLEDGED)

    def _verify(self, request: Request) -> None:
        if not is_signed(request.args.get("signature", ""), self._token, *_stamp(request)):
            raise Forbidden("The signature does not match.")

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

    async def _content(self, on_new_message: OnNewMessage, message: Message) -> str:
        """The text of the reply; empty when there is none to give."""
        action = intake(message, self._scenes)
        if not isinstance(action, Ask):
            return action.text if action else ""
        sender = self._sender_key(message.envelope.openid)
        digest = hashlib.sha256(message.envelope.identity.encode("utf-8", "replace")).hexdigest()[:32]
        work = partial(self._answer, on_new_message, sender, action.text)
        return await self._answering.reply(sender, f"{sender}:{digest}", work)

    async def _answer(self, on_new_message: OnNewMessage, sender: str, question: str) -> Answer:
        parked = await self._answering.parked(sender) if is_continue(question) else ""
        if parked:
            return Answer(parked, fetched=True)
        output = WeChatOutput()
        await on_new_message(UserMessage(question, output, sender, input_channel=self.name()))
        # Rasa says nothing when no model is loaded; silence would read as a broken account.
        return Answer(compose(output.messages) or FAILURE)

    def _response(self, envelope: Envelope, content: str) -> HTTPResponse:
        """The reply, dated like the message: then all deliveries of a message get the same bytes."""
        xml = text_reply(envelope.openid, envelope.account, envelope.created_at, content)
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
