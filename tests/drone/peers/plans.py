"""Plans for tests: small, with everything that is uploaded."""

from __future__ import annotations

import math

from drone.types import (
    FenceCircle,
    FencePolygon,
    Gimbal,
    PatrolPlan,
    Photo,
    Place,
    PlanItem,
    Rally,
    Return,
    Takeoff,
    Waypoint,
)
from tests.drone.peers.world import HOME

EVERY_M = 10.0
METRES_PER_DEGREE = 111_320.0


def at(east_m: float, north_m: float) -> Place:
    """A place by metres from HOME, to a centimetre or two over 300 m."""
    lon, lat = HOME
    return lon + east_m / (METRES_PER_DEGREE * math.cos(math.radians(lat))), lat + north_m / METRES_PER_DEGREE


def sweep(rows: int = 4, *, row_m: float = 100.0, apart_m: float = 25.0, speed_m_s: float = 8.0) -> PatrolPlan:
    """Up, back and forth over `rows` rows with a picture each 10 m, home; fence, a hole in it, and a rally point."""
    corners = [
        (side * row_m + 20, row * apart_m)
        for row in range(rows)
        for side in ((0, 1) if row % 2 == 0 else (1, 0))
    ]  # fmt: skip
    first, *others = [Waypoint(*at(*corner), 30.0, speed_m_s) for corner in corners]
    items: tuple[PlanItem, ...] = (
        Takeoff(30.0),
        Gimbal(-45.0, 90.0),
        first,
        Photo(EVERY_M),
        *others,
        Photo(0.0),
        Return(),
    )
    far = 400.0
    fence = FencePolygon((at(-far, -far), at(far, -far), at(far, far), at(-far, far)), inclusion=True)
    hole = FenceCircle(*at(-100, -100), 20.0, inclusion=False)
    return PatrolPlan("sweep", HOME, items, (fence, hole), (Rally(*at(0, 40), 25.0),))
