"""The table of cameras' troubles: one row each, opened by its first event and closed by its second."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class CameraTroubleRow(Base):
    """`since` is when the trouble began, `told_at` when the worker was sure of it. Each event id is null until that
    event has come: they may come in either order."""

    __tablename__ = "camera_trouble"

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    camera: Mapped[str] = mapped_column(String(64), index=True)
    trouble: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    why: Mapped[dict[str, float]] = mapped_column(JSON)
    detail: Mapped[str] = mapped_column(Text)
    began_event_id: Mapped[str | None] = mapped_column(String(64))
    ended_event_id: Mapped[str | None] = mapped_column(String(64))
    sent_by: Mapped[str] = mapped_column(String(160))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
