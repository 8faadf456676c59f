"""A person who asks for a human: handed over to the account's own 客服 where it has one, else told the hotline."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rasa.core.channels.channel import UserMessage
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import deserialize_reply

from bot.channels.wechat import replies
from bot.channels.wechat.channel import TIMING
from bot.channels.wechat.protocol import read_xml
from tests.channels.wechat.test_deliveries import eventually
from tests.channels.wechat.test_safe_mode import opened, seal
from tests.channels.wechat.webhook import (
    AES_KEY,
    APP_ID,
    TOKEN,
    Bot,
    StartWebhook,
    payload,
    reply_text,
    text_payload,
)

HOTLINE = "人工服务请拨 12393。"
BOTH = f"{HOTLINE}\n\n{replies.TRANSFER_LINK}"
TRANSFER = (
    "<xml><ToUserName><![CDATA[oCitizen]]></ToUserName><FromUserName><![CDATA[gh_hospital]]></FromUserName>"
    "<CreateTime>1767225600</CreateTime><MsgType><![CDATA[transfer_customer_service]]></MsgType></xml>"
)
HUMAN = "转人工"


async def says(message: UserMessage) -> None:
    """Send to a human as `actions/turn.py` does; repeat anything else."""
    output, person = message.output_channel, message.sender_id
    if message.text != HUMAN:
        await output.send_text_message(person, f"回答：{message.text}")
        return
    await output.send_response(person, {"text": HOTLINE})
    await output.send_response(person, {"custom": {"human": True}})


def clicked() -> str:
    """The button 转人工 of the menu."""
    return payload("click").replace("报销估算", HUMAN)


def test_who_asks_for_a_human_is_handed_over(start: StartWebhook) -> None:
    response = start(Bot(says), transfers=True).post(text_payload(HUMAN))
    assert response.text == TRANSFER
    assert deserialize_reply(response.text).type == "transfer_customer_service"


def test_each_delivery_of_such_a_message_gets_the_same_bytes(start: StartWebhook) -> None:
    first, second = start(Bot(says), transfers=True), start(Bot(says), transfers=True)
    bodies = [webhook.post(text_payload(HUMAN)).text for webhook in (first, first, second)]
    assert bodies == [TRANSFER] * 3
    assert len(first.bot.heard) + len(second.bot.heard) == 1


def test_in_safe_mode_the_transfer_is_sealed(start: StartWebhook) -> None:
    sealed, query = seal(text_payload(HUMAN), WeChatCrypto(TOKEN, AES_KEY, APP_ID))
    response = start(Bot(says), transfers=True, aes_key=AES_KEY).post(sealed, **query)
    assert set(read_xml(response.content)) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
    assert opened(response) == TRANSFER


def test_an_account_without_people_gives_the_hotline(start: StartWebhook) -> None:
    assert start(Bot(says), transfers=False).say(HUMAN) == HOTLINE


def test_nobody_else_is_handed_over(start: StartWebhook) -> None:
    assert start(Bot(says), transfers=True).say("你好") == "回答：你好"


def test_an_event_is_never_forwarded_but_offers_a_tap_that_is(start: StartWebhook) -> None:
    webhook = start(Bot(says), transfers=True)
    assert reply_text(webhook.post(clicked())) == BOTH
    assert f">{HUMAN}</a>" in BOTH
    assert "msgmenucontent=%E8%BD%AC%E4%BA%BA%E5%B7%A5&" in BOTH
    assert webhook.post(text_payload(HUMAN)).text == TRANSFER


def test_a_late_answer_is_not_lost_to_a_transfer(start: StartWebhook) -> None:
    webhook = start(Bot(says), transfers=True, timing=replace(TIMING, deadline=0.3, deliveries=1))
    webhook.bot.gate.clear()
    assert webhook.say("甲") == replies.HOLDING
    webhook.bot.gate.set()
    eventually(lambda: bool(webhook.waiting.late))
    assert webhook.say(HUMAN, message_id=2) == f"{replies.LATE}\n回答：甲\n\n{BOTH}"


@pytest.mark.parametrize("next_text", ["继续", "你好"])
def test_a_transfer_that_comes_too_late_is_told_with_a_tap_that_asks_again(
    start: StartWebhook, next_text: str
) -> None:
    webhook = start(Bot(says), transfers=True, timing=replace(TIMING, deadline=0.3, deliveries=1))
    webhook.bot.gate.clear()
    assert webhook.say(HUMAN) == replies.HOLDING
    webhook.bot.gate.set()
    eventually(lambda: bool(webhook.waiting.late))
    told = webhook.say(next_text, message_id=2)
    answer = f"{replies.LATE}\n{BOTH}\n\n回答：你好"
    assert told == (BOTH if next_text == "继续" else answer)


def test_no_text_of_the_bot_can_hand_a_person_over(start: StartWebhook) -> None:
    async def marked(message: UserMessage) -> None:
        await message.output_channel.send_text_message(message.sender_id, f"{replies.TRANSFER_MARK}先备案。")

    assert start(Bot(marked), transfers=True).say("你好") == "先备案。"
