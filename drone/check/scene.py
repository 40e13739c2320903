"""A plan and its rules on one plane in metres: what every rule looks at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from drone import keep_out
from drone.check.ground import Ground
from drone.check.path import Leg, flown_to, legs
from drone.check.terms import Broken, Rules
from drone.plane import LocalPlane, Points
from drone.types import Circle, FenceCircle, FencePolygon, Land, Other, PatrolPlan, Waypoint, Zone

_NEAR_M = 5_500.0
SLACK_M = 0.001  # the writing of numbers is not held against a plan


@dataclass(frozen=True, slots=True)
class Barred:
    """A zone on the plane; `wide` is with its buffer."""

    zone: Zone
    shape: Polygon
    wide: BaseGeometry
    buffer_m: float

    @property
    def named(self) -> str:
        return f"{'no-fly zone' if self.zone.kind == 'no_fly' else 'people at'} {self.zone.name!r}"

    def holds(self, low_m: float, high_m: float) -> bool:
        """Whether it holds somewhere between two heights above ground."""
        floor_m, ceiling_m = self.zone.floor_m, self.zone.ceiling_m
        return (floor_m is None or floor_m <= high_m) and (ceiling_m is None or ceiling_m >= low_m)


class Scene:
    """Raises `BadArea` for a zone whose outline is none, and where the rules' terrain ends."""

    def __init__(self, plan: PatrolPlan, rules: Rules) -> None:
        self.plan, self.rules = plan, rules
        places = places_of(plan)
        centre = (places.min(axis=0) + places.max(axis=0)) / 2
        self.plane = LocalPlane((float(centre[0]), float(centre[1])))
        self.legs = legs(plan, self.plane)
        self.ground = Ground(rules.terrain, self.plane, plan.home)
        self.barred = [self._bar(zone) for zone in near_plan(rules.zones, plan, rules.widest_m)]

    def _bar(self, zone: Zone) -> Barred:
        shape = keep_out.on_plane(zone, self.plane)
        buffer_m = self.rules.buffer_m if zone.kind == "no_fly" else self.rules.people_buffer_m
        return Barred(zone, shape, shape.buffer(buffer_m - SLACK_M, quad_segs=32), buffer_m)

    @cached_property
    def fences(self) -> tuple[list[tuple[str, BaseGeometry]], list[tuple[str, BaseGeometry]]]:
        """What everything stays inside of, and what out of, each with its name."""
        inside: list[tuple[str, BaseGeometry]] = []
        outside: list[tuple[str, BaseGeometry]] = []
        if self.rules.fence is not None:
            inside.append(("the geofence", self.on_plane(self.rules.fence)))
        for number, (part, shape) in enumerate(self.own_fences, start=1):
            (inside if part.inclusion else outside).append((f"fence {number} of the plan", shape))
        return inside, outside

    @cached_property
    def own_fences(self) -> list[tuple[FencePolygon | FenceCircle, BaseGeometry]]:
        """What goes up with the plan, on the plane."""
        return [(part, self._fence_shape(part)) for part in self.plan.fence]

    def _fence_shape(self, part: FencePolygon | FenceCircle) -> BaseGeometry:
        if isinstance(part, FenceCircle):
            return Point(self.at(part.lon, part.lat)).buffer(part.radius_m, quad_segs=64)
        return Polygon(self.plane.to_metres(np.array(part.ring)))

    def at(self, lon: float, lat: float) -> Points:
        found: Points = self.plane.to_metres(np.array([(lon, lat)]))[0]
        return found

    def on_plane(self, shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, self.plane.to_metres)

    def bounds(self) -> tuple[float, float, float, float]:
        """All that is flown and returned over: west, south, east, north in degrees."""
        shapes = [leg.shape for leg in self.legs] + [Point(self.at(one.lon, one.lat)) for one in self.plan.rally]
        west, south, east, north = shapely.union_all(shapes).bounds
        corners = self.plane.to_degrees(np.array([(west, south), (west, north), (east, south), (east, north)]))
        (low_lon, low_lat), (high_lon, high_lat) = corners.min(axis=0), corners.max(axis=0)
        return float(low_lon), float(low_lat), float(high_lon), float(high_lat)

    def said(self, height_m: float) -> str:
        """A height of a profile in words."""
        return f"{height_m:.0f} m above the ground" if self.ground.known else f"{height_m:g} m up"

    def broken(self, rule: str, leg: Leg, at: Point, detail: str) -> Broken:
        (lon, lat) = self.plane.to_degrees(np.array([[at.x, at.y]]))[0]
        return Broken(rule, round(float(lon), 7), round(float(lat), 7), round(leg.height_at(at), 2), leg.item, detail)


def places_of(plan: PatrolPlan) -> Points:
    """Home, rally points, and all that items of the plan are flown to or circle round, degrees (N, 2)."""
    found = [plan.home, *((point.lon, point.lat) for point in plan.rally)]
    for item in plan.items:
        match item:
            case Waypoint() | Circle() | Land():
                found.append((item.lon, item.lat))
            case Other() if (place := flown_to(item)) is not None:
                found.append(place)
    return np.array(found)


def near_plan(zones: tuple[Zone, ...], plan: PatrolPlan, buffer_m: float = 0.0) -> tuple[Zone, ...]:
    """The zones within some kilometres of a plan, and within the buffer by which they are kept off. Raises `BadArea`
    for one with its coordinates the wrong way round."""
    places = places_of(plan)
    (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
    return keep_out.near(zones, keep_out.box_around(west, south, east, north, _NEAR_M + buffer_m))


def first_of(leg: Leg, part: BaseGeometry) -> Point:
    """The place of `part` that the leg comes to first."""
    corners = [Point(xy) for xy in shapely.get_coordinates(part)]
    return min(corners, key=lambda point: float(leg.shape.project(point)) if leg.length_m else 0.0)


def end_of(leg: Leg, last: bool = True) -> Point:
    return Point(leg.shape.coords[-1 if last else 0])
