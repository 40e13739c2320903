"""Sealed originals encrypted at rest, revisions of places for polling, and who looked at which picture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("sealed_clip") as table:
        table.add_column(sa.Column("key_id", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("wrapped_key", sa.String(length=128), nullable=True))
    op.create_index(op.f("ix_sealed_clip_kind_received_at"), "sealed_clip", ["kind", "received_at"])
    op.create_table(
        "place_revision",
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_place_revision")),
    )
    op.create_table(
        "evidence_view",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence_id", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=160), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_evidence_view")),
    )
    op.create_index(op.f("ix_evidence_view_evidence_id"), "evidence_view", ["evidence_id"])
    op.create_index(op.f("ix_evidence_view_at"), "evidence_view", ["at"])
    op.create_index(op.f("ix_ticket_grid_number"), "ticket", ["grid", "number"])
    op.create_index(op.f("ix_evidence_created_at"), "evidence", ["created_at"])
    op.create_index(op.f("ix_hazard_evidence_id"), "hazard", ["evidence_id"])
    op.create_index(op.f("ix_event_evidence_id"), "event", ["evidence_id"])
    op.create_index(op.f("ix_ticket_closing_photo_id"), "ticket", ["closing_photo_id"])


def downgrade() -> None:
    encrypted = op.get_bind().scalar(
        sa.text("SELECT count(*) FROM sealed_clip WHERE wrapped_key IS NOT NULL AND deleted_at IS NULL")
    )
    if encrypted:
        raise ValueError(
            f"{encrypted} sealed clips are encrypted with keys that the older schema has no place for, and would be "
            "lost: decrypt them first with `sanxun seal decrypt`"
        )
    op.drop_index(op.f("ix_ticket_closing_photo_id"), table_name="ticket")
    op.drop_index(op.f("ix_event_evidence_id"), table_name="event")
    op.drop_index(op.f("ix_hazard_evidence_id"), table_name="hazard")
    op.drop_index(op.f("ix_evidence_created_at"), table_name="evidence")
    op.drop_index(op.f("ix_ticket_grid_number"), table_name="ticket")
    op.drop_table("evidence_view")
    op.drop_table("place_revision")
    op.drop_index(op.f("ix_sealed_clip_kind_received_at"), table_name="sealed_clip")
    with op.batch_alter_table("sealed_clip") as table:
        table.drop_column("wrapped_key")
        table.drop_column("key_id")
