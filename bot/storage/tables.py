"""The tables. A change here needs a migration in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import registry

# Named constraints can be changed by a migration on every database.
mapping = registry(
    metadata=MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
)

# SQLite numbers rows by itself only where the key is a plain INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator):  # type: ignore[type-arg,misc,unused-ignore]
    """A moment with a time zone, kept in UTC; SQLite has no time zones, so they are taken off and put on again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """To UTC; a moment without a time zone is refused, because it would be read as the wrong hour."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        in_utc = value.astimezone(timezone.utc)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """From UTC, with the time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


class SafeText(TypeDecorator):  # type: ignore[type-arg,misc,unused-ignore]
    """Text from outside: NUL and half emoji, which PostgreSQL and UTF-8 refuse, are taken out or become "?"."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """The text as every database takes it."""
        return None if value is None else value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _where(flag: str) -> dict[str, Any]:
    """Of an index: only rows in which the flag is off, written as the queries write it."""
    return {"sqlite_where": text(f"{flag} IS 0"), "postgresql_where": text(f"{flag} IS false")}


@mapping.mapped
class ConversationRow:
    """One person's conversation with its state after the last event."""

    __tablename__ = "conversations"

    id: int = Column(RowId, primary_key=True)
    sender_key: str = Column(SafeText, nullable=False, unique=True)
    slots: dict[str, Any] = Column(JSON, nullable=False)
    active_loop: dict[str, Any] | None = Column(JSON(none_as_null=True))
    paused: bool = Column(Boolean, nullable=False)
    # The position the next event gets: it spares a count over all events at every turn.
    event_count: int = Column(Integer, nullable=False)
    turn_count: int = Column(Integer, nullable=False)
    created_at: datetime = Column(UtcDateTime, nullable=False)
    updated_at: datetime = Column(UtcDateTime, nullable=False, index=True)


@mapping.mapped
class EventRow:
    """One event of a conversation, masked; positions count from 0 without gaps."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("conversation_id", "position"),)

    id: int = Column(RowId, primary_key=True)
    conversation_id: int = Column(RowId, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    position: int = Column(Integer, nullable=False)
    timestamp: float = Column(Float(53), nullable=False)  # Seconds since 1970, as Rasa writes it.
    type_name: str = Column(String(64), nullable=False)
    data: dict[str, Any] = Column(JSON, nullable=False)


@mapping.mapped
class DeliveryRow:
    """One message of a person: who is answering it until when, and the reply that every delivery of it gets."""

    __tablename__ = "deliveries"
    # Every few seconds each process looks for these few among all that are kept.
    __table_args__ = (
        Index("ix_deliveries_open", "created_at", **_where("done")),
        Index("ix_deliveries_untold", "created_at", **_where("told")),
    )

    message_key: str = Column(SafeText, primary_key=True)
    sender_key: str = Column(SafeText, nullable=False)
    # The signed timestamp and nonce it came with: the same ones with another message are a replay.
    stamp: str | None = Column(SafeText, unique=True)
    # What was asked, masked, until it is answered: for whoever has to answer it after a crash.
    question: str | None = Column(SafeText)
    reply: str | None = Column(SafeText)
    # Whether the dialogue has acted on it; a holding sentence is a reply before that.
    done: bool = Column(Boolean, nullable=False)
    # Whether a delivery was there to take the reply.
    told: bool = Column(Boolean, nullable=False)
    owner: str = Column(SafeText, nullable=False)
    lease_until: datetime = Column(UtcDateTime, nullable=False)
    created_at: datetime = Column(UtcDateTime, nullable=False, index=True)


@mapping.mapped
class WaitingRow:
    """What waits for a person: answers that came too late, and the rest of a long one."""

    __tablename__ = "waiting_answers"

    sender_key: str = Column(SafeText, primary_key=True)
    late: str = Column(SafeText, nullable=False)
    rest: str = Column(SafeText, nullable=False)
    updated_at: datetime = Column(UtcDateTime, nullable=False)


@mapping.mapped
class ServiceMessageRow:
    """A 客服 message that was sent: WeChat allows a few after each message of a person."""

    __tablename__ = "service_messages"
    __table_args__ = (Index("ix_service_messages_sender_key", "sender_key", "sent_at"),)

    id: int = Column(RowId, primary_key=True)
    sender_key: str = Column(SafeText, nullable=False)
    sent_at: datetime = Column(UtcDateTime, nullable=False)


@mapping.mapped
class MissRow:
    """A message that was not understood, masked, for the maintainers."""

    __tablename__ = "misses"

    id: int = Column(RowId, primary_key=True)
    text: str = Column(SafeText, nullable=False)
    kind: str = Column(String(32), nullable=False)
    candidates: list[Any] = Column(JSON, nullable=False)
    place: str | None = Column(SafeText)
    created_at: datetime = Column(UtcDateTime, nullable=False, index=True)
