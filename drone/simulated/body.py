"""A multicopter's body, as simple as it can be and still stop, turn and climb: positions in metres on a plane."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from drone.plane import LocalPlane
from drone.types import Place

ACCELERATION_M_S2 = 2.5
CLIMB_M_S = 2.5
DESCENT_M_S = 1.5
AHEAD_M = 4.0


@dataclass(slots=True)
class Body:
    """East, north and height above home in metres; `speed_m_s` along its way."""

    plane: LocalPlane
    per_degree: tuple[float, float]
    east_m: float = 0.0
    north_m: float = 0.0
    height_m: float = 0.0
    velocity: tuple[float, float] = (0.0, 0.0)
    climb_m_s: float = 0.0

    @classmethod
    def at(cls, home: Place) -> Body:
        """Standing there. Degrees are metres in proportion: within 1 km that bows a straight line by 4 cm, and costs
        a hundredth of a projection, which is what a simulated flight mostly did."""
        plane = LocalPlane(home)
        corner = plane.to_metres(np.array([(home[0] + 1e-3, home[1] + 1e-3)]))[0]
        return cls(plane, (float(corner[0]) * 1e3, float(corner[1]) * 1e3))

    @property
    def place(self) -> Place:
        lon, lat = self.plane.centre
        return lon + self.east_m / self.per_degree[0], lat + self.north_m / self.per_degree[1]

    @property
    def speed_m_s(self) -> float:
        return math.hypot(*self.velocity)

    def metres(self, place: Place) -> tuple[float, float]:
        lon, lat = self.plane.centre
        return (place[0] - lon) * self.per_degree[0], (place[1] - lat) * self.per_degree[1]

    def towards(
        self,
        target: tuple[float, float] | None,
        height_m: float,
        speed_m_s: float,
        dt_s: float,
        start: tuple[float, float] | None = None,
    ) -> float:
        """Fly a step; `target` None: stand. `start`: keep to the line from there. Returns the distance that is left,
        level and up together."""
        self._climb(height_m, dt_s)
        away = (target[0] - self.east_m, target[1] - self.north_m) if target else (0.0, 0.0)
        left_m = math.hypot(*away)
        # Slow down in time to stop there.
        wanted_m_s = min(speed_m_s, math.sqrt(2 * ACCELERATION_M_S2 * left_m)) if target else 0.0
        if target and start:
            away = self._ahead(start, target, left_m)
        aim_m = math.hypot(*away)
        wanted = (away[0] / aim_m * wanted_m_s, away[1] / aim_m * wanted_m_s) if aim_m > 1e-6 else (0.0, 0.0)
        change = (wanted[0] - self.velocity[0], wanted[1] - self.velocity[1])
        share = min(1.0, 2 * ACCELERATION_M_S2 * dt_s / max(math.hypot(*change), 1e-9))
        self.velocity = (self.velocity[0] + change[0] * share, self.velocity[1] + change[1] * share)
        self.east_m += self.velocity[0] * dt_s
        self.north_m += self.velocity[1] * dt_s
        return math.hypot(left_m, height_m - self.height_m)

    def _ahead(self, start: tuple[float, float], end: tuple[float, float], left_m: float) -> tuple[float, float]:
        """To a point of the line a little ahead of where it is."""
        line = (end[0] - start[0], end[1] - start[1])
        length_m = math.hypot(*line)
        if left_m < AHEAD_M or length_m < AHEAD_M:
            return end[0] - self.east_m, end[1] - self.north_m
        here = (self.east_m - start[0], self.north_m - start[1])
        along_m = (here[0] * line[0] + here[1] * line[1]) / length_m + AHEAD_M
        share = min(1.0, max(0.0, along_m / length_m))
        return start[0] + share * line[0] - self.east_m, start[1] + share * line[1] - self.north_m

    def _climb(self, height_m: float, dt_s: float) -> None:
        step = max(-DESCENT_M_S * dt_s, min(CLIMB_M_S * dt_s, height_m - self.height_m))
        self.height_m += step
        self.climb_m_s = step / dt_s
