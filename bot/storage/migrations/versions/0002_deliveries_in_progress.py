"""Deliveries are claimed before they are answered; what waits for a person and what was sent to them have tables of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; the old replies are given up, they mattered for seconds only."""
    op.drop_table("deliveries")
    op.create_table(
        "deliveries",
        sa.Column("message_key", sa.Text, primary_key=True),
        sa.Column("sender_key", sa.Text, nullable=False),
        sa.Column("stamp", sa.Text),
        sa.Column("question", sa.Text),
        sa.Column("reply", sa.Text),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("lease_until", _MOMENT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("stamp", name="uq_deliveries_stamp"),
    )
    op.create_index("ix_deliveries_created_at", "deliveries", ["created_at"])
    for name, flag in (("open", "done"), ("untold", "told")):
        off = {"sqlite_where": sa.text(f"{flag} IS 0"), "postgresql_where": sa.text(f"{flag} IS false")}
        op.create_index(f"ix_deliveries_{name}", "deliveries", ["created_at"], **off)
    op.create_table(
        "waiting_answers",
        sa.Column("sender_key", sa.Text, primary_key=True),
        sa.Column("late", sa.Text, nullable=False),
        sa.Column("rest", sa.Text, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "service_messages",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("sender_key", sa.Text, nullable=False),
        sa.Column("sent_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_service_messages_sender_key", "service_messages", ["sender_key", "sent_at"])


def downgrade() -> None:
    """Back to replies alone."""
    for table in ("service_messages", "waiting_answers", "deliveries"):
        op.drop_table(table)
    op.create_table(
        "deliveries",
        sa.Column("message_key", sa.Text, primary_key=True),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_deliveries_created_at", "deliveries", ["created_at"])
