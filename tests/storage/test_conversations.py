"""Conversations: what is appended comes back, at a cost that stays, whoever else is writing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, func, select

from bot.storage.conversations import Conversations
from bot.storage.database import Database
from bot.storage.tables import ConversationRow, EventRow

SLOTS = {"insured_place": "南京", "eligible_cost": 3500.5, "categories": ["退休", "长期居住"], "level": None}
FORM = {"name": "estimate_form", "rejected": False, "is_interrupted": True, "trigger_message": None}


def _turn(number: int) -> list[dict[str, Any]]:
    """One turn as Rasa writes it: five events, one second each."""
    kinds: list[dict[str, Any]] = [
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": f"第{number}个问题 😀"},
        {"event": "slot", "name": "turn", "value": number},
        {"event": "action", "name": "action_answer"},
        {"event": "bot", "text": f"第{number}个回答"},
    ]
    return [{**kind, "timestamp": 1_700_000_000.25 + number * 5 + index} for index, kind in enumerate(kinds)]


def _turns(first: int, last: int) -> list[dict[str, Any]]:
    return [event for number in range(first, last + 1) for event in _turn(number)]


def test_events_and_state_come_back_as_they_were_appended(database: Database) -> None:
    conversations = Conversations(database)
    conversations.append("openid", _turns(1, 2), {}, None)
    conversations.append("openid", _turn(3), SLOTS, FORM, paused=True)
    stored = Conversations(database).load("openid")
    assert stored is not None
    assert stored.events == _turns(1, 3)
    assert (stored.slots, stored.active_loop, stored.paused) == (SLOTS, FORM, True)
    assert (stored.total, stored.turns, stored.is_whole) == (15, 3, True)


def test_the_latest_state_replaces_the_one_before(database: Database) -> None:
    conversations = Conversations(database)
    conversations.append("openid", _turn(1), SLOTS, FORM, paused=True)
    conversations.append("openid", _turn(2), {}, None)
    stored = conversations.load("openid")
    assert stored is not None
    assert (stored.slots, stored.active_loop, stored.paused) == ({}, None, False)


def test_an_unknown_person_has_no_conversation(database: Database) -> None:
    assert Conversations(database).load("nobody") is None


def test_nothing_is_written_where_nothing_happened(database: Database) -> None:
    conversations = Conversations(database)
    conversations.append("openid", [], SLOTS, None)
    assert conversations.load("openid") is None


def test_a_conversation_tells_when_it_began_and_when_it_last_changed(database: Database) -> None:
    conversations = Conversations(database)
    conversations.append("openid", _turn(1), {}, None)
    conversations.append("openid", _turn(2), {}, None)
    with database.reading() as session:
        moments = session.execute(select(ConversationRow.created_at, ConversationRow.updated_at)).one()
    first, last = (_turn(1)[0]["timestamp"], _turn(2)[-1]["timestamp"])
    assert [moment.timestamp() for moment in moments] == [first, last]
    assert moments[0] == datetime.fromtimestamp(first, timezone.utc)


@pytest.mark.parametrize("tail", [5, 12, 14, 15, 16, 19])
def test_a_cut_conversation_begins_with_a_whole_turn(sqlite_database: Database, tail: int) -> None:
    conversations = Conversations(sqlite_database, tail)
    conversations.append("openid", _turns(1, 10), {}, None)
    stored = conversations.load("openid")
    assert stored is not None
    assert stored.events == _turns(10 - tail // 5 + 1, 10)
    assert stored.total == 50
    assert not stored.is_whole


def test_the_start_of_a_session_begins_a_turn(sqlite_database: Database) -> None:
    start = [
        {"event": "action", "name": "action_session_start", "timestamp": 1.0},
        {"event": "session_started", "timestamp": 2.0},
    ]
    conversations = Conversations(sqlite_database, tail=9)
    conversations.append("openid", [*_turns(1, 2), *start, *_turn(3)], {}, None)
    stored = conversations.load("openid")
    assert stored is not None
    assert stored.events == [*start, *_turn(3)]
    shorter = Conversations(sqlite_database, tail=6).load("openid")
    assert shorter is not None
    assert shorter.events == [start[1], *_turn(3)]


def test_a_turn_longer_than_the_tail_is_given_as_far_as_the_tail_goes(sqlite_database: Database) -> None:
    conversations = Conversations(sqlite_database, tail=3)
    conversations.append("openid", _turn(1), {}, None)
    stored = conversations.load("openid")
    assert stored is not None
    assert stored.events == _turn(1)[-3:]


def test_every_event_can_be_had_for_a_transcript(database: Database) -> None:
    conversations = Conversations(database, tail=5)
    conversations.append("openid", _turns(1, 10), {}, None)
    stored = conversations.load_all("openid")
    assert stored is not None
    assert stored.events == _turns(1, 10)
    assert conversations.load_all("nobody") is None


def test_turn_1000_costs_the_database_what_turn_5_costs(
    database: Database, measure_work: Callable[..., Any]
) -> None:
    conversations = Conversations(database, tail=20)
    for number in range(1, 5):
        conversations.append("openid", _turn(number), SLOTS, FORM)
    with measure_work(database) as append_5:
        conversations.append("openid", _turn(5), SLOTS, FORM)
    with measure_work(database) as load_5:
        conversations.load("openid")
    conversations.append("openid", _turns(6, 999), SLOTS, FORM)
    with measure_work(database) as append_1000:
        conversations.append("openid", _turn(1000), SLOTS, FORM)
    with measure_work(database) as load_1000:
        stored = conversations.load("openid")
    assert stored is not None
    assert (stored.turns, stored.total) == (1000, 5000)
    assert load_1000 == load_5
    assert append_1000 == append_5
    assert load_5.statements == 2 + _begins(database)
    assert append_5.statements == 3 + _begins(database)
    assert load_5.rows_or_steps > 0


def _begins(database: Database) -> int:
    """The BEGIN that SQLite is sent as a statement; PostgreSQL's driver sends its own."""
    return 1 if database.engine.dialect.name == "sqlite" else 0


