"""Revisions of the knowledge and the examples, and drafts of those who edit them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "revisions",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
        sa.Column("diff", sa.Text, nullable=False),
        sa.UniqueConstraint("token", "subject", name="uq_revisions_token_subject"),
    )
    op.create_index("ix_revisions_subject", "revisions", ["subject", "id"])
    op.create_table(
        "drafts",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("user_name", sa.Text, primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("saved_at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Drop both tables and all that is in them."""
    op.drop_table("drafts")
    op.drop_table("revisions")
