"""Tables of patrols."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base, UtcDateTime


class PatrolPlanRow(Base):
    """One flight on one battery that kept all rules when it was stored: `document` is its `.plan` text, never changed.

    `rules` is what it was held against, `cautions` what is told before take-off. `tickets` are those that a follow-up
    looks at. `batch` is shared by the flights of one patrol, `part` counts them from 1. Of a patrol that drones share,
    `drone` says whose it is, from 1, `starts_after_s` when after the first of all it takes off, and `apart_m` the least
    difference of heights where ways of two come near each other.
    """

    __tablename__ = "patrol_plan"

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    batch: Mapped[str] = mapped_column(String(64), index=True)
    part: Mapped[int] = mapped_column()
    drone: Mapped[int] = mapped_column(server_default="1")
    starts_after_s: Mapped[float] = mapped_column(server_default="0")
    apart_m: Mapped[float | None] = mapped_column()
    name: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    cautions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    tickets: Mapped[list[str]] = mapped_column(JSON)
    length_m: Mapped[float] = mapped_column()
    duration_s: Mapped[float] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(160))


class PatrolFlightRow(Base):
    """A plan on a vehicle, once. `state`: ``prepared``, ``go``, ``no_go``, ``flying``, ``paused``, ``returning``,
    ``landing``, ``ended``. `checklist` is kept with it: each item's answer, by whom and when."""

    __tablename__ = "patrol_flight"

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    plan_id: Mapped[str] = mapped_column(String(64), index=True)
    plan_hash: Mapped[str] = mapped_column(String(64))
    vehicle: Mapped[int] = mapped_column()
    state: Mapped[str] = mapped_column(String(16), index=True)
    checklist: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(160))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own form)


class PatrolDecisionRow(Base):
    """A signed-in drone operator's decision that a vehicle shall move; the audit trail holds the same."""

    __tablename__ = "patrol_decision"

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    flight_id: Mapped[str] = mapped_column(String(64), index=True)
    action: Mapped[str] = mapped_column(String(16))
    operator: Mapped[str] = mapped_column(String(160))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class PatrolProgressRow(Base):
    """How far a flight is: the newest that whoever holds its link `told`. Apart from the flight, so that it never
    stands in the way of a decision."""

    __tablename__ = "patrol_progress"

    flight_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    told: Mapped[dict[str, Any]] = mapped_column(JSON)


class PatrolScheduleRow(Base):
    """A plan flown again and again: on `weekdays` (0 Monday) at `minute` of the local day, `first` to `last`, not on
    days in `skipped`. It never starts anything: a person does."""

    __tablename__ = "patrol_schedule"

    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(64), unique=True)
    plan_id: Mapped[str] = mapped_column(String(64), index=True)
    vehicle: Mapped[int] = mapped_column()
    operator: Mapped[str] = mapped_column(String(160))
    weekdays: Mapped[list[int]] = mapped_column(JSON)
    minute: Mapped[int] = mapped_column()
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date | None] = mapped_column(Date)
    skipped: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(160))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
