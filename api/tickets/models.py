"""Tables of tickets and of each step in their lives."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.db.base import Base, UtcDateTime
from api.hazards.models import HazardRow


class TicketRow(Base):
    """Names and place are those of the moment of opening: history outlives a renamed or removed camera."""

    __tablename__ = "ticket"

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    hazard_id: Mapped[str] = mapped_column(ForeignKey("hazard.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    camera: Mapped[str] = mapped_column(String(64))
    camera_name: Mapped[str] = mapped_column(Text)
    zone: Mapped[str] = mapped_column(String(64))
    zone_name: Mapped[str] = mapped_column(Text)
    grid: Mapped[str | None] = mapped_column(String(64), index=True)
    lon: Mapped[float | None] = mapped_column()
    lat: Mapped[float | None] = mapped_column()
    state: Mapped[str] = mapped_column(String(16), index=True)
    assignee: Mapped[str | None] = mapped_column(String(160), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    respond_by: Mapped[datetime] = mapped_column(UtcDateTime)
    rectify_by: Mapped[datetime] = mapped_column(UtcDateTime)
    closing_photo_id: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column()

    hazard: Mapped[HazardRow] = relationship(lazy="joined", innerjoin=True)
    history: Mapped[list[TicketStep]] = relationship(
        lazy="selectin", order_by="TicketStep.id", cascade="all, delete-orphan"
    )

    # A lost update is refused by the database itself, whoever else writes.
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own form)


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
