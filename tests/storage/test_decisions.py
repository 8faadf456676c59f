"""Decisions about texts of the inbox: the newest one stands, and can be taken back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from bot.storage.database import Database
from bot.storage.decisions import Decisions, Verdict
from bot.storage.meanings import MeaningStore
from bot.storage.misses import Misses, Weeks

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
PHONE = "13812345678"


def assigned(minutes: int = 0, label: str = "faq/filing_time") -> Verdict:
    """A decision of the maintainer Li."""
    return Verdict("assign", label, "常问", "li", NOON + timedelta(minutes=minutes))


def test_a_decision_comes_back_as_it_was_made(database: Database) -> None:
    Decisions(database).add("b1", {"k1": "甲", "k2": "乙"}, assigned())
    standing = Decisions(database).standing()
    assert {key: (d.text, d.label, d.user, d.at) for key, d in standing.items()} == {
        "k1": ("甲", "faq/filing_time", "li", NOON),
        "k2": ("乙", "faq/filing_time", "li", NOON),
    }


def test_the_newest_decision_about_a_text_stands(database: Database) -> None:
    decisions = Decisions(database)
    decisions.add("b1", {"k1": "甲"}, assigned())
    decisions.add("b2", {"k1": "甲"}, assigned(5, "faq/filing_papers"))
    assert decisions.standing()["k1"].label == "faq/filing_papers"
    decisions.take_back("b2", "wang", NOON + timedelta(minutes=9))
    assert decisions.standing()["k1"].label == "faq/filing_time"


def test_what_was_decided_together_is_taken_back_together_and_once(database: Database) -> None:
    decisions = Decisions(database)
    decisions.add("b1", {"k1": "甲", "k2": "乙"}, assigned())
    assert {decision.text for decision in decisions.take_back("b1", "li", NOON)} == {"甲", "乙"}
    assert decisions.take_back("b1", "li", NOON) == []
    assert decisions.standing() == {}
    assert decisions.newest(10) == []


def test_the_stamp_changes_with_every_change(database: Database) -> None:
    decisions = Decisions(database)
    stamps = [decisions.stamp()]
    decisions.add("b1", {"k1": "甲"}, assigned())
    stamps.append(decisions.stamp())
    decisions.take_back("b1", "li", NOON)
    stamps.append(decisions.stamp())
    assert len(set(stamps)) == 3


def test_what_a_maintainer_types_is_masked(database: Database) -> None:
    Decisions(database).add("b1", {"k1": f"打{PHONE}"}, Verdict("dismiss", None, f"找{PHONE}", "li", NOON))
    (decision,) = Decisions(database).newest(1)
    assert (decision.text, decision.why) == ("打[手机号]", "找[手机号]")


def test_misses_are_counted_by_text_kind_and_place_with_the_two_weeks_apart(database: Database) -> None:
    misses = Misses(database)
    for days in (0, 1, 8, 20):
        misses.record("能用爱心卡吗", "unsure", NOON - timedelta(days=days), place="nanjing")
    misses.record("能用爱心卡吗", "corrected", NOON, ["faq/which_card"], "nanjing", "用社保卡。")
    weeks = Weeks(NOON - timedelta(days=14), NOON - timedelta(days=7))
    corrected, unsure = misses.counted(None, weeks, 10)
    assert (corrected.kind, corrected.count) == ("corrected", 1)
    assert (unsure.count, unsure.this_week, unsure.last_week) == (4, 2, 1)
    assert (unsure.first_at, unsure.last_at) == (NOON - timedelta(days=20), NOON)
    (miss,) = misses.these([corrected.newest])
    assert (miss.answer, miss.candidates) == ("用社保卡。", ["faq/which_card"])
    recent = misses.counted(NOON - timedelta(days=2), weeks, 10)
    assert [(row.kind, row.count) for row in recent] == [("corrected", 1), ("unsure", 2)]


def test_vectors_are_kept_and_the_first_ones_stay(database: Database) -> None:
    store = MeaningStore(database)
    store.save({"a": b"\x00\x01", "b": b"\x02"}, NOON)
    store.save({"b": b"\x03", "c": b"\x04"}, NOON)
    assert store.load(["a", "b", "c", "d"]) == {"a": b"\x00\x01", "b": b"\x02"}
