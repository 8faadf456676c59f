"""Calls with what was looked at, reports to the maintainers, and the codes that open a conversation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the five tables."""
    _create_calls()
    _create_call_entries()
    _create_reports()
    _create_codes()


def downgrade() -> None:
    """Drop the five tables and all that is in them."""
    for table in ("code_tries", "support_codes", "reports", "call_entries", "calls"):
        op.drop_table(table)


def _create_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("running", sa.Integer, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("place", sa.Text),
        sa.Column("outcome", sa.String(32)),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.UniqueConstraint("day", "running", name="uq_calls_day_running"),
    )
    op.create_index("ix_calls_number", "calls", ["number"])
    op.create_index("ix_calls_user_name", "calls", ["user_name"])
    still_open = {name: sa.text("ended_at IS NULL") for name in ("sqlite_where", "postgresql_where")}
    op.create_index("uq_calls_open", "calls", ["user_name"], unique=True, **still_open)


def _create_call_entries() -> None:
    op.create_table(
        "call_entries",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("call_id", _ROW_ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name="fk_call_entries_call_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_call_entries_call_id", "call_entries", ["call_id"])


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("topic", sa.Text),
        sa.Column("place", sa.Text),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("sources", sa.JSON, nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("call_id", _ROW_ID),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT),
        sa.Column("done_by", sa.Text),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_reports_call_id", ondelete="SET NULL"),
    )
    op.create_index("ix_reports_state", "reports", ["state"])
    op.create_index("ix_reports_call_id", "reports", ["call_id"])


def _create_codes() -> None:
    op.create_table(
        "support_codes",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("sender_key", sa.Text, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("opened_by", sa.Text),
        sa.UniqueConstraint("code_hash", name="uq_support_codes_code_hash"),
        sa.UniqueConstraint("sender_key", name="uq_support_codes_sender_key"),
    )
    op.create_index("ix_support_codes_expires_at", "support_codes", ["expires_at"])
    op.create_table(
        "code_tries",
        sa.Column("user_name", sa.Text, primary_key=True),
        sa.Column("wrong", sa.JSON, nullable=False),
        sa.Column("locked_until", _MOMENT),
    )
