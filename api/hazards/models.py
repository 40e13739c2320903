"""The tables of hazards: one row per incident that a camera raised and per report of a person.

A row that was found to be the same thing as another carries `merged_into`: it is a *sighting* of that one, the *head*,
which has the ticket. Nothing of a sighting is lost, and taking the merge back makes it a hazard of its own again.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime
from api.db.revisions import watch


class HazardState(StrEnum):
    OPEN = "open"
    CLEARED = "cleared"


class HazardRow(Base):
    """`seq` is the order in which they came. `state` and `cleared_at` are of the thing: a head is open until all that
    decide it say that it is gone; `source_cleared_at` is when this row's own source said so.

    `lon`, `lat` are WGS-84, `uncertainty_m` is the radius that it lies within in 95 of 100 cases; `place` is the
    error ellipse where its source gave one. For a fixed camera they are those of its zone or, else, of the camera.
    """

    __tablename__ = "hazard"
    __table_args__ = (
        Index("ix_hazard_lon_lat", "lon", "lat"),
        Index("ix_hazard_camera_kind_seq", "camera", "kind", "seq"),
    )

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
    source: Mapped[str] = mapped_column(String(16), default="camera")
    lon: Mapped[float | None] = mapped_column(default=None)
    lat: Mapped[float | None] = mapped_column(default=None)
    uncertainty_m: Mapped[float | None] = mapped_column(default=None)
    place: Mapped[dict[str, float] | None] = mapped_column(JSON(none_as_null=True), default=None)
    words: Mapped[str] = mapped_column(Text, default="")
    merged_into: Mapped[str | None] = mapped_column(String(64), index=True, default=None)
    source_cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    muted_by: Mapped[str | None] = mapped_column(String(64), index=True, default=None)


watch(HazardRow, "grid")


class MergeRow(Base):
    """One merge: `hazard_id` became a sighting of `into_id`, because of `why`. Undone, it stays on record, and the two
    are never merged again by the system."""

    __tablename__ = "hazard_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    hazard_id: Mapped[str] = mapped_column(String(64), index=True)
    into_id: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(160))
    why: Mapped[dict[str, float | str]] = mapped_column(JSON)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by: Mapped[str | None] = mapped_column(String(160))
    undone_why: Mapped[str | None] = mapped_column(Text)


class LookRow(Base):
    """What a camera saw of a hazard when it was asked to look again; `sees` is ``clear``, ``there`` or ``unknown``."""

    __tablename__ = "look"

    seq: Mapped[int] = mapped_column(primary_key=True)
    hazard_id: Mapped[str] = mapped_column(String(64), index=True)
    camera: Mapped[str] = mapped_column(String(64))
    captured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sees: Mapped[str] = mapped_column(String(16))
    evidence_id: Mapped[str | None] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
