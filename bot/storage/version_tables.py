"""The tables of training runs, of what was approved at the gate, and of what was published when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, String, text

from bot.storage.columns import SafeText, UtcDateTime, mapping


@mapping.mapped
class TrainingRunRow:
    """One training of a candidate: who wanted it and why, and what became of it."""

    __tablename__ = "training_runs"
    __table_args__ = (
        # One at a time, whoever starts it.
        Index(
            "uq_training_runs_running",
            "state",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index("ix_training_runs_started_at", "started_at"),
    )

    id: str = Column(String(32), primary_key=True)
    state: str = Column(String(16), nullable=False)
    # The name of the account, which outlives the account; empty for the command line.
    user_name: str = Column(SafeText, nullable=False)
    why: str = Column(SafeText, nullable=False)
    started_at: datetime = Column(UtcDateTime, nullable=False)
    ended_at: datetime | None = Column(UtcDateTime)
    version: str | None = Column(String(64))
    problem: str | None = Column(SafeText)


@mapping.mapped
class ApprovalRow:
    """An answer that a version changes, and who found the change right."""

    __tablename__ = "approvals"

    version: str = Column(String(64), primary_key=True)
    change_id: str = Column(String(32), primary_key=True)
    user_name: str = Column(SafeText, nullable=False)
    at: datetime = Column(UtcDateTime, nullable=False)


@mapping.mapped
class PublicationRow:
    """A version that became the live one; ``kind`` is publish or rollback, ``reason`` the one of an override or a rollback."""

    __tablename__ = "publications"

    id: str = Column(String(32), primary_key=True)
    at: datetime = Column(UtcDateTime, nullable=False, index=True)
    kind: str = Column(String(16), nullable=False)
    version: str = Column(String(64), nullable=False)
    previous: str | None = Column(String(64))
    user_name: str = Column(SafeText, nullable=False)
    reason: str = Column(SafeText, nullable=False)
