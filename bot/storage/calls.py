"""Calls: one open call for each clerk, numbered by day, with what was looked at in the order it was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, desc, func, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.storage import outside
from bot.storage.database import Database
from bot.storage.errors import StorageConflictError
from bot.storage.scrubbing import scrub
from bot.storage.tables import CallEntryRow, CallRow, mapping
from bot.text.masking import mask as mask_personal_data

# The tables' columns, which the type checker takes for the values they hold.
_Row: Any = CallRow
_Entry: Any = CallEntryRow
_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.

# Everyone who starts at the same moment takes a number in turn; more clerks than this do not sit in one room.
_TRIES = 200

# An export reads thousands of calls, and a database takes only so many values in one query.
_AT_ONCE = 500


@dataclass(frozen=True)
class Entry:
    """Something looked at, computed, reported or opened during a call; ``subject`` is a topic's id or one line."""

    at: datetime
    kind: str
    subject: str = field(repr=False)
    detail: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Call:
    """One call: ``number`` is for people (20261122-007), ``automatic`` whether it was forgotten and closed for the clerk."""

    id: int
    number: str
    user: str
    started_at: datetime
    ended_at: datetime | None = None
    place: str | None = None
    outcome: str | None = None
    note: str = field(default="", repr=False)
    entries: tuple[Entry, ...] = ()
    automatic: bool = False


@dataclass(frozen=True)
class Filters:
    """Which calls are wanted; None and "" want all. Days are days in China, both included.

    ``text`` is looked for in notes, numbers and what was looked at; ``topics`` are the topics whose questions hold it.
    """

    place: str | None = None
    outcome: str | None = None
    user: str | None = None
    since: date | None = None
    until: date | None = None
    text: str = ""
    topics: Sequence[str] = ()


@dataclass(frozen=True)
class Figures:
    """The calls of a day in numbers: how many, how many of them ended and were answered, by topic and by place."""

    calls: int
    ended: int
    answered: int
    topics: tuple[tuple[str, int], ...]
    places: tuple[tuple[str | None, int], ...]


class CallStore:
    """The calls of one database; what people typed passes `mask` first. Every method raises StorageError."""

    def __init__(self, database: Database, mask: Callable[[str], str] = mask_personal_data) -> None:
        self._database = database
        self._mask = mask

    def start(
        self, user: str, place: str | None, now: datetime, day: date, forgotten: datetime
    ) -> tuple[Call, bool]:
        """The clerk's open call, or a new one; whether it is new. One begun before ``forgotten`` is closed first."""
        for _ in range(_TRIES):
            with self._database.session() as session:
                _close_forgotten(session, user, forgotten)
                open_now = _open_call(session, user)
                if open_now is not None:
                    return open_now, False
                begun = _begin(session, user, None if place is None else self._mask(place), now, day)
                if begun is not None:
                    return begun, True
        raise StorageConflictError("No number was left for a call: try again in a moment.")

    def current(self, user: str) -> Call | None:
        """The clerk's open call."""
        with self._database.reading() as session:
            return _open_call(session, user)

    def add(self, user: str, entry: Entry, since: datetime) -> bool:
        """Add to the clerk's open call begun after ``since``, unless its last entry is the same; whether there is one."""
        clean = replace(entry, subject=self._mask(entry.subject), detail=scrub(entry.detail, self._mask))
        with self._database.session() as session:
            mine = select(_Row.id).where(*_is_open(user), _Row.started_at >= since).with_for_update()
            call_id = session.execute(mine).scalar_one_or_none()
            if call_id is not None and not _repeats(session, call_id, clean):
                session.execute(insert(CallEntryRow).values(call_id=call_id, **clean.__dict__))
            return call_id is not None

    def change(self, user: str, **values: Any) -> Call | None:
        """Change the clerk's open call; gives it as it is now, None where there is none."""
        with self._database.session() as session:
            mine = select(_Row.id).where(*_is_open(user)).with_for_update()
            call_id = session.execute(mine).scalar_one_or_none()
            if call_id is None:
                return None
            _change(session, _Row.id == call_id, **self._masked(values))
            return _calls(session, select(_table()).where(_Row.id == call_id))[0]

    def call(self, call_id: int) -> Call | None:
        """One call."""
        with self._database.reading() as session:
            wanted = select(_table()).where(_Row.id == outside.row_id(call_id))
            return next(iter(_calls(session, wanted)), None)

    def history(self, filters: Filters, limit: int, offset: int) -> tuple[list[Call], int]:
        """Some of the calls that the filters want, the newest first, and how many there are."""
        conditions = _conditions(filters)
        newest = select(_table()).where(*conditions).order_by(desc(_Row.id))
        wanted = newest.limit(outside.count(limit)).offset(outside.count(offset))
        with self._database.reading() as session:
            total = int(session.execute(select(func.count(_Row.id)).where(*conditions)).scalar_one())
            return _calls(session, wanted), total

    def figures(self, day: date, topics: int) -> Figures:
        """The numbers of a day, with its ``topics`` most frequent topics; a topic counts once in a call."""
        ended = func.count(_Row.ended_at)
        with self._database.reading() as session:
            by_place = session.execute(
                select(_Row.place, func.count(_Row.id), ended).where(_Row.day == day).group_by(_Row.place)
            ).all()
            answered = select(func.count(_Row.id)).where(_Row.day == day, _Row.outcome == "answered")
            return Figures(
                calls=sum(row[1] for row in by_place),
                ended=sum(row[2] for row in by_place),
                answered=int(session.execute(answered).scalar_one()),
                topics=_top_topics(session, day, topics),
                places=tuple(sorted(((row[0], row[1]) for row in by_place), key=_most_first)),
            )

    def purge(self, before: date) -> int:
        """Delete the closed calls of the days before; returns how many they were."""
        old = delete(CallRow).where(_Row.day < before, _Row.ended_at.is_not(None))
        with self._database.session() as session:
            return int(session.execute(old, execution_options=_NO_SYNC).rowcount)

    def _masked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._mask(value) if isinstance(value, str) else value for name, value in values.items()
        }


