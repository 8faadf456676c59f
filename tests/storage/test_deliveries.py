"""Deliveries: the first reply to a message stays the reply to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from bot.storage.database import Database
from bot.storage.deliveries import Deliveries

NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)
BEIJING = timezone(timedelta(hours=8))


def test_a_message_that_was_never_answered_has_no_reply(database: Database) -> None:
    assert Deliveries(database).find("msg-1") is None


def test_the_reply_is_found_again_byte_for_byte(database: Database) -> None:
    reply = "<xml><Content><![CDATA[您好 😀\n第二行]]></Content></xml>"
    assert Deliveries(database).record("msg-1", reply, NOON) == reply
    assert Deliveries(database).find("msg-1") == reply
    assert Deliveries(database).find("msg-2") is None


def test_an_empty_reply_is_a_reply(database: Database) -> None:
    Deliveries(database).record("msg-1", "", NOON)
    assert not Deliveries(database).find("msg-1")
    assert Deliveries(database).find("msg-1") is not None
    assert not Deliveries(database).record("msg-1", "too late", NOON)


def test_the_first_reply_stays_and_is_told_to_whoever_comes_second(database: Database) -> None:
    deliveries = Deliveries(database)
    deliveries.record("msg-1", "first", NOON)
    assert deliveries.record("msg-1", "second", NOON) == "first"
    assert deliveries.find("msg-1") == "first"


def test_threads_that_answer_at_once_agree_on_one_reply(database: Database) -> None:
    deliveries = Deliveries(database)
    with ThreadPoolExecutor(6) as threads:
        told = set(threads.map(lambda number: deliveries.record("msg-1", f"reply {number}", NOON), range(12)))
    assert told == {deliveries.find("msg-1")}


def test_purging_deletes_what_is_older_than_the_moment_given(database: Database) -> None:
    deliveries = Deliveries(database)
    for hours in (1, 2, 3):
        deliveries.record(f"msg-{hours}", "reply", NOON - timedelta(hours=hours))
    two_hours_ago = (NOON - timedelta(hours=2)).astimezone(BEIJING)
    assert deliveries.purge(two_hours_ago) == 1
    assert [deliveries.find(f"msg-{hours}") for hours in (1, 2, 3)] == ["reply", "reply", None]
