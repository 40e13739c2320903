"""The way that a mission flies: its legs by mission item, and where on a leg a position is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from drone.mission import LAND, LOITER_TURNS, RETURN, TAKEOFF, WAYPOINT, MissionItem, mission_items
from drone.plane import LocalPlane
from drone.types import PatrolPlan, Place

SPLINE, LOITER_UNLIMITED, LOITER_TIME = 82, 17, 19
NAV = frozenset({WAYPOINT, LOITER_UNLIMITED, LOITER_TURNS, LOITER_TIME, RETURN, LAND, TAKEOFF, SPLINE})


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the air; `height_m` above home."""

    place: Place
    height_m: float


@dataclass(frozen=True, slots=True)
class Leg:
    """The way to nav item `item` (counted from 0 in `mission_items`); `before_m` is what was flown until it begins."""

    item: int
    command: int
    start: Spot
    end: Spot
    length_m: float
    before_m: float


class Route:
    """The legs of a plan, on a plane round its home."""

    def __init__(self, plan: PatrolPlan) -> None:
        self.items: tuple[MissionItem, ...] = mission_items(plan)
        self._plane = LocalPlane(plan.home)
        self.legs = tuple(self._legs(Spot(plan.home, 0.0)))
        # In metres once: a position comes five times a second, a projection costs 0.1 ms.
        self._ends = {leg.item: (self._metres(leg.start), self._metres(leg.end)) for leg in self.legs}
        self.length_m = self.legs[-1].before_m + self.legs[-1].length_m if self.legs else 0.0

    def leg_to(self, item: int) -> Leg:
        """The leg that is flown while the autopilot says it is at `item`; of items in between, the one that follows."""
        return next((leg for leg in self.legs if leg.item >= item), self.legs[-1])

    def is_last(self, leg: Leg) -> bool:
        """Whether the patrol's work is done on it: the way home, or down."""
        return leg.command in (RETURN, LAND)

    def fraction(self, leg: Leg, spot: Spot) -> float:
        """How much of the leg lies behind, 0 to 1. Of circles, whose turns nobody tells, none."""
        if leg.command == LOITER_TURNS:
            return 0.0
        if leg.length_m < 0.01:
            return 1.0
        begin, finish = self._ends[leg.item]
        along, here = finish - begin, self._metres(spot)
        return float(np.clip((here - begin) @ along / (along @ along), 0.0, 1.0))

    def spot(self, leg: Leg, fraction: float) -> Spot:
        begin, finish = self._ends[leg.item]
        east, north, up = begin + fraction * (finish - begin)
        lon, lat = self._plane.to_degrees(np.array([[east, north]]))[0]
        return Spot((float(lon), float(lat)), float(up))

    def distance_m(self, one: Spot, other: Spot) -> float:
        return float(np.linalg.norm(self._metres(one) - self._metres(other)))

    def _legs(self, at: Spot) -> list[Leg]:
        home, before_m = at.place, 0.0
        found: list[Leg] = []
        for number, item in enumerate(self.items):
            if item.command not in NAV:
                continue
            end = _end(item, at, home)
            length_m = self.distance_m(at, end)
            found.append(Leg(number, item.command, at, end, length_m, before_m))
            at, before_m = end, before_m + length_m
        return found

    def _metres(self, spot: Spot) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        east, north = self._plane.to_metres(np.array([spot.place]))[0]
        return np.array([east, north, spot.height_m])


def _end(item: MissionItem, at: Spot, home: Place) -> Spot:
    lat, lon, height_m = item.params[4:]
    if item.command == TAKEOFF:
        return Spot(home, height_m)  # straight up, wherever the item says
    if item.command == RETURN:
        return Spot(home, at.height_m)
    if item.command == LAND:
        return Spot((lon, lat), at.height_m)
    if not item.has_place or (lat == 0 and lon == 0) or math.isnan(lat) or math.isnan(lon):
        return at
    return Spot((lon, lat), height_m)