def test_writers_at_the_same_moment_lose_no_event(database: Database, database_url: str) -> None:
    others = [Database(database_url, wait_s=60) for _ in range(2)]
    writers = [Conversations(others[number % 2]) for number in range(8)]
    together = Barrier(len(writers))

    def write(number: int) -> None:
        for new in ("one", "two", "three"):
            together.wait(timeout=60)  # All of them begin each conversation at once.
            for message in range(5):
                event = {"event": "user", "text": f"{number}/{message}", "timestamp": 1.0 + message}
                writers[number].append(new, [event, {**event, "event": "bot"}], {}, None)

    with ThreadPoolExecutor(len(writers)) as threads:
        list(threads.map(write, range(len(writers))))
    expected = sorted(f"{number}/{message}" for number in range(8) for message in range(5))
    for key in ("one", "two", "three"):
        stored = Conversations(database).load_all(key)
        assert stored is not None
        assert sorted(event["text"] for event in stored.events if event["event"] == "user") == expected
        assert (stored.total, stored.turns, len(stored.events)) == (80, 40, 80)
        pairs = zip(stored.events[::2], stored.events[1::2], strict=True)
        assert all(user["text"] == bot["text"] for user, bot in pairs)
    for other in others:
        other.close()


def test_a_load_in_the_middle_of_an_append_shows_one_moment(database: Database, database_url: str) -> None:
    other = Database(database_url)
    conversations = Conversations(database)
    conversations.append("openid", _turn(1), {"turn": 1}, None)

    def append_in_between(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM conversations" in statement:  # The events are read next.
            Conversations(other).append("openid", _turn(2), {"turn": 2}, None)

    event.listen(database.engine, "after_cursor_execute", append_in_between)
    stored = conversations.load("openid")
    assert stored is not None
    assert (stored.slots, stored.total) in [({"turn": 1}, 5), ({"turn": 2}, 10)]
    assert stored.events == _turns(1, stored.total // 5)
    other.close()


def test_keys_name_every_person_once(database: Database) -> None:
    conversations = Conversations(database)
    for key in ("b", "a", "b"):
        conversations.append(key, _turn(1), {}, None)
    assert conversations.keys() == ["b", "a"]


def test_forgetting_a_person_deletes_every_trace_and_nobody_else(database: Database) -> None:
    conversations = Conversations(database)
    conversations.append("gone", _turn(1), SLOTS, FORM)
    conversations.append("kept", _turn(2), SLOTS, FORM)
    assert conversations.forget("gone")
    assert not conversations.forget("gone")
    assert conversations.load("gone") is None
    with database.reading() as session:
        assert session.execute(select(func.count(EventRow.id))).scalar_one() == 5
    conversations.append("gone", _turn(3), {}, None)
    again = conversations.load("gone")
    assert again is not None
    assert again.events == _turn(3)


def test_text_that_no_database_takes_is_stored_without_the_offending_part(database: Database) -> None:
    conversations = Conversations(database)
    event = {"event": "user", "text": "a\x00b \ud83d", "timestamp": 1.0}
    conversations.append("odd\x00key\ud83d", [event], {}, None)
    assert conversations.keys() == ["oddkey?"]
    stored = conversations.load("odd\x00key\ud83d")
    assert stored is not None
    assert stored.events[0]["text"] == "a\x00b ?"
