"""The webhook answers a WeChat that signs, seals, cuts and delivers again by another implementation than ours."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.channels.wechat.channel import TIMING
from tests.channels.wechat.webhook import AES_KEY, APP_ID, TOKEN, StartWebhook, Webhook
from tests.fake_wechat import account as say
from tests.fake_wechat.account import Account, Message
from tests.fake_wechat.pusher import FAULT, Outcome, Pusher, Shown

PLAIN = Account(TOKEN, APP_ID)
SAFE = Account(TOKEN, APP_ID, aes_key=AES_KEY)
ANSWERED = [
    say.text("oCitizen", "退休人员要备案吗]]>"),
    say.text("oCitizen", "我要核对备案资格", menu_id="2"),
    say.image("oCitizen"),
    say.voice("oCitizen"),
    say.video("oCitizen"),
    say.video("oCitizen", short=True),
    say.location("oCitizen", "上海市黄浦区"),
    say.link("oCitizen"),
    say.subscribe("oCitizen", "7"),
    say.scan("oCitizen", "7"),
    say.click("oCitizen", "帮我估算报销"),
]
SILENT = [
    say.unsubscribe("oCitizen"),
    say.view("oCitizen", "https://example.com"),
    say.position("oCitizen"),
]


def deliver(
    webhook: Webhook, account: Account, messages: Sequence[Message], cut_after: float = 5
) -> tuple[bool, list[Shown]]:
    """Whether the endpoint check passes, and what the user saw after each message."""

    async def deliver_them() -> tuple[bool, list[Shown]]:
        # The webhook of these tests refuses what was not signed about this time.
        async with Pusher(account, webhook.url, cut_after=cut_after, clock=lambda: 1767225601) as wechat:
            return await wechat.check(), await wechat.deliver_all(messages)

    return asyncio.run(deliver_them())


@pytest.mark.parametrize(
    "account", [PLAIN, SAFE, replace(SAFE, compatible=True)], ids=["plain", "safe", "compatible"]
)
def test_every_kind_of_message_is_answered_in_every_mode(start: StartWebhook, account: Account) -> None:
    checked, shown = deliver(start(aes_key=account.aes_key), account, [*ANSWERED, *SILENT])
    assert checked
    assert [one.kind for one in shown] == ["text"] * len(ANSWERED) + [""] * len(SILENT)
    assert [len(one.deliveries) for one in shown] == [1] * len(shown)
    assert shown[0].text == "回答：退休人员要备案吗]]>"


def test_an_account_with_another_token_is_refused(start: StartWebhook) -> None:
    checked, [shown] = deliver(start(), Account("another", APP_ID), [say.text("oCitizen", "你好")])
    assert not checked
    assert (shown.text, shown.deliveries[0].problem) == (FAULT, "HTTP 403")


def test_an_answer_that_is_never_ready_is_held_back_in_the_last_delivery(start: StartWebhook) -> None:
    webhook = start(timing=replace(TIMING, deadline=0.5, apart=0.8))
    webhook.bot.gate.clear()
    _, [shown] = deliver(webhook, PLAIN, [say.text("oCitizen", "问")], 0.8)
    webhook.bot.gate.set()
    assert shown.kind == "text"
    assert "继续" in shown.text
    assert shown.deliveries[-1].outcome is Outcome.ANSWERED
    assert webhook.bot.texts == ["问"]
