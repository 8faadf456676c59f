"""Accounts: users, the browsers in which they are logged in, and the tokens of systems that call in their name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from bot.storage.database import Database
from bot.storage.tables import ApiTokenRow, UserRow, WebSessionRow, mapping

# The tables' columns, which the type checker takes for the values they hold.
_User: Any = UserRow
_Session: Any = WebSessionRow
_Token: Any = ApiTokenRow
_NO_SYNC = {"synchronize_session": False}  # No objects are kept in the sessions here.


@dataclass(frozen=True)
class StoredUser:
    """A user as stored; `has_token` where a system may call in their name."""

    id: int
    name: str
    name_key: str
    role: str
    password_hash: str = field(repr=False)
    must_change: bool
    active: bool
    created_at: datetime
    logged_in_at: datetime | None
    has_token: bool = False


@dataclass(frozen=True)
class StoredSession:
    """A browser that is logged in: whose it is, since when, and when it was last heard of."""

    user: StoredUser
    created_at: datetime
    seen_at: datetime


class LastOfRoleError(Exception):
    """The change would have left nobody with the role; it was not made."""


class AccountStore:
    """The accounts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, **values: Any) -> int:
        """Keep a new user, given all columns but the id; StorageConflictError where the name is taken."""
        with self._database.session() as session:
            return int(session.execute(insert(UserRow).values(**values)).inserted_primary_key[0])

    def users(self) -> list[StoredUser]:
        """All users, by name."""
        with self._database.reading() as session:
            rows = session.execute(_users().order_by(_User.name_key))
            return [_stored_user(row) for row in rows]

    def user(self, name_key: str) -> StoredUser | None:
        """The user of that name."""
        with self._database.reading() as session:
            row = session.execute(_users().where(_User.name_key == name_key)).one_or_none()
            return None if row is None else _stored_user(row)

    def change(
        self, user_id: int, *, log_out: bool = False, keep_one: str | None = None, **values: Any
    ) -> None:
        """Change columns of a user and end their sessions where asked, in one unit of work.

        LastOfRoleError where nobody active would be left with the role `keep_one`.
        """
        with self._database.session() as session:
            if keep_one is not None:
                _lock_all_of(session, keep_one)
            session.execute(
                update(UserRow).where(_User.id == user_id).values(**values), execution_options=_NO_SYNC
            )
            if keep_one is not None and not _active_with(session, keep_one):
                raise LastOfRoleError(keep_one)
            if log_out:
                session.execute(
                    delete(WebSessionRow).where(_Session.user_id == user_id), execution_options=_NO_SYNC
                )

    def open_session(self, token_hash: str, user_id: int, now: datetime, *, over: datetime) -> None:
        """A browser is logged in; what was opened before `over` is forgotten."""
        values = {"token_hash": token_hash, "user_id": user_id, "created_at": now, "seen_at": now}
        with self._database.session() as session:
            session.execute(
                delete(WebSessionRow).where(_Session.created_at < over), execution_options=_NO_SYNC
            )
            session.execute(insert(WebSessionRow).values(**values))
            session.execute(
                update(UserRow).where(_User.id == user_id).values(logged_in_at=now),
                execution_options=_NO_SYNC,
            )

    def session(self, token_hash: str) -> StoredSession | None:
        """The session with that token, however old."""
        wanted = (
            _users()
            .add_columns(_Session.created_at.label("opened_at"), _Session.seen_at)
            .join(WebSessionRow, _Session.user_id == _User.id)
            .where(_Session.token_hash == token_hash)
        )
        with self._database.reading() as session:
            row = session.execute(wanted).one_or_none()
            return None if row is None else StoredSession(_stored_user(row), row.opened_at, row.seen_at)

    def see_session(self, token_hash: str, now: datetime) -> None:
        """The browser was heard of."""
        with self._database.session() as session:
            session.execute(
                update(WebSessionRow).where(_Session.token_hash == token_hash).values(seen_at=now),
                execution_options=_NO_SYNC,
            )

    def close_session(self, token_hash: str) -> None:
        """The browser is logged out."""
        with self._database.session() as session:
            session.execute(
                delete(WebSessionRow).where(_Session.token_hash == token_hash), execution_options=_NO_SYNC
            )

    def set_token(self, user_id: int, token_hash: str | None, now: datetime) -> bool:
        """Give the user this API token in place of an older one, or none; tells whether there was one."""
        with self._database.session() as session:
            gone = session.execute(
                delete(ApiTokenRow).where(_Token.user_id == user_id), execution_options=_NO_SYNC
            )
            if token_hash is not None:
                values = {"user_id": user_id, "token_hash": token_hash, "created_at": now}
                session.execute(insert(ApiTokenRow).values(**values))
            return bool(gone.rowcount)

    def user_with_token(self, token_hash: str) -> StoredUser | None:
        """The user in whose name the API token calls."""
        with self._database.reading() as session:
            row = session.execute(_users().where(_Token.token_hash == token_hash)).one_or_none()
            return None if row is None else _stored_user(row)


def _users() -> Any:
    """Users with whether they have an API token."""
    has_token = _Token.user_id.isnot(None).label("has_token")
    return (
        select(*mapping.metadata.tables["users"].columns, has_token)
        .select_from(UserRow)
        .outerjoin(ApiTokenRow, _Token.user_id == _User.id)
    )


def _stored_user(row: Any) -> StoredUser:
    return StoredUser(
        id=row.id,
        name=row.name,
        name_key=row.name_key,
        role=row.role,
        password_hash=row.password_hash,
        must_change=row.must_change,
        active=row.active,
        created_at=row.created_at,
        logged_in_at=row.logged_in_at,
        has_token=bool(row.has_token),
    )


def _lock_all_of(session: Connection, role: str) -> None:
    """Two changes at once must not each count on the other's admin; SQLite lets one writer in anyway."""
    session.execute(select(_User.id).where(_User.role == role).order_by(_User.id).with_for_update()).all()


def _active_with(session: Connection, role: str) -> int:
    wanted = select(func.count()).select_from(UserRow).where(_User.role == role, _User.active.is_(True))
    return int(session.execute(wanted).scalar_one())
