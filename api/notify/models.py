"""The tables of notices: what is to be told to whom, each delivery of it, and where people are reached."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"  # refused, or tried often enough: a person looks at it and sends it again


class NoticeRow(Base):
    """`recipients` are usernames, or ``department:ID``; `facts` are what the words are made of, in any language.

    `planned_at` None: its deliveries have not been made yet.
    """

    __tablename__ = "notice"

    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    topic: Mapped[str] = mapped_column(String(32))
    ticket_id: Mapped[str | None] = mapped_column(String(64))
    unit: Mapped[str | None] = mapped_column(String(64))
    recipients: Mapped[list[str]] = mapped_column(JSON)
    facts: Mapped[dict[str, float | str | list[dict[str, str]] | None]] = mapped_column(JSON)
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


class DeliveryRow(Base):
    """One notice by one channel to one address (of a group's channel, ""). `lease_until`: somebody is sending it."""

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_state_due_at", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_seq: Mapped[int] = mapped_column(ForeignKey("notice.seq", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column()
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(Text)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ContactRow(Base):
    """Where a recipient is reached: `kind` phone or email."""

    __tablename__ = "contact"

    recipient: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    address: Mapped[str] = mapped_column(String(255))
