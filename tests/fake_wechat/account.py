"""A public account as WeChat keeps it: what its users send, signed and sealed, and whether a reply is one.

Signatures and encryption are wechatpy's, so that the code under test is not its own judge.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring
from wechatpy.crypto import PrpCrypto, WeChatCrypto  # type: ignore[import-untyped]  # comes without types
from wechatpy.exceptions import (  # type: ignore[import-untyped]
    InvalidAppIdException,
    InvalidSignatureException,
)
from wechatpy.utils import WeChatSigner  # type: ignore[import-untyped]

TEXT_BYTES = 2048
REPLIES = {"text", "image", "voice", "video", "music", "news", "transfer_customer_service"}
_BARE = {"CreateTime", "MsgId", "Location_X", "Location_Y", "Scale", "Latitude", "Longitude", "Precision"}
_ids = itertools.count(23_000_000_000_000_001)


@dataclass(frozen=True)
class Message:
    """One message or event: who sends it, and the fields of its XML besides those that all have."""

    openid: str
    kind: str
    fields: Mapping[str, str]
    message_id: int | None = None

    @property
    def event(self) -> str:
        """The name of an event; empty for a message."""
        return self.fields.get("Event", "")


def _message(openid: str, kind: str, **fields: str) -> Message:
    return Message(openid, kind, fields, next(_ids))


def _event(openid: str, event: str, **fields: str) -> Message:
    return Message(openid, "event", {"Event": event, **fields})


def text(openid: str, content: str, menu_id: str = "") -> Message:
    """A text; with `menu_id` one that a tapped option sends."""
    tapped = {"bizmsgmenuid": menu_id} if menu_id else {}
    return _message(openid, "text", Content=content, **tapped)


def image(openid: str) -> Message:
    """A picture."""
    return _message(openid, "image", PicUrl="http://mmbiz.example/picture", MediaId="media-1")


def voice(openid: str, recognition: str = "") -> Message:
    """A voice message; WeChat no longer fills in what was recognised."""
    return _message(openid, "voice", MediaId="media-2", Format="amr", Recognition=recognition)


def video(openid: str, *, short: bool = False) -> Message:
    """A video, or one recorded in the chat."""
    return _message(openid, "shortvideo" if short else "video", MediaId="media-3", ThumbMediaId="media-4")


def location(openid: str, label: str, x: str = "31.230416", y: str = "121.473701") -> Message:
    """A place that the user sends."""
    return _message(openid, "location", Location_X=x, Location_Y=y, Scale="15", Label=label)


def link(openid: str) -> Message:
    """A shared article."""
    return _message(openid, "link", Title="标题", Description="说明", Url="https://mp.weixin.qq.com/s/x")


def subscribe(openid: str, scene: str = "") -> Message:
    """A new follower, from a QR code when there is a scene."""
    key, ticket = (f"qrscene_{scene}", "TICKET") if scene else ("", "")
    return _event(openid, "subscribe", EventKey=key, **({"Ticket": ticket} if ticket else {}))


def unsubscribe(openid: str) -> Message:
    """A follower leaves."""
    return _event(openid, "unsubscribe", EventKey="")


def scan(openid: str, scene: str) -> Message:
    """A follower scans a QR code."""
    return _event(openid, "SCAN", EventKey=scene, Ticket="TICKET")


def click(openid: str, key: str) -> Message:
    """A tap on a button of the menu."""
    return _event(openid, "CLICK", EventKey=key)


def view(openid: str, url: str) -> Message:
    """A tap on a button that opens a page."""
    return _event(openid, "VIEW", EventKey=url, MenuId="402")


def position(openid: str) -> Message:
    """The phone reports where it is."""
    return _event(openid, "LOCATION", Latitude="31.23", Longitude="121.47", Precision="30.0")


class BadReply(Exception):
    """A reply for which WeChat shows 该公众号提供的服务出现故障."""


@dataclass(frozen=True)
class Account:
    """One account: with `aes_key` in safe mode, with `compatible` its bodies are readable as well."""

    token: str
    app_id: str = "wx0123456789abcdef"
    name: str = "gh_hospital"
    aes_key: str | None = field(default=None, repr=False)
    compatible: bool = False

    def signature(self, *parts: str) -> str:
        """WeChat's signature over the token and these parts."""
        signer = WeChatSigner()
        signer.add_data(self.token, *parts)
        return str(signer.signature)

    def delivery(
        self, message: Message, created: int, stamp: int, nonce: str
    ) -> tuple[dict[str, str], bytes]:
        """The query and the body of one delivery; `created` stays the same for all deliveries of a message."""
        xml = self._xml(message, created)
        query = {
            "signature": self.signature(str(stamp), nonce),
            "timestamp": str(stamp),
            "nonce": nonce,
            "openid": message.openid,
        }
        if not self.aes_key:
            return query, f"<xml>{xml}</xml>".encode()
        cipher = PrpCrypto(WeChatCrypto(self.token, self.aes_key, self.app_id).key)
        sealed = cipher.encrypt(f"<xml>{xml}</xml>", self.app_id).decode()
        query |= {"encrypt_type": "aes", "msg_signature": self.signature(str(stamp), nonce, sealed)}
        readable = xml if self.compatible else f"<ToUserName><![CDATA[{self.name}]]></ToUserName>"
        return query, f"<xml>{readable}<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()

    def _xml(self, message: Message, created: int) -> str:
        fields = {
            "ToUserName": self.name,
            "FromUserName": message.openid,
            "CreateTime": str(created),
            "MsgType": message.kind,
            **message.fields,
        }
        if message.message_id is not None:
            fields["MsgId"] = str(message.message_id)
        return "".join(f"<{name}>{_value(name, value)}</{name}>" for name, value in fields.items())

    def shown(self, message: Message, body: bytes) -> tuple[str, str]:
        """The kind and the text of what this body shows to the user; raises `BadReply`.

        `success` and an empty body show nothing: ("", "").
        """
        if body in (b"", b"success"):
            return "", ""
        fields = self._opened(_parsed(body))
        if fields.get("ToUserName") != message.openid or fields.get("FromUserName") != self.name:
            raise BadReply("The reply goes to somebody else, or comes from another account.")
        kind, content = fields.get("MsgType", ""), fields.get("Content", "")
        if kind not in REPLIES or not fields.get("CreateTime", "").isdigit():
            raise BadReply("The reply has no kind or no time.")
        if kind == "text" and not 0 < len(content.encode()) <= TEXT_BYTES:
            raise BadReply(f"The text has {len(content.encode())} bytes.")
        return kind, content

    def _opened(self, fields: dict[str, str]) -> dict[str, str]:
        """The fields to go by: in safe mode those inside the encryption, whose signature has to be right."""
        if not self.aes_key or (self.compatible and "Encrypt" not in fields):
            return fields
        crypto = WeChatCrypto(self.token, self.aes_key, self.app_id)
        try:
            inner = crypto.decrypt_message(
                fields, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"]
            )
        except (KeyError, ValueError, IndexError, InvalidSignatureException, InvalidAppIdException) as error:
            raise BadReply(f"The reply cannot be opened: {type(error).__name__}.") from error
        return _parsed(inner.encode())


def _parsed(body: bytes) -> dict[str, str]:
    try:
        root = fromstring(body)
    except (SyntaxError, ValueError) as error:
        raise BadReply("The reply is no XML.") from error
    if root.tag != "xml":
        raise BadReply("The reply is no <xml>.")
    return {child.tag: child.text or "" for child in root}


def _value(name: str, value: str) -> str:
    if name in _BARE:
        return escape(value)
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"


Heard = Callable[[Message], None]
