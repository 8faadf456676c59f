"""A desk for the tests of calls and codes: a clock that is set by hand, and accounts without passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import inspect, text

from bot.storage.database import Database

# 10 o'clock in China.
MORNING = datetime(2026, 11, 22, 2, 0, tzinfo=timezone.utc)


class Clock:
    """Tells the time it was set to."""

    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time it is."""
        return self.now

    def goes(self, **passed: float) -> None:
        """Let time pass: ``goes(minutes=5)``."""
        self.now += timedelta(**passed)


@dataclass(frozen=True)
class Account:
    """Somebody of the staff; a maintainer may see what all clerks do."""

    name: str
    maintains: bool = False

    def may(self, permission: str) -> bool:
        """As the accounts of the assistant have it."""
        return permission == "staff" or (permission == "maintain" and self.maintains)


LI, WANG, BOSS = Account("li"), Account("wang"), Account("boss", maintains=True)


def everything(database: Database) -> str:
    """Every value of every table, in full: SQLAlchemy cuts long ones where it shows a row."""
    with database.reading() as session:
        tables = [name for name in inspect(session).get_table_names() if name != "alembic_version"]
        rows = [row for name in tables for row in session.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608
    assert {"calls", "events", "support_codes"} <= set(tables)
    return "\n".join(str(value) for row in rows for value in row)
