"""SQLAlchemy engines for the two databases served, with the settings each of them needs."""

from __future__ import annotations

import json
import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from bot.storage.errors import BadUrlError, explain

READING = "bot_reading"  # Execution option of the connections that only read.

# Five and five: the server works with a handful of threads, and PostgreSQL pays about 10 MB for a connection.
_POOL_SIZE = 5

_WAL_RETRY_S = 0.01


def parse_url(url: str) -> URL:
    """The URL in parts; raises BadUrlError where it names no database that is served here."""
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        # The URL is not repeated in full, because it may hold a password.
        raise BadUrlError(f"{url.partition(':')[0]!r}… is no database URL. {_EXPECTED}") from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise BadUrlError(f"{parsed.drivername!r} databases are not served. {_EXPECTED}")
    return parsed


_EXPECTED = "Expected sqlite:///folder/file.db or postgresql://user:password@host/name in DATABASE_URL."


def build_engine(url: URL, wait_s: float) -> Engine:
    """An engine that waits at most `wait_s` seconds for a lock, a connection or a server; connects on first use.

    Statement parameters are hidden in errors, because they hold what users wrote.
    """
    shared = {
        "future": True,
        "hide_parameters": True,
        "json_serializer": _to_json,
        "poolclass": QueuePool,
        "pool_timeout": wait_s,
    }
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, wait_s, shared)
    return create_engine(
        url,
        **shared,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_SIZE,
        pool_pre_ping=True,
        connect_args={"connect_timeout": max(2, round(wait_s))},
    )


def _sqlite_engine(url: URL, wait_s: float, shared: dict[str, Any]) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    if not in_memory:
        _create_folder(url)
    # A database in memory lives in its one connection, so there is one, and it is never given up.
    room = {"pool_size": 1 if in_memory else _POOL_SIZE, "max_overflow": 0 if in_memory else _POOL_SIZE}
    # Connections wander between worker threads; the pool gives each to one thread at a time.
    engine = create_engine(url, **shared, **room, connect_args={"check_same_thread": False, "timeout": 0})
    event.listen(engine, "connect", lambda connection, _record: _set_up_sqlite(connection, wait_s))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_folder(url: URL) -> None:
    if url.database.startswith("file:"):
        return  # A SQLite URI with parameters of its own: its author knows the folder.
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise explain(error, str(url)) from error


def _set_up_sqlite(connection: sqlite3.Connection, wait_s: float) -> None:
    """Prepare a new SQLite connection, which waits for locks from here on."""
    # No BEGIN from the driver: it comes too late to protect what was read; see _begin_sqlite.
    connection.isolation_level = None
    _switch_to_wal(connection, round(wait_s / _WAL_RETRY_S))
    for pragma in ("synchronous = NORMAL", "foreign_keys = ON", f"busy_timeout = {round(wait_s * 1000)}"):
        connection.execute(f"PRAGMA {pragma}")


def _switch_to_wal(connection: sqlite3.Connection, attempts: int) -> None:
    """Let readers go on while somebody writes; the file remembers it.

    When several processes open a new file at once, SQLite refuses this switch to all but one without waiting its
    busy_timeout (seen in 1 of 100 starts of 16 processes), so the waiting is done here.
    """
    for _ in range(attempts):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
        time.sleep(_WAL_RETRY_S)
    connection.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: Connection) -> None:
    """Begin a transaction: a writer takes the write lock at once.

    A transaction that reads first and writes later fails at once, without waiting, when another one wrote in between.
    """
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


_compact = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def _to_json(value: object) -> str:
    """Compact JSON in readable Chinese; half an emoji (a lone surrogate), which no database takes, becomes "?"."""
    return _compact(value).encode("utf-8", "replace").decode("utf-8")
