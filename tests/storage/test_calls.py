"""Calls and reports in the database: one open call for a clerk, a number for each call, whoever starts when."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text

from bot.storage.calls import Call, CallStore, Entry, Filters
from bot.storage.database import Database
from bot.storage.reports import ReportStore
from tests.storage.conftest import MeasureWork

NOON = datetime(2026, 11, 22, 4, tzinfo=timezone.utc)
TODAY = date(2026, 11, 22)
LONG_AGO = NOON - timedelta(hours=4)


def start(store: CallStore, user: str, place: str | None = None, now: datetime = NOON) -> Call:
    """Start a call, on the day that the moment has in both UTC and China."""
    return store.start(user, place, now, now.date(), now - timedelta(hours=4))[0]


def end(store: CallStore, user: str, outcome: str = "answered", note: str = "") -> None:
    """Close the open call."""
    store.change(user, ended_at=NOON + timedelta(minutes=3), outcome=outcome, note=note)


def at_once(work: Callable[[int], Any], times: int) -> list[Any]:
    """Do the same in as many threads, all beginning at the same moment."""
    ready = Barrier(times)

    def wait_and_work(index: int) -> Any:
        ready.wait()
        return work(index)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(wait_and_work, range(times)))


def test_clerks_who_start_at_the_same_moment_get_numbers_of_their_own_without_gaps(
    database_url: str,
) -> None:
    opened = Database(database_url, wait_s=30)
    opened.migrate()
    store = CallStore(opened)
    calls = at_once(lambda index: start(store, f"clerk {index}"), times=8)
    assert sorted(call.number for call in calls) == [f"20261122-{number:03d}" for number in range(1, 9)]
    opened.close()


def test_a_clerk_who_starts_in_several_windows_at_the_same_moment_has_one_call(database_url: str) -> None:
    opened = Database(database_url, wait_s=30)
    opened.migrate()
    store = CallStore(opened)
    calls = at_once(lambda _: start(store, "li"), times=8)
    assert len({call.id for call in calls}) == 1
    assert store.history(Filters(), 10, 0)[1] == 1
    opened.close()


def test_the_same_thing_added_twice_at_the_same_moment_counts_once(database_url: str) -> None:
    opened = Database(database_url, wait_s=30)
    opened.migrate()
    store = CallStore(opened)
    start(store, "li")
    entry = Entry(NOON, "topic", "filing_time", {"place": "nanjing"})
    at_once(lambda _: store.add("li", entry, LONG_AGO), times=8)
    current = store.current("li")
    assert current is not None
    assert current.entries == (entry,)
    opened.close()


def test_every_day_counts_from_one(database: Database) -> None:
    store = CallStore(database)
    start(store, "li")
    tomorrow = start(store, "wang", now=NOON + timedelta(days=1))
    assert tomorrow.number == "20261123-001"


def test_after_999_calls_the_numbers_go_on(database: Database) -> None:
    store = CallStore(database)
    start(store, "li")
    with database.session() as session:
        session.execute(text("UPDATE calls SET running = 999"))
    assert start(store, "wang").number == "20261122-1000"


def test_a_number_is_not_given_again_after_calls_were_purged(database: Database) -> None:
    store = CallStore(database)
    for clerk in ("li", "wang"):
        start(store, clerk)
        end(store, clerk)
    with database.session() as session:
        session.execute(text("DELETE FROM calls WHERE running = 1"))
    assert start(store, "li").number == "20261122-003"


def test_a_call_comes_back_with_its_entries_in_order(database: Database) -> None:
    store = CallStore(database)
    begun = start(store, "li", "nanjing")
    entries = (
        Entry(NOON, "topic", "filing_time", {"place": "nanjing"}),
        Entry(NOON, "estimate", "三级医院住院", {"result": "约 1,885 元"}),
        Entry(NOON, "topic", "filing_time", {"place": "nanjing"}),
    )
    for entry in entries:
        assert store.add("li", entry, LONG_AGO)
    assert store.call(begun.id) == Call(
        begun.id, "20261122-001", "li", NOON, place="nanjing", entries=entries
    )


def test_without_an_open_call_nothing_is_added(database: Database) -> None:
    store = CallStore(database)
    start(store, "wang")
    assert not store.add("li", Entry(NOON, "topic", "filing_time", {}), LONG_AGO)
    assert store.history(Filters(), 10, 0)[0][0].entries == ()


def test_a_list_of_calls_takes_as_many_queries_as_one_call(
    database: Database, measure_work: MeasureWork
) -> None:
    store = CallStore(database)
    for _ in range(5):
        start(store, "li")
        store.add("li", Entry(NOON, "topic", "filing_time", {}), LONG_AGO)
        end(store, "li")
    with measure_work(database) as one:
        store.history(Filters(), 1, 0)
    with measure_work(database) as five:
        store.history(Filters(), 5, 0)
    assert five.statements == one.statements


def test_an_export_reads_more_calls_than_a_query_takes_values(database: Database) -> None:
    store = CallStore(database)
    start(store, "li")
    end(store, "li")
    columns = "day, number, user_name, started_at, ended_at, automatic, note"
    more = f"INSERT INTO calls (running, {columns}) SELECT :running, {columns} FROM calls WHERE running = 1"  # noqa: S608
    entry = "INSERT INTO call_entries (call_id, at, kind, subject, detail) SELECT id, started_at, 'topic', 'x', '{}' FROM calls"
    with database.session() as session:
        session.execute(text(more), [{"running": running} for running in range(2, 1_202)])
        session.execute(text(entry))
    found, total = store.history(Filters(), 5_000, 0)
    assert (len(found), total) == (1_201, 1_201)
    assert all(len(call.entries) == 1 for call in found)


@pytest.mark.parametrize("wanted", ["100%", "a_b", "a\\b"])
def test_signs_that_mean_something_to_a_database_are_looked_for_as_they_are(
    database: Database, wanted: str
) -> None:
    store = CallStore(database)
    for note in (f"说是 {wanted} 报销", "说是 1000 报销", "axb"):
        start(store, "li")
        end(store, "li", note=note)
    found, total = store.history(Filters(text=wanted), 10, 0)
    assert ([call.note for call in found], total) == ([f"说是 {wanted} 报销"], 1)


def test_purging_takes_closed_calls_of_earlier_days_with_their_entries_and_leaves_reports(
    database: Database,
) -> None:
    store, reports = CallStore(database), ReportStore(database)
    old = start(store, "li", now=NOON - timedelta(days=2))
    store.add("li", Entry(NOON, "topic", "filing_time", {}), NOON - timedelta(days=3))
    texts = {"kind": "wrong", "topic": "t", "place": None, "question": "", "wanted": "x", "answer": ""}
    report_id = reports.add("li", old.id, NOON, {**texts, "sources": []})
    end(store, "li")
    still_open = start(store, "wang", now=NOON - timedelta(days=2))
    kept = start(store, "li", now=NOON - timedelta(days=1))
    assert store.purge(TODAY - timedelta(days=1)) == 1
    assert {call.id for call in store.history(Filters(), 10, 0)[0]} == {still_open.id, kept.id}
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM call_entries")).scalar_one() == 0
    report = reports.report(report_id)
    assert report is not None
    assert report.call_id is None


def test_two_maintainers_finish_a_report_and_one_of_them_has_done_it(database: Database) -> None:
    reports = ReportStore(database)
    texts = {"kind": "wrong", "topic": "t", "place": None, "question": "", "wanted": "x", "answer": ""}
    report_id = reports.add("li", None, NOON, {**texts, "sources": ["nanjing-3"]})
    assert [reports.close(report_id, name, NOON) for name in ("anna", "ben")] == [True, False]
    (report,) = reports.in_state("done", 10, 0)
    assert (report.done_by, report.done_at, report.sources) == ("anna", NOON, ("nanjing-3",))
