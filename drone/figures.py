"""What a plan amounts to: length, time, coverage, what lies outside, and a hash to know it by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from shapely.geometry import LineString, Polygon

from drone.plane import LocalPlane, Points
from drone.touch_up import seen_from
from drone.types import PatrolPlan

# A small camera drone as its makers state it: the estimate of time rests on these three.
CLIMB_M_S = 2.5
DESCENT_M_S = 1.5
BRAKING_M_S2 = 2.5


@dataclass(frozen=True, slots=True)
class Figures:
    """`length_m` is from the first waypoint to the last, `transit_m` from home and back; `duration_s` is the whole
    flight with climb, turns and descent, without wind. `coverage` is the share of the area within half a spacing of
    the legs, `outside_m` the length of legs that lie outside the area."""

    length_m: float
    transit_m: float
    duration_s: float
    coverage: float
    outside_m: float
    hash: str


def figures(plan: PatrolPlan, area: Polygon, spacing_m: float) -> Figures:
    """The figures of a plan over `area` (longitude, latitude), measured on the waypoints as they are written."""
    plane = LocalPlane((area.centroid.x, area.centroid.y))
    route = plane.to_metres(np.array([(point.lon, point.lat) for point in plan.waypoints]))
    exterior, *holes = (plane.to_metres(np.asarray(ring.coords)) for ring in (area.exterior, *area.interiors))
    ground = Polygon(exterior, holes)
    line = LineString(route) if len(route) > 1 else LineString([route[0], route[0]])
    (home,) = plane.to_metres(np.array([plan.home]))
    transit_m = float(np.hypot(*(route[0] - home)) + np.hypot(*(route[-1] - home)))
    return Figures(
        length_m=float(line.length),
        transit_m=transit_m,
        duration_s=_duration_s(plan, np.vstack([home, route, home])),
        coverage=float(ground.intersection(seen_from(route, spacing_m / 2)).area / ground.area),
        outside_m=float(line.difference(ground).length),
        hash=plan_hash(plan),
    )


def plan_hash(plan: PatrolPlan) -> str:
    """What `PatrolPlan.hash` gives."""
    return plan.hash


def _duration_s(plan: PatrolPlan, path: Points) -> float:
    """Legs at speed, the time that each turn costs in braking and gaining speed again, climb and descent."""
    speed = plan.waypoints[0].speed_m_s
    height = max(point.height_above_home_m for point in plan.waypoints)
    legs = np.diff(path, axis=0)
    lengths = np.hypot(*legs.T)
    legs, lengths = legs[lengths > 1e-3], lengths[lengths > 1e-3]
    cosines = (legs[:-1] * legs[1:]).sum(axis=1) / (lengths[:-1] * lengths[1:])
    stops = (1 - np.clip(cosines, -1, 1)) / 2  # 0 straight on, 1 turning back
    turning_s = float(stops.sum()) * speed / BRAKING_M_S2 + (speed / BRAKING_M_S2 if len(legs) else 0)
    return float(lengths.sum()) / speed + turning_s + height / CLIMB_M_S + height / DESCENT_M_S
