"""What a plan's items come to in the air: legs from place to place, circles, climb and descent."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from drone.battery import CLIMB_M_S, DESCENT_M_S
from drone.check.understood import LOITER_TIME, LOITER_TURNS, held_s
from drone.plane import LocalPlane, Points
from drone.types import Circle, Land, Other, PatrolPlan, Place, Return, Takeoff, Waypoint

# MAV_CMDs below this that have a place are flown to (common.xml: NAV commands end at 95).
_LAST_NAV = 95
_LOITERS = (17, LOITER_TURNS, LOITER_TIME, 31)


@dataclass(frozen=True, slots=True)
class Leg:
    """One straight piece of flight, or a circle, in metres on the plane. `item` counts the plan's items from 1;
    `says` names it for people. `heights_m` are above home at its start and end."""

    kind: Literal["climb", "out", "leg", "transit", "circle", "home", "descent"]
    item: int
    says: str
    shape: BaseGeometry
    heights_m: tuple[float, float]
    speed_m_s: float
    hold_s: float = 0.0

    @property
    def length_m(self) -> float:
        return float(self.shape.length)

    @property
    def vertical_s(self) -> float:
        """How long its climb or descent takes: a leg that is steep is flown no faster."""
        up_m = self.heights_m[1] - self.heights_m[0]
        return abs(up_m) / (CLIMB_M_S if up_m > 0 else DESCENT_M_S)

    def height_at(self, point: Point) -> float:
        """Above home, where the leg is nearest to `point`."""
        if self.length_m == 0:
            return max(self.heights_m)
        share = self.shape.project(point) / self.length_m
        return self.heights_m[0] + share * (self.heights_m[1] - self.heights_m[0])


def legs(plan: PatrolPlan, plane: LocalPlane) -> list[Leg]:
    """The whole flight, from take-off to landing."""
    walk = _Walk(plan, plane)
    for number, item in enumerate(plan.items, start=1):
        match item:
            case Takeoff(height):
                walk.climb(number, height)
            case Waypoint():
                walk.speed_m_s = item.speed_m_s
                walk.fly(number, (item.lon, item.lat), item.height_above_home_m, item.transit, max(0.0, item.hold_s))
            case Circle():
                walk.circle(number, item)
            case Land():
                walk.fly(number, (item.lon, item.lat), walk.height_m, True)
                walk.descend(number)
            case Return():
                walk.home(number)
            case Other() if held_s(item):
                walk.hold(held_s(item))
            case Other() if (place := flown_to(item)) is not None:
                walk.other(number, item, place)
    if not walk.landed:
        walk.home(len(plan.items) + 1)
    return walk.found


def flown_to(item: Other) -> Place | None:
    """Where another program's item leads; None for one that leads nowhere, or at no height that is known."""
    lat, lon, height = item.params[4:7]
    if lat is None or lon is None or height is None:
        return None
    return (lon, lat) if item.command < _LAST_NAV and item.frame in (3, 6) and not held_s(item) else None


class _Walk:
    def __init__(self, plan: PatrolPlan, plane: LocalPlane) -> None:
        self._plane = plane
        self._home = self._at(plan.home)
        self._here = self._home
        self._name = "home"
        self._waypoints = 0
        first = plan.waypoints[0] if plan.waypoints else None
        self.height_m = 0.0
        self._first_height_m = first.height_above_home_m if first else 0.0
        self.speed_m_s = first.speed_m_s if first else 5.0
        self.landed = False
        self._waited_s = 0.0
        self.found: list[Leg] = []

    def _at(self, place: Place) -> Points:
        return np.asarray(self._plane.to_metres(np.array([place]))[0])

    def climb(self, item: int, height_m: float) -> None:
        self._add("climb", item, "the climb", Point(self._here), (self.height_m, height_m))
        self.height_m = height_m

    def descend(self, item: int) -> None:
        self._add("descent", item, "the descent", Point(self._here), (self.height_m, 0.0))
        self.height_m = 0.0
        self.landed = True

    def home(self, item: int) -> None:
        line = LineString([self._here, self._home])
        self._add("home", item, f"the way home from {self._name}", line, (self.height_m, self.height_m))
        self._here = self._home
        self.descend(item)

    def fly(self, item: int, place: Place, height_m: float, transit: bool, hold_s: float = 0.0) -> None:
        if not self.found:
            self.climb(item, self._first_height_m)
        self.landed = False  # of a plan that lands in between, and goes on
        there = self._at(place)
        self._waypoints += 1
        name = f"waypoint {self._waypoints}"
        kind: Literal["out", "transit", "leg"] = "out" if self._waypoints == 1 else "transit" if transit else "leg"
        line = LineString([self._here, there])
        self._add(kind, item, f"the leg from {self._name} to {name}", line, (self.height_m, height_m), hold_s)
        self._here, self._name, self.height_m = there, name, height_m

    def hold(self, seconds: float) -> None:
        """Where it is; before the take-off the motors may turn already, which counts with the first climb."""
        if not self.found:
            self._waited_s += seconds
            return
        self.found[-1] = replace(self.found[-1], hold_s=self.found[-1].hold_s + seconds)

    def circle(self, item: int, circle: Circle) -> None:
        centre = self._at((circle.lon, circle.lat))
        towards = self._here - centre
        away = float(np.hypot(*towards))
        start = centre + (towards / away if away > 1e-6 else np.array([1.0, 0.0])) * circle.radius_m
        lonlat = self._plane.to_degrees(start[None])[0]
        self.fly(item, (float(lonlat[0]), float(lonlat[1])), circle.height_above_home_m, False)
        begin = math.atan2(*(towards[::-1])) if away > 1e-6 else 0.0
        turns = begin + np.radians(np.arange(0, 361, 5.0))
        ring = LineString(centre + circle.radius_m * np.column_stack([np.cos(turns), np.sin(turns)]))
        hold_s = max(0.0, abs(circle.turns) - 1) * ring.length / self.speed_m_s
        self._add("circle", item, f"the circle at {self._name}", ring, (self.height_m, self.height_m), hold_s)

    def other(self, item: int, other: Other, place: Place) -> None:
        first, _, third, _, _, _, height = other.params
        assert height is not None, "what is flown to has a height"
        hold_s = max(0.0, first or 0.0) if other.command == LOITER_TIME else 0.0
        if other.command in _LOITERS and third:
            turns = (first or 1.0) if other.command == LOITER_TURNS else 1.0
            turns = max(turns, hold_s * self.speed_m_s / (2 * math.pi * abs(third)))
            self.circle(item, Circle(*place, height, abs(third), turns, third > 0))
        else:
            self.fly(item, place, height, False, hold_s)

    def _add(
        self,
        kind: Literal["climb", "out", "leg", "transit", "circle", "home", "descent"],
        item: int,
        says: str,
        shape: BaseGeometry,
        heights_m: tuple[float, float],
        hold_s: float = 0.0,
    ) -> None:
        self.found.append(Leg(kind, item, says, shape, heights_m, self.speed_m_s, hold_s + self._waited_s))
        self._waited_s = 0.0


def length_m(found: list[Leg]) -> float:
    """Flown over the ground, with climbs and descents left out."""
    return math.fsum(leg.length_m for leg in found)
