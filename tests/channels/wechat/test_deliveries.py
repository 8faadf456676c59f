"""One message, many deliveries: handled once, one reply; late answers and restarts lose nothing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels.wechat import replies
from bot.channels.wechat.channel import TIMING
from bot.storage.database import Database
from bot.storage.deliveries import Deliveries, Message, Standing
from bot.storage.errors import StorageFullError
from tests.channels.wechat.webhook import (
    Bot,
    StartWebhook,
    Webhook,
    payload,
    reply_text,
    sender_key,
    text_payload,
)

# The key under which the message of payloads/text.xml is kept.
KEY = f"{sender_key('oCitizen')}:{hashlib.sha256(b'23501234567890123').hexdigest()[:32]}"


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for another thread to get there; the bound only keeps a broken test from hanging."""
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("It did not happen.")


def in_parallel(webhook: Webhook, body: str, times: int) -> list[bytes]:
    """The bytes of the replies to several deliveries at the same time."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _: webhook.post(body).content, range(times)))


def test_deliveries_one_after_the_other_get_the_same_bytes_and_are_handled_once(start: StartWebhook) -> None:
    webhook = start()
    first, second, third = (webhook.post(payload("text")).content for _ in range(3))
    assert first == second == third
    assert len(webhook.bot.heard) == 1


def test_deliveries_at_the_same_time_get_the_same_bytes_and_are_handled_once(start: StartWebhook) -> None:
    webhook = start()
    webhook.bot.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(in_parallel, webhook, payload("text"), 3)
        webhook.bot.started.wait(20)
        webhook.bot.gate.set()
        assert len(set(answers.result())) == 1
    assert len(webhook.bot.heard) == 1


def test_an_event_without_msgid_is_handled_once(start: StartWebhook) -> None:
    webhook = start()
    assert len({webhook.post(payload("subscribe")).content for _ in range(3)}) == 1
    assert len(webhook.bot.heard) == 1


def test_two_events_of_one_second_are_two_messages(start: StartWebhook) -> None:
    webhook = start()
    webhook.post(payload("click"))
    webhook.post(payload("click").replace("报销估算", "资格核对"))
    assert webhook.bot.texts == ["报销估算", "资格核对"]


def test_one_msgid_from_two_people_is_two_messages(start: StartWebhook) -> None:
    webhook = start()
    webhook.post(text_payload("甲", 7, sender="oOne"))
    assert reply_text(webhook.post(text_payload("乙", 7, sender="oTwo"))) == "回答：乙"


def test_the_second_delivery_joins_the_work_that_the_first_was_cut_off_from(
    start: StartWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    webhook = start()
    webhook.bot.gate.clear()
    webhook.cut(payload("text"))
    webhook.bot.gate.set()
    assert reply_text(webhook.post(payload("text"))).startswith("回答：我是退休的")
    assert len(webhook.bot.heard) == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


ASKED = "我是退休的，住在上海，要准备什么？"
QUICK = replace(TIMING, deadline=0.3, apart=0.4)
AT_ONCE = replace(QUICK, deliveries=1)


def test_an_answer_that_no_delivery_took_comes_with_the_next_reply(start: StartWebhook) -> None:
    webhook = start(timing=QUICK)
    webhook.bot.gate.clear()
    webhook.cut(payload("text"))
    webhook.bot.gate.set()
    eventually(lambda: bool(webhook.waiting.late))
    assert webhook.say("你好", message_id=2) == f"{replies.LATE}\n回答：{ASKED}\n\n回答：你好"
    assert webhook.say("你好", message_id=3) == "回答：你好"


def test_an_answer_that_a_later_delivery_took_is_not_told_again(start: StartWebhook) -> None:
    webhook = start(timing=QUICK)
    webhook.bot.gate.clear()
    webhook.cut(payload("text"))
    webhook.bot.gate.set()
    assert reply_text(webhook.post(payload("text"))) == f"回答：{ASKED}"
    time.sleep(2 * QUICK.over)
    assert webhook.say("继续", message_id=2) == "回答：继续"


def test_an_answer_whose_delivery_was_cut_while_it_was_being_stored_comes_with_the_next_reply(
    start: StartWebhook, tmp_path: Path
) -> None:
    class Slow(Deliveries):
        def settle(self, settlement: Any) -> bool:
            time.sleep(1.2)
            return super().settle(settlement)

    database = Database(f"sqlite:///{tmp_path}/deliveries.db")
    webhook = start(timing=replace(TIMING, apart=0.4), store=Slow(database))
    webhook.cut(payload("text"))
    eventually(lambda: bool(webhook.waiting.late))
    assert webhook.say("你好", message_id=2) == f"{replies.LATE}\n回答：{ASKED}\n\n回答：你好"
    assert webhook.bot.texts == [ASKED, "你好"]
    database.close()


def test_the_last_delivery_gets_a_holding_sentence_and_continue_fetches_the_answer(
    start: StartWebhook,
) -> None:
    webhook = start(timing=replace(TIMING, deadline=1.0, apart=1.0))
    webhook.bot.gate.clear()
    webhook.cut(payload("text"))
    webhook.cut(payload("text"))
    assert reply_text(webhook.post(payload("text"))) == replies.HOLDING
    webhook.bot.gate.set()
    assert webhook.say("继续", message_id=2) == f"回答：{ASKED}"
    assert webhook.bot.texts == [ASKED]
    assert reply_text(webhook.post(payload("text"))) == replies.HOLDING
    assert webhook.say("继续", message_id=3) == "回答：继续"


def test_with_one_delivery_allowed_the_first_already_gets_the_holding_sentence(start: StartWebhook) -> None:
    webhook = start(timing=AT_ONCE)
    webhook.bot.gate.clear()
    assert webhook.say("你好") == replies.HOLDING


def test_an_account_with_an_api_stays_silent_and_pushes_what_is_late(start: StartWebhook) -> None:
    pushed: list[tuple[str, str]] = []

    async def push(openid: str, text: str) -> None:
        pushed.append((openid, text))

    webhook = start(timing=AT_ONCE, push=push)
    webhook.bot.gate.clear()
    assert webhook.post(text_payload("你好")).text == "success"
    webhook.bot.gate.set()
    eventually(lambda: pushed == [("oCitizen", "回答：你好")])
    eventually(lambda: not webhook.waiting.late)
    assert webhook.say("再问", message_id=2) == "回答：再问"


def test_what_cannot_be_pushed_comes_with_the_next_reply(
    start: StartWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    async def push(openid: str, text: str) -> None:
        raise OSError(f"{openid} {text}")

    webhook = start(timing=AT_ONCE, push=push)
    webhook.bot.gate.clear()
    webhook.post(text_payload("我有高血压"))
    webhook.bot.gate.set()
    eventually(lambda: "could not be pushed (OSError)" in caplog.text)
    assert webhook.say("好", message_id=2) == f"{replies.LATE}\n回答：我有高血压\n\n回答：好"
    assert "高血压" not in caplog.text


def test_no_more_is_pushed_than_the_quota_allows(start: StartWebhook) -> None:
    pushed: list[str] = []

    async def push(openid: str, text: str) -> None:
        pushed.append(text)

    webhook = start(timing=AT_ONCE, push=push)
    for _ in range(5):
        webhook.store.sent_service_message(
            sender_key("oCitizen"), datetime.now(timezone.utc) + timedelta(hours=1)
        )
    webhook.bot.gate.clear()
    webhook.post(text_payload("你好"))
    webhook.bot.gate.set()
    eventually(lambda: bool(webhook.waiting.late))
    assert webhook.say("好", message_id=2).endswith("回答：好")
    assert pushed == []


def test_continue_before_the_late_answer_is_there_waits_for_it(start: StartWebhook) -> None:
    webhook = start(timing=AT_ONCE)
    webhook.bot.gate.clear()
    assert webhook.say("你好") == replies.HOLDING
    assert webhook.say("继续", message_id=2) == replies.HOLDING
    webhook.bot.gate.set()
    assert webhook.say("“继续”", message_id=3) == "回答：你好"
    assert webhook.bot.texts == ["你好"]


def test_two_late_answers_are_both_kept(start: StartWebhook) -> None:
    webhook = start(timing=AT_ONCE)
    webhook.bot.gate.clear()
    assert [webhook.say(text, text) for text in ("甲", "乙")] == [replies.HOLDING] * 2
    webhook.bot.gate.set()
    eventually(lambda: "甲" in webhook.waiting.late and "乙" in webhook.waiting.late)
    assert webhook.say("继续", message_id=2) == "回答：甲\n\n回答：乙"


def test_a_flood_gets_a_kind_sentence_and_what_came_first_is_answered(start: StartWebhook) -> None:
    webhook = start()
    webhook.bot.gate.clear()
    with ThreadPoolExecutor(6) as pool:
        said = [pool.submit(webhook.say, f"第{n}条", n) for n in range(6)]
        eventually(lambda: any(answer.done() for answer in said))
        webhook.bot.gate.set()
        answers = sorted(answer.result() for answer in said)
    assert [answer.startswith("回答：第") for answer in answers] == [True] * 5 + [False]
    assert answers[-1] == replies.TOO_FAST


def test_two_quick_messages_of_one_person_are_handled_in_order(start: StartWebhook) -> None:
    order: list[str | None] = []

    async def says(message: UserMessage) -> None:
        order.append(message.text)
        await message.output_channel.send_text_message(message.sender_id, "好")

    webhook = start(Bot(says))
    webhook.bot.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(webhook.say, "甲", 1)
        webhook.bot.started.wait(20)
        second = pool.submit(webhook.say, "乙", 2)
        # The second is heard by the dialogue only after the first, which the gate still holds, has ended.
        other = reply_text(webhook.post(payload("image")))
        assert (other, webhook.bot.texts) == (replies.IMAGE, ["甲"])
        webhook.bot.gate.set()
        assert (first.result(), second.result()) == ("好", "好")
    assert order == ["甲", "乙"]


def test_a_delivery_to_another_process_gets_the_stored_reply(start: StartWebhook) -> None:
    first, second = start(), start()
    assert first.post(payload("text")).content == second.post(payload("text")).content
    assert second.bot.heard == []


def test_a_delivery_to_another_process_joins_the_work_that_is_under_way(
    start: StartWebhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = start(), start()
    found: list[Standing] = []
    claim = second.store.claim

    def watched(*values: Any) -> Any:
        claimed = claim(*values)
        found.append(claimed.standing)
        return claimed

    monkeypatch.setattr(second.store, "claim", watched)
    first.bot.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first.post, payload("text"))
        first.bot.started.wait(20)
        other = pool.submit(second.post, payload("text"))
        eventually(lambda: bool(found))
        first.bot.gate.set()
        assert one.result().content == other.result().content
    assert (found[0], found[-1]) == (Standing.THEIRS, Standing.ANSWERED)
    assert (len(first.bot.heard), len(second.bot.heard)) == (1, 0)


def test_a_message_whose_process_died_is_answered_by_the_next_delivery(start: StartWebhook) -> None:
    webhook = start()
    dead = Message(KEY, sender_key("oCitizen"), None, ASKED)
    webhook.store.claim(dead, "dead", datetime.now(timezone.utc) - timedelta(seconds=7), timedelta(seconds=6))
    assert reply_text(webhook.post(payload("text"))) == f"回答：{ASKED}"


def test_a_message_whose_process_died_and_that_is_not_delivered_again_is_answered_all_the_same(
    start: StartWebhook, tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path}/left.db")
    database.migrate()
    dead = Message("left", sender_key("oCitizen"), None, "怎么备案")
    Deliveries(database).claim(
        dead, "dead", datetime.now(timezone.utc) - timedelta(seconds=60), timedelta(seconds=6)
    )
    database.close()
    webhook = start(database="left.db")
    eventually(lambda: bool(webhook.waiting.late))
    assert webhook.say("在吗") == f"{replies.LATE}\n回答：怎么备案\n\n回答：在吗"


def test_after_a_restart_continue_still_fetches_the_rest(start: StartWebhook) -> None:
    async def says(message: UserMessage) -> None:
        await message.output_channel.send_text_message(message.sender_id, "先备案，再看病。" * 120)

    first, second = start(Bot(says)), start()
    head = first.say("全部").removesuffix("\n\n" + replies.CONTINUE_LINK)
    assert head + second.say("继续", message_id=2) == "先备案，再看病。" * 120


def test_a_signature_cannot_be_used_again_for_another_message(start: StartWebhook) -> None:
    webhook = start()
    assert webhook.post(text_payload("甲", 1), nonce="seen").status_code == 200
    refused = webhook.post(text_payload("乙", 2), nonce="seen")
    assert (refused.status_code, refused.text) == (403, "The signature was used for another message.")
    assert webhook.bot.texts == ["甲"]


def test_a_signature_may_be_used_again_to_deliver_its_own_message_again(start: StartWebhook) -> None:
    webhook = start()
    once, again = (webhook.post(text_payload("甲", 1), nonce="seen") for _ in range(2))
    assert once.content == again.content


@pytest.mark.parametrize("timestamp", ["1767225000", "1767226200", "", "now", "-5", "１７６７"])
def test_a_signed_request_of_another_time_is_refused(start: StartWebhook, timestamp: str) -> None:
    webhook = start()
    assert webhook.post(payload("text"), timestamp=timestamp).status_code == 403
    assert webhook.bot.heard == []


def test_a_store_that_fails_costs_the_memory_and_not_the_answer(
    start: StartWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    class Full(Deliveries):
        def claim(self, *values: Any) -> Any:
            raise StorageFullError(f"disk full at {values}")

        settle = claim

    webhook = start(store=Full(Database("sqlite://")))
    assert webhook.say("我有高血压") == "回答：我有高血压"
    assert "could not be stored: StorageFullError" in caplog.text
    assert "高血压" not in caplog.text


def test_a_store_that_breaks_gives_an_apology_at_once_and_not_a_hanging_request(start: StartWebhook) -> None:
    class Broken(Deliveries):
        def claim(self, *values: Any) -> Any:
            raise LookupError

    broken = start(store=Broken(Database("sqlite://")), timing=replace(TIMING, deadline=60))
    assert broken.say("你好") == replies.FAILURE