def _table() -> Any:
    return mapping.metadata.tables["calls"]


def _is_open(user: str) -> tuple[Any, ...]:
    return (_Row.user_name == user, _Row.ended_at.is_(None))


def _open_call(session: Connection, user: str) -> Call | None:
    return next(iter(_calls(session, select(_table()).where(*_is_open(user)))), None)


def _begin(session: Connection, user: str, place: str | None, now: datetime, day: date) -> Call | None:
    """A new call with the next number of the day; None where another clerk took the number at the same moment."""
    last = session.execute(select(func.max(_Row.running)).where(_Row.day == day)).scalar_one_or_none()
    running = (last or 0) + 1
    number = f"{day:%Y%m%d}-{running:03d}"
    values = {"day": day, "running": running, "number": number, "user_name": user, "started_at": now}
    try:
        with session.begin_nested():
            made = session.execute(insert(CallRow).values(**values, place=place, automatic=False, note=""))
    except IntegrityError:
        return None
    return Call(made.inserted_primary_key[0], number, user, now, place=place)


def _close_forgotten(session: Connection, user: str, forgotten: datetime) -> None:
    """Close what was left open: it ended when something was looked at for the last time."""
    left = session.execute(
        select(_Row.id, _Row.started_at).where(*_is_open(user), _Row.started_at < forgotten).with_for_update()
    ).one_or_none()
    if left is None:
        return
    last = session.execute(select(func.max(_Entry.at)).where(_Entry.call_id == left.id)).scalar_one_or_none()
    ended = max(left.started_at, last or left.started_at)
    _change(session, _Row.id == left.id, ended_at=ended, outcome="follow_up", automatic=True)


def _change(session: Connection, condition: Any, **values: Any) -> None:
    session.execute(update(CallRow).where(condition).values(**values), execution_options=_NO_SYNC)


def _repeats(session: Connection, call_id: int, entry: Entry) -> bool:
    """Whether the last entry of the call is the same."""
    last = session.execute(
        select(_Entry.kind, _Entry.subject, _Entry.detail)
        .where(_Entry.call_id == call_id)
        .order_by(desc(_Entry.id))
        .limit(1)
    ).one_or_none()
    return last is not None and _what(*last) == _what(entry.kind, entry.subject, entry.detail)


def _what(kind: str, subject: str, detail: Mapping[str, str]) -> tuple[Any, ...]:
    """What an entry is about: of a topic only the place counts besides."""
    return (kind, subject, detail.get("place") if kind == "topic" else dict(detail))


def _calls(session: Connection, wanted: Any) -> list[Call]:
    """The calls that a query finds, each with its entries: two queries for a page of them."""
    rows = session.execute(wanted).all()
    entries = _entries(session, [row.id for row in rows])
    return [
        Call(
            id=row.id,
            number=row.number,
            user=row.user_name,
            started_at=row.started_at,
            ended_at=row.ended_at,
            place=row.place,
            outcome=row.outcome,
            note=row.note,
            entries=tuple(entries.get(row.id, ())),
            automatic=row.automatic,
        )
        for row in rows
    ]


def _entries(session: Connection, call_ids: Sequence[int]) -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = {}
    for start in range(0, len(call_ids), _AT_ONCE):
        some = _Entry.call_id.in_(call_ids[start : start + _AT_ONCE])
        wanted = select(_Entry.call_id, _Entry.at, _Entry.kind, _Entry.subject, _Entry.detail)
        for row in session.execute(wanted.where(some).order_by(_Entry.id)):
            found.setdefault(row.call_id, []).append(Entry(row.at, row.kind, row.subject, row.detail))
    return found


def _conditions(filters: Filters) -> list[Any]:
    exact = {"outcome": filters.outcome, "user_name": filters.user}
    conditions = [getattr(_Row, name) == outside.text(value) for name, value in exact.items() if value]
    if filters.place:
        place = outside.text(filters.place)
        conditions.append(or_(_Row.place == place, _Row.place.startswith(f"{place}/", autoescape=True)))
    if filters.since:
        conditions.append(_Row.day >= filters.since)
    if filters.until:
        conditions.append(_Row.day <= filters.until)
    if filters.text:
        conditions.append(or_(*_holding(outside.text(filters.text), filters.topics)))
    return conditions


def _holding(text: str, topics: Sequence[str]) -> Iterable[Any]:
    """The places where a text is looked for."""
    pattern = f"%{_escaped(text)}%"
    yield from (column.ilike(pattern, escape="\\") for column in (_Row.note, _Row.number))
    said = or_(_Entry.subject.ilike(pattern, escape="\\"), _Entry.subject.in_(list(topics)))
    yield _Row.id.in_(select(_Entry.call_id).where(said))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _top_topics(session: Connection, day: date, limit: int) -> tuple[tuple[str, int], ...]:
    count = func.count(func.distinct(_Entry.call_id))
    wanted = (
        select(_Entry.subject, count)
        .join(CallRow, _Row.id == _Entry.call_id)
        .where(_Row.day == day, _Entry.kind == "topic")
        .group_by(_Entry.subject)
        .order_by(desc(count), _Entry.subject)
        .limit(limit)
    )
    return tuple((str(topic), int(calls)) for topic, calls in session.execute(wanted))


def _most_first(entry: tuple[str | None, int]) -> tuple[int, str]:
    return -entry[1], entry[0] or ""
