"""Questions as they were asked, what they mean, the maintainers' decisions, and the answer that a miss was about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the three tables and add the column."""
    _create_questions()
    _create_decisions()
    _create_meanings()
    op.add_column("misses", sa.Column("answer", sa.Text))


def downgrade() -> None:
    """Drop what was added and all that is in it."""
    with op.batch_alter_table("misses") as misses:
        misses.drop_column("answer")
    for table in ("meanings", "decisions", "questions"):
        op.drop_table(table)


def _create_questions() -> None:
    op.create_table(
        "questions",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("confidence", sa.Float(53), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("begun", sa.Boolean, nullable=False),
        sa.Column("finished", sa.Boolean, nullable=False),
        sa.Column("again", sa.Boolean, nullable=False),
        sa.Column("place", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("channel", sa.Text, nullable=False),
    )
    op.create_index("ix_questions_at", "questions", ["at"])
    op.create_index("ix_questions_day", "questions", ["day"])


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("batch", sa.String(32), nullable=False),
        sa.Column("text_key", sa.String(64), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("label", sa.Text),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("undone_at", _MOMENT),
        sa.Column("undone_by", sa.Text),
    )
    op.create_index("ix_decisions_batch", "decisions", ["batch"])
    op.create_index("ix_decisions_text_key", "decisions", ["text_key", "id"])
    op.create_index("ix_decisions_at", "decisions", ["at"])


def _create_meanings() -> None:
    op.create_table(
        "meanings",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_meanings_made_at", "meanings", ["made_at"])
