"""Decisions: what a maintainer made of texts of the inbox, with name and time; they can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import desc, func, insert, select, update

from bot.storage import outside
from bot.storage.database import Database
from bot.storage.tables import DecisionRow
from bot.text.masking import mask as mask_personal_data

_Row: Any = DecisionRow
_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.
_COLUMNS = ("id", "batch", "text_key", "text", "action", "label", "why", "user_name", "at")


@dataclass(frozen=True)
class Decision:
    """What was decided about one text; `user` is empty where it was done on the command line."""

    id: int
    batch: str
    text_key: str
    text: str
    action: str
    label: str | None
    why: str = field(repr=False)
    user: str
    at: datetime


@dataclass(frozen=True)
class Verdict:
    """What is decided about texts together: ``assign`` to a label, ``new_topic``, ``out_of_scope`` or ``dismiss``."""

    action: str
    label: str | None
    why: str
    user: str
    at: datetime


class Decisions:
    """The decisions of one database; what people typed passes `mask` first. Every method raises StorageError."""

    def __init__(self, database: Database, mask: Callable[[str], str] = mask_personal_data) -> None:
        self._database = database
        self._mask = mask

    def add(self, batch: str, texts: Mapping[str, str], verdict: Verdict) -> None:
        """Keep a decision about texts by their key."""
        same = {
            "batch": batch,
            "action": verdict.action,
            "label": verdict.label,
            "why": self._mask(verdict.why),
            "user_name": verdict.user,
            "at": verdict.at,
        }
        rows = [{**same, "text_key": key, "text": self._mask(text)} for key, text in texts.items()]
        if rows:
            with self._database.session() as session:
                session.execute(insert(DecisionRow), rows)

    def standing(self) -> dict[str, Decision]:
        """The newest decision about each text, by its key, without those that were taken back."""
        wanted = select(*_columns()).where(_Row.undone_at.is_(None)).order_by(_Row.id)
        with self._database.reading() as session:
            return {row.text_key: _decision(row) for row in session.execute(wanted)}

    def newest(self, limit: int, offset: int = 0) -> list[Decision]:
        """The decisions that stand, the newest first."""
        wanted = select(*_columns()).where(_Row.undone_at.is_(None)).order_by(desc(_Row.id))
        page = wanted.limit(outside.count(limit)).offset(outside.count(offset))
        with self._database.reading() as session:
            return [_decision(row) for row in session.execute(page)]

    def take_back(self, batch: str, user: str, now: datetime) -> list[Decision]:
        """Undo what was decided together; gives what that was, nothing where it was undone already."""
        mine = (_Row.batch == batch, _Row.undone_at.is_(None))
        change = update(DecisionRow).where(*mine).values(undone_at=now, undone_by=user)
        with self._database.session() as session:
            undone = [_decision(row) for row in session.execute(select(*_columns()).where(*mine))]
            session.execute(change, execution_options=_NO_SYNC)
        return undone

    def stamp(self) -> tuple[int, int, int]:
        """Changes whenever a decision is made, taken back or deleted."""
        wanted = select(func.coalesce(func.max(_Row.id), 0), func.count(), func.count(_Row.undone_at))
        with self._database.reading() as session:
            newest, count, undone = session.execute(wanted.select_from(DecisionRow)).one()
            return int(newest), int(count), int(undone)


def _columns() -> list[Any]:
    return [getattr(_Row, name) for name in _COLUMNS]


def _decision(row: Any) -> Decision:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Decision(user=values.pop("user_name"), **values)
