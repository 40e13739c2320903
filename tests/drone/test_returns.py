"""Straight returns from every point of a plan: fences, exclusions, zones at their heights, loiter circles."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from shapely.geometry import Polygon

from drone.check.rules import check
from drone.check.terms import Broken, Rules
from drone.types import Circle, FenceCircle, FencePolygon, PatrolPlan, Rally, Return, Takeoff
from tests.drone.estate import at, zone
from tests.drone.test_check import HOME, off_m, waypoint

# Two arms with a gap between: legs go round the bottom of it, a straight way home from the second arm crosses it.
ARMS = [(-20, -20), (320, -20), (320, 320), (240, 320), (240, 60), (60, 60), (60, 320), (-20, 320)]
ROUND = (waypoint(0, 300), waypoint(0, 20), waypoint(280, 20), waypoint(280, 300), waypoint(280, 20), waypoint(0, 20))
PLAN = PatrolPlan("arms", HOME, (Takeoff(60), *ROUND, Return()))
FENCE = FencePolygon(tuple(at(*corner) for corner in ARMS), inclusion=True)


def cautions(plan: PatrolPlan, **rules: object) -> list[Broken]:
    verdict = check(plan, replace(Rules(), **rules))  # type: ignore[arg-type]
    assert verdict.ok, verdict.broken
    # That the vehicle itself does not know a geofence is told beside, once.
    assert [one.rule for one in verdict.cautions if one.rule != "failsafe_return"] in ([], ["geofence"])
    return [one for one in verdict.cautions if one.rule == "failsafe_return"]


@pytest.mark.parametrize("whose", ["the plan's", "the operator's"])
def test_a_straight_way_home_that_leaves_a_concave_fence_is_told_with_its_first_place(whose: str) -> None:
    """Home is at 0, 0: from the second arm a return stays inside up to the gap's corner at 240, 60, that is to 70 m."""
    plan = replace(PLAN, fence=(FENCE,)) if whose == "the plan's" else PLAN
    border = None if whose == "the plan's" else Polygon([at(*corner) for corner in ARMS])
    (found,) = cautions(plan, fence=border)
    assert ("leaves fence 1 of the plan" if border is None else "leaves the geofence") in found.detail
    assert (found.item, off_m(found, 280, 60) <= 20) == (5, True)
    assert 440 <= float(found.detail.split("straight from ")[1].split(" m")[0]) <= 500  # up and down again
    assert cautions(replace(plan, rally=(Rally(*at(280, 20), 60),)), fence=border) == []
    (refused,) = check(plan, Rules(fence=border, safe_returns=True)).broken
    assert (refused.rule, refused.item, refused.detail) == ("failsafe_return", found.item, found.detail)


@pytest.mark.parametrize("round_it", [False, True], ids=["polygon", "circle"])
def test_a_straight_way_home_through_an_exclusion_is_told(round_it: bool) -> None:
    ring = tuple(at(*corner) for corner in [(140, 140), (160, 140), (160, 160), (140, 160)])
    part = FenceCircle(*at(150, 150), 10, inclusion=False) if round_it else FencePolygon(ring, inclusion=False)
    (found,) = cautions(replace(PLAN, fence=(part,)))
    assert "enters fence 1 of the plan" in found.detail
    # The exclusion that goes up for a zone is not told a second time.
    both = cautions(replace(PLAN, fence=(part,)), zones=(zone((138, 138), (162, 138), (162, 162), (138, 162)),))
    assert [("crosses zone 'school'" in one.detail) for one in both] == [True]


def test_a_thin_zone_between_two_samples_is_not_missed() -> None:
    """Half a metre across, 130 m from the second arm: returns from 20 m apart pass it on both sides."""
    thin = zone((149.8, 139.8), (150.2, 139.8), (150.2, 140.2), (149.8, 140.2))
    (found,) = cautions(PLAN, zones=(thin,))
    assert found.item == 5


def test_a_loiter_circle_is_returned_from_all_round() -> None:
    """Of a circle in the second arm only the far side looks home across the gap."""
    plan = replace(PLAN, items=(Takeoff(60), *ROUND[1:3], Circle(*at(280, 50), 60, 30, 1), *ROUND[4:], Return()))
    (found,) = cautions(replace(plan, fence=(FENCE,)))
    assert found.item == 4
    assert off_m(found, 280, 50) == pytest.approx(30, abs=1.5)
    low = replace(plan, items=(Takeoff(60), *ROUND[1:3], Circle(*at(280, 20), 60, 20, 1), *ROUND[4:], Return()))
    assert cautions(replace(low, fence=(FENCE,))) == []


def test_returns_are_at_the_vehicle_s_height_and_below() -> None:
    """A zone over the gap that begins at 80 m: passed under at 60 m, met by a vehicle that climbs to 100 m first."""
    high = zone((140, 140), (160, 140), (160, 160), (140, 160), floor_m=80.0)
    assert cautions(PLAN, zones=(high,)) == []
    assert len(cautions(PLAN, zones=(high,), return_height_m=100.0)) == 1
    low = replace(high, floor_m=None, ceiling_m=70.0)
    # Near home a vehicle may come back as low as it was: what lies below its return height is not cleared by it.
    assert len(cautions(PLAN, zones=(low,), return_height_m=100.0)) == 1


def test_a_file_with_waypoints_in_two_countries_is_told_in_seconds() -> None:
    """4,000 km there and back would be 400,000 places to return from."""
    far = replace(PLAN, items=(Takeoff(60), waypoint(0, 300), waypoint(2_000_000, 0), waypoint(0, 300), Return()))
    start_s = time.process_time()
    assert check(far, Rules(zones=(zone((100, 290), (110, 290), (110, 320), (100, 320)),))).broken
    assert time.process_time() - start_s < 10
