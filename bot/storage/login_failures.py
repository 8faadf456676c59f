"""Wrong passwords, counted where all serving processes see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from bot.storage.database import Database
from bot.storage.tables import LoginFailureRow

_Row: Any = LoginFailureRow
_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.


@dataclass(frozen=True)
class Failures:
    """The failures under one key: when the last of them is forgotten, and until when nobody is let in."""

    forgotten_at: datetime
    locked_until: datetime | None = None


Counts = Mapping[str, Failures]


class LoginFailures:
    """The failures of one database, by key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def change(self, keys: Sequence[str], now: datetime, decide: Callable[[Counts], Counts]) -> None:
        """Hand the failures under the keys to `decide` and store what it gives; nobody else counts meanwhile."""
        with self._database.session() as session:
            before = {key: _held(session, key, now) for key in sorted(set(keys))}
            for key, failures in decide(before).items():
                values = {"forgotten_at": failures.forgotten_at, "locked_until": failures.locked_until}
                session.execute(
                    update(LoginFailureRow).where(_Row.key == key).values(**values),
                    execution_options=_NO_SYNC,
                )

    def purge(self, now: datetime) -> None:
        """Delete what is forgotten."""
        with self._database.session() as session:
            session.execute(
                delete(LoginFailureRow).where(_Row.forgotten_at < now), execution_options=_NO_SYNC
            )


def _held(session: Connection, key: str, now: datetime) -> Failures:
    """The failures under a key, locked until the end of the transaction; none where there is no row yet."""
    try:
        with session.begin_nested():
            session.execute(insert(LoginFailureRow).values(key=key, forgotten_at=now))
    except IntegrityError:
        pass
    columns = select(_Row.forgotten_at, _Row.locked_until)
    row = session.execute(columns.where(_Row.key == key).with_for_update()).one()
    return Failures(row.forgotten_at, row.locked_until)
