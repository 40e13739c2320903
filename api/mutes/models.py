"""The table of mute and maintenance windows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class MuteRow(Base):
    """It holds from `starts_at` to `ends_at`, which is always set, or to `ended_at` where somebody ended it sooner.

    What it covers: a `camera`; with `zone`, that zone of it; or a `unit` of the town, with all beneath it.
    `kinds` empty: every kind. `purpose` is ``mute`` or ``maintenance``.
    """

    __tablename__ = "mute"

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(16))
    camera: Mapped[str | None] = mapped_column(String(64), index=True)
    zone: Mapped[str | None] = mapped_column(String(64))
    unit: Mapped[str | None] = mapped_column(String(64), index=True)
    kinds: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(160))
    ended_by: Mapped[str | None] = mapped_column(String(160))
