"""The table of pictures; the bytes are files, see `store`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class EvidenceRow(Base):
    """`purpose` is ``still`` (from the camera) or ``closing`` (from the person who closed)."""

    __tablename__ = "evidence"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    hazard_id: Mapped[str] = mapped_column(String(64), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Way(StrEnum):
    """How somebody was given pictures: one of a hazard, one in a set to train on, a camera's live ones, the one that a
    camera's suggestion was made on."""

    PICTURE = "picture"
    EXPORT = "export"
    LIVE = "live"
    SUGGESTION = "suggestion"


class EvidenceViewRow(Base):
    """Who was given which picture. Written before the picture leaves; outlives the picture. `evidence_id` is the
    camera's id where a camera was looked at: one row an opening, however many live pictures it showed."""

    __tablename__ = "evidence_view"

    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    way: Mapped[str] = mapped_column(String(16), server_default=Way.PICTURE.value)
    evidence_id: Mapped[str] = mapped_column(String(64), index=True)
    actor: Mapped[str] = mapped_column(String(160))
    role: Mapped[str] = mapped_column(String(32))
