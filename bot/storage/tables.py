"""The tables. A change here needs a migration in `migrations/versions`; a test compares the two."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)

from bot.storage.columns import RowId, SafeText, UtcDateTime, mapping
from bot.storage.question_tables import DecisionRow, MeaningRow, QuestionRow
from bot.storage.version_tables import ApprovalRow, PublicationRow, TrainingRunRow

# The tables of the questions stand in a module of their own; whoever reads the metadata here sees them as well.
__all__ = [
    "ApiTokenRow", "ApprovalRow", "AuditRow", "CallEntryRow", "CallRow", "CodeRow", "CodeTriesRow",
    "ConversationRow", "DecisionRow", "DeliveryRow", "EventRow", "LoginFailureRow", "MeaningRow", "MissRow",
    "PublicationRow", "QuestionRow", "ReportRow", "ServiceMessageRow", "TrainingRunRow", "UserRow",
    "WaitingRow", "WebSessionRow", "mapping",
]  # fmt: skip


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
    # Of a message that an answer did not satisfy: the answer as it was shown.
    answer: str | None = Column(SafeText)
    created_at: datetime = Column(UtcDateTime, nullable=False, index=True)


@mapping.mapped
class CallRow:
    """One telephone call as a clerk recorded it; ``day`` is the day in China on which it began."""

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("day", "running"),
        # A clerk has one open call, from however many windows it is started.
        Index(
            "uq_calls_open",
            "user_name",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int = Column(RowId, primary_key=True)
    day: date = Column(Date, nullable=False)
    running: int = Column(Integer, nullable=False)
    number: str = Column(String(32), nullable=False, index=True)
    # The name of the account, which outlives the account.
    user_name: str = Column(SafeText, nullable=False, index=True)
    started_at: datetime = Column(UtcDateTime, nullable=False)
    ended_at: datetime | None = Column(UtcDateTime)
    place: str | None = Column(SafeText)
    outcome: str | None = Column(String(32))
    # Whether it was forgotten, and closed when the clerk began the next one.
    automatic: bool = Column(Boolean, nullable=False)
    note: str = Column(SafeText, nullable=False)


@mapping.mapped
class CallEntryRow:
    """What was looked at, computed or reported during a call, in order."""

    __tablename__ = "call_entries"

    id: int = Column(RowId, primary_key=True)
    call_id: int = Column(RowId, ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, index=True)
    at: datetime = Column(UtcDateTime, nullable=False)
    kind: str = Column(String(32), nullable=False)
    subject: str = Column(SafeText, nullable=False)
    detail: dict[str, Any] = Column(JSON, nullable=False)


@mapping.mapped
class ReportRow:
    """An answer that a clerk found wrong, missing or outdated, masked, for the maintainers."""

    __tablename__ = "reports"

    id: int = Column(RowId, primary_key=True)
    kind: str = Column(String(32), nullable=False)
    state: str = Column(String(16), nullable=False, index=True)
    topic: str | None = Column(SafeText)
    place: str | None = Column(SafeText)
    question: str = Column(SafeText, nullable=False)
    wanted: str = Column(SafeText, nullable=False)
    answer: str = Column(SafeText, nullable=False)
    sources: list[Any] = Column(JSON, nullable=False)
    user_name: str = Column(SafeText, nullable=False)
    # A report stays when its call is purged.
    call_id: int | None = Column(RowId, ForeignKey("calls.id", ondelete="SET NULL"), index=True)
    created_at: datetime = Column(UtcDateTime, nullable=False)
    done_at: datetime | None = Column(UtcDateTime)
    done_by: str | None = Column(SafeText)


@mapping.mapped
class CodeRow:
    """A 客服码 that is still good: only its keyed hash, the conversation it opens, and the clerk who opened it."""

    __tablename__ = "support_codes"

    # Drawn, not counted: it names an opened conversation in addresses and in the audit log, and a row's number would be
    # given again to another one.
    id: int = Column(Integer, primary_key=True, autoincrement=False)
    code_hash: str = Column(String(64), nullable=False, unique=True)
    sender_key: str = Column(SafeText, nullable=False, unique=True)
    expires_at: datetime = Column(UtcDateTime, nullable=False, index=True)
    opened_by: str | None = Column(SafeText)


@mapping.mapped
class CodeTriesRow:
    """The last wrong codes of a clerk, as seconds since 1970, and until when no further one is looked at."""

    __tablename__ = "code_tries"

    user_name: str = Column(SafeText, primary_key=True)
    wrong: list[Any] = Column(JSON, nullable=False)
    locked_until: datetime | None = Column(UtcDateTime)


@mapping.mapped
class UserRow:
    """A member of staff who may log in; nobody is deleted, so that the audit log keeps its names."""

    __tablename__ = "users"

    id: int = Column(RowId, primary_key=True)
    name: str = Column(SafeText, nullable=False)
    # The name as it is compared: one spelling of width and case.
    name_key: str = Column(SafeText, nullable=False, unique=True)
    role: str = Column(String(32), nullable=False)
    password_hash: str = Column(SafeText, nullable=False)
    # Whether somebody else chose the password: its owner has to choose another one first.
    must_change: bool = Column(Boolean, nullable=False)
    active: bool = Column(Boolean, nullable=False)
    created_at: datetime = Column(UtcDateTime, nullable=False)
    logged_in_at: datetime | None = Column(UtcDateTime)


@mapping.mapped
class WebSessionRow:
    """One browser that is logged in; the token itself is known to its cookie alone."""

    __tablename__ = "web_sessions"

    token_hash: str = Column(String(64), primary_key=True)
    user_id: int = Column(RowId, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True)
    created_at: datetime = Column(UtcDateTime, nullable=False, index=True)
    seen_at: datetime = Column(UtcDateTime, nullable=False)


@mapping.mapped
class ApiTokenRow:
    """The bearer token with which another system calls in the name of a user; one for each user."""

    __tablename__ = "api_tokens"

    user_id: int = Column(RowId, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    token_hash: str = Column(String(64), nullable=False, unique=True)
    created_at: datetime = Column(UtcDateTime, nullable=False)


@mapping.mapped
class LoginFailureRow:
    """The wrong passwords for one name or from one address; the key is a keyed hash of it."""

    __tablename__ = "login_failures"

    key: str = Column(String(64), primary_key=True)
    # Failures are forgotten one by one; at this moment the last of them will be.
    forgotten_at: datetime = Column(UtcDateTime, nullable=False, index=True)
    locked_until: datetime | None = Column(UtcDateTime)


@mapping.mapped
class AuditRow:
    """Who did what when; the name stands here as it was then."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_user_name", "user_name", "at"),)

    id: int = Column(RowId, primary_key=True)
    at: datetime = Column(UtcDateTime, nullable=False, index=True)
    user_name: str = Column(SafeText, nullable=False)
    action: str = Column(String(64), nullable=False, index=True)
    detail: dict[str, Any] = Column(JSON, nullable=False)


