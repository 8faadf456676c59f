"""Conversations, events, deliveries and misses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out rather than imported: a migration must keep its meaning when bot/storage/tables.py moves on.
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the four tables."""
    _create_conversations()
    _create_events()
    _create_deliveries()
    _create_misses()


def downgrade() -> None:
    """Drop the four tables and all that is in them."""
    for table in ("misses", "deliveries", "events", "conversations"):
        op.drop_table(table)


def _create_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("sender_key", sa.Text, nullable=False),
        sa.Column("slots", sa.JSON, nullable=False),
        sa.Column("active_loop", sa.JSON(none_as_null=True)),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("event_count", sa.Integer, nullable=False),
        sa.Column("turn_count", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("sender_key", name="uq_conversations_sender_key"),
    )
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"])


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("conversation_id", _ROW_ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("timestamp", sa.Float(53), nullable=False),
        sa.Column("type_name", sa.String(64), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name="fk_events_conversation_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("conversation_id", "position", name="uq_events_conversation_id_position"),
    )


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("message_key", sa.Text, primary_key=True),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_deliveries_created_at", "deliveries", ["created_at"])


def _create_misses() -> None:
    op.create_table(
        "misses",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("candidates", sa.JSON, nullable=False),
        sa.Column("place", sa.Text),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_misses_created_at", "misses", ["created_at"])
