"""The table of notices: what is to be told to whom, written in the transaction that gave the reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class NoticeRow(Base):
    """`recipients` are usernames, or ``department:ID``; `facts` are what the words are made of, in any language."""

    __tablename__ = "notice"

    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    topic: Mapped[str] = mapped_column(String(32))
    ticket_id: Mapped[str | None] = mapped_column(String(64))
    unit: Mapped[str | None] = mapped_column(String(64))
    recipients: Mapped[list[str]] = mapped_column(JSON)
    facts: Mapped[dict[str, float | str | None]] = mapped_column(JSON)
