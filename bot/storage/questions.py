"""Questions: one masked row for each turn, counted for the figures, deleted when they are too old."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import Integer, case, cast, delete, desc, func, insert, select
from sqlalchemy.engine import Connection

from bot.storage import outside
from bot.storage.asked import Asked
from bot.storage.database import Database
from bot.storage.errors import StorageError
from bot.storage.tables import DecisionRow, MeaningRow, MissRow, QuestionRow, mapping

_log = logging.getLogger(__name__)
# The tables' columns, which the type checker takes for the values they hold.
_Row: Any = QuestionRow
_Miss: Any = MissRow
_Decision: Any = DecisionRow
_Meaning: Any = MeaningRow
_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.
# So many rows are deleted at once at most: a turn that happens to be the first of the day shall not wait for more.
_PURGED_AT_ONCE = 5_000
_DATED = (
    (_Row, _Row.id, _Row.at),
    (_Miss, _Miss.id, _Miss.created_at),
    (_Decision, _Decision.id, _Decision.at),
    (_Meaning, _Meaning.key, _Meaning.made_at),
)
_UNANSWERED = ("unsure", "declined")
# What a person says about an answer, and not to be answered itself.
_FEEDBACK = "wrong_answer"


@dataclass(frozen=True)
class Count:
    """How many turns of a day had a label, a place and an outcome, and how many of those did what else is counted."""

    day: date
    label: str
    place: str | None
    outcome: str
    count: int
    again: int
    begun: int
    finished: int


@dataclass(frozen=True)
class Asking:
    """A text that people wrote, with its place and what the conversation was about."""

    text: str
    place: str | None
    subject: str | None


class Questions:
    """The questions of one database, kept for ``kept_days``; every method raises StorageError."""

    def __init__(self, database: Database, kept_days: int = 400) -> None:
        self._database = database
        self._kept = timedelta(days=kept_days)
        self._purged_on: date | None = None

    @staticmethod
    def add_in(session: Connection, asked: Asked) -> None:
        """Keep a turn, together with whatever else is written in this session; its text is masked already."""
        session.execute(insert(mapping.metadata.tables["questions"]), dict(vars(asked)))

    def add(self, asked: Asked) -> None:
        """:meth:`add_in` in a transaction of its own."""
        with self._database.session() as session:
            self.add_in(session, asked)

    def keep_house(self, today: date) -> None:
        """Delete what is too old, once a day; what is left of very much goes with the next message."""
        if self._purged_on == today:
            return
        midnight = datetime(today.year, today.month, today.day, tzinfo=timezone.utc)
        try:
            if self.purge(midnight - self._kept) == 0:
                self._purged_on = today
        except StorageError as error:
            # The turn is stored; what is too old can wait for the next one.
            _log.warning("old questions were not deleted: %s", error)

    def purge(self, before: datetime) -> int:
        """Delete what is in the tables of questions from before a moment, some thousands at most; gives how many."""
        gone = 0
        with self._database.session() as session:
            for row, key, moment in _DATED:
                old = select(key).where(moment < before).limit(_PURGED_AT_ONCE)
                result = session.execute(delete(row).where(key.in_(old)), execution_options=_NO_SYNC)
                gone += int(result.rowcount)
        return gone

    def counts(self, since: date, until: date) -> list[Count]:
        """The turns from one day to another, both included, counted by day, label, place and outcome."""
        by = (_Row.day, _Row.label, _Row.place, _Row.outcome)
        wanted = (
            select(*by, func.count(), _sum(_Row.again), _sum(_Row.begun), _sum(_Row.finished))
            .where(_Row.day >= since, _Row.day <= until)
            .group_by(*by)
            .order_by(*by)
        )
        with self._database.reading() as session:
            return [Count(*row) for row in session.execute(wanted)]

    def unanswered(
        self, since: date, until: date, places: Collection[str | None] | None, limit: int
    ) -> list[tuple[str, int]]:
        """The texts that got no answer, with how often they came, the most frequent first."""
        wanted = (
            select(_Row.text, func.count())
            .where(_Row.day >= since, _Row.day <= until, _Row.outcome.in_(_UNANSWERED))
            .group_by(_Row.text)
            .order_by(desc(func.count()), func.min(_Row.id))
            .limit(outside.count(limit))
        )
        if places is not None:
            wanted = wanted.where(_Row.place.in_([place for place in places if place is not None]))
        with self._database.reading() as session:
            return [(text, int(count)) for text, count in session.execute(wanted)]

    def outcomes(self, since: datetime, until: datetime) -> dict[str, int]:
        """How many turns between two moments had each outcome; also `again` and `feedback`."""
        by_label = case((_Row.label == _FEEDBACK, "feedback"), else_=_Row.outcome)
        wanted = (
            select(by_label, func.count(), _sum(_Row.again))
            .where(_Row.at >= since, _Row.at < until)
            .group_by(by_label)
        )
        found: dict[str, int] = {"again": 0}
        with self._database.reading() as session:
            for name, count, again in session.execute(wanted):
                found[name] = int(count)
                found["again"] += int(again)
        return found

    def newest(self, limit: int) -> list[Asking]:
        """The newest questions, each text with the same place and subject once, the newest first."""
        by = (_Row.text, _Row.place, _Row.subject)
        wanted = (
            select(*by)
            .where(_Row.outcome.in_(("answered", *_UNANSWERED)))
            .group_by(*by)
            .order_by(desc(func.max(_Row.id)))
            .limit(outside.count(limit))
        )
        with self._database.reading() as session:
            return [Asking(*row) for row in session.execute(wanted)]


def _sum(flag: Any) -> Any:
    """How often a flag is set."""
    return func.sum(cast(flag, Integer))
