"""Importing units: read, brought to WGS-84, checked, and written over those that an earlier import brought."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import Unprocessable
from api.site.repository import place_cameras
from api.town import checks, repository
from api.town.datum import known_datum, shapes_to_wgs84
from api.town.faults import Faults
from api.town.geojson import read_geojson
from api.town.given import ACCEPTABLE, Fault, FaultKind, GivenUnit
from api.town.index import load_town
from api.town.settings import ALWAYS
from api.town.sheet import read_sheet
from api.town.units import Source, Unit


@dataclass(frozen=True, slots=True)
class Checked:
    """`shapes`: (N,) shapely multipolygons in WGS-84, None where a unit has none that can be read."""

    units: tuple[GivenUnit, ...]
    shapes: checks.Shapes
    faults: tuple[Fault, ...]

    def refused(self, accept: Collection[FaultKind]) -> tuple[Fault, ...]:
        """The faults that stand in the way."""
        return tuple(fault for fault in self.faults if fault.kind not in accept)


@dataclass(frozen=True, slots=True)
class Imported:
    """Ids, each in the order of its file; `accepted` are the faults that were let pass.

    `still_named` are removed units that accounts, teams, rosters or departments name: nobody sees or serves them so.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    kept: int
    accepted: tuple[Fault, ...]
    still_named: tuple[str, ...]


def read_units(content: bytes, datum: str | None) -> Checked:
    """Units of a GeoJSON, CSV or XLSX file with every fault that the file alone shows.

    `datum` may be left out where the file names its own. Raises `Unprocessable`: no datum, or no such file.
    """
    is_json = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    units, faults, named = read_geojson(content) if is_json else read_sheet(content)
    known = known_datum(datum, named)
    shapes = np.empty(len(units), dtype=object)
    readable = [n for n, unit in enumerate(units) if unit.shape is not None]
    if readable:
        shapes[readable] = shapes_to_wgs84([units[n].shape for n in readable], known)
    faults += checks.ring_faults(units, shapes)
    fine = checks.usable(units, shapes)
    faults += checks.lie_faults([units[n] for n in fine], shapes[fine])
    return Checked(tuple(units), shapes, tuple(faults))


def with_names(checked: Checked, taken: dict[str, str], calendars: Collection[str]) -> Checked:
    """The same, with the faults of its names against one another, and against what the town has already."""
    faults = [*checked.faults, *checks.name_faults(checked.units, taken)]
    for unit in checked.units:
        if unit.calendar is not None and unit.calendar not in {ALWAYS, *calendars}:
            what = f"calendar {unit.calendar!r} is not among the town's: {', '.join([ALWAYS, *calendars])}"
            faults.append(Fault(FaultKind.FILE, unit.at, unit.id, what))
    return Checked(checked.units, checked.shapes, tuple(faults))


def check_accept(accept: Collection[FaultKind]) -> None:
    if wrong := [kind for kind in accept if kind not in ACCEPTABLE]:
        raise Unprocessable(f"only {', '.join(ACCEPTABLE)} can be accepted; {', '.join(wrong)} must be put right")


async def against_town(session: AsyncSession, checked: Checked) -> Checked:
    """`checked` with the faults that show only against the stored town."""
    site = await repository.unit_ids(session, Source.SITE)
    taken = dict.fromkeys(site, "a [[grid]] of the site file; name one of the two otherwise")
    settings = (await load_town(session)).settings
    return with_names(checked, taken, settings.calendars)


async def import_units(session: AsyncSession, checked: Checked, accept: Collection[FaultKind]) -> Imported:
    """Write the units over those of the import before, in the caller's transaction; cameras find their units anew.

    Raises `TownFaults` where a fault is not among the accepted.
    """
    checked = await against_town(session, checked)
    if refused := checked.refused(accept):
        raise TownFaults(refused)
    paths = checks.paths(checked.units)
    shapes = [bytes(shapely.to_wkb(shape)) for shape in checked.shapes]
    units = [_unit(given, paths[given.id]) for given in checked.units]
    before = await _stored(session)
    await repository.replace_units(session, Source.IMPORT, list(zip(units, shapes, strict=True)))
    await place_cameras(session, await load_town(session))
    after = {unit.id: (unit, shape) for unit, shape in zip(units, shapes, strict=True)}
    removed = tuple(name for name in before if name not in after)
    named = await repository.named_units(session)
    return Imported(
        added=tuple(name for name in after if name not in before),
        changed=tuple(name for name in after if name in before and before[name] != after[name]),
        removed=removed,
        kept=sum(before.get(name) == value for name, value in after.items()),
        accepted=checked.faults,
        still_named=tuple(name for name in removed if name in named),
    )


def _unit(given: GivenUnit, path: tuple[str, ...]) -> Unit:
    assert given.level is not None, "a unit without a level is a fault"
    return Unit(given.id, given.level, given.name, path, Source.IMPORT, given.calendar)


async def _stored(session: AsyncSession) -> dict[str, tuple[Unit, bytes]]:
    units, shapes = await repository.units_and_shapes(session)
    return {unit.id: (unit, shape) for unit, shape in zip(units, shapes, strict=True) if unit.source is Source.IMPORT}


class TownFaults(Faults):
    """Faults that stand in the way of an import."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__([fault.line() for fault in faults], [_told(fault) for fault in faults])


def _told(fault: Fault) -> dict[str, object]:
    return {
        "at": fault.at,
        "unit": fault.unit,
        "kind": fault.kind.value,
        "what": fault.what,
        "lon": fault.lon,
        "lat": fault.lat,
    }
