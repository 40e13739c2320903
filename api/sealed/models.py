"""The table of sealed clips; the bytes are files, see `store`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class SealedClipRow(Base):
    """One per event. The row outlives its file: `deleted_at` says since when there is nothing left to open.

    `wrapped_key` is the file's own key in base64, itself encrypted with the key `key_id` of the key file; None: the
    file is not encrypted. It goes with the file, so that not even the disk's blocks can be read again.
    """

    __tablename__ = "sealed_clip"
    __table_args__ = (Index(None, "kind", "received_at"),)

    event_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    file_id: Mapped[str] = mapped_column(String(64), unique=True)
    hazard_id: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column()
    duration_s: Mapped[float] = mapped_column()
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    key_id: Mapped[str | None] = mapped_column(String(16))
    wrapped_key: Mapped[str | None] = mapped_column(String(128))
