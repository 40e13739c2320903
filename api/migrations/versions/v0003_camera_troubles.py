"""Cameras' troubles: when each began and ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "camera_trouble",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("camera", sa.String(length=64), nullable=False),
        sa.Column("trouble", sa.String(length=32), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("began_event_id", sa.String(length=64), nullable=True),
        sa.Column("ended_event_id", sa.String(length=64), nullable=True),
        sa.Column("sent_by", sa.String(length=160), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_camera_trouble")),
        sa.UniqueConstraint("id", name=op.f("uq_camera_trouble_id")),
    )
    op.create_index(op.f("ix_camera_trouble_camera"), "camera_trouble", ["camera"])
    op.create_index(op.f("ix_camera_trouble_ended_at"), "camera_trouble", ["ended_at"])


def downgrade() -> None:
    op.drop_table("camera_trouble")
