"""Several drones on one patrol: each on a height of its own, and never two in the column over home at a time.

Ways of two drones may cross: there the one is above the other by the separation. Only where one of them climbs or
descends, over home and where it lands, could they meet; take-offs are so far apart in time that nobody else is near.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from drone.check.path import legs
from drone.columns import NEAR_M, columns, meet
from drone.errors import PlanRefused
from drone.plane import LocalPlane, Points
from drone.types import Circle, PatrolPlan, PlanItem, Takeoff, Waypoint

LEAST_M = 5.0  # in height, where terrain bends the ways
SWAP_S = 180.0  # on the ground between two flights of one drone
_STEP_S = 60.0  # schedules are kept in whole minutes
_EVERY_M = 10.0


@dataclass(frozen=True, slots=True)
class Sortie:
    """One flight of one drone, counted from 1; it takes off so long after the first of all."""

    drone: int
    flight: int
    starts_after_s: float


def layered(flights: Sequence[PatrolPlan], drones: int, separation_m: float) -> tuple[PatrolPlan, ...]:
    """The flights in order, as many for each drone, each drone `separation_m` above the one before."""
    if drones == 1:
        return tuple(flights)
    each = len(flights) // drones
    found = []
    for index, plan in enumerate(flights):
        drone, flight = divmod(index, each)
        name = re.sub(r" \d+ of \d+$", "", plan.name) + f" drone {drone + 1}"
        higher = raised(plan, drone * separation_m)
        found.append(replace(higher, name=name if each == 1 else f"{name} flight {flight + 1}"))
    return tuple(found)


def raised(plan: PatrolPlan, by_m: float) -> PatrolPlan:
    """All of it higher, places that are looked at apart."""
    items: list[PlanItem] = [
        replace(item, height_above_home_m=round(item.height_above_home_m + by_m, 2))
        if isinstance(item, Takeoff | Waypoint | Circle)
        else item
        for item in plan.items
    ]
    return replace(plan, items=tuple(items)) if by_m else plan


def apart_m(flights: Sequence[PatrolPlan], drones: int) -> float:
    """The least difference of heights where ways of two drones come within 30 m of each other; infinite where none do.

    Raises:
        PlanRefused: it is under 5 m; the place is named.
    """
    if drones == 1:
        return math.inf
    plane = LocalPlane(flights[0].home)
    each = len(flights) // drones
    ways = [np.vstack([_samples(plan, plane) for plan in flights[n * each : (n + 1) * each]]) for n in range(drones)]
    least_m = math.inf
    for one in range(drones):
        for other in range(one + 1, drones):
            found_m, at = _closest(ways[one], ways[other], NEAR_M)
            if found_m < LEAST_M:
                lon, lat = plane.to_degrees(at[None])[0]
                raise PlanRefused(
                    f"separation at {lon:.6f},{lat:.6f}: drones {one + 1} and {other + 1} come within {NEAR_M:g} m "
                    f"there and are {found_m:.1f} m apart in height, {LEAST_M:g} m are the least: raise the separation"
                )
            least_m = min(least_m, found_m)
    return least_m


def least_apart_m(one: PatrolPlan, other: PatrolPlan) -> float:
    """The least difference of heights where ways of two plans from one home come within 30 m of each other; infinite
    where they do not."""
    plane = LocalPlane(one.home)
    ways = _samples(one, plane), _samples(other, plane)
    return _closest(*ways, NEAR_M)[0] if all(map(len, ways)) else math.inf


def _samples(plan: PatrolPlan, plane: LocalPlane) -> Points:
    """(N, 3): east, north, up along all ways; climbs and descents are kept apart in time."""
    rows = []
    for leg in legs(plan, plane):
        if leg.kind in ("climb", "descent") or not leg.length_m:
            continue
        for away_m in np.append(np.arange(0.0, leg.length_m, _EVERY_M), leg.length_m):
            point = leg.shape.interpolate(float(away_m))
            up = leg.heights_m[0] + away_m / leg.length_m * (leg.heights_m[1] - leg.heights_m[0])
            rows.append((point.x, point.y, up))
    return np.array(rows).reshape(-1, 3)


def _closest(one: Points, other: Points, near_m: float) -> tuple[float, Points]:
    best_m, at = math.inf, one[0, :2]
    for start in range(0, len(one), 500):
        part = one[start : start + 500]
        flat_m = np.hypot(*(part[:, None, :2] - other[None, :, :2]).transpose(2, 0, 1))
        up_m = np.where(flat_m <= near_m, np.abs(part[:, None, 2] - other[None, :, 2]), np.inf)
        row, column = np.unravel_index(int(np.argmin(up_m)), up_m.shape)
        if up_m[row, column] < best_m:
            best_m, at = float(up_m[row, column]), part[row, :2]
    return best_m, at


def timetable(flights: Sequence[PatrolPlan], durations_s: Sequence[float], drones: int) -> tuple[Sortie, ...]:
    """When each takes off, in the order of `flights`: the earliest whole minute after the first at which nobody is
    near home while another climbs or descends there, with half a minute to spare."""
    each = len(flights) // drones
    known = [columns(plan, duration_s) for plan, duration_s in zip(flights, durations_s, strict=True)]
    begun: dict[int, float] = {}
    for flight in range(each):
        for drone in range(drones):
            index = drone * each + flight
            free_s = begun[index - 1] + durations_s[index - 1] + SWAP_S if flight else 0.0
            begins_s = math.ceil(free_s / _STEP_S) * _STEP_S
            others = [(known[n], at_s) for n, at_s in begun.items() if n // each != drone]
            while any(meet(known[index], begins_s, column, at_s) for column, at_s in others):
                begins_s += _STEP_S
            begun[index] = begins_s
    return tuple(Sortie(n // each + 1, n % each + 1, begun[n]) for n in range(len(flights)))
