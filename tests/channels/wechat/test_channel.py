"""The webhook over HTTP: literal XML in, literal XML out; refusals; what never leaves the server."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels.wechat import replies
from tests.channels.wechat.webhook import (
    APP_ID,
    STAMP,
    TOKEN,
    Bot,
    StartWebhook,
    payload,
    reply_text,
    sender_key,
    signature,
    text_payload,
)

REPLY = (
    "<xml><ToUserName><![CDATA[oCitizen]]></ToUserName><FromUserName><![CDATA[gh_hospital]]></FromUserName>"
    "<CreateTime>1767225600</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{content}]]></Content></xml>"
)


def check(url: str, **query: str) -> httpx.Response:
    return httpx.get(url, params={**STAMP, **query})


def server_log(caplog: pytest.LogCaptureFixture) -> str:
    """What was logged by all but the client, which has every right to log the address it calls."""
    return "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))


def test_the_endpoint_check_returns_echostr_as_it_came(start: StartWebhook) -> None:
    signed = signature(TOKEN, *STAMP.values())
    response = check(start().url, signature=signed, echostr="5837397576500011341")
    assert (response.status_code, response.text) == (200, "5837397576500011341")
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("given", ["", "0" * 40, "签名", "é"])
def test_the_endpoint_check_refuses_a_wrong_signature(start: StartWebhook, given: str) -> None:
    response = check(start().url, signature=given, echostr="1")
    assert (response.status_code, response.text) == (403, "The signature does not match.")


def test_the_endpoint_check_without_echostr_is_a_bad_request(start: StartWebhook) -> None:
    assert check(start().url, signature=signature(TOKEN, *STAMP.values())).status_code == 400


def test_a_text_message_gets_the_answer_of_the_dialogue_as_exact_bytes(start: StartWebhook) -> None:
    webhook = start()
    response = webhook.post(payload("text"))
    assert response.content.decode() == REPLY.format(content="回答：我是退休的，住在上海，要准备什么？")
    assert response.headers["content-type"] == "application/xml; charset=utf-8"


def test_the_dialogue_sees_the_hashed_sender_and_the_channel_name(
    start: StartWebhook, tmp_path: Path
) -> None:
    webhook = start()
    webhook.post(payload("text"))
    [message] = webhook.bot.heard
    assert (message.sender_id, message.input_channel) == (sender_key("oCitizen"), "wechat")
    assert not any(b"oCitizen" in path.read_bytes() for path in tmp_path.glob("deliveries.db*"))


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("text_tapped", "南京"),
        ("voice_recognised", "怎么备案？"),
        ("location", "我在上海市黄浦区"),
        ("subscribe", "你好"),
        ("subscribe_scene", "我的参保地是淮安"),
        ("scan", "我的参保地是淮安"),
        ("click", "报销估算"),
    ],
)
def test_what_a_message_asks_reaches_the_dialogue_as_text(start: StartWebhook, name: str, asked: str) -> None:
    webhook = start(scenes={"huaian-1": "我的参保地是淮安"})
    assert reply_text(webhook.post(payload(name))) == f"回答：{asked}"
    assert webhook.bot.texts == [asked]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("voice", replies.VOICE),
        ("image", replies.IMAGE),
        ("video", replies.VIDEO),
        ("shortvideo", replies.VIDEO),
        ("link", replies.LINK),
        ("unknown_message", replies.UNSUPPORTED),
        ("text_unsupported", replies.UNSUPPORTED),
    ],
)
def test_what_cannot_be_read_gets_a_kind_sentence(start: StartWebhook, name: str, sentence: str) -> None:
    webhook = start()
    assert webhook.post(payload(name)).text == REPLY.format(content=sentence)
    assert webhook.bot.heard == []


@pytest.mark.parametrize("name", ["unsubscribe", "view", "location_report", "unknown_event"])
def test_events_that_ask_nothing_are_acknowledged(start: StartWebhook, name: str) -> None:
    webhook = start()
    assert webhook.post(payload(name)).text == "success"
    assert webhook.bot.heard == []


def test_texts_are_joined_and_buttons_become_numbered_links(start: StartWebhook) -> None:
    async def says(message: UserMessage) -> None:
        output = message.output_channel
        await output.send_response(message.sender_id, {"text": "第一段。\n\n第二段。"})
        buttons = [{"title": "南京", "payload": "我的参保地是南京"}, {"title": "不清楚", "payload": "不清楚"}]
        await output.send_response(message.sender_id, {"text": "您在哪里参保？", "buttons": buttons})

    link = '{}. <a href="weixin://bizmsgmenu?msgmenucontent={}&msgmenuid={}">{}</a>'
    mine = "%E6%88%91%E7%9A%84%E5%8F%82%E4%BF%9D%E5%9C%B0%E6%98%AF%E5%8D%97%E4%BA%AC"
    unsure = "%E4%B8%8D%E6%B8%85%E6%A5%9A"
    options = f"{link.format(1, mine, 1, '南京')}\n{link.format(2, unsure, 2, '不清楚')}"
    assert start(Bot(says)).say("你好") == f"第一段。\n\n第二段。\n\n您在哪里参保？\n\n{options}"


@pytest.mark.parametrize("content", ["", "😀", "  "])
def test_empty_text_and_emoji_alone_reach_the_dialogue(start: StartWebhook, content: str) -> None:
    webhook = start()
    assert webhook.say(content).startswith("回答：")
    assert webhook.bot.texts == [content.strip()]


def test_ten_thousand_characters_reach_the_dialogue_cut_to_two_thousand(start: StartWebhook) -> None:
    webhook = start()
    assert webhook.say("医" * 10_000).startswith("回答：医")
    assert webhook.bot.texts == ["医" * 2_000]


def test_a_reply_with_the_end_mark_of_cdata_arrives_whole(start: StartWebhook) -> None:
    async def says(message: UserMessage) -> None:
        await message.output_channel.send_text_message(message.sender_id, "a]]>b <&> \x0b\x00c]]]>")

    assert start(Bot(says)).say("你好") == "a]]>b <&> c]]]>"


@pytest.mark.parametrize("given", ["", "0" * 40, "签名"])
def test_a_message_with_a_wrong_signature_is_refused_and_not_handled(start: StartWebhook, given: str) -> None:
    webhook = start()
    response = webhook.post(payload("text"), signature=given)
    assert (response.status_code, response.text) == (403, "The signature does not match.")
    assert webhook.bot.heard == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("notxml", 400),
        ('{"json": true}', 400),
        ("<xml></xml>", 400),
        ("<html></html>", 400),
        ("<xml><ToUserName>a</ToUserName><FromUserName>b</FromUserName></xml>", 400),
        (payload("text").replace("<xml>", "<!DOCTYPE xml><xml>", 1), 400),
        ('<!DOCTYPE xml [<!ENTITY a "aaaa">]><xml><Content>&a;</Content></xml>', 400),
        ('<?xml version="1.0" encoding="klingon"?><xml></xml>', 400),
        (b"\xff\xfe\x00<xml>", 400),
        ("<xml>" + "<a>" * 5000 + "</a>" * 5000 + "</xml>", 400),
        ("<xml>" + "<a></a>" * 10_000 + "</xml>", 413),
        ("x" * 3_000_000, 413),
    ],
)
def test_a_body_that_is_no_message_gets_one_plain_line(
    start: StartWebhook, body: str | bytes, status: int
) -> None:
    webhook = start()
    response = webhook.post(body)
    assert response.status_code == status
    assert "\n" not in response.text
    assert "Traceback" not in response.text
    assert webhook.bot.heard == []


def test_an_encrypted_body_without_a_key_here_says_so(start: StartWebhook) -> None:
    response = start().post("<xml><ToUserName>a</ToUserName><Encrypt>abc</Encrypt></xml>", encrypt_type="aes")
    assert (response.status_code, response.text) == (
        400,
        "The body is encrypted, but no EncodingAESKey is set here.",
    )


def test_a_failing_dialogue_gives_an_apology_and_a_log_without_the_users_words(
    start: StartWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    async def says(message: UserMessage) -> None:
        raise LookupError(f"cannot handle {message.text}")

    with caplog.at_level(logging.DEBUG):
        response = start(Bot(says)).post(text_payload("我有高血压"))
    assert response.text == REPLY.format(content=replies.FAILURE)
    assert "LookupError" in caplog.text
    assert "in says" in caplog.text
    assert "高血压" not in server_log(caplog)
    assert "oCitizen" not in server_log(caplog)


def test_an_error_outside_the_dialogue_gives_one_line_and_a_log_without_the_openid(
    start: StartWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(openid: str) -> str:
        raise LookupError(openid)

    with caplog.at_level(logging.DEBUG):
        response = start(sender_key=broken).post(payload("text"))
    assert (response.status_code, response.text) == (500, "The request could not be handled.")
    assert "LookupError" in caplog.text
    assert "oCitizen" not in server_log(caplog)


def test_a_dialogue_that_says_nothing_gives_an_apology_instead_of_silence(start: StartWebhook) -> None:
    async def says(message: UserMessage) -> None:
        """Say nothing, as Rasa without a model does."""

    assert start(Bot(says)).say("你好") == replies.FAILURE


def test_an_answer_over_the_limit_ends_with_a_tappable_continue_and_goes_on(start: StartWebhook) -> None:
    paragraphs = [f"第{number}段。" + "异地就医先备案。" * 20 for number in range(9)]

    async def says(message: UserMessage) -> None:
        await message.output_channel.send_text_message(message.sender_id, "\n\n".join(paragraphs))

    webhook = start(Bot(says))
    parts = [webhook.say("全部")] + [webhook.say("继续", message_id=number) for number in (2, 3)]
    assert all(len(part.encode()) <= 2048 for part in parts)
    assert [part.endswith(replies.CONTINUE_LINK) for part in parts] == [True, True, False]
    told = [part.removesuffix("\n\n" + replies.CONTINUE_LINK) for part in parts]
    assert "\n\n".join(told) == "\n\n".join(paragraphs)
    assert webhook.bot.texts == ["全部"]


def test_continue_with_nothing_parked_goes_to_the_dialogue(start: StartWebhook) -> None:
    assert start().say("继续") == "回答：继续"


def test_a_wrong_aes_key_is_refused_at_start_without_being_shown(start: StartWebhook) -> None:
    with pytest.raises(ValueError, match="43") as caught:
        start(aes_key="secret-but-short", app_id=APP_ID)
    assert "secret" not in str(caught.value)
