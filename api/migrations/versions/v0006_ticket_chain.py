"""Tickets after GB/T 30428: clocks, whistles, merging, verification.

Columns are added in place: copying `ticket` would, on SQLite, drop the old table and with it, by their cascade, the
steps of every ticket.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def _columns() -> list[sa.Column[Any]]:
    moments = ("dispatched_at", "responded_at", "rectified_at", "closed_at")
    deadlines = ("decide_by", "ack_until", "suspended_until", "escalate_at", "due_at")
    return [
        sa.Column("source", sa.String(length=16), nullable=False, server_default="camera"),
        sa.Column("radius_m", sa.Double(), nullable=False, server_default="0"),
        sa.Column("cause", sa.Text(), nullable=False, server_default=""),
        sa.Column("department", sa.String(length=64), nullable=True),
        sa.Column("dispatched_to", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("escalated_to", sa.String(length=64), nullable=True),
        sa.Column("escalations", sa.Integer(), nullable=False, server_default="0"),
        *(sa.Column(name, _MOMENT, nullable=True) for name in (*moments, *deadlines)),
        sa.Column("respond_left_s", sa.Double(), nullable=True),
        sa.Column("rectify_left_s", sa.Double(), nullable=True),
        sa.Column("respond_overdue", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("rectify_overdue", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("recurrence_of", sa.String(length=64), nullable=True),
        sa.Column("merged_into", sa.String(length=64), nullable=True),
    ]


_INDEXED = ("department", "escalated_to", "due_at", "closed_at", "recurrence_of", "merged_into")

_STEP = "FROM ticket_step s WHERE s.ticket_number = ticket.number AND s.to_state <> coalesce(s.from_state, '')"
# What the new columns say of tickets that lived before them.
_OLD_TICKETS = (
    "UPDATE ticket SET dispatched_at = created_at",
    f"UPDATE ticket SET responded_at = (SELECT min(s.at) {_STEP} AND s.to_state = 'working')",
    f"UPDATE ticket SET rectified_at = (SELECT max(s.at) {_STEP} AND s.to_state = 'verifying')"
    " WHERE state IN ('verifying', 'closed')",
    f"UPDATE ticket SET closed_at = (SELECT max(s.at) {_STEP} AND s.to_state = 'closed') WHERE state = 'closed'",
    f"UPDATE ticket SET cause = coalesce((SELECT max(s.note) {_STEP} AND s.command = 'dispatch'), '')",
    "UPDATE ticket SET respond_overdue = (coalesce(responded_at, closed_at, changed_at) > respond_by)",
    "UPDATE ticket SET rectify_overdue = (coalesce(rectified_at, closed_at, changed_at) > rectify_by)",
    # Nobody's acknowledgement ends at the moment of the upgrade: it is good until the deadline that was promised.
    "UPDATE ticket SET ack_until = rectify_by WHERE state = 'working'",
    "UPDATE ticket SET decide_by = rectify_by WHERE state IN ('received', 'registered', 'verifying')",
    "UPDATE ticket SET due_at = CASE state WHEN 'dispatched' THEN respond_by ELSE rectify_by END"
    " WHERE state <> 'closed'",
)
# The earlier program knows neither the states nor the commands of this one.
_STATES_BEFORE = {
    "returned": "working",
    "suspended": "dispatched",
    "rejected": "closed",
    "voided": "closed",
    "merged": "closed",
}
_COMMANDS_BEFORE = {
    "return": ("expire", "refuse"),
    "confirm": ("reject", "void", "merge"),
    "dispatch": ("escalate", "overdue", "suspend", "resume", "unmerge", "whistle", "report", "keep"),
}


def upgrade() -> None:
    for column in _columns():
        op.add_column("ticket", column)
    for name in _INDEXED:
        op.create_index(op.f(f"ix_ticket_{name}"), "ticket", [name])
    for statement in _OLD_TICKETS:
        op.execute(statement)
    op.create_table(
        "whistle",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ticket_number", sa.Integer(), nullable=False),
        sa.Column("department", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("called_by", sa.String(length=160), nullable=False),
        sa.Column("called_at", _MOMENT, nullable=False),
        sa.Column("answer_by", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=True),
        sa.Column("answered_by", sa.String(length=160), nullable=True),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("passed_to", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_number"], ["ticket.number"], name=op.f("fk_whistle_ticket_number_ticket"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_whistle")),
        sa.UniqueConstraint("id", name=op.f("uq_whistle_id")),
    )
    for name in ("ticket_number", "department", "due_at"):
        op.create_index(op.f(f"ix_whistle_{name}"), "whistle", [name])


def downgrade() -> None:
    for name in ("due_at", "department", "ticket_number"):
        op.drop_index(op.f(f"ix_whistle_{name}"), table_name="whistle")
    op.drop_table("whistle")
    for after, before in _STATES_BEFORE.items():
        op.execute(f"UPDATE ticket SET state = '{before}' WHERE state = '{after}'")
        for column in ("from_state", "to_state"):
            op.execute(f"UPDATE ticket_step SET {column} = '{before}' WHERE {column} = '{after}'")
    for command, later in _COMMANDS_BEFORE.items():
        names = ", ".join(f"'{name}'" for name in later)
        op.execute(f"UPDATE ticket_step SET command = '{command}' WHERE command IN ({names})")
    for name in reversed(_INDEXED):
        op.drop_index(op.f(f"ix_ticket_{name}"), table_name="ticket")
    for column in reversed(_columns()):
        op.drop_column("ticket", column.name)
