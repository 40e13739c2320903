"""Plans of one patrol that several drones share: who flies which, when after the first, and how far apart in height."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("patrol_plan", sa.Column("drone", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("patrol_plan", sa.Column("starts_after_s", sa.Double(), nullable=False, server_default="0"))
    op.add_column("patrol_plan", sa.Column("apart_m", sa.Double(), nullable=True))


def downgrade() -> None:
    for column in ("apart_m", "starts_after_s", "drone"):
        op.drop_column("patrol_plan", column)
