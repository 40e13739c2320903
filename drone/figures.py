"""What plans amount to: length, time, coverage, what lies outside or in no-fly zones, and a hash to know them by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString, Polygon

from drone.battery import flight_s
from drone.plane import LocalPlane, Points
from drone.touch_up import seen_from
from drone.types import PatrolPlan


@dataclass(frozen=True, slots=True)
class Figures:
    """`length_m` is from each flight's first waypoint to its last, `transit_m` from home to the first and from the
    last home; `duration_s` is all of it with climb, turns and descent. `coverage` is the share of what may be flown
    over (the area less no-fly zones and their buffer) that lies within half a spacing of the legs; `outside_m` the
    length of legs outside the area, transits apart; `no_fly_m` that of all ways, from take-off to landing, nearer to
    a no-fly zone than the buffer. `hash` is the plan's, or over the hashes of several."""

    length_m: float
    transit_m: float
    duration_s: float
    coverage: float
    outside_m: float
    no_fly_m: float
    hash: str


def figures(
    plans: Sequence[PatrolPlan],
    area: Polygon,
    spacing_m: float,
    zones: Sequence[Polygon] = (),
    buffer_m: float = 0.0,
    wind_m_s: float = 0.0,
) -> Figures:
    """The figures of the flights over `area` (longitude, latitude), measured on the waypoints as they are written.

    `zones` are in metres on the plane around the area's centroid.
    """
    plane = LocalPlane((area.centroid.x, area.centroid.y))
    exterior, *holes = (plane.to_metres(np.asarray(ring.coords)) for ring in (area.exterior, *area.interiors))
    ground = Polygon(exterior, holes)
    # 1 mm less than asked: the writing of numbers is not held against a plan.
    barred = shapely.union_all([zone.buffer(buffer_m - 0.001, quad_segs=16) for zone in zones])
    flights = [Flown(plan, plane) for plan in plans]
    surveys = shapely.union_all([flight.survey() for flight in flights])
    seen = shapely.union_all([seen_from(flight.route, spacing_m / 2) for flight in flights])
    allowed = ground.difference(barred)
    return Figures(
        length_m=sum(flight.length_m for flight in flights),
        transit_m=sum(flight.transit_m for flight in flights),
        duration_s=sum(flight.duration_s(wind_m_s) for flight in flights),
        coverage=float(allowed.intersection(seen).area / allowed.area),
        outside_m=float(surveys.difference(ground).length),
        no_fly_m=float(sum(LineString(flight.path).intersection(barred).length for flight in flights)),
        hash=flights_hash(plans),
    )


class Flown:
    """One flight on the plane: `path` with home at both ends, `route` from the first waypoint to the last."""

    def __init__(self, plan: PatrolPlan, plane: LocalPlane) -> None:
        self._plan = plan
        self.route: Points = plane.to_metres(np.array([(point.lon, point.lat) for point in plan.waypoints]))
        (home,) = plane.to_metres(np.array([plan.home]))
        self.path: Points = np.vstack([home, self.route, home])

    @property
    def length_m(self) -> float:
        return float(np.hypot(*np.diff(self.route, axis=0).T).sum())

    @property
    def transit_m(self) -> float:
        return float(np.hypot(*(self.path[1] - self.path[0])) + np.hypot(*(self.path[-1] - self.path[-2])))

    def duration_s(self, wind_m_s: float = 0.0) -> float:
        points = self._plan.waypoints
        speeds = np.array([*(point.speed_m_s for point in points), points[-1].speed_m_s])
        height = max(point.height_above_home_m for point in points)
        return flight_s(self.path, speeds, height, wind_m_s) + sum(point.hold_s for point in points)

    def survey(self) -> MultiLineString:
        """The legs that look at something."""
        looking = [not point.transit for point in self._plan.waypoints[1:]]
        legs = np.stack([self.route[:-1], self.route[1:]], axis=1)[looking]
        return MultiLineString(list(legs))


def plan_hash(plan: PatrolPlan) -> str:
    """What `PatrolPlan.hash` gives."""
    return plan.hash


def flights_hash(plans: Sequence[PatrolPlan]) -> str:
    """One plan's own hash, or SHA-256 over the hashes of several in order."""
    if len(plans) == 1:
        return plans[0].hash
    return hashlib.sha256("\n".join(plan.hash for plan in plans).encode()).hexdigest()


def flown(plan: PatrolPlan) -> Flown:
    """One flight on a plane around home."""
    return Flown(plan, LocalPlane(plan.home))
