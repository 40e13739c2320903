"""Views of live pictures, of suggestions' pictures and of exported ones stand beside those of single pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evidence_view", sa.Column("way", sa.String(length=16), nullable=False, server_default="picture"))


def downgrade() -> None:
    # The rows stay: what an older release knows no word for is on record all the same.
    op.drop_column("evidence_view", "way")
