"""Shapes of the town."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from api.hazards.kinds import Kind
from api.kit.moment import Moment
from api.town.duty import Part
from api.town.given import Fault
from api.town.importing import Imported
from api.town.index import Town
from api.town.models import RosterEntry
from api.town.people import MOST_ANSWER_MINUTES, MOST_DEPARTMENTS, MOST_MEMBERS, MOST_NAME, MOST_UNITS
from api.town.units import Department, Level, Source, Unit

UnitId = Annotated[str, Field(min_length=1, max_length=64)]
Username = Annotated[str, Field(max_length=64)]


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UnitOut(BaseModel):
    """`path` is ids from the top down, `names` their names; `children` counts the units directly beneath."""

    id: str
    level: Level
    name: str
    path: list[str]
    names: list[str]
    source: Source
    calendar: str | None
    children: int

    @classmethod
    def of(cls, unit: Unit, town: Town) -> Self:
        found = [town.unit(part) for part in unit.path]
        return cls(
            id=unit.id,
            level=unit.level,
            name=unit.label,
            path=list(unit.path),
            names=[one.label if one else part for one, part in zip(found, unit.path, strict=True)],
            source=unit.source,
            calendar=unit.calendar,
            children=len(town.children(unit.id)),
        )


class Units(BaseModel):
    items: list[UnitOut]
    next: str | None


class PlaceOut(BaseModel):
    """`unit` is the smallest that covers the point, null outside the town; `near` those within the radius."""

    unit: UnitOut | None
    near: list[str]


class FaultOut(BaseModel):
    """`at` is the place in the file; `lon`, `lat` a WGS-84 point where it can be seen."""

    at: str
    unit: str
    kind: str
    what: str
    lon: float | None
    lat: float | None

    @classmethod
    def of(cls, found: Fault) -> Self:
        return cls(at=found.at, unit=found.unit, kind=found.kind.value, what=found.what, lon=found.lon, lat=found.lat)


class FaultsOut(BaseModel):
    """How the stored units lie to one another; those that were let pass at their import too. `count` is of all."""

    items: list[FaultOut]
    next: str | None
    count: int


class ImportedOut(BaseModel):
    """`accepted` are the faults that were let pass, and `dry_run` says that nothing was stored. `still_named` are
    removed units that accounts, teams, rosters or departments name."""

    added: list[str]
    changed: list[str]
    removed: list[str]
    kept: int
    accepted: list[FaultOut]
    still_named: list[str]
    dry_run: bool

    @classmethod
    def of(cls, found: Imported, dry_run: bool) -> Self:
        return cls(
            added=list(found.added),
            changed=list(found.changed),
            removed=list(found.removed),
            kept=found.kept,
            accepted=[FaultOut.of(fault) for fault in found.accepted],
            still_named=list(found.still_named),
            dry_run=dry_run,
        )


class Member(Closed):
    username: Annotated[str, Field(min_length=1, max_length=64)]
    part: Part


class Team(Closed):
    """1+1+N: at most one officer and one grid worker, and helpers."""

    members: Annotated[list[Member], Field(max_length=MOST_MEMBERS)]


class RosterLineIn(Closed):
    """Either a date or days of every week; `username` empty on a date: nobody has that shift then."""

    shift: Annotated[str, Field(max_length=32)]
    username: Username = ""
    date: datetime.date | None = None
    days: Annotated[str, Field(max_length=64)] = ""

    @classmethod
    def of(cls, row: RosterEntry) -> Self:
        return cls(shift=row.shift, username=row.username, date=row.on_date, days=row.days)


class Roster(Closed):
    """Files of dates add up: it may grow beyond what is written over HTTP at once."""

    entries: list[RosterLineIn]


class RosterIn(Closed):
    entries: Annotated[list[RosterLineIn], Field(max_length=5000)]


class Duty(BaseModel):
    """Who is on duty at a moment."""

    usernames: list[str]
    at: Moment


class DepartmentBody(Closed):
    """`units` empty: the whole town; `kinds` empty: every kind of hazard."""

    id: UnitId
    name: Annotated[str, Field(min_length=1, max_length=MOST_NAME)]
    units: Annotated[list[UnitId], Field(max_length=MOST_UNITS)] = []
    kinds: list[Kind] = []
    answer_minutes: Annotated[int, Field(ge=1, le=MOST_ANSWER_MINUTES)] = 30

    @classmethod
    def of(cls, found: Department) -> Self:
        values: dict[str, Any] = {name: getattr(found, name) for name in cls.model_fields}
        return cls.model_validate(values | {"units": list(found.units), "kinds": list(found.kinds)})


class Departments(Closed):
    items: Annotated[list[DepartmentBody], Field(max_length=MOST_DEPARTMENTS)]


class Written(BaseModel):
    """How many lines were written, or would be."""

    lines: int
