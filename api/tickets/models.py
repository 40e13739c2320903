"""Tables of tickets and of each step in their lives."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.db.base import Base, UtcDateTime
from api.db.revisions import watch
from api.hazards.kinds import Source
from api.hazards.models import HazardRow


class TicketRow(Base):
    """Names and place are those of the moment of opening: history outlives a renamed or removed camera.

    `grid` is the unit that the place lies in, of any level, null: the whole site; `escalated_to` the unit above that
    answers for it now. `cause` says why it went where it went, in words for people. `dispatched_to` are those who were
    on duty there. `due_at` is the next moment at which something happens by itself; null once it has ended.

    Clocks: `respond_by` counts from `dispatched_at` (null: held, and no clock runs), `rectify_by` until `rectified_at`,
    when done was said; `decide_by` is the command centre's. The two `…_overdue` stay true once a deadline has passed.
    From then on `escalate_at` is when it goes up again; of a held ticket, when duty is looked at again.
    While it is suspended or merged, `…_left_s` are the worked seconds that each clock had left.
    """

    __tablename__ = "ticket"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    hazard_id: Mapped[str] = mapped_column(ForeignKey("hazard.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    camera: Mapped[str] = mapped_column(String(64))
    camera_name: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(String(64))
    zone_name: Mapped[str] = mapped_column(Text)
    grid: Mapped[str | None] = mapped_column(String(64))
    lon: Mapped[float | None] = mapped_column()
    lat: Mapped[float | None] = mapped_column()
    state: Mapped[str] = mapped_column(String(16), index=True)
    assignee: Mapped[str | None] = mapped_column(String(160), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    respond_by: Mapped[datetime] = mapped_column(UtcDateTime)
    rectify_by: Mapped[datetime] = mapped_column(UtcDateTime)
    closing_photo_id: Mapped[str | None] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(16), default=Source.CAMERA.value)
    radius_m: Mapped[float] = mapped_column(default=0.0)
    cause: Mapped[str] = mapped_column(Text, default="")
    department: Mapped[str | None] = mapped_column(String(64), index=True)
    dispatched_to: Mapped[list[str]] = mapped_column(JSON, default=list)
    escalated_to: Mapped[str | None] = mapped_column(String(64), index=True)
    escalations: Mapped[int] = mapped_column(default=0)
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    responded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rectified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    decide_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ack_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    suspended_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escalate_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    respond_left_s: Mapped[float | None] = mapped_column()
    rectify_left_s: Mapped[float | None] = mapped_column()
    respond_overdue: Mapped[bool] = mapped_column(default=False)
    rectify_overdue: Mapped[bool] = mapped_column(default=False)
    recurrence_of: Mapped[str | None] = mapped_column(String(64), index=True)
    merged_into: Mapped[str | None] = mapped_column(String(64), index=True)
    version: Mapped[int] = mapped_column()

    hazard: Mapped[HazardRow] = relationship(lazy="joined", innerjoin=True)
    history: Mapped[list[TicketStep]] = relationship(
        lazy="selectin", order_by="TicketStep.id", cascade="all, delete-orphan"
    )

    # A lost update is refused by the database itself, whoever else writes.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own form)


watch(TicketRow, "grid")


class TicketStep(Base):
    """One line of a ticket's history; `from_state` equals `to_state` for a note such as the camera's all-clear."""

    __tablename__ = "ticket_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_number: Mapped[int] = mapped_column(ForeignKey("ticket.number", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(160))
    command: Mapped[str] = mapped_column(String(32))
    from_state: Mapped[str | None] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text)
