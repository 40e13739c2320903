"""Plans against the ground: no leg, circle, way home or return flies into a hill unseen, and heights are above it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drone.area import Flight, plan_area
from drone.check.carried import carried, carrying
from drone.check.rules import check
from drone.check.terms import Broken, Rules
from drone.errors import BadArea, BadPlan
from drone.qgc import to_plan
from drone.terrain import Terrain, over_ground, read_terrain
from drone.types import Circle, PatrolPlan, Rally, Return, Takeoff
from tests.drone.estate import AREA, at, zone
from tests.drone.estate import HOME as SOUTH
from tests.drone.hills import Doubles, hill, tile
from tests.drone.test_check import HOME, off_m, waypoint

# Out 400 m to the east, north, and home again along the diagonal.
PLAN = PatrolPlan("hills", HOME, (Takeoff(60), waypoint(400, 0), waypoint(400, 400), Return()))


def broken(plan: PatrolPlan, terrain: Terrain, **rules: object) -> list[Broken]:
    return list(check(plan, replace(Rules(terrain=terrain), **rules)).broken)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("top", "item", "first"),
    [((200, 0), 2, (110, 0)), ((400, 200), 3, (400, 110)), ((200, 200), 4, (263, 263))],
    ids=["the way out", "a leg", "the way home"],
)
def test_a_plan_that_flies_into_a_hill_is_refused_where_it_meets_it(
    tmp_path: Path, top: tuple[float, float], item: int, first: tuple[float, float]
) -> None:
    """A cone of 200 m that reaches 120 m: 50 m of it, where 10 m are kept below a flight at 60 m, lie 90 m from its
    top. The posts of the file lie 30 m apart."""
    terrain = tile(tmp_path, hill(*top, 200.0), 3601)
    found = [one for one in broken(PLAN, terrain) if one.rule == "ground"]
    assert [one.item for one in found] == [item]
    assert off_m(found[0], *first) < 16
    assert "m deep into the ground, 10 m are to be kept" in found[0].detail
    assert not [one for one in broken(PLAN, tile(tmp_path, hill(*top, 40.0), 3601)) if one.rule == "ground"]
    assert check(PLAN, Rules()).ok, "without a terrain nothing is known of it"


def test_a_loiter_circle_keeps_off_the_ground_all_round(tmp_path: Path) -> None:
    terrain = tile(tmp_path, hill(490, 0, 120.0, 60.0), 3601)
    plan = replace(PLAN, items=(Takeoff(60), Circle(*at(400, 0), 60, 80, 1), Return()))
    (found,) = [one for one in broken(plan, terrain) if one.rule == "ground"]
    assert "the circle at waypoint 1" in found.detail
    assert off_m(found, 480, 0) < 40
    assert not broken(replace(plan, items=(Takeoff(60), Circle(*at(400, 0), 60, 20, 1), Return())), terrain)


def test_limits_are_of_heights_above_the_ground(tmp_path: Path) -> None:
    """A valley of 80 m under the second leg: 140 m above it; level with home, all legs are 60 m up."""
    valley = tile(tmp_path, lambda east, north: np.where(np.hypot(east - 400, north - 200) < 100, 20.0, 100.0))
    (found,) = [one for one in broken(PLAN, valley) if one.rule == "max_height"]
    assert "is 140 m above the ground, at most 120 m are allowed" in found.detail
    assert (found.item, off_m(found, 400, 200) < 100) == (3, True)
    assert not broken(PLAN, valley, max_height_m=145.0)
    low = tile(tmp_path, hill(400, 200, 30.0, 200.0))
    (near,) = [one for one in broken(PLAN, low, min_height_m=50.0) if one.rule == "min_height"]
    assert (near.item, "above the ground, at least 50 m" in near.detail) == (3, True)


def test_a_steep_leg_takes_as_long_as_its_descent() -> None:
    """Down 120 m and up again over 200 m of way each, at 8 m/s: 25 s by their lengths, 80 s down and 48 s up."""
    flat = PatrolPlan("x", HOME, (Takeoff(130), waypoint(200, 0, 130), waypoint(400, 0, 130), Return()))
    down = replace(flat, items=(Takeoff(130), waypoint(200, 0, 10), waypoint(400, 0, 130), Return()))
    long_s, short_s = (check(plan, Rules(max_height_m=None)).duration_s for plan in (down, flat))
    assert long_s - short_s == pytest.approx(80 + 48 - 2 * 25, abs=0.5)
    # Straight down where it stands, and up again, as plans over hills begin and end.
    drop = replace(flat, items=(*flat.items[:2], waypoint(200, 0, 10), waypoint(200, 0, 130), *flat.items[2:]))
    assert check(drop, Rules(max_height_m=None)).duration_s - short_s == pytest.approx(80 + 48, abs=0.5)


def test_the_floor_of_a_zone_is_above_the_ground_too(tmp_path: Path) -> None:
    """Airspace from 100 m up over a valley: a flight 60 m above home is 140 m above the valley's ground."""
    above = zone((380, 150), (420, 150), (420, 250), (380, 250), floor_m=100.0)
    valley = tile(tmp_path, lambda east, north: np.where(np.hypot(east - 400, north - 200) < 200, 20.0, 100.0))
    rules = {"zones": (above,), "max_height_m": 200.0}
    assert {one.rule for one in broken(PLAN, valley, **rules)} == {"no_fly"}
    assert check(PLAN, Rules(zones=(above,))).ok
    under = replace(above, floor_m=None, ceiling_m=50.0)
    hilly = tile(tmp_path, hill(400, 200, 45.0, 250.0))
    assert {one.rule for one in broken(PLAN, hilly, zones=(under,))} == {"no_fly"}
    assert check(PLAN, Rules(zones=(under,))).ok


