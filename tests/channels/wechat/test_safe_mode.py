"""Safe mode over HTTP, with wechatpy as the independent other side."""

from __future__ import annotations

import httpx
import pytest
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

from bot.channels.wechat.protocol import read_xml
from tests.channels.wechat.webhook import (
    AES_KEY,
    APP_ID,
    STAMP,
    TOKEN,
    StartWebhook,
    Webhook,
    payload,
    sender_key,
)

THEIRS = WeChatCrypto(TOKEN, AES_KEY, APP_ID)


def seal(body: str, crypto: WeChatCrypto = THEIRS) -> tuple[str, dict[str, str]]:
    """A body and its query as WeChat would send them."""
    sealed = crypto.encrypt_message(body, STAMP["nonce"], STAMP["timestamp"])
    sealed = sealed.replace("<xml>", "<xml><ToUserName><![CDATA[gh_hospital]]></ToUserName>")
    return sealed, {"encrypt_type": "aes", "msg_signature": read_xml(sealed.encode())["MsgSignature"]}


def send(webhook: Webhook, body: str) -> httpx.Response:
    """Deliver a body encrypted."""
    sealed, query = seal(body)
    return webhook.post(sealed, **query)


def opened(response: httpx.Response) -> str:
    """The XML inside an encrypted reply, its signature checked by wechatpy."""
    assert response.status_code == 200, response.text
    fields = read_xml(response.content)
    return THEIRS.decrypt_message(response.text, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"])


def test_wechatpy_can_talk_with_the_webhook(start: StartWebhook) -> None:
    webhook = start(aes_key=AES_KEY)
    response = send(webhook, payload("text"))
    message = parse_message(opened(response))
    assert (message.type, message.target, message.source) == ("text", "oCitizen", "gh_hospital")
    assert message.content == "回答：我是退休的，住在上海，要准备什么？"
    assert read_xml(response.content)["TimeStamp"] == "1767225601"
    assert read_xml(response.content)["Nonce"] == "0001020304050607"
    assert webhook.bot.heard[0].sender_id == sender_key("oCitizen")


def test_deliveries_in_safe_mode_get_the_same_reply_inside(start: StartWebhook) -> None:
    webhook = start(aes_key=AES_KEY)
    assert opened(send(webhook, payload("text"))) == opened(send(webhook, payload("text")))
    assert len(webhook.bot.heard) == 1


def test_each_reply_is_encrypted_afresh(start: StartWebhook) -> None:
    drawn = iter(range(256))
    webhook = start(aes_key=AES_KEY, random_bytes=lambda size: bytes([next(drawn)]) * size)
    first, second = (read_xml(send(webhook, payload("text")).content) for _ in range(2))
    assert first["Nonce"] != second["Nonce"]
    assert first["Encrypt"] != second["Encrypt"]


def test_an_event_without_a_reply_is_acknowledged_in_the_clear(start: StartWebhook) -> None:
    assert send(start(aes_key=AES_KEY), payload("unsubscribe")).text == "success"


def test_plaintext_is_refused_in_safe_mode(start: StartWebhook) -> None:
    webhook = start(aes_key=AES_KEY)
    response = webhook.post(payload("text"))
    assert (response.status_code, response.text) == (
        403,
        "Plaintext is refused: this endpoint is in safe mode.",
    )
    assert webhook.bot.heard == []


def test_of_a_compatible_body_only_the_encrypted_part_is_trusted(start: StartWebhook) -> None:
    webhook = start(aes_key=AES_KEY)
    sealed, query = seal(payload("text"))
    forged = sealed.replace("</xml>", "<MsgType>text</MsgType><Content>假的</Content></xml>")
    webhook.post(forged, **query)
    assert webhook.bot.texts == ["我是退休的，住在上海，要准备什么？"]


def test_without_a_key_the_plain_part_of_a_compatible_body_is_answered(start: StartWebhook) -> None:
    webhook = start()
    both = payload("text").replace("</xml>", "<Encrypt>abc</Encrypt></xml>")
    assert "回答：我是退休的" in webhook.post(both, encrypt_type="aes").text


@pytest.mark.parametrize("given", ["", "0" * 40, "签名"])
def test_a_wrong_msg_signature_is_refused(start: StartWebhook, given: str) -> None:
    webhook = start(aes_key=AES_KEY)
    sealed, query = seal(payload("text"))
    response = webhook.post(sealed, **{**query, "msg_signature": given})
    assert (response.status_code, response.text) == (403, "The msg_signature does not match.")
    assert webhook.bot.heard == []


def test_the_msg_signature_does_not_stand_in_for_the_signature(start: StartWebhook) -> None:
    sealed, query = seal(payload("text"))
    response = start(aes_key=AES_KEY).post(sealed, signature=query["msg_signature"], **query)
    assert (response.status_code, response.text) == (403, "The signature does not match.")


@pytest.mark.parametrize(
    "crypto", [WeChatCrypto(TOKEN, AES_KEY, "wx_of_another"), WeChatCrypto(TOKEN, AES_KEY[::-1], APP_ID)]
)
def test_a_body_for_another_account_or_key_is_refused(start: StartWebhook, crypto: WeChatCrypto) -> None:
    webhook = start(aes_key=AES_KEY)
    sealed, query = seal(payload("text"), crypto)
    response = webhook.post(sealed, **query)
    assert response.status_code == 400
    assert response.text == "The encrypted body cannot be opened with this key and AppID."


@pytest.mark.parametrize("inside", ["", "notxml", "<!DOCTYPE xml><xml></xml>", "<xml></xml>"])
def test_a_bad_body_inside_the_encryption_is_refused(start: StartWebhook, inside: str) -> None:
    response = send(start(aes_key=AES_KEY), inside)
    assert response.status_code == 400
    assert "\n" not in response.text
