"""A patrol over an area: back and forth at even spacing, every leg inside and off the no-fly zones, over as many
batteries as it takes, at the sweep angle that is shortest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from drone import coverage, keep_out
from drone.assemble import assembled
from drone.battery import Battery
from drone.course import over_batteries
from drone.errors import BadArea, PlanRefused
from drone.fence import fence
from drone.figures import Figures, figures
from drone.geojson import checked
from drone.plane import LocalPlane, Points
from drone.types import PatrolPlan, Zone
from drone.ways import Ways, open_air

FARTHEST_HOME_M = 20_000.0


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
class KeepOut:
    """No-fly zones and how far to stay off them, in metres on the ground; people's zones are kept out of too, without
    the buffer. All ways stay inside `fence` (longitude, latitude)."""

    zones: tuple[Zone, ...] = ()
    buffer_m: float = 0.0
    fence: Polygon | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.buffer_m) and 0 <= self.buffer_m <= 10_000):
            raise BadArea(f"the no-fly buffer must be from 0 to 10000 m, got {self.buffer_m:g}")


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """Plans over an area, one for each battery, with the figures of them all; `sweep_deg` is the direction of the
    swaths of its largest part, counter-clockwise from east."""

    flights: tuple[PatrolPlan, ...]
    figures: Figures
    sweep_deg: float

    @property
    def plan(self) -> PatrolPlan:
        return self.flights[0]


def plan_area(
    area: Polygon,
    flight: Flight,
    home: tuple[float, float],
    *,
    name: str = "area",
    keep_out_of: KeepOut = KeepOut(),
    battery: Battery = Battery(),  # noqa: B008 frozen
    drones: int = 1,
) -> AreaPlan:
    """Plan a patrol over `area` (longitude, latitude; concave and with holes as it may be) from `home` (lon, lat).

    Deterministic: the same input gives the same plan. Waypoints are rounded to 1e-7 degrees, as MAVLink carries them.
    The ways from home and back run round no-fly zones and the area's holes, and through the area where home lies in
    it. Where zones cut the area in parts, ways between parts may lie outside it: those legs are marked `transit`.

    Raises:
        BadArea: no plan can be made of this; the message says why.
        PlanRefused: the plan would break a rule.
    """
    checked(area)
    plane = LocalPlane((area.centroid.x, area.centroid.y))
    ground = _ground(area, plane)
    start = _home_on(plane, ground, home)
    margin_m = coverage.margin_m(ground, plane)
    flyable, allowed = coverage.insets(ground, margin_m)
    zones = keep_out.near(keep_out_of.zones, surroundings(shapely.union_all([area, Point(home)]), keep_out_of.buffer_m))
    shapes = [keep_out.on_plane(zone, plane) for zone in keep_out.at_height(zones, flight.height_m)]
    barred = keep_out.union(shapes, keep_out.kept_m(keep_out_of.buffer_m) + margin_m)
    check_home(zones, plane, start, keep_out_of.buffer_m, flight.height_m)
    to_see = ground.difference(shapely.union_all(shapes)) if shapes else ground
    parts = coverage.parts_of(flyable, allowed, barred, margin_m)
    border = _border(keep_out_of.fence, ground, start, plane)
    ways = Ways(parts, open_air(ground, start, barred, margin_m, border), margin_m)
    angle, course = coverage.over_parts(parts, to_see, ways, start, flight.spacing_m)
    pieces = over_batteries(course, start, ways.way, battery, flight.speed_m_s, flight.height_m, drones)
    paths = [np.vstack([start, piece.points, start]) for piece in pieces]
    guard = fence(ground, paths, shapes, plane)
    flights = tuple(
        assembled(
            name if len(pieces) == 1 else f"{name} {number} of {len(pieces)}",
            home,
            piece,
            plane,
            height_m=flight.height_m,
            speed_m_s=flight.speed_m_s,
            fence=guard,
            no_fly=zones,
        )
        for number, piece in enumerate(pieces, start=1)
    )
    measured = figures(flights, area, flight.spacing_m, shapes, keep_out_of.buffer_m, battery.wind_m_s)
    if measured.outside_m > 0 or measured.no_fly_m > 0:
        raise PlanRefused(
            f"the plan would leave the area for {measured.outside_m:.3f} m and enter no-fly zones for "
            f"{measured.no_fly_m:.3f} m: report this area, please"
        )
    return AreaPlan(flights, measured, angle)


def _ground(area: Polygon, plane: LocalPlane) -> Polygon:
    exterior, *holes = (plane.to_metres(np.asarray(ring.coords)) for ring in (area.exterior, *area.interiors))
    return Polygon(exterior, holes)


def surroundings(places: BaseGeometry, buffer_m: float) -> tuple[float, float, float, float]:
    """The box in degrees that holds every way and each zone that is kept off: the area and home, 3 km on."""
    return keep_out.box_around(*places.bounds, 3_000 + buffer_m)


def _home_on(plane: LocalPlane, ground: Polygon, home: tuple[float, float]) -> Points:
    lon, lat = home
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise BadArea(f"home must be longitude, latitude in degrees, got {lon:g}, {lat:g}")
    point: Points = plane.to_metres(np.array([home]))[0]
    away = ground.distance(Point(point)) if np.isfinite(point).all() else math.inf
    if away > FARTHEST_HOME_M:
        raise BadArea(
            f"home is {away / 1000:.0f} km from the area, at most {FARTHEST_HOME_M / 1000:.0f} km is planned "
            "(longitude comes first)"
        )
    return point


def _border(fence: Polygon | None, ground: Polygon, home: Points, plane: LocalPlane) -> Polygon | None:
    if fence is None:
        return None
    inside: Polygon = shapely.transform(fence, plane.to_metres)
    beyond_m2 = ground.difference(inside).area
    if beyond_m2 > 1e-3 * ground.area:
        raise BadArea(f"{beyond_m2:.0f} m² of the area lie outside the geofence: plan the part that lies within it")
    if not inside.contains(Point(home)):
        raise BadArea("home lies outside the geofence")
    return inside


def check_home(zones: tuple[Zone, ...], plane: LocalPlane, home: Points, buffer_m: float, height_m: float) -> None:
    """Raises BadArea where home lies in a zone, or nearer to one than the buffer."""
    for zone in keep_out.below(zones, height_m):
        away = keep_out.on_plane(zone, plane).distance(Point(home))
        if away <= keep_out.kept_m(buffer_m) + 0.05:
            raise BadArea(
                f"home lies {f'{away:.1f} m from' if away else 'in'} no-fly zone {zone.name!r}, and "
                f"{max(buffer_m, keep_out.CUT_M):g} m are to be kept: take off somewhere else"
            )
