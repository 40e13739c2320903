"""The columns of air in which a drone climbs and descends, and when it is in or near one: there drones that fly one
above the other could meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from shapely.geometry import Point

from drone.check.path import Leg, legs
from drone.plane import LocalPlane
from drone.types import PatrolPlan

NEAR_M = 30.0  # on the ground: wind, GNSS, and half of that again
_GAP_S, _EVERY_M = 30.0, 10.0
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Column:
    """When a flight climbs and descends, and when it is near a place where any does, in seconds from its start."""

    rising: tuple[Span, ...]
    near: tuple[Span, ...]


def columns(plan: PatrolPlan, duration_s: float) -> Column:
    plane = LocalPlane(plan.home)
    flown = legs(plan, plane)
    ends = [Point(leg.shape.coords[0]) for leg in flown if leg.kind in ("climb", "descent")]
    fixed_s = sum(_vertical_s(leg) for leg in flown)
    level_s = sum(_level_s(leg) for leg in flown)
    # Turns cost time that is known for the whole only: it is spread over the ways.
    slower = (duration_s - fixed_s) / level_s if level_s else 1.0
    rising: list[Span] = []
    near: list[Span] = []
    now_s = 0.0
    for leg in flown:
        lasts_s = _vertical_s(leg) + _level_s(leg) * slower
        if leg.kind in ("climb", "descent"):
            rising.append((now_s, now_s + lasts_s))
            near.append((now_s, now_s + lasts_s))
        elif min(leg.shape.distance(end) for end in ends) <= NEAR_M:
            away_m = np.append(np.arange(0.0, leg.length_m, _EVERY_M), leg.length_m)
            close = [min(leg.shape.interpolate(float(at)).distance(end) for end in ends) <= NEAR_M for at in away_m]
            at_s = now_s + away_m[close] / max(leg.length_m, 1e-6) * lasts_s
            if len(at_s):
                near.append((float(at_s.min()), float(at_s.max())))
        now_s += lasts_s
    return Column(tuple(rising), tuple(near))


def _vertical_s(leg: Leg) -> float:
    return leg.vertical_s if leg.kind in ("climb", "descent") else 0.0


def _level_s(leg: Leg) -> float:
    if leg.kind in ("climb", "descent"):
        return 0.0
    return max(leg.length_m / leg.speed_m_s, leg.vertical_s) + leg.hold_s


def meet(one: Column, one_at_s: float, other: Column, other_at_s: float) -> bool:
    return _overlap(one.rising, one_at_s, other.near, other_at_s) or _overlap(
        other.rising, other_at_s, one.near, one_at_s
    )


def _overlap(ones: tuple[Span, ...], one_at_s: float, others: tuple[Span, ...], other_at_s: float) -> bool:
    shift_s = other_at_s - one_at_s
    return any(
        start <= end_other + shift_s + _GAP_S and start_other + shift_s <= end + _GAP_S
        for start, end in ones
        for start_other, end_other in others
    )
