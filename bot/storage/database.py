"""The database: sessions, migrations and the end of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.storage.engine import READING, build_engine, parse_url
from bot.storage.errors import StorageLockedError, StorageOutdatedError, explain

_MIGRATIONS = Path(__file__).parent / "migrations"

# Any number will do, as long as nobody else uses it on this server: "ydjy" (异地就医) in ASCII.
_MIGRATION_LOCK = 0x79646A79

# Another process may be migrating a large table while this one starts; it is worth the wait.
_MIGRATION_WAIT_S = 60.0


class Database:
    """One SQLite file or one PostgreSQL database, safe to share between threads; connects on first use.

    `url` is an SQLAlchemy URL, `wait_s` the seconds to wait for a lock, a free connection or a server.
    Every method raises StorageError with a line that says what to do.
    """

    def __init__(self, url: str, wait_s: float = 5.0) -> None:
        self._url = parse_url(url)
        self.engine: Engine = build_engine(self._url, wait_s)
        # SQLite has one writer at a time; whoever comes second would sleep for longer and longer spans before it looks
        # again. The threads of this process wait for each other instead; other processes still meet that way.
        self._writing = threading.RLock() if self._url.get_backend_name() == "sqlite" else None
        self._wait_s = wait_s
        self._reader: Engine = self.engine.execution_options(**{READING: True})

    @property
    def place(self) -> str:
        """The URL without its password, for messages."""
        return str(self._url.render_as_string(hide_password=True))

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """One unit of work: committed once at the end, rolled back if anything goes wrong.

        A connection rather than an ORM session, which takes as long again for statements as plain as ours.
        """
        with self._translated(), self._in_turn(), self.engine.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A session that only reads: sees one state of SQLite and is never held up by a writer."""
        with self._translated(), self._reader.connect() as session:
            yield session

    def migrate(self) -> None:
        """Bring the tables up to date; a process that starts at the same moment waits for the first one."""
        engine = self.engine if self._in_memory else build_engine(self._url, _MIGRATION_WAIT_S)
        try:
            with self._translated(), engine.begin() as connection:
                _upgrade(connection)
        except CommandError as error:
            raise StorageOutdatedError(
                f"The database {self.place} was written by a newer version of this program: update the program ({error})."
            ) from error
        finally:
            if engine is not self.engine:
                engine.dispose()

    def close(self) -> None:
        """Close every connection; a later use opens new ones."""
        self.engine.dispose()

    @property
    def _in_memory(self) -> bool:
        return self._url.get_backend_name() == "sqlite" and self._url.database in (None, "", ":memory:")

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Wait for the other writers of this process."""
        if self._writing is None:
            yield
            return
        if not self._writing.acquire(timeout=self._wait_s):
            raise StorageLockedError(f"The database {self.place} is busy: try again in a moment.")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise explain(error, self.place) from error


def _upgrade(connection: Connection) -> None:
    """Run the missing migrations in the transaction of `connection`, alone.

    SQLite's write lock is held since BEGIN IMMEDIATE; PostgreSQL needs a lock of our own, freed by the commit.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
