"""The database: migrations, units of work, and errors that say what to do."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from threading import Timer

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text

import bot
from bot.storage.database import Database
from bot.storage.errors import (
    BadUrlError,
    StorageConflictError,
    StorageDamagedError,
    StorageError,
    StorageFullError,
    StorageLockedError,
    StorageNotWritableError,
    StorageOutdatedError,
    StorageUnreachableError,
)
from bot.storage.tables import DeliveryRow, mapping

NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)
BLANK = {"sender_key": "", "done": False, "told": False, "owner": "", "lease_until": NOON}
REPOSITORY = Path(bot.__file__).parents[1]

# Waits for a file, so that all processes migrate at the same moment however long they take to start.
MIGRATE_ON_SIGNAL = """
import sys, time, pathlib
from bot.storage.database import Database
database = Database(sys.argv[1])
print("ready", flush=True)
while not pathlib.Path(sys.argv[2]).exists():
    time.sleep(0.001)
database.migrate()
"""


def _record(database: Database, key: str) -> None:
    with database.session() as session:
        session.execute(insert(DeliveryRow).values(**BLANK, message_key=key, reply="您好", created_at=NOON))


def _keys(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.execute(select(DeliveryRow.message_key)).scalars())


def test_migrating_twice_changes_nothing_and_keeps_the_data(database: Database) -> None:
    _record(database, "kept")
    database.migrate()
    assert _keys(database) == ["kept"]


def test_the_migrations_build_exactly_the_tables_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, mapping.metadata) == []


def test_processes_that_start_at_once_on_an_empty_database_all_succeed(
    database_url: str, tmp_path: Path
) -> None:
    signal = tmp_path / "go"
    command = [sys.executable, "-c", MIGRATE_ON_SIGNAL, database_url, str(signal)]
    processes = [
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    signal.touch()
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), errors
    database = Database(database_url)
    assert "conversations" in inspect(database.engine).get_table_names()
    database.close()


def test_opening_a_new_file_waits_for_the_process_that_is_setting_it_up(tmp_path: Path) -> None:
    """SQLite refuses the switch to WAL at once, whatever the busy_timeout, while another connection makes it."""
    other = sqlite3.connect(tmp_path / "bot.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    release = Timer(0.3, other.execute, ["ROLLBACK"])
    release.start()
    database = Database(f"sqlite:///{tmp_path}/bot.db", wait_s=30)
    with database.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    release.join()
    other.close()
    database.close()


def test_a_unit_of_work_is_kept_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(RuntimeError), database.session() as session:
        session.execute(insert(DeliveryRow).values(**BLANK, message_key="half", reply="", created_at=NOON))
        raise RuntimeError("the second half fails")
    assert _keys(database) == []


def test_a_second_entry_with_the_same_key_is_a_conflict(database: Database) -> None:
    _record(database, "once")
    with pytest.raises(StorageConflictError):
        _record(database, "once")


def test_a_moment_comes_back_in_utc_and_one_without_a_time_zone_is_refused(database: Database) -> None:
    _record(database, "noon")
    with database.reading() as session:
        assert session.execute(select(DeliveryRow.created_at)).scalar_one() == NOON
    with pytest.raises(StorageError, match="has no time zone"), database.session() as session:
        naive = NOON.replace(tzinfo=None)
        session.execute(insert(DeliveryRow).values(**BLANK, message_key="naive", reply="", created_at=naive))


def test_sqlite_is_set_up_for_a_server(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        settings = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        values = [session.execute(text(f"PRAGMA {name}")).scalar_one() for name in settings]
    assert values == ["wal", 1, 1, 200]


def test_five_seconds_are_waited_for_a_lock_by_default(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    with database.reading() as session:
        assert session.execute(text("PRAGMA busy_timeout")).scalar_one() == 5000
    database.close()


def test_readers_go_on_while_somebody_writes(database: Database) -> None:
    with database.session() as session:
        session.execute(insert(DeliveryRow).values(**BLANK, message_key="open", reply="", created_at=NOON))
        assert _keys(database) == []
    assert _keys(database) == ["open"]


def test_a_unit_of_work_that_reads_first_cannot_be_overtaken_on_sqlite(sqlite_database: Database) -> None:
    """SQLite refuses a transaction that read, was overtaken and then writes: at once, whatever the busy_timeout."""
    with sqlite_database.session() as session:
        session.execute(select(DeliveryRow.message_key)).all()
        with pytest.raises(StorageLockedError):
            _record(sqlite_database, "overtaking")
        session.execute(insert(DeliveryRow).values(**BLANK, message_key="first", reply="", created_at=NOON))
    assert _keys(sqlite_database) == ["first"]


def test_a_database_in_memory_keeps_its_tables(tmp_path: Path) -> None:
    database = Database("sqlite://")
    database.migrate()
    _record(database, "in memory")
    assert _keys(database) == ["in memory"]
    database.close()


def test_closing_gives_the_file_back_and_a_later_use_opens_it_again(
    sqlite_database: Database, tmp_path: Path
) -> None:
    _record(sqlite_database, "kept")
    sqlite_database.close()
    assert not (tmp_path / "var" / "bot.db-wal").exists()  # SQLite tidies up when the last connection closes.
    assert _keys(sqlite_database) == ["kept"]


def test_a_locked_database_says_so(sqlite_database: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "var" / "bot.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageLockedError, match="close other programs that use it") as caught:
        _record(sqlite_database, "late")
    assert "\n" not in str(caught.value)
    other.execute("ROLLBACK")
    other.close()
    _record(sqlite_database, "after the lock is gone")


def test_using_up_all_connections_says_busy(sqlite_database: Database) -> None:
    connections = [sqlite_database.engine.raw_connection() for _ in range(10)]
    with pytest.raises(StorageLockedError, match="all connections are in use"):
        _keys(sqlite_database)
    for connection in connections:
        connection.close()


def test_a_full_disk_says_so(sqlite_database: Database) -> None:
    with pytest.raises(StorageFullError, match="free some disk space"), sqlite_database.session() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {pages}"))
        values = {"message_key": "large", "reply": "长" * 100_000, "created_at": NOON}
        session.execute(insert(DeliveryRow).values(**{**BLANK, **values}))


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StorageNotWritableError, match=r"cannot be (created|written).*file"):
        Database(f"sqlite:///{tmp_path}/file/bot.db").migrate()


def test_a_path_that_is_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageNotWritableError, match="check that the folder exists"):
        Database(f"sqlite:///{tmp_path}").migrate()


def test_a_file_that_may_only_be_read_says_so(sqlite_database: Database, tmp_path: Path) -> None:
    sqlite_database.close()
    read_only = Database(f"sqlite:///file:{tmp_path}/var/bot.db?mode=ro&uri=true")
    with pytest.raises(StorageNotWritableError, match="this user may write"):
        _record(read_only, "no")
    read_only.close()


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    (tmp_path / "bot.db").write_bytes(b"these bytes are a letter to the office" * 100)
    with pytest.raises(StorageDamagedError, match="restore a backup"):
        Database(f"sqlite:///{tmp_path}/bot.db").migrate()


def test_odd_characters_in_the_path_are_no_obstacle(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/数据 100%/会话.db")
    database.migrate()
    assert (tmp_path / "数据 100%" / "会话.db").exists()
    database.close()


def test_tables_that_are_not_there_yet_say_so(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(StorageOutdatedError, match="start the server once"):
        _keys(database)
    database.close()


def test_a_database_of_a_newer_version_says_so(database: Database) -> None:
    with database.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageOutdatedError, match="newer version"):
        database.migrate()


def test_a_server_that_does_not_answer_says_so_without_the_password() -> None:
    database = Database("postgresql://clerk:s3cret@127.0.0.1:1/bot", wait_s=1)
    with pytest.raises(StorageUnreachableError, match="check that it runs") as caught:
        database.migrate()
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "bot.db", "mysql://root@localhost/bot", "oracle+x://secret@h/b"])
def test_a_url_of_no_served_database_is_refused_with_what_is_expected(url: str) -> None:
    with pytest.raises(BadUrlError, match=r"Expected sqlite:///"):
        Database(url)


def test_the_old_spelling_of_postgresql_urls_is_understood() -> None:
    assert Database("postgres://clerk@localhost/bot").place == "postgresql://clerk@localhost/bot"


def test_errors_do_not_repeat_what_users_wrote(database: Database) -> None:
    _record(database, "once")
    with pytest.raises(StorageConflictError) as caught, database.session() as session:
        private = {"message_key": "once", "reply": "患者的病史", "created_at": NOON}
        session.execute(insert(DeliveryRow).values(**{**BLANK, **private}))
    assert "病史" not in f"{caught.value} {caught.value.__cause__}"
