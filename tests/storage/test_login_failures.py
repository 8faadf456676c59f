"""Wrong passwords are counted once each, however many processes count at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from bot.storage.database import Database
from bot.storage.login_failures import Counts, Failures, LoginFailures

NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


def one_more(before: Counts) -> Counts:
    """Each with an hour more."""
    return {key: Failures(held.forgotten_at + HOUR) for key, held in before.items()}


def held(store: LoginFailures, *keys: str) -> Counts:
    """What is counted under the keys."""
    seen: dict[str, Failures] = {}

    def look(before: Counts) -> Counts:
        seen.update(before)
        return {}

    store.change(keys, NOON, look)
    return seen


def test_failures_come_back_as_they_were_stored(database: Database) -> None:
    store = LoginFailures(database)
    stored = Failures(NOON + HOUR, NOON + timedelta(seconds=30))
    store.change(["a", "b"], NOON, lambda before: {"a": stored})
    assert held(store, "a", "b") == {"a": stored, "b": Failures(NOON)}


def test_failures_counted_at_once_are_all_counted(database: Database) -> None:
    store = LoginFailures(database)
    keys = [("a", "b"), ("b", "a")] * 8
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda pair: store.change(pair, NOON, one_more), keys))
    assert set(held(store, "a", "b").values()) == {Failures(NOON + 16 * HOUR)}


def test_a_refusal_leaves_everything_as_it_was(database: Database) -> None:
    store = LoginFailures(database)

    def refuse(_: Counts) -> Counts:
        raise RuntimeError("locked")

    with pytest.raises(RuntimeError):
        store.change(["a"], NOON, refuse)
    assert rows(database) == 0


def test_what_is_forgotten_is_swept_up(database: Database) -> None:
    store = LoginFailures(database)
    store.change(["a", "b"], NOON, lambda before: {"a": Failures(NOON + HOUR)})
    store.purge(NOON + timedelta(minutes=1))
    assert rows(database) == 1


def rows(database: Database) -> int:
    """How many keys are stored."""
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM login_failures")).scalar_one())
