"""Two flights of any plans at times of their own: whether one is in the other's way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from shapely.geometry import LineString

from drone.columns import Column, columns, meet
from drone.fleet import LEAST_M, least_apart_m
from drone.plane import LocalPlane
from drone.types import Land, PatrolPlan, Place

# Ways of different homes nearer than this on the ground are in each other's way: their heights are not comparable.
APART_M = 50.0


@dataclass(frozen=True, slots=True)
class Timed:
    """A plan, and the seconds from take-off to landing."""

    plan: PatrolPlan
    lasts_s: float


class Airspace:
    """Which of some flights, by name, are in each other's way; what is asked of a pair again and again is worked out
    once. A plane takes 15 ms to make, so that ways which begin within a tenth of a degree share one."""

    def __init__(self, flights: Mapping[str, Timed]) -> None:
        self._flights = flights
        self._planes: dict[Place, LocalPlane] = {}
        self._near: dict[tuple[str, str], bool] = {}
        self._layered: dict[tuple[str, str], bool] = {}
        self._columns: dict[str, Column] = {}

    def in_the_way(self, one: str, other: str, later_s: float) -> bool:
        """Whether `other`, which takes off so many seconds after `one` and before that is down, is in its way.

        Flights from one home to one landing place may cross, as drones that share a patrol do: with 5 m of height
        between them, and nobody within 30 m of either place while the other climbs or descends there.
        """
        if not self._comes_near(one, other):
            return False
        if not self._one_above_the_other(one, other):
            return True
        return meet(self._column(one), 0.0, self._column(other), later_s)

    def same_home(self, one: str, other: str) -> bool:
        return self._flights[one].plan.home == self._flights[other].plan.home

    def _comes_near(self, one: str, other: str) -> bool:
        if (one, other) not in self._near:
            ways = [_way(self._flights[name].plan) for name in (one, other)]
            centre = (round(ways[0][0][0], 1), round(ways[0][0][1], 1))
            if centre not in self._planes:
                self._planes[centre] = LocalPlane(centre)
            lines = [LineString(self._planes[centre].to_metres(np.array(way))) for way in ways]
            self._near[one, other] = bool(lines[0].distance(lines[1]) < APART_M)
        return self._near[one, other]

    def _one_above_the_other(self, one: str, other: str) -> bool:
        if (one, other) not in self._layered:
            plans = [self._flights[name].plan for name in (one, other)]
            self._layered[one, other] = (
                plans[0].home == plans[1].home
                and _landing(plans[0]) == _landing(plans[1])
                and least_apart_m(plans[0], plans[1]) >= LEAST_M
            )
        return self._layered[one, other]

    def _column(self, name: str) -> Column:
        if name not in self._columns:
            flight = self._flights[name]
            self._columns[name] = columns(flight.plan, flight.lasts_s)
        return self._columns[name]


def _way(plan: PatrolPlan) -> list[Place]:
    """(lon, lat) of the whole flight, home at both ends, and where it lands."""
    return [plan.home, *((point.lon, point.lat) for point in plan.waypoints), _landing(plan)]


def _landing(plan: PatrolPlan) -> Place:
    return next(((item.lon, item.lat) for item in reversed(plan.items) if isinstance(item, Land)), plan.home)
