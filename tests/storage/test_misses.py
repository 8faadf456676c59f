"""Misses: kept for the maintainers, newest first, without personal data."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sqlalchemy import text

from bot.storage.database import Database
from bot.storage.misses import Miss, Misses

NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)


def test_a_miss_comes_back_as_it_was_recorded(database: Database) -> None:
    candidates = [{"topic": "faq/channels", "confidence": 0.41}, {"topic": "faq/papers", "confidence": 0.4}]
    Misses(database).record("能不能用爱心卡", "unsure", NOON, candidates, place="南京")
    (miss,) = Misses(database).newest(10)
    assert miss == Miss(miss.id, "能不能用爱心卡", "unsure", candidates, "南京", NOON)


def test_a_miss_needs_neither_candidates_nor_a_place(database: Database) -> None:
    Misses(database).record("???", "declined", NOON)
    (miss,) = Misses(database).newest(10)
    assert (miss.candidates, miss.place) == ([], None)


def test_the_newest_come_first_and_no_more_than_asked_for(database: Database) -> None:
    misses = Misses(database)
    for minute in range(4):
        misses.record(f"message {minute}", "declined", NOON + timedelta(minutes=minute))
    assert [miss.text for miss in misses.newest(2)] == ["message 3", "message 2"]


def test_personal_data_is_masked_before_it_is_written(database: Database) -> None:
    phone = "13812345678"
    Misses(database).record(f"我电话{phone}", "declined", NOON, [{"text": phone}], place=phone)
    with database.reading() as session:
        row = session.execute(text("SELECT text, candidates, place FROM misses")).one()
    assert phone not in str(row)
    assert row.text == "我电话[手机号]"
