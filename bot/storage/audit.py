"""The audit log: who did what when, masked; entries are added and read, never changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import desc, func, insert, select

from bot.storage.database import Database
from bot.storage.scrubbing import scrub
from bot.storage.tables import AuditRow, mapping
from bot.text.masking import mask as mask_personal_data

_Row: Any = AuditRow


@dataclass(frozen=True)
class AuditEntry:
    """One entry; `user` is empty where nobody was logged in."""

    id: int
    at: datetime
    user: str
    action: str
    detail: dict[str, str]


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are wanted; None wants all. `since` is the first moment, `until` the first one after."""

    user: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditLog:
    """The audit log of one database; every text of a detail passes `mask` first."""

    def __init__(self, database: Database, mask: Callable[[str], str] = mask_personal_data) -> None:
        self._database = database
        self._mask = mask

    def add(self, user: str, action: str, detail: Mapping[str, str], now: datetime) -> None:
        """Keep an entry."""
        values = {"at": now, "user_name": user, "action": action, "detail": scrub(dict(detail), self._mask)}
        with self._database.session() as session:
            session.execute(insert(AuditRow).values(**values))

    def entries(self, wanted: AuditFilter, limit: int, offset: int = 0) -> list[AuditEntry]:
        """The entries wanted, the newest first."""
        table = mapping.metadata.tables["audit_entries"]
        chosen = _where(select(table), wanted).order_by(desc("at"), desc("id")).limit(limit).offset(offset)
        with self._database.reading() as session:
            return [
                AuditEntry(row.id, row.at, row.user_name, row.action, row.detail)
                for row in session.execute(chosen)
            ]

    def count(self, wanted: AuditFilter) -> int:
        """How many entries are wanted."""
        with self._database.reading() as session:
            counted = _where(select(func.count()).select_from(AuditRow), wanted)
            return int(session.execute(counted).scalar_one())


def _where(statement: Any, wanted: AuditFilter) -> Any:
    """The statement for the wanted entries only."""
    if wanted.user is not None:
        statement = statement.where(_Row.user_name == wanted.user)
    if wanted.action is not None:
        statement = statement.where(_Row.action == wanted.action)
    if wanted.since is not None:
        statement = statement.where(_Row.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(_Row.at < wanted.until)
    return statement
