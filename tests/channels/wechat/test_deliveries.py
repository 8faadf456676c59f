"""One message, many deliveries: handled once, one reply; late answers and restarts lose nothing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rasa.core.channels.channel import UserMessage

from bot.channels.wechat import replies
from bot.channels.wechat.ledger import Parked, StoredLedger
from tests.channels.wechat.webhook import (
    Bot,
    StartWebhook,
    Webhook,
    payload,
    reply_text,
    sender_key,
    text_payload,
)


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


def test_an_answer_that_nobody_waited_for_is_parked_and_fetched(start: StartWebhook) -> None:
    webhook = start()
    webhook.bot.gate.clear()
    webhook.cut(payload("text"))
    webhook.bot.gate.set()
    eventually(lambda: any(key.startswith("parked:") for key in webhook.store))
    assert webhook.say("继续", message_id=2) == "回答：我是退休的，住在上海，要准备什么？"
    assert webhook.say("继续", message_id=3) == "回答：继续"


def test_a_parked_answer_that_a_later_delivery_brings_is_not_told_again(start: StartWebhook) -> None:
    webhook = start()
    webhook.bot.gate.clear()
    webhook.cut(payload("text"))
    webhook.bot.gate.set()
    eventually(lambda: any(key.startswith("parked:") for key in webhook.store))
    assert reply_text(webhook.post(payload("text"))).startswith("回答：我是退休的")
    assert webhook.say("继续", message_id=2) == "回答：继续"


def test_the_last_delivery_gets_a_holding_sentence_and_continue_fetches_the_answer(
    start: StartWebhook,
) -> None:
    webhook = start(deadline=1.0)
    webhook.bot.gate.clear()
    webhook.cut(payload("text"))
    webhook.cut(payload("text"))
    assert reply_text(webhook.post(payload("text"))) == replies.HOLDING
    webhook.bot.gate.set()
    assert webhook.say("继续", message_id=2) == "回答：我是退休的，住在上海，要准备什么？"
    assert webhook.bot.texts == ["我是退休的，住在上海，要准备什么？"]
    assert reply_text(webhook.post(payload("text"))) == replies.HOLDING


def test_with_one_delivery_allowed_the_first_already_gets_the_holding_sentence(start: StartWebhook) -> None:
    webhook = start(deadline=0.1, deliveries=1)
    webhook.bot.gate.clear()
    assert webhook.say("你好") == replies.HOLDING


def test_continue_before_the_late_answer_is_there_waits_for_it(start: StartWebhook) -> None:
    webhook = start(deadline=0.3, deliveries=1)
    webhook.bot.gate.clear()
    assert webhook.say("你好") == replies.HOLDING
    assert webhook.say("继续", message_id=2) == replies.HOLDING
    webhook.bot.gate.set()
    assert webhook.say("“继续”", message_id=3) == "回答：你好"
    assert webhook.bot.texts == ["你好"]


def test_two_late_answers_are_both_kept(start: StartWebhook) -> None:
    webhook = start(deadline=0.1, deliveries=1)
    webhook.bot.gate.clear()
    assert [webhook.say(text, text) for text in ("甲", "乙")] == [replies.HOLDING] * 2
    webhook.bot.gate.set()
    eventually(lambda: any("甲" in kept and "乙" in kept for kept in webhook.store.values()))
    assert webhook.say("继续", message_id=2) == "回答：甲\n\n回答：乙"


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


def test_after_a_restart_a_delivery_gets_the_stored_reply(start: StartWebhook, tmp_path: Path) -> None:
    address = tmp_path / "replies.db"
    first, second = start(ledger=sqlite_ledger(address)), start(ledger=sqlite_ledger(address))
    assert first.post(payload("text")).content == second.post(payload("text")).content
    assert second.bot.heard == []


def test_after_a_restart_continue_still_fetches_the_rest(start: StartWebhook, tmp_path: Path) -> None:
    async def says(message: UserMessage) -> None:
        await message.output_channel.send_text_message(message.sender_id, "先备案，再看病。" * 120)

    address = tmp_path / "replies.db"
    first = start(Bot(says), ledger=sqlite_ledger(address))
    second = start(ledger=sqlite_ledger(address))
    head = first.say("全部").removesuffix("\n\n" + replies.CONTINUE_LINK)
    # The rest is parked just after the reply has gone out. A process stopped before that would repeat the head.
    parked = "parked:" + sender_key("oCitizen")
    eventually(lambda: '"late": ""' in (sqlite_ledger(address)._find(parked) or ""))
    assert head + second.say("继续", message_id=2) == "先备案，再看病。" * 120


def test_a_store_that_fails_costs_the_memory_and_not_the_answer(
    start: StartWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*values: str) -> None:
        raise OSError(f"disk full at {values}")

    webhook = start(ledger=StoredLedger(fails, fails, fails))
    assert webhook.say("我有高血压") == "回答：我有高血压"
    assert "could not store the reply of a message: OSError" in caplog.text
    assert "高血压" not in caplog.text


def test_a_ledger_that_breaks_gives_an_apology_at_once_and_not_a_hanging_request(start: StartWebhook) -> None:
    class BrokenLedger(StoredLedger):
        async def parked(self, sender: str) -> Parked:
            raise LookupError(sender)

    async def says(message: UserMessage) -> None:
        await message.output_channel.send_text_message(message.sender_id, "长" * 3000)

    store: dict[str, str] = {}
    broken = BrokenLedger(store.get, store.setdefault, store.__setitem__)
    assert start(Bot(says), ledger=broken, deadline=60).say("你好") == replies.FAILURE


def sqlite_ledger(address: Path) -> StoredLedger:
    """A ledger as a fresh process would open it over the same file."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(address)
        connection.execute("CREATE TABLE IF NOT EXISTS reply (key TEXT PRIMARY KEY, text TEXT)")
        return connection

    def find(key: str) -> str | None:
        with connect() as connection:
            row = connection.execute("SELECT text FROM reply WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def record(key: str, reply: str) -> str:
        with connect() as connection:
            connection.execute("INSERT OR IGNORE INTO reply VALUES (?, ?)", (key, reply))
        return find(key) or reply

    def replace(key: str, reply: str) -> None:
        with connect() as connection:
            connection.execute("REPLACE INTO reply VALUES (?, ?)", (key, reply))

    return StoredLedger(find, record, replace)
