"""Tables of the town. Shapes are WKB of multipolygons in WGS-84, lon then lat."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, Date, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.db.base import Base


class TownRow(Base):
    """One row. `stamp` is drawn anew with every change, so that a kept snapshot knows when it is old."""

    __tablename__ = "town"

    id: Mapped[int] = mapped_column(primary_key=True)
    stamp: Mapped[str] = mapped_column(String(32))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)


class UnitRow(Base):
    """`path` is ``/street/community/grid/micro-grid``, as deep as the unit stands."""

    __tablename__ = "unit"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column()
    level: Mapped[str] = mapped_column(String(16))
    parent: Mapped[str | None] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(Text)
    path: Mapped[str] = mapped_column(String(300), index=True)
    source: Mapped[str] = mapped_column(String(16))
    calendar: Mapped[str | None] = mapped_column(String(64))
    shape_wkb: Mapped[bytes] = mapped_column(LargeBinary)


class TeamMember(Base):
    """A team 1+1+N: an officer, a grid worker, helpers."""

    __tablename__ = "team_member"

    unit: Mapped[str] = mapped_column(String(64), primary_key=True)
    username: Mapped[str] = mapped_column(String(64), primary_key=True)
    part: Mapped[str] = mapped_column(String(16))


class RosterEntry(Base):
    """Who has which shift: on one date, or on days of every week. A date's entries stand for the week's of it."""

    __tablename__ = "roster_entry"
    __table_args__ = (UniqueConstraint("unit", "shift", "username", "on_date", "days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), index=True)
    shift: Mapped[str] = mapped_column(String(32))
    username: Mapped[str] = mapped_column(String(64))
    on_date: Mapped[date | None] = mapped_column(Date)
    days: Mapped[str] = mapped_column(String(64))


class DepartmentRow(Base):
    __tablename__ = "department"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(Text)
    units: Mapped[list[str]] = mapped_column(JSON)
    kinds: Mapped[list[str]] = mapped_column(JSON)
    answer_minutes: Mapped[int] = mapped_column()


class AccountUnit(Base):
    """`account.grids` again, to be looked up by unit: "" where the account has the whole site."""

    __tablename__ = "account_unit"

    username: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
