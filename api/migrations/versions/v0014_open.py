"""The open tickets of a grid are found among all that it ever had."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ticket_grid_state", "ticket", ["grid", "state"])
    op.drop_index("ix_ticket_grid", "ticket")  # the one with the state, and the one with the number, begin with it


def downgrade() -> None:
    op.create_index("ix_ticket_grid", "ticket", ["grid"])
    op.drop_index("ix_ticket_grid_state", "ticket")
