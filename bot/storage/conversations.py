"""Conversations: events in order and the state after the last one, at a cost that does not grow with their length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeVar

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from bot.storage.database import Database
from bot.storage.errors import StorageConflictError
from bot.storage.tables import ConversationRow, EventRow, mapping

Result = TypeVar("Result")
Event = dict[str, Any]  # As Rasa writes it: "event" (its type), "timestamp" (seconds since 1970) and more.

_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.


@dataclass(frozen=True)
class StoredConversation:
    """A conversation as loaded, with the state after its last event.

    `slots` by name, the running form or None, whether the bot is silent (`paused`); `total` events and `turns` user
    messages are stored; `events` holds the newest events, oldest first.
    """

    sender_key: str
    slots: dict[str, Any]
    active_loop: dict[str, Any] | None
    paused: bool
    total: int
    turns: int
    events: list[Event]

    @property
    def is_whole(self) -> bool:
        """Whether `events` holds all events."""
        return len(self.events) == self.total


class Conversations:
    """The conversations of one database; `tail` is the largest number of events that a load reads.

    60 events are about six turns, and no policy or action looks back further than three. What a turn costs grows with
    them: Rasa replays them for every action.
    """

    def __init__(self, database: Database, tail: int = 60) -> None:
        self._database = database
        self._tail = tail

    def load(self, sender_key: str) -> StoredConversation | None:
        """The state and the newest events, beginning with a whole turn; None for an unknown person."""
        return self._load(sender_key, self._tail)

    def load_all(self, sender_key: str) -> StoredConversation | None:
        """The state and every event, for transcripts and exports; its cost grows with the conversation."""
        return self._load(sender_key, None)

    def append(
        self,
        sender_key: str,
        events: Sequence[Event],
        slots: dict[str, Any],
        active_loop: dict[str, Any] | None,
        paused: bool = False,
        also: Callable[[Connection], Result] | None = None,
    ) -> Result | None:
        """Add events and set the state after them, in one transaction with what ``also`` writes; gives its result.

        Without events nothing is written.

        Events that are appended at the same moment elsewhere are kept too; the later writer's state stays.
        """
        if not events:
            return None
        state = {"slots": slots, "active_loop": active_loop, "paused": paused}
        try:
            return self._append(sender_key, events, state, also)
        except StorageConflictError:
            # Somebody else began this conversation between our look and our write; now it is there for both.
            return self._append(sender_key, events, state, also)

    def keys(self) -> list[str]:
        """Every sender key, the oldest conversation first."""
        with self._database.reading() as session:
            return list(
                session.execute(select(ConversationRow.sender_key).order_by(ConversationRow.id)).scalars()
            )

    def forget(self, sender_key: str) -> bool:
        """Delete a conversation with its events; False where there was none."""
        with self._database.session() as session:
            gone = delete(ConversationRow).where(ConversationRow.sender_key == sender_key)
            return bool(session.execute(gone, execution_options=_NO_SYNC).rowcount)

    def _load(self, sender_key: str, tail: int | None) -> StoredConversation | None:
        with self._database.reading() as session:
            row = session.execute(
                select(mapping.metadata.tables["conversations"]).where(
                    ConversationRow.sender_key == sender_key
                )
            ).one_or_none()
            if row is None:
                return None
            events = _read_events(session, row, tail)
        return StoredConversation(
            sender_key, row.slots, row.active_loop, row.paused, row.event_count, row.turn_count, events
        )

    def _append(
        self,
        sender_key: str,
        events: Sequence[Event],
        state: dict[str, Any],
        also: Callable[[Connection], Result] | None,
    ) -> Result | None:
        with self._database.session() as session:
            result = also(session) if also is not None else None
            conversation_id, position = _reserve(session, sender_key, events, state)
            rows = [
                _event_row(conversation_id, position + index, event) for index, event in enumerate(events)
            ]
            session.execute(insert(EventRow), rows)
            return result


def _read_events(session: Connection, row: Any, tail: int | None) -> list[Event]:
    """The newest `tail` events up to the state in `row`; an event appended since then belongs to a later state."""
    first = max(0, row.event_count - tail) if tail is not None else 0
    wanted = (
        select(EventRow.data)
        .where(
            EventRow.conversation_id == row.id,
            EventRow.position >= first,
            EventRow.position < row.event_count,
        )
        .order_by(EventRow.position)
    )
    events = list(session.execute(wanted).scalars())
    return events if first == 0 else _from_turn_start(events)


def _from_turn_start(events: list[Event]) -> list[Event]:
    """The events without a cut-off turn at the front; all of them where one turn fills everything."""
    start = next((index for index, event in enumerate(events) if _starts_turn(event)), 0)
    return events[start:]


def _starts_turn(event: Event) -> bool:
    if event["event"] == "action":
        return event.get("name") in ("action_listen", "action_session_start")
    return bool(event["event"] == "session_started")


def _reserve(
    session: Connection, sender_key: str, events: Sequence[Event], state: dict[str, Any]
) -> tuple[int, int]:
    """Set the state, make room for the events and return the conversation's id and the first free position.

    The UPDATE comes first: it locks the row, so that another writer waits and gets the positions after ours.
    """
    new = _new_values(events, state)
    counted = {
        "event_count": ConversationRow.event_count + new["event_count"],
        "turn_count": ConversationRow.turn_count + new["turn_count"],
    }
    is_this_one = ConversationRow.sender_key == sender_key
    change = update(ConversationRow).where(is_this_one).values(**{**new, **counted})
    if session.execute(change, execution_options=_NO_SYNC).rowcount == 0:
        row = {"sender_key": sender_key, "created_at": _moment(events[0]), **new}
        return session.execute(insert(ConversationRow).values(**row)).inserted_primary_key[0], 0
    row_id, count = session.execute(
        select(ConversationRow.id, ConversationRow.event_count).where(is_this_one)
    ).one()
    return row_id, count - len(events)


def _new_values(events: Sequence[Event], state: dict[str, Any]) -> dict[str, Any]:
    return {
        **state,
        "event_count": len(events),
        "turn_count": sum(event["event"] == "user" for event in events),
        "updated_at": _moment(events[-1]),
    }


def _event_row(conversation_id: int, position: int, event: Event) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "position": position,
        "timestamp": event["timestamp"],
        "type_name": event["event"],
        "data": event,
    }


def _moment(event: Event) -> datetime:
    return datetime.fromtimestamp(event["timestamp"], timezone.utc)
