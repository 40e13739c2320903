"""Patrol plans, flights and schedules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _keys(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.PrimaryKeyConstraint("seq", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("id", name=op.f(f"uq_{table}_id")),
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "patrol_plan",
        _number("seq"),
        _text("id", 64),
        _text("batch", 64),
        _number("part"),
        sa.Column("name", sa.Text(), nullable=False),
        _text("hash", 64),
        sa.Column("document", sa.Text(), nullable=False),
        _json("rules"),
        _json("cautions"),
        _json("tickets"),
        sa.Column("length_m", sa.Double(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        _moment("created_at"),
        _text("created_by", 160),
        *_keys("patrol_plan"),
    )
    op.create_index(op.f("ix_patrol_plan_batch"), "patrol_plan", ["batch"])
    op.create_table(
        "patrol_flight",
        _number("seq"),
        _text("id", 64),
        _text("plan_id", 64),
        _text("plan_hash", 64),
        _number("vehicle"),
        _text("state", 16),
        _json("checklist"),
        _moment("created_at"),
        _text("created_by", 160),
        _moment("changed_at"),
        _number("version"),
        *_keys("patrol_flight"),
    )
    op.create_index(op.f("ix_patrol_flight_plan_id"), "patrol_flight", ["plan_id"])
    op.create_index(op.f("ix_patrol_flight_state"), "patrol_flight", ["state"])
    op.create_table(
        "patrol_decision",
        _number("seq"),
        _text("id", 64),
        _text("flight_id", 64),
        _text("action", 16),
        _text("operator", 160),
        _moment("at"),
        *_keys("patrol_decision"),
    )
    op.create_index(op.f("ix_patrol_decision_flight_id"), "patrol_decision", ["flight_id"])
    op.create_table(
        "patrol_schedule",
        _number("seq"),
        _text("id", 64),
        _text("plan_id", 64),
        _number("vehicle"),
        _text("operator", 160),
        _json("weekdays"),
        _number("minute"),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        _json("skipped"),
        _moment("created_at"),
        _text("created_by", 160),
        _moment("ended_at", nullable=True),
        *_keys("patrol_schedule"),
    )
    op.create_index(op.f("ix_patrol_schedule_plan_id"), "patrol_schedule", ["plan_id"])


def downgrade() -> None:
    for table in ("patrol_schedule", "patrol_decision", "patrol_flight", "patrol_plan"):
        op.drop_table(table)
