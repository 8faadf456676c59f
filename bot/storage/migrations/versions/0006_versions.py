"""Training runs, approvals at the gate, publications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the three tables."""
    _create_runs()
    _create_approvals()
    _create_publications()


def downgrade() -> None:
    """Drop the three tables and all that is in them."""
    for table in ("publications", "approvals", "training_runs"):
        op.drop_table(table)


def _create_runs() -> None:
    op.create_table(
        "training_runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("version", sa.String(64)),
        sa.Column("problem", sa.Text),
    )
    op.create_index("ix_training_runs_started_at", "training_runs", ["started_at"])
    running = {name: sa.text("state = 'running'") for name in ("sqlite_where", "postgresql_where")}
    op.create_index("uq_training_runs_running", "training_runs", ["state"], unique=True, **running)


def _create_approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("version", sa.String(64), primary_key=True),
        sa.Column("change_id", sa.String(32), primary_key=True),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )


def _create_publications() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64)),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("ix_publications_at", "publications", ["at"])
