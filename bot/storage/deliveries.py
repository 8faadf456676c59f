"""Deliveries: the reply each message got, so that a repeated delivery gets the same bytes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.storage.database import Database
from bot.storage.tables import DeliveryRow


class Deliveries:
    """Replies by message key (a string that is the same for every delivery of one message)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str) -> str | None:
        """The reply that was recorded for the message, or None."""
        with self._database.reading() as session:
            return _reply(session, key)

    def record(self, key: str, reply: str, now: datetime) -> str:
        """Record a reply and return the one that stands: where there was one already, the first stays."""
        with self._database.session() as session:
            try:
                with session.begin_nested():
                    session.execute(insert(DeliveryRow).values(message_key=key, reply=reply, created_at=now))
            except IntegrityError:
                standing = _reply(session, key)
                return reply if standing is None else standing  # None: purged in this very moment.
            return reply

    def replace(self, key: str, reply: str, now: datetime) -> None:
        """Put a reply under a key, whatever stood there: for what a person can still fetch with 继续."""
        with self._database.session() as session:
            session.execute(delete(DeliveryRow).where(DeliveryRow.message_key == key))
            session.execute(insert(DeliveryRow).values(message_key=key, reply=reply, created_at=now))

    def purge(self, before: datetime) -> int:
        """Delete what was recorded before a moment; returns how many replies that were."""
        with self._database.session() as session:
            old = delete(DeliveryRow).where(DeliveryRow.created_at < before)
            return int(session.execute(old, execution_options={"synchronize_session": False}).rowcount)


def _reply(session: Session, key: str) -> str | None:
    found: str | None = session.execute(
        select(DeliveryRow.reply).filter_by(message_key=key)
    ).scalar_one_or_none()
    return found
