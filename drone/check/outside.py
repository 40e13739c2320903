"""Ways that leave an area, judged by where they run: what a file says of a leg is not believed alone.

A leg that is said to be a transit may lie outside the area only on the way out or home, which is no longer than once
round everything, or where zones bar the way inside.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from drone.check.path import Leg

_SLACK_M = 0.001
_SAID = ("out", "transit", "home")


@dataclass(frozen=True, slots=True)
class Stray:
    """What of a leg lies outside the area without need, and why that is not allowed."""

    leg: Leg
    shape: BaseGeometry
    why: str


def strays(flown: Sequence[Leg], area: BaseGeometry, zones: BaseGeometry) -> Iterator[Stray]:
    """Of the legs of a flight, climbs and descents left out, those that are said to be transits. `zones` is what they
    keep out of; all in metres on one plane."""
    wide = area.buffer(_SLACK_M)
    looking = [number for number, leg in enumerate(flown) if leg.kind not in _SAID]
    if not looking:
        if not any(leg.shape.intersects(wide) for leg in flown):
            yield from (Stray(leg, leg.shape, "and the flight never comes to it") for leg in flown[:1])
        yield from _too_long(flown, wide, zones)
        return
    yield from _too_long(flown[: looking[0]], wide, zones)
    for run in _runs(flown[looking[0] : looking[-1] + 1], wide):
        first, last = Point(run[0].shape.coords[0]), Point(run[-1].shape.coords[-1])
        length_m = math.fsum(piece.shape.length for piece in run)
        if not _barred(first, last, area, zones) or length_m > _round_m([area, zones, first, last]):
            yield from run
    yield from _too_long(flown[looking[-1] + 1 :], wide, zones)


def _too_long(way: Sequence[Leg], area: BaseGeometry, zones: BaseGeometry) -> Iterator[Stray]:
    """Of a way out or home that goes farther than once round everything, what lies outside."""
    if not way:
        return
    ends = [Point(way[0].shape.coords[0]), Point(way[-1].shape.coords[-1])]
    if math.fsum(leg.length_m for leg in way) > _round_m([area, zones, *ends]):
        for leg in way:
            yield from _outside(leg, area, "on a way that is longer than once round everything")


def _runs(flown: Sequence[Leg], area: BaseGeometry) -> Iterator[list[Stray]]:
    """What of transits lies outside, joined where the next begins at the place where the last ends."""
    run: list[Stray] = []
    for leg in flown:
        for piece in _outside(leg, area, "though no zone bars the way inside it") if leg.kind in _SAID else []:
            if run and Point(run[-1].shape.coords[-1]).distance(Point(piece.shape.coords[0])) > _SLACK_M:
                yield run
                run = []
            run.append(piece)
    if run:
        yield run


def _outside(leg: Leg, area: BaseGeometry, why: str) -> list[Stray]:
    parts = [part for part in shapely.get_parts(leg.shape.difference(area)) if part.length > 0]
    return [Stray(leg, part, why) for part in sorted(parts, key=lambda one: leg.shape.project(Point(one.coords[0])))]


def _barred(first: Point, last: Point, area: BaseGeometry, zones: BaseGeometry) -> bool:
    """Whether zones lie between the two, or cut the area in parts that hold one each."""
    if LineString([first, last]).intersects(zones):
        return True
    parts = [part for part in shapely.get_parts(area.difference(zones)) if part.area > 0]
    nearest = [min(parts, key=lambda part: float(part.distance(end)), default=None) for end in (first, last)]
    return nearest[0] is not nearest[1]


def _round_m(shapes: list[BaseGeometry]) -> float:
    return float(shapely.union_all(shapes).convex_hull.length)
