"""The town in memory: which unit a point lies in, what lies above and below. Kept until the town changes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import cos, pi, radians
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree
from shapely.geometry import Polygon
from sqlalchemy.ext.asyncio import AsyncSession

from api.town import repository
from api.town.calendar import ServiceCalendar, service_calendar
from api.town.checks import lie_faults
from api.town.given import Fault, GivenUnit
from api.town.settings import TownSettings
from api.town.units import Department, Source, Unit

_SIDES = 64
_M_PER_DEGREE = 111_320.0


class Town:
    """A snapshot. Points and shapes are WGS-84, lon then lat."""

    def __init__(
        self,
        units: Sequence[Unit],
        shapes: Sequence[bytes],
        *,
        settings: TownSettings | None = None,
        departments: Sequence[Department] = (),
        timezone: str = "Asia/Shanghai",
        stamp: str = "",
    ) -> None:
        self.stamp, self.timezone = stamp, timezone
        self.units_digest = _digest(units, shapes)
        self.settings = settings or TownSettings()
        self.calendars: Mapping[str, ServiceCalendar] = {
            name: service_calendar(name, spec, timezone) for name, spec in self.settings.calendars.items()
        }
        self.departments: tuple[Department, ...] = tuple(departments)
        self._units = {unit.id: unit for unit in units}
        self._children: dict[str, list[str]] = {}
        for unit in units:
            if unit.parent is not None:
                self._children.setdefault(unit.parent, []).append(unit.id)
        decoded = shapely.from_wkb(list(shapes))
        self._shapes = dict(zip((unit.id for unit in units), decoded, strict=True))
        # A unit that nothing divides is where tickets go; what lies in a gap between such goes to the unit around it.
        self._leaves = _Layer(units, decoded, [n for n, unit in enumerate(units) if unit.id not in self._children])
        inner = [n for n, unit in enumerate(units) if unit.id in self._children]
        self._inner = _Layer(units, decoded, sorted(inner, key=lambda n: -units[n].level.depth))

    @property
    def units(self) -> Iterable[Unit]:
        """In the order of their import."""
        return self._units.values()

    def at(self, lon: float, lat: float) -> Unit | None:
        """The smallest unit that covers the point: a micro-grid, unless the town is not divided so far there. Of
        several the first; None outside the town."""
        return self._leaves.at(lon, lat) or self._inner.at(lon, lat)

    def near(self, lon: float, lat: float, radius_m: float) -> tuple[Unit, ...]:
        """The undivided units within `radius_m` of the point, in the order of their import."""
        return self._leaves.near(lon, lat, radius_m)

    def unit(self, unit_id: str | None) -> Unit | None:
        return None if unit_id is None else self._units.get(unit_id)

    def above(self, unit_id: str | None) -> Unit | None:
        """The unit that this one is a part of; None at the top, and for a unit that is not there (any more)."""
        unit = self.unit(unit_id)
        return self.unit(unit.parent) if unit else None

    def path(self, unit_id: str | None) -> tuple[str, ...]:
        """Ids from the top down to the unit itself; empty for a unit that is not there."""
        unit = self.unit(unit_id)
        return unit.path if unit else ()

    def below(self, unit_ids: Iterable[str]) -> frozenset[str]:
        """These and all beneath them. Ids that are not there (any more) are kept: tickets may still name them."""
        found: set[str] = set()
        waiting = list(unit_ids)
        while waiting:
            unit_id = waiting.pop()
            if unit_id not in found:
                found.add(unit_id)
                waiting.extend(self._children.get(unit_id, ()))
        return frozenset(found)

    def children(self, unit_id: str | None) -> tuple[Unit, ...]:
        """Directly beneath a unit; for None the units at the top."""
        if unit_id is None:
            return tuple(unit for unit in self._units.values() if unit.parent is None)
        return tuple(self._units[child] for child in self._children.get(unit_id, ()))

    def shapes(self, unit_ids: Sequence[str]) -> NDArray[Any]:
        """(N,) shapely multipolygons in WGS-84."""
        return np.array([self._shapes[unit_id] for unit_id in unit_ids], dtype=object)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """How imported units lie to one another, as a check of their file would say it; not the site file's own grids.
        The first to ask waits: a city takes seconds."""
        chosen = [unit for unit in self.units if unit.source is Source.IMPORT]
        given = [GivenUnit(one.id, one.id, one.level, one.parent, one.name, one.calendar, None) for one in chosen]
        return tuple(lie_faults(given, self.shapes([unit.id for unit in chosen])))

    def department(self, department_id: str | None) -> Department | None:
        return next((one for one in self.departments if one.id == department_id), None)

    def departments_for(self, unit_id: str | None, kind: str) -> tuple[Department, ...]:
        """Those that answer for a kind of hazard in a unit."""
        path = set(self.path(unit_id))
        return tuple(
            one
            for one in self.departments
            if (not one.kinds or kind in one.kinds) and (not one.units or path & set(one.units))
        )


def _digest(units: Sequence[Unit], shapes: Sequence[bytes]) -> str:
    found = hashlib.sha256()
    for unit, shape in zip(units, shapes, strict=True):
        found.update(f"{unit!r} {len(shape)} ".encode())
        found.update(shape)
    return found.hexdigest()


class _Layer:
    """Some of the units and the tree of their shapes."""

    def __init__(self, units: Sequence[Unit], shapes: NDArray[Any], chosen: Sequence[int]) -> None:
        self._units = [units[n] for n in chosen]
        kept = shapes[list(chosen)] if len(chosen) else np.empty(0, dtype=object)
        shapely.prepare(kept)
        self._tree = STRtree(kept)

    def at(self, lon: float, lat: float) -> Unit | None:
        found = self._tree.query(shapely.Point(lon, lat), predicate="covered_by")
        return self._units[int(found.min())] if len(found) else None

    def near(self, lon: float, lat: float, radius_m: float) -> tuple[Unit, ...]:
        found = self._tree.query(_circle(lon, lat, radius_m), predicate="intersects")
        return tuple(self._units[n] for n in sorted(int(n) for n in found))


def _circle(lon: float, lat: float, radius_m: float) -> Polygon:
    """Around a WGS-84 point; its sides touch the circle from outside, so that nothing within the radius is missed."""
    angles = np.arange(_SIDES) * (2 * pi / _SIDES)
    reach = max(radius_m, 0.01) / cos(pi / _SIDES) / _M_PER_DEGREE
    east = reach / max(cos(radians(lat)), 1e-6)
    return Polygon(np.column_stack([lon + east * np.cos(angles), lat + reach * np.sin(angles)]))


@dataclass(slots=True)
class TownIndex:
    """Keeps the newest snapshot; `now` costs one small read while the town stays as it is."""

    _kept: Town | None = None
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def now(self, session: AsyncSession) -> Town:
        mark = await repository.mark(session)
        if (kept := self._kept_for(mark)) is not None:
            return kept
        async with self._loading:
            if (kept := self._kept_for(mark)) is None:
                kept = self._kept = await load_town(session, mark)
            return kept

    def _kept_for(self, mark: repository.Mark) -> Town | None:
        kept = self._kept
        return kept if kept and (kept.stamp, kept.timezone) == (mark.stamp, mark.timezone) else None


async def load_town(session: AsyncSession, mark: repository.Mark | None = None) -> Town:
    """The town as the database has it now."""
    mark = mark or await repository.mark(session)
    units, shapes = await repository.units_and_shapes(session)
    departments = await repository.departments(session)
    settings = TownSettings.model_validate(mark.settings)
    # 20,000 shapes take a second: other requests go on meanwhile.
    return await asyncio.to_thread(
        Town,
        units,
        shapes,
        settings=settings,
        departments=departments,
        timezone=mark.timezone,
        stamp=mark.stamp,
    )
