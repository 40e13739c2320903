"""What is wrong with units that a file gives: names, levels, rings, and how the shapes lie to one another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from api.town.given import Fault, FaultKind, GivenUnit, by_id
from api.town.units import Level

Shapes = NDArray[Any]
_ID = re.compile(r"[A-Za-z0-9一-鿿][A-Za-z0-9._一-鿿-]{0,63}")
# Neighbours that were drawn apart meet to within a stroke of the pen: a strip narrower than this is no fault.
TOLERANCE_M = 0.5
_LEAST_M2 = 1.0
_M_PER_DEGREE = 111_320.0


def name_faults(units: Sequence[GivenUnit], taken: Mapping[str, str]) -> Iterator[Fault]:
    """Ids, levels and parents. `taken`: ids that stand for something else already, and what."""
    known = {unit.id: unit for unit in units}
    top = min((unit.level.depth for unit in units if unit.level), default=0)
    for unit_id, bearers in by_id(units):
        first = bearers[0]
        if not _ID.fullmatch(unit_id):
            what = f"id must be 1 to 64 letters, digits, dots, hyphens or underscores; got {unit_id[:80]!r}"
            yield Fault(FaultKind.ID, first.at, unit_id[:80], what)
        if unit_id in taken:
            yield Fault(FaultKind.ID, first.at, unit_id, f"this id is {taken[unit_id]}")
        for other in bearers[1:]:
            yield Fault(FaultKind.ID, other.at, unit_id, f"this id stands in {first.at} already")
    for unit in units:
        yield from _parent_faults(unit, known, top)


def _parent_faults(unit: GivenUnit, known: Mapping[str, GivenUnit], top: int) -> Iterator[Fault]:
    if unit.level is None:
        return
    if unit.parent is None:
        if unit.level.depth > top:
            wanted = " or ".join(level for level in Level if top <= level.depth < unit.level.depth)
            yield Fault(FaultKind.PARENT, unit.at, unit.id, f"a {unit.level} needs a parent: a {wanted}")
        return
    parent = known.get(unit.parent)
    if parent is None:
        yield Fault(FaultKind.PARENT, unit.at, unit.id, f"its parent {unit.parent!r} is not in the file")
    elif parent.level is not None and parent.level.depth >= unit.level.depth:
        what = f"its parent {unit.parent!r} is a {parent.level}, which is not above a {unit.level}"
        yield Fault(FaultKind.PARENT, unit.at, unit.id, what)


def ring_faults(units: Sequence[GivenUnit], shapes: Shapes) -> Iterator[Fault]:
    """Shapes (WGS-84, None where unreadable) that cross themselves or enclose nothing."""
    for unit, shape, valid in zip(units, shapes, shapely.is_valid(shapes), strict=True):
        if shape is None:
            continue
        if not valid:
            reason = shapely.is_valid_reason(shape)
            place = re.search(r"\[(\S+) (\S+)\]", reason)
            lon, lat = (float(place[1]), float(place[2])) if place else (None, None)
            yield Fault(FaultKind.RING, unit.at, unit.id, f"its boundary is no simple ring: {reason}", lon, lat)
        elif shape.area <= 0:
            yield Fault(FaultKind.RING, unit.at, unit.id, "its boundary encloses nothing")


def usable(units: Sequence[GivenUnit], shapes: Shapes) -> list[int]:
    """The units whose shapes can be compared with others."""
    fine = shapely.is_valid(shapes) & (shapely.area(shapes) > 0)
    return [n for n, unit in enumerate(units) if fine[n] and unit.level is not None]


def lie_faults(units: Sequence[GivenUnit], shapes: Shapes) -> Iterator[Fault]:
    """How valid shapes (WGS-84) lie to one another: overlaps, gaps, and what lies outside its parent."""
    if not len(units):
        return
    metres = _Metres(shapes)
    flat = metres.flat(shapes)
    faults = list(_overlaps(units, flat, metres))
    index = {unit.id: n for n, unit in enumerate(units)}
    children: dict[int, list[int]] = {}
    for n, unit in enumerate(units):
        if unit.parent in index:
            children.setdefault(index[unit.parent], []).append(n)
    for parent, inside in children.items():
        faults += _outside(units, flat, parent, inside, metres)
    yield from faults
    amiss = {fault.unit for fault in faults}
    for parent, inside in children.items():
        # Parts that lie in the whole, none on another, and are as large as it, leave nothing over.
        over = shapely.area(flat[parent]) - shapely.area(flat[inside]).sum()
        if over < _LEAST_M2 and not amiss & {units[n].id for n in inside}:
            continue
        rest = shapely.difference(flat[parent], shapely.union_all(flat[inside]))
        yield from _gaps(units[parent], rest, f"no {units[inside[0]].level} covers", metres)
    yield from _holes_between_the_highest(units, flat, metres)


class _Metres:
    """A plane around the town, in which a metre is a metre everywhere to within a thousandth."""

    def __init__(self, shapes: Shapes) -> None:
        south, north = shapely.total_bounds(shapes)[[1, 3]]
        self._scale = np.array([_M_PER_DEGREE * np.cos(np.radians((south + north) / 2)), _M_PER_DEGREE])

    def flat(self, shapes: Shapes) -> Shapes:
        return cast(Shapes, shapely.transform(shapes, lambda points: points * self._scale))

    def place(self, shape: Any) -> tuple[float, float]:
        """lon, lat of a point inside a flat shape."""
        point = shape.representative_point()
        return float(point.x / self._scale[0]), float(point.y / self._scale[1])


def _parts(shape: Any) -> list[Polygon]:
    """The polygons of a flat shape that are wider than a stroke of the pen."""
    found = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and part.area > _LEAST_M2]
    return [part for part in found if not part.buffer(-TOLERANCE_M / 2).is_empty]


def _overlaps(units: Sequence[GivenUnit], flat: Shapes, metres: _Metres) -> Iterator[Fault]:
    for level in Level:
        chosen = np.array([n for n, unit in enumerate(units) if unit.level is level], dtype=np.intp)
        if len(chosen) < 2:
            continue
        shapes = flat[chosen]
        shapely.prepare(shapes)
        one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        # Neighbours that only touch are nearly all of the pairs, and are told apart without cutting.
        pairs = one < other
        one, other = one[pairs], other[pairs]
        meeting = ~shapely.touches(shapes[one], shapes[other])
        for a, b in zip(one[meeting], other[meeting], strict=True):
            first, second = units[chosen[a]], units[chosen[b]]
            for part in _parts(shapely.intersection(shapes[a], shapes[b])):
                what = f"{part.area:.0f} m² of it lie in {second.id} ({second.at}) too"
                yield Fault(FaultKind.OVERLAP, first.at, first.id, what, *metres.place(part))


def _outside(
    units: Sequence[GivenUnit], flat: Shapes, parent: int, inside: Sequence[int], metres: _Metres
) -> Iterator[Fault]:
    shapely.prepare(flat[parent])
    for n in inside:
        if shapely.covered_by(flat[n], flat[parent]):
            continue
        for part in _parts(shapely.difference(flat[n], flat[parent])):
            what = f"{part.area:.0f} m² of it lie outside its parent {units[parent].id}"
            yield Fault(FaultKind.OUTSIDE, units[n].at, units[n].id, what, *metres.place(part))


def _gaps(unit: GivenUnit, rest: Any, what: str, metres: _Metres) -> Iterator[Fault]:
    for part in _parts(rest):
        text = f"{what} {part.area:.0f} m² of it"
        yield Fault(FaultKind.GAP, unit.at, unit.id, text, *metres.place(part))


def _holes_between_the_highest(units: Sequence[GivenUnit], flat: Shapes, metres: _Metres) -> Iterator[Fault]:
    highest = [n for n, unit in enumerate(units) if unit.parent is None]
    if len(highest) < 2:
        return
    for polygon in shapely.get_parts(shapely.union_all(flat[highest])):
        for ring in polygon.interiors:
            for part in _parts(Polygon(ring)):
                what = f"{part.area:.0f} m² between the {units[highest[0]].level}s belong to none of them"
                yield Fault(FaultKind.GAP, "file", "", what, *metres.place(part))


def paths(units: Sequence[GivenUnit]) -> dict[str, tuple[str, ...]]:
    """The path of every unit, from the top down to itself. Parents must exist and be of a higher level."""
    known = {unit.id: unit for unit in units}
    found: dict[str, tuple[str, ...]] = {}
    for unit in units:
        path = [unit.id]
        while (parent := known[path[-1]].parent) is not None:
            path.append(parent)
        found[unit.id] = tuple(reversed(path))
        assert all(known[a].level != known[b].level for a, b in pairwise(path))
    return found
