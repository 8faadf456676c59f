"""Reports: answers that clerks found wrong, missing or outdated, kept until a maintainer has dealt with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import desc, func, insert, select, update

from bot.storage import outside
from bot.storage.database import Database
from bot.storage.scrubbing import scrub
from bot.storage.tables import ReportRow, mapping
from bot.text.masking import mask as mask_personal_data

# The table's columns, which the type checker takes for the values they hold.
_Row: Any = ReportRow
_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.
_COLUMNS = (
    "id", "kind", "state", "topic", "place", "question", "wanted", "answer", "user_name", "call_id", "created_at",
    "done_at", "done_by",
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """One report: what the caller asked, what should be different (``wanted``), and the answer shown with its sources."""

    id: int
    kind: str
    state: str
    topic: str | None
    place: str | None
    question: str = field(repr=False)
    wanted: str = field(repr=False)
    answer: str = field(repr=False)
    sources: tuple[str, ...]
    user: str
    call_id: int | None
    created_at: datetime
    done_at: datetime | None = None
    done_by: str | None = None


class ReportStore:
    """The reports of one database; what people typed passes `mask` first. Every method raises StorageError."""

    def __init__(self, database: Database, mask: Callable[[str], str] = mask_personal_data) -> None:
        self._database = database
        self._mask = mask

    def add(self, user: str, call_id: int | None, now: datetime, texts: Mapping[str, Any]) -> int:
        """Keep a report; gives its id. ``texts`` are the columns that hold words, by name."""
        made = {"user_name": user, "call_id": call_id, "created_at": now, "state": "open"}
        with self._database.session() as session:
            row = insert(ReportRow).values(**made, **scrub(texts, self._mask))
            return int(session.execute(row).inserted_primary_key[0])

    def report(self, report_id: int) -> Report | None:
        """One report."""
        return next(iter(self._read(_Row.id == outside.row_id(report_id))), None)

    def in_state(self, state: str, limit: int, offset: int) -> list[Report]:
        """The reports in a state, the newest first."""
        return self._read(_Row.state == state, limit, offset)

    def count(self, state: str) -> int:
        """How many are in a state."""
        with self._database.reading() as session:
            return int(session.execute(select(func.count(_Row.id)).where(_Row.state == state)).scalar_one())

    def close(self, report_id: int, user: str, now: datetime) -> bool:
        """Mark as done; False where it is not open (any more)."""
        mine = update(ReportRow).where(_Row.id == outside.row_id(report_id), _Row.state == "open")
        done = mine.values(state="done", done_at=now, done_by=user)
        with self._database.session() as session:
            return bool(session.execute(done, execution_options=_NO_SYNC).rowcount)

    def open_again(self, user: str, done_at: datetime) -> int:
        """Open what a user marked as done at a moment; gives how many those were."""
        mine = update(ReportRow).where(_Row.done_by == user, _Row.done_at == done_at, _Row.state == "done")
        change = mine.values(state="open", done_at=None, done_by=None)
        with self._database.session() as session:
            return int(session.execute(change, execution_options=_NO_SYNC).rowcount)

    def _read(self, condition: Any, limit: int = 1, offset: int = 0) -> list[Report]:
        wanted = select(mapping.metadata.tables["reports"]).where(condition).order_by(desc(_Row.id))
        page = wanted.limit(outside.count(limit)).offset(outside.count(offset))
        with self._database.reading() as session:
            return [_report(row) for row in session.execute(page)]


def _report(row: Any) -> Report:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Report(user=values.pop("user_name"), sources=tuple(row.sources), **values)
