"""Revisions: who changed what, when and why, once for each change; and the drafts of each maintainer."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text

from bot.storage.database import Database
from bot.storage.revisions import RevisionStore

NOON = datetime(2026, 11, 22, 4, tzinfo=timezone.utc)


def change(subject: str = "faq/parking_fee", **changed: Any) -> dict[str, Any]:
    """One change."""
    values = {"kind": "topic_saved", "subject": subject, "why": "口语一些", "diff": "-旧\n+新\n"}
    return {**values, "before": {"question": "旧？"}, "after": {"question": "新？"}, **changed}


@pytest.fixture
def store(database: Database) -> RevisionStore:
    """The revisions of an empty database."""
    return RevisionStore(database)


def test_a_revision_comes_back_as_it_was_added(store: RevisionStore) -> None:
    (number,) = store.add("t1", NOON, "小王", [change()])
    kept = store.revision(number)
    assert kept is not None
    assert (kept.at, kept.user, kept.kind, kept.subject, kept.why) == (
        NOON,
        "小王",
        "topic_saved",
        "faq/parking_fee",
        "口语一些",
    )
    assert (kept.before, kept.after, kept.diff) == ({"question": "旧？"}, {"question": "新？"}, "-旧\n+新\n")
    assert store.revision(number + 1) is None


def test_what_was_new_has_nothing_before_and_what_is_gone_nothing_after(store: RevisionStore) -> None:
    store.add("t1", NOON, "小王", [change(before=None)])
    store.add("t2", NOON, "小王", [change(after=None)])
    gone, new = store.revisions(None, 10)
    assert (new.before, gone.after) == (None, None)


def test_the_same_change_is_noted_once_however_often_it_is_told(store: RevisionStore) -> None:
    changes = [change("faq/a"), change("faq/b")]
    first = store.add("t1", NOON, "小王", changes)
    assert store.add("t1", NOON + timedelta(hours=1), "小王", [*changes, change("faq/c")])[:2] == first
    assert [kept.subject for kept in store.revisions(None, 10)] == ["faq/c", "faq/b", "faq/a"]


def test_revisions_are_found_by_subject_the_newest_first_in_pages(store: RevisionStore) -> None:
    for number in range(5):
        store.add(f"t{number}", NOON, "小王", [change(f"faq/{'ab'[number % 2]}", why=str(number))])
    assert [kept.why for kept in store.revisions("faq/a", 10)] == ["4", "2", "0"]
    assert [kept.why for kept in store.revisions(None, 2, 1)] == ["3", "2"]
    assert (store.count(), store.count("faq/b"), store.count("faq/none")) == (5, 2, 0)
    assert store.revisions(None, -1) == []
    assert store.revision(2**70) is None


def test_the_reason_is_masked_before_it_is_written(store: RevisionStore, database: Database) -> None:
    store.add("t1", NOON, "小王", [change(why="13812345678 来电")])
    with database.reading() as session:
        assert "13812345678" not in str(session.execute(text("SELECT * FROM revisions")).one())
    assert store.revisions(None, 1)[0].why == "[手机号] 来电"


def test_each_maintainer_has_one_draft_of_a_subject(store: RevisionStore) -> None:
    store.keep_draft("faq/a", "小王", {"question": "打13812345678"}, "v1", NOON)
    store.keep_draft("faq/a", "小王", {"question": "打13912345678问"}, "v2", NOON + timedelta(minutes=1))
    store.keep_draft("faq/a", "小李", {"question": "别的"}, "v1", NOON)
    mine, theirs = store.drafts("faq/a")
    assert (mine.user, mine.content, mine.version) == ("小王", {"question": "打[手机号]问"}, "v2")
    assert theirs.user == "小李"
    assert [kept.user for kept in store.drafts(user="小李")] == ["小李"]
    store.drop_draft("faq/a", "小王")
    assert [kept.user for kept in store.drafts()] == ["小李"]
