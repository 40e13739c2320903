"""A patrol over an area: back and forth at even spacing, every leg inside, at the sweep angle that is shortest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

from drone import sweep
from drone.errors import BadArea, PlanRefused
from drone.figures import Figures, figures
from drone.geojson import checked
from drone.inside import Inside
from drone.plane import LocalPlane, Points, sag_m
from drone.touch_up import ENOUGH, cover_the_rest, seen_from
from drone.types import PatrolPlan, Waypoint

_ANGLES_DEG = tuple(float(angle) for angle in range(0, 180, 5))
_TRIED_IN_FULL = 6  # the sweep angles that look shortest are worked out leg by leg
_FARTHEST_HOME_M = 20_000.0
_MOST_SWATHS = 5_000


@dataclass(frozen=True, slots=True)
class Flight:
    """How an area is to be flown: `height_m` above the take-off point, `spacing_m` between swaths."""

    height_m: float
    spacing_m: float
    speed_m_s: float

    def __post_init__(self) -> None:
        for name, most in (("height_m", 500.0), ("spacing_m", 1000.0), ("speed_m_s", 40.0)):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 < value <= most):
                raise BadArea(f"{name} must be above 0 and at most {most:g}, got {value:g}")


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """A plan over an area with its figures; `sweep_deg` is the direction of the swaths, counter-clockwise from east."""

    plan: PatrolPlan
    figures: Figures
    sweep_deg: float


def plan_area(area: Polygon, flight: Flight, home: tuple[float, float], *, name: str = "area") -> AreaPlan:
    """Plan a patrol over `area` (longitude, latitude; concave and with holes as it may be) from `home` (lon, lat).

    Deterministic: the same input gives the same plan. Waypoints are rounded to 1e-7 degrees, as MAVLink carries them.
    The way from home to the first waypoint and back is straight, and is not kept inside the area.

    Raises:
        BadArea: no plan can be made of this; the message says why.
        PlanRefused: the plan would leave the area.
    """
    checked(area)
    plane = LocalPlane((area.centroid.x, area.centroid.y))
    ground = _ground(area, plane)
    start = _home_on(plane, ground, home)
    flyable, allowed = _insets(ground, plane)
    inside = Inside(flyable, allowed)
    angle, route = _shortest(ground, flyable, inside, start, flight.spacing_m)
    plan = _plan(name, home, plane.to_degrees(_straightened(route)), flight)
    measured = figures(plan, area, flight.spacing_m)
    if measured.outside_m > 0:
        raise PlanRefused(f"the plan would leave the area for {measured.outside_m:.3f} m: report this area, please")
    return AreaPlan(plan, measured, angle)


def _shortest(
    ground: Polygon, flyable: Polygon, inside: Inside, start: Points, spacing_m: float
) -> tuple[float, Points]:
    """The sweep angle and route that see enough of the ground and are shortest."""
    best: tuple[bool, float, float] | None = None
    found = np.empty((0, 2))
    for angle in _promising_angles(flyable, spacing_m):
        route = _joined(sweep.order(sweep.cells(sweep.swaths(flyable, angle, spacing_m)), inside, start), inside)
        if best is not None and not best[0] and LineString(route).length > best[1]:
            continue  # detours only make it longer
        route = cover_the_rest(route, ground, flyable, inside, spacing_m)
        seen = seen_from(route, spacing_m / 2).intersection(ground).area / ground.area
        rank = (seen < ENOUGH, round(float(LineString(route).length), 3), angle)
        if best is None or rank < best:
            best, found = rank, route
    assert best is not None, "there is always an angle to try"
    return best[2], found


def _ground(area: Polygon, plane: LocalPlane) -> Polygon:
    exterior, *holes = (plane.to_metres(np.asarray(ring.coords)) for ring in (area.exterior, *area.interiors))
    return Polygon(exterior, holes)


def _home_on(plane: LocalPlane, ground: Polygon, home: tuple[float, float]) -> Points:
    lon, lat = home
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise BadArea(f"home must be longitude, latitude in degrees, got {lon:g}, {lat:g}")
    point: Points = plane.to_metres(np.array([home]))[0]
    away = ground.distance(Point(point)) if np.isfinite(point).all() else math.inf
    if away > _FARTHEST_HOME_M:
        raise BadArea(
            f"home is {away / 1000:.0f} km from the area, at most {_FARTHEST_HOME_M / 1000:.0f} km is planned "
            "(longitude comes first)"
        )
    return point


def _insets(ground: Polygon, plane: LocalPlane) -> tuple[Polygon, Polygon]:
    """Where waypoints may lie, and a little wider where legs may run: both inside by more than rounding and sag."""
    west, south, east, north = ground.bounds
    margin_m = 1.4 * (0.03 + sag_m(math.hypot(east - west, north - south), plane.centre[1]))
    parts = [
        sorted(_pieces(ground.buffer(-inset, quad_segs=2)), key=lambda part: float(part.area), reverse=True)
        for inset in (margin_m, 0.8 * margin_m)
    ]
    if not parts[0]:
        raise BadArea(f"the area is nowhere wider than {2 * margin_m:.2f} m: nothing can be flown inside it")
    lost = sum(part.area for part in parts[0][1:])
    if lost > 0.002 * ground.area:
        raise BadArea(
            f"the area falls into parts joined by necks narrower than {2 * margin_m:.2f} m: plan them one by one"
        )
    flyable = parts[0][0]
    allowed = max(parts[1], key=lambda part: float(part.intersection(flyable).area))
    return flyable, allowed


def _pieces(shape: Polygon) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if part.area > 0]


def _promising_angles(flyable: Polygon, spacing_m: float) -> list[float]:
    """The sweep angles whose swaths, and turns counted as one spacing each, are shortest."""
    west, south, east, north = flyable.bounds
    across = math.hypot(east - west, north - south)
    if across / spacing_m > _MOST_SWATHS:
        raise BadArea(f"a spacing of {spacing_m:g} m over {across:.0f} m needs over {_MOST_SWATHS} swaths: widen it")
    costs = []
    for angle in sorted({*_ANGLES_DEG, *_edge_angles(flyable)}):
        row = [swath for row in sweep.swaths(flyable, angle, spacing_m) for swath in row]
        costs.append((round(sum(swath.length_m for swath in row) + len(row) * spacing_m, 3), angle))
    return [angle for _, angle in sorted(costs)[:_TRIED_IN_FULL]]


def _edge_angles(flyable: Polygon) -> set[float]:
    """Directions of the longest edges: along them no swath ends askew."""
    edges = np.diff(np.asarray(flyable.exterior.coords), axis=0)
    longest = edges[np.argsort(-np.hypot(*edges.T), kind="stable")[:6]]
    return {round(float(np.degrees(np.arctan2(y, x))) % 180, 3) for x, y in longest}


def _joined(points: list[Points], inside: Inside) -> Points:
    """The flying order with the ways between filled in."""
    route = [points[0]]
    for target in points[1:]:
        way = inside.way(route[-1], target)
        if way is None:
            raise BadArea("part of the area cannot be reached from the rest without leaving it: plan them one by one")
        route.extend(way[1:])
    return np.array(route)


def _straightened(route: Points) -> Points:
    """Without points that repeat or lie on the way from the one before to the one after."""
    kept = [route[0]]
    for here, after in pairwise(route[1:]):
        on_the_way = LineString([kept[-1], after]).distance(Point(here)) < 1e-6
        if not on_the_way or np.dot(here - kept[-1], after - here) < 0:
            kept.append(here)
    return np.array([*kept, route[-1]])


def _plan(name: str, home: tuple[float, float], lonlat: Points, flight: Flight) -> PatrolPlan:
    places = [(round(float(lon), 7), round(float(lat), 7)) for lon, lat in lonlat]
    distinct = [place for index, place in enumerate(places) if index == 0 or place != places[index - 1]]
    return PatrolPlan(
        name=name,
        home=(round(home[0], 7), round(home[1], 7)),
        items=tuple(Waypoint(lon, lat, flight.height_m, flight.speed_m_s) for lon, lat in distinct),
    )
