"""Signatures, encryption and XML, without a server."""

from __future__ import annotations

import base64

import pytest
import xmltodict
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from bot.channels.wechat.errors import BadBody, TooLarge
from bot.channels.wechat.protocol import (
    BODY_LIMIT,
    DEPTH_LIMIT,
    SafeMode,
    is_signed,
    read_xml,
    sealed_reply,
    sign,
    text_reply,
    write_xml,
)
from tests.channels.wechat.webhook import AES_KEY, APP_ID, STAMP, TOKEN, payload, signature

SAFE = SafeMode.from_text(AES_KEY, APP_ID)
PREFIX = bytes(range(16))


def encrypted(content: bytes, key: bytes = SAFE.key) -> str:
    """Content encrypted as it is, padding and all, for what an honest sender would never make."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(content) + encryptor.finalize()).decode()


def test_a_signature_is_the_one_that_wechatpy_accepts() -> None:
    check_signature(TOKEN, sign(TOKEN, *STAMP.values()), STAMP["timestamp"], STAMP["nonce"])


def test_a_signature_covers_each_part_in_any_order() -> None:
    assert is_signed(signature("b", "a", "c"), "a", "b", "c")
    assert not is_signed(signature("b", "a", "c"), "a", "b", "d")


@given(st.text(), st.lists(st.text(), max_size=4))
def test_any_text_can_be_compared_with_a_signature(given_signature: str, parts: list[str]) -> None:
    assert is_signed(given_signature, *parts) in (False, given_signature == sign(*parts))


def test_wechatpy_reads_our_sealed_reply() -> None:
    xml = text_reply("oCitizen", "gh_hospital", 1767225600, "先备案。😀")
    sealed = sealed_reply(SAFE, TOKEN, xml, 1767225601, "n0nce", PREFIX)
    fields = read_xml(sealed.encode())
    theirs = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    opened = theirs.decrypt_message(sealed, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"])
    assert opened == xml


def test_a_sealed_reply_with_fixed_nonce_and_prefix_is_these_exact_bytes() -> None:
    sealed = sealed_reply(SAFE, TOKEN, "<xml>1</xml>", 1767225601, "n0nce", PREFIX)
    content = PREFIX + b"\x00\x00\x00\x0c<xml>1</xml>" + APP_ID.encode()
    body = encrypted(content + b"\x0e" * 14)
    assert sealed == (
        f"<xml><Encrypt><![CDATA[{body}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{signature(TOKEN, '1767225601', 'n0nce', body)}]]></MsgSignature>"
        f"<TimeStamp>1767225601</TimeStamp><Nonce><![CDATA[n0nce]]></Nonce></xml>"
    )


@given(st.text(max_size=200))
def test_what_is_encrypted_can_be_decrypted(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert SAFE.decrypt(SAFE.encrypt(text, PREFIX)).decode() == text


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "not base64",
        "签名",
        "AAAA",
        encrypted(bytes(32)),
        encrypted(PREFIX + b"\x00\x00\x00\x01x" + APP_ID.encode() + b"\x04\x04\x04\x05"[:0] + b"\x03" * 9),
        encrypted(b"\x20" * 31 + b"\x21"),
        encrypted(b"\x20" * 32),
        encrypted(PREFIX + b"\xff\xff\xff\xff" + b"\x0c" * 12),
        SafeMode(SAFE.key, "wx_of_another").encrypt("<xml></xml>", PREFIX),
        SafeMode(bytes(32), APP_ID).encrypt("<xml></xml>", PREFIX),
    ],
)
def test_what_was_not_encrypted_for_this_account_is_refused_with_one_and_the_same_line(sealed: str) -> None:
    with pytest.raises(BadBody) as caught:
        SAFE.decrypt(sealed)
    assert str(caught.value) == "The encrypted body cannot be opened with this key and AppID."


def test_one_wrong_padding_byte_is_refused() -> None:
    content = PREFIX + b"\x00\x00\x00\x0c<xml>1</xml>" + APP_ID.encode()
    assert SAFE.decrypt(encrypted(content + b"\x0e" * 14)) == b"<xml>1</xml>"
    with pytest.raises(BadBody):
        SAFE.decrypt(encrypted(content + b"\x0d" + b"\x0e" * 13))


def test_the_key_is_in_no_repr() -> None:
    assert repr(SAFE) == f"SafeMode(app_id='{APP_ID}')"


@pytest.mark.parametrize("key", ["", "short", "a" * 44, "é" * 43, "a" * 42 + "="])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="43 letters and digits"):
        SafeMode.from_text(key, APP_ID)


def test_xml_is_read_into_the_text_of_its_elements() -> None:
    assert read_xml(payload("text_entities").encode())["Content"] == "a < b & 😀 ]]>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"notxml",
        b"<xml>",
        b"<html/>",
        b"<!DOCTYPE xml><xml/>",
        b'<!DOCTYPE xml SYSTEM "http://example.org/x.dtd"><xml/>',
        b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><c>&a;</c></xml>',
        b'<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/hostname">]><xml><c>&a;</c></xml>',
        b"<xml>&undefined;</xml>",
        b"<xml>\x00</xml>",
        b"\xff\xfe<xml/>",
        b'<?xml version="1.0" encoding="klingon"?><xml/>',
    ],
)
def test_a_body_that_is_not_plain_xml_is_refused(body: bytes) -> None:
    with pytest.raises(BadBody):
        read_xml(body)


def test_the_size_is_capped_at_the_limit() -> None:
    filler = BODY_LIMIT - len("<xml><a></a></xml>")
    assert len(read_xml(b"<xml><a>" + b"x" * filler + b"</a></xml>")["a"]) == filler
    with pytest.raises(TooLarge):
        read_xml(b"<xml><a>" + b"x" * (filler + 1) + b"</a></xml>")


def test_the_depth_is_capped_at_the_limit() -> None:
    inner = DEPTH_LIMIT - 1
    assert read_xml(b"<xml>" + b"<a>" * inner + b"</a>" * inner + b"</xml>") == {"a": ""}
    with pytest.raises(BadBody, match="deeper"):
        read_xml(b"<xml>" + b"<a>" * (inner + 1) + b"</a>" * (inner + 1) + b"</xml>")


@given(st.text(alphabet=st.one_of(st.sampled_from("]>[<&\x00\x0b\ufffe\ud800\r\n"), st.characters())))
def test_any_text_survives_in_a_reply_but_for_what_xml_forbids(content: str) -> None:
    xml = text_reply("oCitizen", "gh_hospital", 1, content).encode()
    legal = [c for c in content if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff")]
    kept = "".join(c for c in legal if not "\ud800" <= c <= "\udfff")
    assert (fromstring(xml).findtext("Content") or "") == kept
    assert (xmltodict.parse(xml, strip_whitespace=False)["xml"]["Content"] or "") == kept


def test_text_stands_in_cdata_and_numbers_stand_bare() -> None:
    assert write_xml({"a": "x & y", "b": 7}) == "<xml><a><![CDATA[x & y]]></a><b>7</b></xml>"
