"""What every refusal keeps to itself, what both signatures and the encryption have to prove, and what no parser sees."""

from __future__ import annotations

import base64
import hmac
import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from wechatpy.crypto import WeChatCrypto

from bot.channels.wechat import protocol
from bot.channels.wechat.errors import BadBody
from bot.channels.wechat.protocol import SafeMode, read_xml
from tests.channels.wechat.test_channel import server_log
from tests.channels.wechat.test_safe_mode import opened, seal
from tests.channels.wechat.webhook import (
    AES_KEY,
    APP_ID,
    STAMP,
    TOKEN,
    StartWebhook,
    Webhook,
    payload,
    signature,
    text_payload,
)

SAFE = SafeMode.from_text(AES_KEY, APP_ID)
SIGNED = signature(TOKEN, *STAMP.values())
WORDS = "我有高血压"
SECRETS = ("oCitizen", "高血压", TOKEN, AES_KEY, SIGNED)
Send = Callable[[Webhook], httpx.Response]


def sealed_post(body: str, crypto: WeChatCrypto | None = None, **query: str) -> Send:
    """Deliver a body encrypted, by another key or with another query."""
    sealed, signed = seal(body, crypto or WeChatCrypto(TOKEN, AES_KEY, APP_ID))
    return lambda webhook: webhook.post(sealed, **{**signed, **query})


def plain_post(body: str, **query: str) -> Send:
    """Deliver a body in the clear."""
    return lambda webhook: webhook.post(body, **query)


def replayed(webhook: Webhook) -> httpx.Response:
    """Use one signature for two messages."""
    webhook.post(text_payload("甲", 1), nonce="seen")
    return webhook.post(text_payload(WORDS, 2), nonce="seen")


