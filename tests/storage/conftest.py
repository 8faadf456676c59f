"""A fresh database for every test, once in a SQLite file and once in an own schema of PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from bot.storage.database import Database

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/test")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Engine]:
    """The test server of PostgreSQL; tests that need it are skipped where it does not answer."""
    engine = create_engine(POSTGRESQL, future=True, connect_args={"connect_timeout": 3})
    try:
        engine.connect().close()
    except OperationalError as error:
        pytest.skip(f"PostgreSQL does not answer (set TEST_DATABASE_URL): {error.orig}")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs_postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of one's own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/var/bot.db"
        return
    server: Engine = request.getfixturevalue("postgresql")
    schema = f"test_{uuid.uuid4().hex}"
    with server.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{POSTGRESQL}{'&' if '?' in POSTGRESQL else '?'}options=-csearch_path%3D{schema}"
    with server.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, empty database."""
    database = Database(database_url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty SQLite database at `var/bot.db` under tmp_path, that waits a fifth of a second for locks."""
    database = Database(f"sqlite:///{tmp_path}/var/bot.db", wait_s=0.2)
    database.migrate()
    yield database
    database.close()


@dataclass
class Work:
    """What a piece of code asked of the database: statements sent, and rows read or steps computed for them."""

    statements: int = 0
    rows_or_steps: int = 0


MeasureWork = Callable[[Database], AbstractContextManager[Work]]


@pytest.fixture
def measure_work() -> MeasureWork:
    """Count the database's work inside a `with`: exact numbers, so that no clock decides a test."""
    return _measure


@contextmanager
def _measure(database: Database) -> Iterator[Work]:
    work = Work()

    def count(_conn: Any, cursor: Any, *_rest: Any) -> None:
        work.statements += 1
        work.rows_or_steps += max(0, cursor.rowcount)  # SQLite does not know its row count and says -1.

    def watch_steps(connection: Any, _record: object, _proxy: object) -> None:
        connection.set_progress_handler(lambda: _step(work), 1)

    def stop_watching(connection: Any, _record: object) -> None:
        connection.set_progress_handler(None, 1)

    listeners = [(database.engine, "after_cursor_execute", count)]
    if database.engine.dialect.name == "sqlite":
        # SQLite tells every step of its virtual machine: the honest measure of what a query costs.
        listeners += [(database.engine, "checkout", watch_steps), (database.engine, "checkin", stop_watching)]
    for target, name, function in listeners:
        event.listen(target, name, function)
    yield work
    for target, name, function in listeners:
        event.remove(target, name, function)


def _step(work: Work) -> int:
    work.rows_or_steps += 1
    return 0  # Anything else would stop the query.
