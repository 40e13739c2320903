"""The table of hazards: one per incident that was raised. `seq` is the order in which they came."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class HazardState(StrEnum):
    OPEN = "open"
    CLEARED = "cleared"


class HazardRow(Base):
    __tablename__ = "hazard"

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    camera: Mapped[str] = mapped_column(String(64), index=True)
    zone: Mapped[str] = mapped_column(String(64))
    grid: Mapped[str | None] = mapped_column(String(64), index=True)
    state: Mapped[HazardState] = mapped_column(String(16), index=True)
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    xyxy: Mapped[list[float]] = mapped_column(JSON)
    source_wh: Mapped[list[int]] = mapped_column(JSON)
    confidence: Mapped[float] = mapped_column()
    why: Mapped[dict[str, float | str]] = mapped_column(JSON)
    evidence_id: Mapped[str | None] = mapped_column(String(64))
