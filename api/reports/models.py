"""Tables of reports. Nothing in them names the resident who reported: no name, no number, no address of a device."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class ReportRow(Base):
    """`way` is ``phone``, ``qr`` or ``open311``. `by` is the account of who was signed in, and null for a resident,
    who has a receipt instead: only its hash is kept. `proposed` is what the detectors made of the photo."""

    __tablename__ = "report"
    __table_args__ = (Index("ix_report_point_at", "point", "at"),)

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    hazard_id: Mapped[str] = mapped_column(String(64), index=True)
    way: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str | None] = mapped_column(String(160))
    receipt_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    point: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(Text)
    proposed: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    answered: Mapped[str | None] = mapped_column(String(16))


class ReportPointRow(Base):
    """A place with a QR code on it. Who scans the code reports from there; `retired_at` set: it is taken down."""

    __tablename__ = "report_point"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    lon: Mapped[float] = mapped_column()
    lat: Mapped[float] = mapped_column()
    radius_m: Mapped[float] = mapped_column()
    grid: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(160))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
