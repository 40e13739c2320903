"""The table of events, as they came. Cameras and zones are named, not referenced: an event outlives them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class EventRow(Base):
    __tablename__ = "event"

    event_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    incident_id: Mapped[str] = mapped_column(String(64), index=True)
    change: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(32))
    camera: Mapped[str] = mapped_column(String(64))
    zone: Mapped[str] = mapped_column(String(64))
    captured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    media_time_s: Mapped[float] = mapped_column()
    began_s: Mapped[float] = mapped_column()
    xyxy: Mapped[list[float]] = mapped_column(JSON)
    source_wh: Mapped[list[int]] = mapped_column(JSON)
    confidence: Mapped[float] = mapped_column()
    why: Mapped[dict[str, float | str]] = mapped_column(JSON)
    evidence_id: Mapped[str | None] = mapped_column(String(64))
    sent_by: Mapped[str] = mapped_column(String(160))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(16), default="camera")
    place: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True), default=None)
