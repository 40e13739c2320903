"""How long a flight takes, and what a battery may give."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from drone.errors import BadArea, PlanRefused
from drone.plane import Points

# A small camera drone as its makers state it: the estimate of time rests on these three.
CLIMB_M_S = 2.5
DESCENT_M_S = 1.5
BRAKING_M_S2 = 2.5


@dataclass(frozen=True, slots=True)
class Battery:
    """`endurance_s` is the time in the air of a full battery; `reserve` the share of it that lands with the drone.

    `wind_m_s` blows against half of every way: legs are counted as a drone flies them out and back at its speed
    through the air, v / (v² - w²), which is the worst direction.
    """

    endurance_s: float = math.inf
    reserve: float = 0.2
    wind_m_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.endurance_s > 0:
            raise BadArea(f"the endurance must be above 0, got {self.endurance_s / 60:g} min")
        if not 0 <= self.reserve < 1:
            raise BadArea(f"the reserve is a share from 0 to below 1 of the battery, got {self.reserve:g}")
        if not (math.isfinite(self.wind_m_s) and self.wind_m_s >= 0):
            raise BadArea(f"the wind must be 0 or above, got {self.wind_m_s:g} m/s")

    @property
    def usable_s(self) -> float:
        return self.endurance_s * (1 - self.reserve)


def flight_s(path: Points, speeds_m_s: Points | float, height_m: float, wind_m_s: float = 0.0) -> float:
    """Legs at speed, the time that each turn costs in braking and gaining speed again, climb and descent.

    `path` is (N, 2) in metres with home at both ends; `speeds_m_s` one for all legs or (N - 1,).
    """
    legs = np.diff(path, axis=0)
    lengths = np.hypot(*legs.T)
    moving = lengths > 1e-3
    speeds = np.broadcast_to(np.asarray(speeds_m_s, np.float64), lengths.shape)[moving]
    legs, lengths = legs[moving], lengths[moving]
    if not len(legs):
        return height_m / CLIMB_M_S + height_m / DESCENT_M_S
    if wind_m_s >= float(speeds.min()):
        raise PlanRefused(
            f"a wind of {wind_m_s:g} m/s is as fast as the drone at {speeds.min():g} m/s: raise the speed"
        )
    cosines = (legs[:-1] * legs[1:]).sum(axis=1) / (lengths[:-1] * lengths[1:])
    stops = (1 - np.clip(cosines, -1, 1)) / 2  # 0 straight on, 1 turning back
    turning_s = float((stops * speeds[1:]).sum() + speeds[0]) / BRAKING_M_S2
    against = speeds / (speeds**2 - wind_m_s**2)
    return float((lengths * against).sum()) + turning_s + height_m / CLIMB_M_S + height_m / DESCENT_M_S
