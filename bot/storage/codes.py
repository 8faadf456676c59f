"""客服码 as they are stored: a keyed hash each, one for a conversation, gone when it runs out; and who typed wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.engine import Connection

from bot.storage import outside
from bot.storage.database import Database
from bot.storage.errors import StorageConflictError
from bot.storage.tables import CodeRow, CodeTriesRow

# The tables' columns, which the type checker takes for the values they hold.
_Row: Any = CodeRow
_Tries: Any = CodeTriesRow
_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.


@dataclass(frozen=True)
class NewCode:
    """A code to be kept: the number that names it, its keyed hash, the conversation it opens, and until when."""

    id: int
    code_hash: str
    sender_key: str
    expires_at: datetime


@dataclass(frozen=True)
class OpenedCode:
    """A code that is good, and belongs to a clerk now: the conversation it opens, and until when."""

    id: int
    sender_key: str
    expires_at: datetime


@dataclass(frozen=True)
class Tries:
    """The wrong codes of a clerk (seconds since 1970, oldest first), and until when no further one is looked at."""

    wrong: tuple[float, ...] = ()
    locked_until: datetime | None = None


class CodeStore:
    """The codes of one database. Every method raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, code: NewCode, now: datetime) -> bool:
        """Give a conversation this code in place of an older one; False, with nothing changed, where the code is taken."""
        try:
            self._put(code, now)
        except StorageConflictError:
            return False
        return True

    def _put(self, code: NewCode, now: datetime) -> None:
        with self._database.session() as session:
            _purge(session, now)
            older = delete(CodeRow).where(_Row.sender_key == code.sender_key)
            session.execute(older, execution_options=_NO_SYNC)
            session.execute(insert(CodeRow).values(**code.__dict__))

    def open(self, code_hash: str, user: str, now: datetime) -> OpenedCode | None:
        """The conversation of a code that is still good; from here on it is this clerk's alone."""
        free = or_(_Row.opened_by.is_(None), _Row.opened_by == user)
        mine = update(CodeRow).where(_Row.code_hash == code_hash, _Row.expires_at > now, free)
        with self._database.session() as session:
            _purge(session, now)
            if not session.execute(mine.values(opened_by=user), execution_options=_NO_SYNC).rowcount:
                return None
            return _read(session, _Row.code_hash == code_hash)

    def opened(self, code_id: int, user: str, now: datetime) -> OpenedCode | None:
        """A code that this clerk has opened, while it is good."""
        with self._database.reading() as session:
            theirs = (_Row.opened_by == user, _Row.expires_at > now)
            return _read(session, _Row.id == outside.row_id(code_id), *theirs)

    def tries(self, user: str) -> Tries:
        """The wrong codes of a clerk."""
        with self._database.reading() as session:
            return _tries(session, user)

    def change_tries(self, user: str, change: Callable[[Tries], Tries]) -> Tries:
        """Replace the wrong codes of a clerk; of two changes at one moment the second sees what the first has made."""
        try:
            return self._change_tries(user, change)
        except StorageConflictError:
            # Somebody else wrote this clerk's first wrong code between our look and our write.
            return self._change_tries(user, change)

    def _change_tries(self, user: str, change: Callable[[Tries], Tries]) -> Tries:
        with self._database.session() as session:
            is_theirs = _Tries.user_name == user
            # The UPDATE comes first: it locks the row.
            touched = update(CodeTriesRow).where(is_theirs).values(user_name=user)
            known = session.execute(touched, execution_options=_NO_SYNC).rowcount
            changed = change(_tries(session, user))
            values = {"wrong": list(changed.wrong), "locked_until": changed.locked_until}
            if known:
                write = update(CodeTriesRow).where(is_theirs).values(**values)
                session.execute(write, execution_options=_NO_SYNC)
            else:
                session.execute(insert(CodeTriesRow).values(user_name=user, **values))
            return changed


def _purge(session: Connection, now: datetime) -> None:
    session.execute(delete(CodeRow).where(_Row.expires_at <= now), execution_options=_NO_SYNC)


def _read(session: Connection, *conditions: Any) -> OpenedCode | None:
    wanted = select(_Row.id, _Row.sender_key, _Row.expires_at).where(*conditions)
    row = session.execute(wanted).one_or_none()
    return OpenedCode(*row) if row is not None else None


def _tries(session: Connection, user: str) -> Tries:
    wanted = select(_Tries.wrong, _Tries.locked_until).where(_Tries.user_name == user)
    row = session.execute(wanted).one_or_none()
    return Tries(tuple(row.wrong), row.locked_until) if row is not None else Tries()
