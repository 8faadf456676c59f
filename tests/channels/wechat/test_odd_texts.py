"""Odd characters in both directions, long answers, and each reply as a third party's parser reads it."""

from __future__ import annotations

import re

import pytest
from rasa.core.channels.channel import UserMessage
from wechatpy.replies import deserialize_reply

from bot.channels.wechat import replies
from tests.channels.wechat.webhook import Bot, StartWebhook, payload, reply_text, text_payload


def saying(text: str) -> Bot:
    """A dialogue that says this."""

    async def says(message: UserMessage) -> None:
        await message.output_channel.send_text_message(message.sender_id, text)

    return Bot(says)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<![CDATA[a]]]]><![CDATA[>b]]>", "a]]>b"),
        ("<![CDATA[😀👨‍👩‍👧🇨🇳]]>", "😀👨‍👩‍👧🇨🇳"),
        ("&#128512; &lt;b&gt; &amp;amp;", "😀 <b> &amp;"),
        ("<![CDATA[<a href='x'>&nbsp;</a>]]>", "<a href='x'>&nbsp;</a>"),
        ("<![CDATA[\u200b\u202e\u2063先备案]]>", "\u200b\u202e\u2063先备案"),
        ("<![CDATA[甲\r\n乙\t丙]]>", "甲\n乙\t丙"),
    ],
)
def test_odd_characters_of_a_user_reach_the_dialogue_as_they_were_typed(
    start: StartWebhook, written: str, read: str
) -> None:
    webhook = start()
    response = webhook.post(text_payload(written))
    assert webhook.bot.texts == [read]
    assert reply_text(response).startswith("回答：")


@pytest.mark.parametrize("broken", ["&#0;", "&#xD800;", "&#11;", "\x0b", "\x00", "&#xFFFF;"])
def test_characters_that_xml_forbids_are_no_message(start: StartWebhook, broken: str) -> None:
    webhook = start()
    assert (webhook.post(text_payload(broken)).status_code, webhook.bot.heard) == (400, [])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("先备案\ud83d。", "先备案。"),
        ("先\x00备\x0b案\x1b。\ufffe", "先备案。"),
        ("]]>]]]]>先备案]]", "]]>]]]]>先备案]]"),
        ("😀 <b>&amp; ]]&gt;", "😀 <b>&amp; ]]&gt;"),
        ("\ud800", replies.FAILURE),
    ],
)
def test_odd_characters_of_an_answer_arrive_or_are_left_out(
    start: StartWebhook, caplog: pytest.LogCaptureFixture, said: str, told: str
) -> None:
    assert start(saying(said)).say("你好") == told
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_an_end_mark_of_cdata_survives_the_whole_way(start: StartWebhook) -> None:
    webhook = start()
    response = webhook.post(text_payload("<![CDATA[a]]]]><![CDATA[>b]]>"))
    assert deserialize_reply(response.text).content == "回答：a]]>b"


@pytest.mark.parametrize("name", ["text", "image", "voice", "location", "link", "click", "subscribe"])
def test_wechatpy_reads_each_reply(start: StartWebhook, name: str) -> None:
    webhook = start()
    response = webhook.post(payload(name))
    reply = deserialize_reply(response.text)
    assert (reply.type, reply.source, reply.target) == ("text", "gh_hospital", "oCitizen")
    assert (reply.time, reply.content) == (1767225600, reply_text(response))


def test_a_long_answer_is_cut_at_sentences_and_never_inside_a_link(start: StartWebhook) -> None:
    link = '<a href="https://fuwu.nhsa.gov.cn/path?a=1。&b=2！">国家医保服务平台。点这里！</a>'
    whole = f"请打开{link}，登记备案信息以后再去看病。" * 40
    webhook = start(saying(whole))
    parts = [webhook.say("全部")]
    while parts[-1].endswith(replies.CONTINUE_LINK):
        parts.append(webhook.say("继续", message_id=len(parts) + 1))
    assert len(parts) > 2
    told = [part.removesuffix(f"\n\n{replies.CONTINUE_LINK}") for part in parts]
    assert "".join(told) == whole
    for part, text in zip(parts, told, strict=True):
        assert len(part.encode()) <= replies.TEXT_LIMIT
        assert len(re.findall("<a ", text)) == text.count("</a>")
        assert text.endswith("再去看病。")
    assert webhook.bot.texts == ["全部"]


def test_wherever_the_limit_falls_the_cut_is_outside_of_links() -> None:
    link = '<a href="https://fuwu.nhsa.gov.cn/path?a=1。&b=2！">国家医保服务平台。点这里！</a>'
    for shift in range(70):
        head, _ = replies.split("字" * shift + f"请打开{link}，登记备案信息以后再去看病。" * 40)
        told = head.removesuffix(f"\n\n{replies.CONTINUE_LINK}")
        assert (told.count("<a "), told[-5:]) == (told.count("</a>"), "再去看病。")


def test_a_tap_on_the_offered_continue_sends_the_word_that_fetches_the_rest() -> None:
    assert re.search(r"msgmenucontent=([^&]+)&", replies.CONTINUE_LINK)[1] == "%E7%BB%A7%E7%BB%AD"  # type: ignore[index]
    assert replies.is_continue("继续")