@mapping.mapped
class RevisionRow:
    """A saved change of the knowledge or the examples: who, when, why, and what it was before and after."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("token", "subject"),
        Index("ix_revisions_subject", "subject", "id"),
    )

    id: int = Column(RowId, primary_key=True)
    # One for everything that was saved together; after a crash the same change is not noted twice.
    token: str = Column(String(64), nullable=False)
    at: datetime = Column(UtcDateTime, nullable=False)
    user_name: str = Column(SafeText, nullable=False)
    kind: str = Column(String(32), nullable=False)
    # An intent (faq/<topic>) or a policy file (policy/<place>).
    subject: str = Column(SafeText, nullable=False)
    why: str = Column(SafeText, nullable=False)
    before: dict[str, Any] | None = Column(JSON(none_as_null=True))
    after: dict[str, Any] | None = Column(JSON(none_as_null=True))
    diff: str = Column(SafeText, nullable=False)


@mapping.mapped
class DraftRow:
    """What a maintainer has begun to write about a topic and not saved yet; one for each of them."""

    __tablename__ = "drafts"

    subject: str = Column(SafeText, primary_key=True)
    user_name: str = Column(SafeText, primary_key=True)
    content: dict[str, Any] = Column(JSON, nullable=False)
    # The version of the topic that it began from.
    version: str = Column(SafeText, nullable=False)
    saved_at: datetime = Column(UtcDateTime, nullable=False)
