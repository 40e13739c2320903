"""A patrol over an area sees all of it and never leaves it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import LineString, Polygon

from drone.area import AreaPlan, Flight, plan_area
from drone.errors import BadArea
from drone.figures import plan_hash
from drone.plane import LocalPlane
from drone.types import PatrolPlan

PLACE = (113.85, 27.62)
EARTH = Geod(ellps="WGS84")


def around(corners_m: list[tuple[float, float]], holes: tuple[list[tuple[float, float]], ...] = ()) -> Polygon:
    """A polygon in degrees from corners in metres east and north of PLACE, by geodesics: not by our own plane."""

    def degrees(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [
            EARTH.fwd(*PLACE, math.degrees(math.atan2(east, north)), math.hypot(east, north))[:2]
            for east, north in points
        ]

    return Polygon(degrees(corners_m), [degrees(hole) for hole in holes])


SQUARE = around([(0, 0), (200, 0), (200, 200), (0, 200)])
HORSESHOE = around([(0, 0), (300, 0), (300, 300), (200, 300), (200, 100), (100, 100), (100, 300), (0, 300)])
RING = around([(0, 0), (300, 0), (300, 300), (0, 300)], ([(100, 100), (200, 100), (200, 200), (100, 200)],))
COMB = around([(0, 0), *[(x * 40 + d, 260 if (x % 2) == (d > 1) else 60) for x in range(7) for d in (2, 38)], (280, 0)])


def legs(plan: PatrolPlan) -> LineString:
    return LineString([(point.lon, point.lat) for point in plan.waypoints])


def seen_share(found: AreaPlan, area: Polygon, spacing_m: float) -> float:
    """By a grid of points, degrees scaled by geodesics, distances by hand: nothing of ours is used."""
    lon0, lat0 = area.centroid.x, area.centroid.y
    scale = _metres_per_degree(lon0, lat0)
    route = (np.asarray(legs(found.plan).coords) - (lon0, lat0)) * scale
    west, south, east, north = area.bounds
    # As many points in a sliver as in a square: of a few, one says nothing.
    steps = min(600, int(60 * math.sqrt((east - west) * (north - south) / area.area)))
    grid = np.stack(np.meshgrid(np.linspace(west, east, steps), np.linspace(south, north, steps)), -1).reshape(-1, 2)
    points = (grid[shapely.contains_xy(area, grid)] - (lon0, lat0)) * scale
    start, along = route[:-1], np.diff(route, axis=0)
    share = ((points[:, None] - start) * along).sum(axis=2) / np.maximum((along**2).sum(axis=1), 1e-12)
    nearest = start + np.clip(share, 0, 1)[..., None] * along
    away = np.hypot(*np.moveaxis(points[:, None] - nearest, 2, 0)).min(axis=1)
    return float((away <= spacing_m / 2 + 0.05).mean())


def _metres_per_degree(lon: float, lat: float) -> np.ndarray:
    step = 1e-4
    return np.array([EARTH.inv(lon, lat, lon + step, lat)[2], EARTH.inv(lon, lat, lon, lat + step)[2]]) / step


def outside_m(plan: PatrolPlan, area: Polygon) -> float:
    """On straight lines in degrees and on the ground both: a leg is inside only when it is inside either way."""
    plane = LocalPlane(PLACE)
    on_ground = Polygon(
        plane.to_metres(np.array(area.exterior.coords)), [plane.to_metres(np.array(r.coords)) for r in area.interiors]
    )
    route = LineString(plane.to_metres(np.array(legs(plan).coords)))
    in_degrees = legs(plan).difference(area).length * 111_320
    return float(max(route.difference(on_ground).length, in_degrees))


@pytest.mark.parametrize("spacing_m", [15, 40])
@pytest.mark.parametrize("area", [SQUARE, HORSESHOE, RING, COMB], ids=["square", "horseshoe", "ring", "comb"])
def test_legs_stay_inside_and_see_the_area(area: Polygon, spacing_m: float) -> None:
    found = plan_area(area, Flight(60, spacing_m, 8), PLACE)
    assert outside_m(found.plan, area) == 0
    assert found.figures.outside_m == 0
    assert found.figures.coverage >= 0.99
    assert seen_share(found, area, spacing_m) == pytest.approx(found.figures.coverage, abs=0.01)


corners = st.lists(
    st.tuples(st.floats(0, 2 * math.pi), st.floats(30, 400)),
    min_size=3,
    max_size=12,
    unique_by=lambda c: round(c[0], 2),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(corners=corners, spacing_m=st.sampled_from([25.0, 40.0, 80.0]))
def test_no_leg_leaves_any_simple_polygon(corners: list[tuple[float, float]], spacing_m: float) -> None:
    area = around([(radius * math.cos(angle), radius * math.sin(angle)) for angle, radius in sorted(corners)])
    try:
        found = plan_area(area, Flight(60, spacing_m, 8), PLACE)
    except BadArea as error:  # crossing outlines and necks thinner than a hand; said, not flown
        said = str(error)
        refused = [word for word in ("not simple", "empty", "necks", "nowhere wider", "reached") if word in said]
        if not refused:
            raise
        return
    assert outside_m(found.plan, area) == 0
    assert found.figures.coverage >= 0.99
    assert seen_share(found, area, spacing_m) >= 0.97


def test_a_square_is_flown_as_short_as_it_can_be() -> None:
    """200 m by 200 m at 40 m: five swaths of 200 m and four turns of 40 m."""
    found = plan_area(SQUARE, Flight(60, 40, 8), PLACE)
    assert found.figures.length_m == pytest.approx(5 * 200 + 4 * 40, rel=0.01)
    assert len(found.plan.waypoints) == 10


def test_duration_counts_legs_turns_climb_and_descent() -> None:
    home = around([(0, 0), (1, 0), (1, 1)]).exterior.coords[0]
    slow = plan_area(SQUARE, Flight(60, 40, 4), home).figures
    fast = plan_area(SQUARE, Flight(60, 40, 8), home).figures
    flown_m = fast.length_m + fast.transit_m
    assert fast.duration_s > flown_m / 8 + 60 / 2.5 + 60 / 1.5
    assert fast.duration_s < slow.duration_s < 2 * fast.duration_s


def test_the_same_input_gives_the_same_plan_and_hash() -> None:
    first, second = (plan_area(HORSESHOE, Flight(60, 40, 8), PLACE) for _ in range(2))
    assert first == second
    assert first.figures.hash == plan_hash(second.plan)
    others = [
        plan_area(HORSESHOE, Flight(61, 40, 8), PLACE),
        plan_area(HORSESHOE, Flight(60, 40, 9), PLACE),
        plan_area(HORSESHOE, Flight(60, 40, 8), (113.851, 27.62)),
    ]
    assert len({first.figures.hash, *(other.figures.hash for other in others)}) == 4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"spacing_m": 0}, "spacing_m must be above 0"),
        ({"height_m": 501}, "height_m must be"),
        ({"speed_m_s": math.nan}, "speed_m_s must be"),
    ],
)
def test_senseless_flights_are_refused(change: dict[str, float], says: str) -> None:
    with pytest.raises(BadArea, match=says):
        Flight(**({"height_m": 60, "spacing_m": 40, "speed_m_s": 8} | change))


@pytest.mark.parametrize(
    ("area", "home", "says"),
    [
        (around([(0, 0), (100, 100), (100, 0), (0, 100)]), PLACE, "not simple: Self-intersection"),
        (around([(0, 0), (100, 0), (100, 0.05)]), PLACE, "nowhere wider"),
        (around([(0, 0), (0, 100), (50, 50.02), (100, 100), (100, 0), (50, 49.98)]), PLACE, "necks"),
        (SQUARE, (27.62, 113.85), "home must be longitude"),
        (SQUARE, (13.85, 27.62), "km from the area"),
        (Polygon([(0, 0), (2, 0), (2, 2)]), (0, 0), "at most 1°"),
    ],
)
def test_areas_that_cannot_be_planned_say_why(area: Polygon, home: tuple[float, float], says: str) -> None:
    with pytest.raises(BadArea, match=says):
        plan_area(area, Flight(60, 40, 8), home)


def test_a_spacing_far_too_small_is_refused_before_it_takes_forever() -> None:
    with pytest.raises(BadArea, match="widen it"):
        plan_area(SQUARE, Flight(60, 0.02, 8), PLACE)
