"""The audit log: found by user, action and time, the newest first, and without personal data."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from sqlalchemy import text

from bot.storage.audit import AuditEntry, AuditFilter, AuditLog
from bot.storage.database import Database

NOON = datetime(2025, 1, 1, 12, tzinfo=timezone.utc)
ALL = AuditFilter()


def test_an_entry_comes_back_as_it_was_added(database: Database) -> None:
    log = AuditLog(database)
    log.add("小王", "role_changed", {"name": "小李", "to": "admin"}, NOON)
    (entry,) = log.entries(ALL, 10)
    assert entry == AuditEntry(entry.id, NOON, "小王", "role_changed", {"name": "小李", "to": "admin"})


def test_entries_are_found_by_user_action_and_time(database: Database) -> None:
    log = AuditLog(database)
    for hour, (user, action) in enumerate(
        [("甲", "login"), ("乙", "login"), ("甲", "logout"), ("", "login")]
    ):
        log.add(user, action, {}, NOON + timedelta(hours=hour))

    def found(**wanted: object) -> list[int]:
        entries = log.entries(AuditFilter(**wanted), 10)  # type: ignore[arg-type]
        assert log.count(AuditFilter(**wanted)) == len(entries)  # type: ignore[arg-type]
        return [(entry.at - NOON).seconds // 3600 for entry in entries]

    assert found() == [3, 2, 1, 0]
    assert found(user="甲") == [2, 0]
    assert found(action="login") == [3, 1, 0]
    assert found(user="甲", action="login") == [0]
    assert found(since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=3)) == [2, 1]


def test_entries_come_in_pages(database: Database) -> None:
    log = AuditLog(database)
    for number in range(5):
        log.add("甲", f"step {number}", {}, NOON)
    assert [entry.action for entry in log.entries(ALL, 2, 1)] == ["step 3", "step 2"]
    assert log.count(ALL) == 5


def test_personal_data_is_masked_before_it_is_written(database: Database) -> None:
    AuditLog(database).add("甲", "call_ended", {"note": "回电13812345678"}, NOON)
    with database.reading() as session:
        row = session.execute(text("SELECT detail FROM audit_entries")).one()
    assert "13812345678" not in str(row)
    assert AuditLog(database).entries(ALL, 1)[0].detail == {"note": "回电[手机号]"}
