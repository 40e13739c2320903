"""How far each patrol flight is, as whoever holds its link says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "patrol_progress",
        sa.Column("flight_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("flight_id", name=op.f("pk_patrol_progress")),
    )


def downgrade() -> None:
    op.drop_table("patrol_progress")