MINE = text_payload(WORDS)
REFUSED: dict[str, tuple[str | None, Send]] = {
    "signature": (None, plain_post(MINE, signature="0" * 40)),
    "no signature": (None, plain_post(MINE, signature="")),
    "old": (None, plain_post(MINE, timestamp="1767220000")),
    "replay": (None, replayed),
    "doctype": (None, plain_post(f"<!DOCTYPE xml>{MINE}")),
    "entity": (None, plain_post(f'<!DOCTYPE x [<!ENTITY a "{WORDS}">]><xml>&a;</xml>')),
    "no xml": (None, plain_post(WORDS)),
    "no sender": (None, plain_post(MINE.replace("FromUserName", "Other"))),
    "no account": (None, plain_post(MINE.replace("ToUserName", "Other"))),
    "no kind": (None, plain_post(MINE.replace("MsgType", "Other"))),
    "deep": (None, plain_post(MINE.replace("</xml>", f"{'<a>' * 99}{WORDS}{'</a>' * 99}</xml>"))),
    "long": (None, plain_post(WORDS * 10_000)),
    "no key here": (None, plain_post("<xml><Encrypt>abc</Encrypt></xml>")),
    "plaintext": (AES_KEY, plain_post(MINE)),
    "plaintext said to be raw": (AES_KEY, plain_post(MINE, encrypt_type="raw")),
    "msg_signature": (AES_KEY, sealed_post(MINE, msg_signature="0" * 40)),
    "no msg_signature": (AES_KEY, sealed_post(MINE, msg_signature="")),
    "AppID": (AES_KEY, sealed_post(MINE, WeChatCrypto(TOKEN, AES_KEY, "wx-other"))),
    "longer AppID": (AES_KEY, sealed_post(MINE, WeChatCrypto(TOKEN, AES_KEY, f"{APP_ID}0"))),
    "shorter AppID": (AES_KEY, sealed_post(MINE, WeChatCrypto(TOKEN, AES_KEY, APP_ID[:-1]))),
    "key": (AES_KEY, sealed_post(MINE, WeChatCrypto(TOKEN, AES_KEY[::-1], APP_ID))),
    "doctype inside": (AES_KEY, sealed_post(f"<!DOCTYPE xml>{MINE}")),
    "no xml inside": (AES_KEY, sealed_post(WORDS)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_says_one_line_and_neither_it_nor_the_log_tells_anything(
    start: StartWebhook, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    key, send = REFUSED[case]
    webhook = start(aes_key=key)
    with caplog.at_level(logging.DEBUG):
        response = send(webhook)
    assert response.status_code in (400, 403, 413)
    assert response.headers["content-type"].startswith("text/plain")
    assert "\n" not in response.text
    assert not [secret for secret in SECRETS if secret in response.text + server_log(caplog)]
    assert WORDS not in webhook.bot.texts


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, bytes]]:
    """Every comparison that was made in constant time."""
    pairs: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest

    def compare(one: Any, other: Any) -> bool:
        pairs.append((one, other))
        return real(one, other)

    monkeypatch.setattr(protocol.hmac, "compare_digest", compare)
    return pairs


def test_both_signatures_and_the_appid_are_compared_in_constant_time(
    start: StartWebhook, compared: list[tuple[bytes, bytes]]
) -> None:
    sealed, query = seal(payload("text"))
    assert start(aes_key=AES_KEY).post(sealed, **query).status_code == 200
    told = query["msg_signature"].encode()
    assert (SIGNED.encode(), SIGNED.encode()) in compared
    assert (told, told) in compared
    assert (APP_ID.encode(), APP_ID.encode()) in compared


@pytest.mark.parametrize("spoil", [lambda s: s[:-1], lambda s: s + "0", str.upper, lambda s: f" {s}"])
def test_a_signature_that_is_almost_right_is_refused(
    start: StartWebhook, spoil: Callable[[str], str]
) -> None:
    webhook = start(aes_key=AES_KEY)
    sealed, query = seal(payload("text"))
    signed = query["msg_signature"]
    assert webhook.post(sealed, signature=spoil(SIGNED), **query).status_code == 403
    assert webhook.post(sealed, **{**query, "msg_signature": spoil(signed)}).status_code == 403
    assert webhook.bot.heard == []


def test_the_signature_covers_timestamp_and_nonce(start: StartWebhook) -> None:
    webhook = start()
    assert webhook.post(payload("text"), signature=SIGNED, **STAMP).status_code == 200
    for other in ({"timestamp": "1767225601"}, {"nonce": "other"}):
        assert webhook.post(payload("text"), signature=SIGNED, **{**STAMP, **other}).status_code == 403


def test_the_msg_signature_covers_the_encrypted_body(start: StartWebhook) -> None:
    webhook = start(aes_key=AES_KEY)
    _, query = seal(payload("text"))
    other, _ = seal(payload("text"))
    assert webhook.post(other, **query).text == "The msg_signature does not match."


ECHOES = ["0", "a b+c%20&d", "<b>&amp;</b>", "回声😀", "]]>", "\x00\x1f", "x" * 2000, "\r\nSet-Cookie: a=b"]


@pytest.mark.parametrize("echo", ECHOES)
def test_any_echostr_comes_back_as_it_is_and_as_plain_text(start: StartWebhook, echo: str) -> None:
    response = httpx.get(start().url, params={**STAMP, "signature": SIGNED, "echostr": echo})
    assert (response.status_code, response.content) == (200, echo.encode())
    assert response.headers["content-type"].startswith("text/plain")
    assert "set-cookie" not in response.headers


def test_an_echostr_that_is_no_utf8_is_no_error(start: StartWebhook) -> None:
    query = f"timestamp={STAMP['timestamp']}&nonce={STAMP['nonce']}&signature={SIGNED}&echostr=%ED%A0%80%FF"
    response = httpx.get(f"{start().url}?{query}")
    assert (response.status_code, set(response.text)) == (200, {"\ufffd"})


def test_encrypt_type_raw_is_plaintext(start: StartWebhook) -> None:
    assert "回答：我是退休的" in start().post(payload("text"), encrypt_type="raw").text


def compatible(inside: str, outside: str) -> tuple[str, dict[str, str]]:
    """A body of compatible mode: readable fields beside the encrypted ones."""
    sealed, query = seal(inside)
    readable = outside.removeprefix("<xml>").removesuffix("</xml>")
    return sealed.replace("</xml>", f"{readable}</xml>"), query


def test_compatible_mode_is_answered_encrypted_to_the_sender_inside(start: StartWebhook) -> None:
    webhook = start(aes_key=AES_KEY)
    body, query = compatible(text_payload("真的"), text_payload("假的", 9, sender="oAttacker"))
    response = webhook.post(body, **query)
    assert set(read_xml(response.content)) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
    inner = read_xml(opened(response).encode())
    assert (inner["ToUserName"], inner["Content"]) == ("oCitizen", "回答：真的")
    assert webhook.bot.texts == ["真的"]


def test_without_its_encrypted_part_a_compatible_body_is_refused(start: StartWebhook) -> None:
    response = start(aes_key=AES_KEY).post(payload("text"), encrypt_type="aes", msg_signature=SIGNED)
    assert (response.status_code, response.text) == (
        403,
        "Plaintext is refused: this endpoint is in safe mode.",
    )


def padded(size: int, padding: bytes) -> str:
    """A message with a text of this size and a right AppID, behind which stands this padding."""
    text = b"x" * size
    content = bytes(16) + len(text).to_bytes(4, "big") + text + APP_ID.encode() + padding
    encryptor = Cipher(algorithms.AES(SAFE.key), modes.CBC(SAFE.key[:16])).encryptor()
    return base64.b64encode(encryptor.update(content) + encryptor.finalize()).decode()


# With 10 characters 16 + 4 + 10 + 18 = 48 bytes stand before the padding, with 26 they are 64.
@pytest.mark.parametrize(("size", "padding"), [(10, b"\x10" * 16), (26, b"\x20" * 32), (25, b"\x01")])
def test_padding_fills_the_last_32_bytes_or_is_32_bytes_itself(size: int, padding: bytes) -> None:
    assert SAFE.decrypt(padded(size, padding)) == b"x" * size


@pytest.mark.parametrize(
    ("size", "padding"),
    [
        (26, b""),
        (10, b""),
        (26, b"\x10" * 16),
        (10, b"\x10" * 15 + b"\x0f"),
        (10, b"\x0f" + b"\x10" * 15),
        (10, b"\x10" * 15 + b"\x00"),
        (10, b"\x00" * 16),
        (10, b"\x21" * 48),
        (26, b"\x40" * 64),
        (10, b"\x00" * 15 + b"\x10"),
        (10, b"\x10" * 15 + b"\xff"),
    ],
)
def test_padding_that_wechat_does_not_write_is_refused(size: int, padding: bytes) -> None:
    with pytest.raises(BadBody, match="cannot be opened with this key and AppID"):
        SAFE.decrypt(padded(size, padding))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_a_doctype_is_refused_however_it_is_encoded(encoding: str) -> None:
    with pytest.raises(BadBody):
        read_xml('<!DOCTYPE xml [<!ENTITY a "b">]><xml><c>&a;</c></xml>'.encode(encoding))


def test_a_billion_laughs_and_deep_nesting_cost_no_time() -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE xml [<!ENTITY a0 "ha">{laughs}]><xml><c>&a11;</c></xml>'
    nested = "<xml>" + "<a>" * 15_000
    started = time.process_time()
    for body, why in ((bomb, "DOCTYPE"), (nested, "deeper")):
        with pytest.raises(BadBody, match=why):
            read_xml(body.encode())
    assert time.process_time() - started < 1


def test_too_long_a_body_is_refused_before_it_is_parsed(
    start: StartWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[bytes] = []
    monkeypatch.setattr("bot.channels.wechat.channel.read_xml", parsed.append)
    response = start().post(text_payload("x" * protocol.BODY_LIMIT))
    assert (response.status_code, parsed) == (413, [])


def test_the_body_of_a_stranger_is_not_parsed(start: StartWebhook, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []
    monkeypatch.setattr("bot.channels.wechat.channel.read_xml", parsed.append)
    assert start().post(payload("text"), signature="0" * 40).status_code == 403
    assert parsed == []
