"""Misses: messages that got no answer, or one that did not satisfy, kept masked for the maintainers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, case, desc, func, insert, select
from sqlalchemy.engine import Connection

from bot.storage import outside
from bot.storage.database import Database
from bot.storage.scrubbing import scrub
from bot.storage.tables import MissRow, mapping
from bot.text.masking import mask as mask_personal_data

# The table's columns, which the type checker takes for the values they hold.
_Row: Any = MissRow
# So many numbers of rows go into one query; SQLite takes 999 of old.
_AT_ONCE = 500


@dataclass(frozen=True)
class Miss:
    """One message: its masked text, the kind of miss, the topics it might have meant, the insured place if known.

    ``answer`` is what was shown, where that did not satisfy.
    """

    id: int
    text: str
    kind: str
    candidates: list[Any]
    place: str | None
    created_at: datetime
    answer: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Counted:
    """How often a text was missed in one way by people of one place; ``newest`` is the last of those misses."""

    text: str
    kind: str
    place: str | None
    count: int
    first_at: datetime
    last_at: datetime
    newest: int
    # In the seven days before now, and in the seven before those.
    this_week: int
    last_week: int


@dataclass(frozen=True)
class Weeks:
    """The moments between which the last seven days and the seven before them are counted."""

    begin: datetime
    middle: datetime


class Misses:
    """The messages not understood; everything recorded passes `mask` first."""

    def __init__(self, database: Database, mask: Callable[[str], str] = mask_personal_data) -> None:
        self._database = database
        self._mask = mask

    def record(
        self,
        text: str,
        kind: str,
        now: datetime,
        candidates: Sequence[Any] = (),
        place: str | None = None,
        answer: str | None = None,
    ) -> None:
        """Keep a message; `kind` says how it was missed (declined, unsure …), `candidates` are JSON values."""
        with self._database.session() as session:
            self.record_in(session, text, kind, now, candidates, place, answer)

    def record_in(
        self,
        session: Connection,
        text: str,
        kind: str,
        now: datetime,
        candidates: Sequence[Any] = (),
        place: str | None = None,
        answer: str | None = None,
    ) -> None:
        """:meth:`record`, together with whatever else is written in this session."""
        row = {
            "text": self._mask(text),
            "kind": kind,
            "candidates": scrub(list(candidates), self._mask),
            "place": place if place is None else self._mask(place),
            "answer": answer if answer is None else self._mask(answer),
            "created_at": now,
        }
        session.execute(insert(MissRow).values(**row))

    def newest(self, limit: int) -> list[Miss]:
        """The newest misses, the newest first."""
        return self._read(select(_table()).order_by(desc("id")).limit(limit))

    def these(self, ids: Collection[int]) -> list[Miss]:
        """The misses with these numbers."""
        ordered = sorted(ids)
        parts = (ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE))
        return [miss for part in parts for miss in self._read(select(_table()).where(_Row.id.in_(part)))]

    def stamp(self) -> tuple[int, int]:
        """Changes whenever a miss is added or deleted."""
        wanted = select(func.coalesce(func.max(_Row.id), 0), func.count())
        with self._database.reading() as session:
            newest, count = session.execute(wanted.select_from(MissRow)).one()
            return int(newest), int(count)

    def counted(self, since: datetime | None, weeks: Weeks, limit: int) -> list[Counted]:
        """What was missed, counted by text, kind and place; those that came last come first."""
        by = (_Row.text, _Row.kind, _Row.place)
        this_week = _times(_Row.created_at >= weeks.middle)
        last_week = _times(_Row.created_at >= weeks.begin, _Row.created_at < weeks.middle)
        times = (func.count(), func.min(_Row.created_at), func.max(_Row.created_at), func.max(_Row.id))
        wanted = select(*by, *times, this_week, last_week).group_by(*by).order_by(desc(func.max(_Row.id)))
        if since is not None:
            wanted = wanted.where(_Row.created_at >= since)
        with self._database.reading() as session:
            return [Counted(*row) for row in session.execute(wanted.limit(outside.count(limit)))]

    def _read(self, wanted: Any) -> list[Miss]:
        names = Miss.__dataclass_fields__
        with self._database.reading() as session:
            return [Miss(**{name: getattr(row, name) for name in names}) for row in session.execute(wanted)]


def _table() -> Any:
    return mapping.metadata.tables["misses"]


def _times(*conditions: Any) -> Any:
    """How many rows meet all the conditions."""
    met = conditions[0] if len(conditions) == 1 else conditions[0] & conditions[1]
    return func.sum(case((met, 1), else_=0).cast(Integer))
