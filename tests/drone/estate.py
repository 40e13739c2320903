"""An estate with a courtyard, a notch and no-fly zones, in metres east and north of one place, by geographiclib."""

from __future__ import annotations

import math

from geographiclib.geodesic import Geodesic
from shapely.geometry import LineString, Polygon

from drone.types import PatrolPlan, Zone

EARTH = Geodesic.WGS84
PLACE = (113.85, 27.62)


def at(east_m: float, north_m: float) -> tuple[float, float]:
    there = EARTH.Direct(PLACE[1], PLACE[0], math.degrees(math.atan2(east_m, north_m)), math.hypot(east_m, north_m))
    return there["lon2"], there["lat2"]


def zone(*corners_m: tuple[float, float], name: str = "school", **limits: float) -> Zone:
    return Zone(name, "no_fly", (tuple(at(*corner) for corner in corners_m),), **limits)


AREA = Polygon(
    [at(*p) for p in [(0, 0), (500, 0), (500, 400), (300, 400), (300, 200), (200, 200), (200, 400), (0, 400)]],
    [[at(*p) for p in [(60, 60), (110, 60), (110, 120), (60, 120)]]],
)
YARD = zone((150, 50), (180, 50), (180, 90))
KERB = zone((380, 250), (420, 250), (420, 300), (380, 300), name="kerb")
RAIL = zone((240, -50), (260, -50), (260, 450), (240, 450), name="rail")
WALL = zone((-60, -200), (30, -60), (-100, -60), name="wall")
HOME = at(-30, -250)


def nearest_m(plan: PatrolPlan, one: Zone) -> float:
    """Over every 2 m of the whole flight, by distances on the ellipsoid's scale at each place."""
    path = [plan.home, *((w.lon, w.lat) for w in plan.waypoints), plan.home]
    east = EARTH.Inverse(PLACE[1], PLACE[0], PLACE[1], PLACE[0] + 1e-3)["s12"] / 1e-3
    north = EARTH.Inverse(PLACE[1], PLACE[0], PLACE[1] + 1e-3, PLACE[0])["s12"] / 1e-3
    flat = [(lon * east, lat * north) for lon, lat in path]
    return float(LineString(flat).distance(Polygon([(lon * east, lat * north) for lon, lat in one.rings[0]])))
