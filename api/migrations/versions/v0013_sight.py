"""Which cameras each worker sees live, for servers beside each other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker_sight",
        sa.Column("worker", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker_sight")),
    )
    op.create_index(op.f("ix_worker_sight_at"), "worker_sight", ["at"])


def downgrade() -> None:
    op.drop_table("worker_sight")