def test_a_return_that_would_meet_a_hill_is_refused_until_the_vehicle_climbs_first(tmp_path: Path) -> None:
    """A hill between the far end and home, which the legs go round and the way home is brought over."""
    terrain = tile(tmp_path, hill(200, 200, 100.0), 3601)
    round_it = (waypoint(400, 0), waypoint(400, 400), waypoint(400, 0), Return())
    plan = replace(PLAN, items=(Takeoff(60), *round_it))
    (found,) = broken(plan, terrain)
    assert (found.rule, found.item) == ("failsafe_return", 3)
    assert "deep into the ground" in found.detail
    needed_m = float(found.detail.split("--return-height ")[1].split(",")[0])
    assert 90 <= needed_m <= 111
    assert [one.rule for one in broken(plan, terrain, return_height_m=needed_m - 1)] == ["failsafe_return"]
    assert not broken(plan, terrain, return_height_m=needed_m)
    there = Rally(*at(400, 100), 60)
    far = Rally(*at(400, 400), 60)
    assert not broken(replace(plan, rally=(there, far)), terrain)


def test_rally_points_stand_above_the_ground(tmp_path: Path) -> None:
    terrain = tile(tmp_path, hill(600, 0, 90.0), 3601)
    (found,) = [one for one in broken(replace(PLAN, rally=(Rally(*at(600, 0), 60),)), terrain) if one.rule == "rally"]
    assert "rally point 1 is -2" in found.detail or "rally point 1 is -3" in found.detail


def test_what_follows_the_ground_keeps_the_rules_and_a_level_way_over_a_hill_that_is_too_high_does_not(
    tmp_path: Path,
) -> None:
    """250 m of hill on the way out: level, the drone would be 310 m above home; along the ground it never is."""
    terrain = tile(tmp_path, hill(-15, -125, 250.0, 110.0), 3601)
    flat = plan_area(AREA, Flight(60, 80, 8), SOUTH).plan
    level, along = over_ground(flat, terrain), over_ground(flat, terrain, 120.0)
    rules = Rules(terrain=terrain, return_height_m=400.0)
    assert {one.rule for one in check(level, rules).broken} == {"max_height"}
    assert check(along, rules).ok, check(along, rules).broken
    assert next(item for item in along.items if isinstance(item, Takeoff)).height_above_home_m == 60


def test_the_ground_below_goes_with_the_plan(tmp_path: Path) -> None:
    """Whoever uploads it has no terrain file: the posts under it lie in the `.plan`, and say the same."""
    rules = Rules(terrain=tile(tmp_path, hill(200, 0, 200.0), 3601), clearance_m=12.0, return_height_m=90.0)
    text = carrying(to_plan(PLAN), rules)
    own = carried(text, "hills.plan")
    assert own == rules
    assert own is not None
    assert check(PLAN, own).broken == check(PLAN, rules).broken != ()
    assert len(text) - len(carrying(to_plan(PLAN), replace(rules, terrain=None))) < 3_000
    lon = np.linspace(HOME[0], HOME[0] + 0.004, 50)
    assert own.terrain is not None
    assert rules.terrain is not None
    for relief in (own.terrain, rules.terrain):
        assert np.allclose(
            relief.heights_amsl_m(lon, np.full(50, HOME[1])), rules.terrain.heights_amsl_m(lon, HOME[1] + 0 * lon)
        )
    document = json.loads(text)
    document["sanxunRules"]["ground"][0]["posts"] = "eJwDAAAAAAE="
    with pytest.raises(BadPlan, match="damaged"):
        carried(json.dumps(document), "hills.plan")


@pytest.mark.parametrize(("name", "says"), [("N27E114", "has no height at 113.85"), ("hill", "south-west corner")])
def test_ground_that_is_not_told_is_not_taken_for_level(tmp_path: Path, name: str, says: str) -> None:
    tile(tmp_path, hill(0, 0, 0.0))
    (tmp_path / "N27E113.hgt").rename(tmp_path / f"{name}.hgt")
    with pytest.raises(BadArea, match=says):
        check(PLAN, Rules(terrain=read_terrain(tmp_path)))


def test_a_void_in_the_terrain_is_not_taken_for_level(tmp_path: Path) -> None:
    def void(east: Doubles, north: Doubles) -> Doubles:
        return np.where(np.hypot(east - 400, north - 200) < 100, -32768.0, 100.0)

    hole: Callable[[Doubles, Doubles], Doubles] = void
    with pytest.raises(BadArea, match=r"has no height at 113\.85"):
        check(PLAN, Rules(terrain=tile(tmp_path, hole)))


def test_of_a_province_only_the_tiles_round_a_place_are_read(tmp_path: Path) -> None:
    tile(tmp_path, hill(0, 0, 0.0))
    (tmp_path / "N45E100.hgt").write_bytes(b"this would be refused")
    assert set(read_terrain(tmp_path, near=HOME).tiles) == {(113, 27)}
    assert read_terrain(tmp_path, near=(10.0, 10.0)).tiles == {}
