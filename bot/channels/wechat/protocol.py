"""The WeChat wire format, pure: signatures, safe mode (AES), reading XML that may be hostile, writing XML.

Strings are text, bodies are bytes; nothing here reads a clock or draws a random number. Refusals are
`ProtocolError`s.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.dom.minidom import Document
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml.ElementTree import DefusedXMLParser

from bot.channels.wechat.errors import BadBody, TooLarge

# 64 KiB: the longest text a user can send is a few kilobytes, compatible mode triples it, and a link adds
# little.
BODY_LIMIT = 64 * 1024
# The deepest documented message, the picture list of a menu event, has five levels.
DEPTH_LIMIT = 8
# WeChat pads to 32 bytes although the AES block has 16.
PADDING_BLOCK = 32
PREFIX_BYTES = 16
LENGTH_BYTES = 4

_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNREADABLE = "The encrypted body cannot be opened with this key and AppID."


def sign(*parts: str) -> str:
    """The lower-case hexadecimal SHA-1 over the sorted and joined parts, as WeChat signs everything."""
    joined = "".join(sorted(parts)).encode("utf-8", "replace")
    return hashlib.sha1(joined, usedforsecurity=False).hexdigest()


def is_signed(given: str, *parts: str) -> bool:
    """Whether `given` is the signature of the parts, compared in constant time.

    Bytes are compared because `compare_digest` raises on text outside ASCII, which a caller may well send.
    """
    return hmac.compare_digest(given.encode("utf-8", "replace"), sign(*parts).encode("ascii"))


class _ShallowBuilder(TreeBuilder):
    """A tree builder that stops at `DEPTH_LIMIT`, before deep nesting costs time and memory."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Open an element; raises `BadBody` when it is nested too deeply."""
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise BadBody(f"The XML is nested deeper than {DEPTH_LIMIT} levels.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


def read_xml(body: bytes) -> dict[str, str]:
    """The text of each element directly under `<xml>`; raises `TooLarge` or `BadBody`."""
    if len(body) > BODY_LIMIT:
        raise TooLarge(f"The body is longer than {BODY_LIMIT} bytes.")
    parser = DefusedXMLParser(target=_ShallowBuilder(), forbid_dtd=True)
    try:
        parser.feed(body)
        root = parser.close()
    # ValueError covers a DOCTYPE and broken characters, LookupError an encoding that does not exist.
    except (ParseError, ValueError, LookupError) as error:
        raise BadBody("The body is not well-formed XML without a DOCTYPE.") from error
    if root.tag != "xml":
        raise BadBody("The root element of a WeChat message is <xml>.")
    return {child.tag: child.text or "" for child in root}


def write_xml(fields: Mapping[str, str | int]) -> str:
    """An `<xml>` document in WeChat's own form: text in CDATA, integers bare, in the order given."""
    document = Document()
    root = document.createElement("xml")
    for name, value in fields.items():
        child = document.createElement(name)
        for part in _cdata_parts(str(value)):
            node = (
                document.createTextNode(part) if isinstance(value, int) else document.createCDATASection(part)
            )
            child.appendChild(node)
        root.appendChild(child)
    return root.toxml()


def without_forbidden(text: str) -> str:
    """The text without what XML cannot carry: control characters, lone surrogates, U+FFFE and U+FFFF."""
    return _NOT_XML.sub("", text)


def _cdata_parts(text: str) -> list[str]:
    """The text without characters that XML forbids, cut so that no part holds CDATA's end mark `]]>`."""
    return without_forbidden(text).replace("]]>", "]]\0>").split("\0")


def text_reply(to: str, account: str, created_at: int, content: str) -> str:
    """The XML of a passive text reply from `account` to the openid `to`; `created_at` in Unix seconds."""
    return write_xml(
        {
            "ToUserName": to,
            "FromUserName": account,
            "CreateTime": created_at,
            "MsgType": "text",
            "Content": content,
        }
    )


def transfer_reply(to: str, account: str, created_at: int) -> str:
    """The XML that hands the conversation of the openid `to` over to the account's own 客服."""
    return write_xml(
        {
            "ToUserName": to,
            "FromUserName": account,
            "CreateTime": created_at,
            "MsgType": "transfer_customer_service",
        }
    )


@dataclass(frozen=True)
class SafeMode:
    """Encryption of bodies (安全模式): AES-256-CBC under `key` (32 bytes), bound to one account's AppID."""

    key: bytes = field(repr=False)
    app_id: str

    @classmethod
    def from_text(cls, aes_key: str, app_id: str) -> SafeMode:
        """From the 43 characters of the EncodingAESKey; raises ValueError, which does not show the key."""
        if not re.fullmatch(r"[A-Za-z0-9+/]{43}", aes_key):
            raise ValueError(
                f"The EncodingAESKey has 43 letters and digits; this one has {len(aes_key)} characters."
            )
        return cls(base64.b64decode(aes_key + "="), app_id)

    def encrypt(self, text: str, prefix: bytes) -> str:
        """The Base64 of prefix (16 random bytes), length, text and AppID, padded and encrypted."""
        message = text.encode()
        content = prefix + len(message).to_bytes(LENGTH_BYTES, "big") + message + self.app_id.encode()
        missing = PADDING_BLOCK - len(content) % PADDING_BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(content + bytes([missing]) * missing) + encryptor.finalize()
        return base64.b64encode(sealed).decode("ascii")

    def decrypt(self, encrypted: str) -> bytes:
        """The message inside; padding, length and AppID are checked, each failure is the same `BadBody`."""
        content = self._unpadded(self._opened(encrypted))[PREFIX_BYTES:]
        end = LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "big")
        if end > len(content) or not hmac.compare_digest(content[end:], self.app_id.encode()):
            raise BadBody(_UNREADABLE)
        return content[LENGTH_BYTES:end]

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16]))

    def _opened(self, encrypted: str) -> bytes:
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except ValueError as error:
            raise BadBody(_UNREADABLE) from error
        if not sealed or len(sealed) % PADDING_BLOCK:
            raise BadBody(_UNREADABLE)
        decryptor = self._cipher().decryptor()
        return decryptor.update(sealed) + decryptor.finalize()

    @staticmethod
    def _unpadded(content: bytes) -> bytes:
        count = content[-1]
        if not 1 <= count <= PADDING_BLOCK or content[-count:] != bytes([count]) * count:
            raise BadBody(_UNREADABLE)
        return content[:-count]


def sealed_reply(safe: SafeMode, token: str, xml: str, timestamp: int, nonce: str, prefix: bytes) -> str:
    """The encrypted form of a reply's XML, with its own signature over timestamp, nonce and ciphertext."""
    encrypted = safe.encrypt(xml, prefix)
    return write_xml(
        {
            "Encrypt": encrypted,
            "MsgSignature": sign(token, str(timestamp), nonce, encrypted),
            "TimeStamp": timestamp,
            "Nonce": nonce,
        }
    )
