"""Broken rules are found, each with its place."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from geographiclib.geodesic import Geodesic
from shapely.geometry import Polygon

from drone.battery import Battery
from drone.check.rules import check
from drone.check.terms import Broken, Rules
from drone.types import Circle, FencePolygon, Land, Other, PatrolPlan, Rally, Return, Takeoff, Waypoint, Zone
from tests.drone.estate import at, zone

HOME = at(0, 0)


def waypoint(east_m: float, north_m: float, height_m: float = 60) -> Waypoint:
    return Waypoint(*at(east_m, north_m), height_m, 8)


PLAN = PatrolPlan("lane", HOME, (Takeoff(60), waypoint(100, 0), waypoint(100, 200), waypoint(0, 200), Return()))
ROOM = Polygon([at(-50, -50), at(150, -50), at(150, 250), at(-50, 250)])


def only(plan: PatrolPlan, rules: Rules) -> Broken:
    (found,) = check(plan, rules).broken
    return found


def off_m(found: Broken, east_m: float, north_m: float) -> float:
    lon, lat = at(east_m, north_m)
    return float(Geodesic.WGS84.Inverse(found.lat, found.lon, lat, lon)["s12"])


def test_a_plan_that_keeps_all_rules_breaks_none() -> None:
    far = zone((400, 400), (410, 400), (410, 410))
    verdict = check(PLAN, Rules(ROOM, ROOM, (far,), 50, battery=Battery(600)))
    assert verdict.ok
    assert verdict.length_m == pytest.approx(600, rel=1e-4)
    assert verdict.duration_s > 600 / 8 + 60 / 2.5 + 60 / 1.5


@pytest.mark.parametrize(
    ("rules", "rule", "where", "item"),
    [
        (Rules(zones=(zone((90, 100), (110, 100), (110, 120), (90, 120)),), buffer_m=0), "no_fly", (100, 100), 3),
        (Rules(zones=(zone((105, 100), (115, 100), (115, 120), (105, 120)),), buffer_m=10), "no_fly", (100, 91.3), 3),
        (Rules(zones=(zone((-10, 90), (10, 90), (10, 110), (-10, 110)),)), "no_fly", (0, 110), 5),
        (Rules(zones=(zone((40, -5), (60, -5), (60, 5), (40, 5)),)), "no_fly", (40, 0), 2),
        (Rules(area=Polygon([at(-9, -9), at(150, -9), at(150, 150), at(-9, 150)])), "area", (100, 150), 3),
        (Rules(fence=Polygon([at(-9, -9), at(150, -9), at(150, 210), at(60, 210), at(60, 50), at(-9, 50)])), "geofence",
         (60, 200), 4),
        (Rules(max_height_m=50), "max_height", (0, 0), 1),
        (Rules(min_height_m=70), "min_height", (100, 0), 2),
    ],
    ids=["across", "beside", "way home", "way out", "area", "geofence", "high", "low"],
)  # fmt: skip
def test_each_rule_is_broken_at_its_place(rules: Rules, rule: str, where: tuple[float, float], item: int) -> None:
    broken = [one for one in check(PLAN, rules).broken if one.item == item]
    assert [one.rule for one in broken] == [rule]
    assert off_m(broken[0], *where) < 0.5


def test_endurance_ends_where_the_battery_does() -> None:
    found = only(PLAN, Rules(battery=Battery(150)))
    assert (found.rule, found.item) == ("endurance", 4)
    assert "2.0 min may be used of 2.5 min" in found.detail


def test_people_are_not_flown_over_but_may_be_beside() -> None:
    market = Zone("market", "people", zone((90, 100), (110, 100), (110, 120)).rings)
    beside = Zone("market", "people", zone((110, 100), (130, 100), (130, 120)).rings)
    assert only(PLAN, Rules(zones=(market,), buffer_m=50)).rule == "people"
    assert check(PLAN, Rules(zones=(beside,), buffer_m=50)).ok


def test_a_circle_is_checked_all_round() -> None:
    plan = replace(PLAN, items=(Takeoff(60), Circle(*at(100, 100), 60, 40, 2), Return()))
    assert check(plan, Rules()).length_m > 2 * math.pi * 40
    found = [
        one.rule for one in check(plan, Rules(zones=(zone((135, 135), (150, 135), (150, 150)),), buffer_m=25)).broken
    ]
    assert found == ["no_fly"]


def test_a_corner_that_may_be_cut_is_told() -> None:
    sliver = zone((98.8, 0.3), (99.6, 0.4), (99.5, 1.2))
    found = only(PLAN, Rules(zones=(sliver,)))
    assert (found.rule, off_m(found, 100, 0) < 0.1) == ("turn", True)
    items = tuple(replace(i, hold_s=1.0) if isinstance(i, Waypoint) else i for i in PLAN.items)
    assert check(replace(PLAN, items=items), Rules(zones=(sliver,))).ok


def with_item(item: Other) -> PatrolPlan:
    return replace(PLAN, items=(*PLAN.items[:3], item, *PLAN.items[3:]))


@pytest.mark.parametrize(
    ("command", "params"),
    [
        *((command, (1, 3, 0, 0, 0, 0, 0)) for command in (177, 192, 176, 179, 186, 82, 183, 189, 207, 31010)),
        (178, (1, -2, -1, 0, 0, 0, 0)),
        (93, (-1, 9, 30, 0, 0, 0, 0)),
        (19, (30, 0, 0, 0, None, None, None)),
    ],
)
def test_only_items_that_the_rules_understand_are_passed(command: int, params: tuple[float | None, ...]) -> None:
    found = only(with_item(Other(command, 2, params)), Rules())
    assert (found.rule, found.item, off_m(found, 100, 200) < 0.1) == ("unchecked", 4, True)
    assert f"item 4 is command {command} (" in found.detail
    assert "allowed are take-off 22, waypoints 16," in found.detail


@pytest.mark.parametrize("command", [80, 112, 115, 178, 203, 530, 1001, 2001, 600])
def test_what_moves_only_the_camera_is_passed(command: int) -> None:
    assert check(with_item(Other(command, 2, (1, -1, 0, 0, 0, 0, 0))), Rules()).ok


def test_a_delay_counts_against_the_battery_and_hides_no_turn() -> None:
    delayed = with_item(Other(93, 2, (300, -1, -1, -1, None, None, None)))
    assert check(delayed, Rules()).duration_s == pytest.approx(check(PLAN, Rules()).duration_s + 300)
    assert [one.rule for one in check(delayed, Rules(battery=Battery(300))).broken] == ["endurance"]
    on_the_ground = replace(PLAN, items=(Other(93, 2, (300, -1, -1, -1, None, None, None)), *PLAN.items))
    assert check(on_the_ground, Rules()).duration_s == pytest.approx(check(PLAN, Rules()).duration_s + 300)
    backwards = tuple(replace(i, hold_s=-300.0) if isinstance(i, Waypoint) else i for i in PLAN.items)
    assert check(replace(PLAN, items=backwards), Rules()).duration_s == check(PLAN, Rules()).duration_s
    sliver = zone((98.8, 0.3), (99.6, 0.4), (99.5, 1.2))
    nothing = Other(93, 2, (0, -1, -1, -1, None, None, None))
    assert only(replace(PLAN, items=(*PLAN.items[:2], nothing, *PLAN.items[2:])), Rules(zones=(sliver,))).rule == "turn"


def transits(*corners: tuple[float, float]) -> tuple[Waypoint, ...]:
    return tuple(replace(waypoint(*corner), transit=True) for corner in corners)


@pytest.mark.parametrize("radius_m", [0, 30], ids=["hovering", "circling"])
def test_time_that_is_loitered_counts(radius_m: float) -> None:
    loiter = Other(19, 3, (300, 0, radius_m, 0, at(100, 200)[1], at(100, 200)[0], 60))
    longer = replace(PLAN, items=(*PLAN.items[:3], loiter, *PLAN.items[3:]))
    assert check(longer, Rules()).duration_s > check(PLAN, Rules()).duration_s + 299
    assert [one.rule for one in check(longer, Rules(battery=Battery(300))).broken] == ["endurance"]


YARD = Polygon([at(0, 0), at(200, 0), at(200, 200), at(140, 200), at(140, 60), at(60, 60), at(60, 200), at(0, 200)])
WEST = at(-100, 100)
BAR = zone((90, -20), (110, -20), (110, 80), (90, 80))


@pytest.mark.parametrize(
    ("home", "flown", "zones", "broken"),
    [
        (WEST, (*transits((30, 150)), waypoint(30, 100), *transits((170, 150)), waypoint(170, 100)), (), [3]),
        (WEST, (*transits((30, 150)), waypoint(30, 100), *transits((170, 150)), waypoint(170, 100)), (BAR,), []),
        (WEST, transits((-60, 150), (-60, 50)), (), [1]),
        (WEST, (*transits((-60, 150), (30, 150)), waypoint(30, 100)), (), []),
        (WEST, (*transits((-60, 150), (-60, 800), (30, 150)), waypoint(30, 100)), (), [1, 2, 3]),
        (at(30, 20), (*transits((30, 50)), waypoint(30, 100), *transits((-80, 100), (30, 90)), waypoint(30, 40)), (),
         [3, 4]),
    ],
    ids=["over the gap", "zones cut it in two", "beside it all the way", "the way out", "far out", "a trip outside"],
)  # fmt: skip
def test_a_leg_marked_as_transit_is_judged_by_where_it_runs(
    home: tuple[float, float], flown: tuple[Waypoint, ...], zones: tuple[Zone, ...], broken: list[int]
) -> None:
    found = check(PatrolPlan("edited", home, (*flown, Return())), Rules(area=YARD, zones=zones)).broken
    assert [one.item for one in found if one.rule == "area"] == broken


@pytest.mark.parametrize("items", [(), (Takeoff(60), Return())], ids=["nothing", "up and down"])
def test_a_plan_that_goes_nowhere_is_told(items: tuple[Takeoff | Return, ...]) -> None:
    assert [one.rule for one in check(replace(PLAN, items=items), Rules()).broken] == ["empty"]


def test_below_home_is_in_the_ground_unless_a_terrain_says_how_low_that_lies() -> None:
    low = replace(PLAN, items=(Takeoff(60), waypoint(100, 0), waypoint(100, 200, -20), Return()))
    found = check(low, Rules()).broken
    assert {(one.rule, one.item) for one in found} == {("ground", 3), ("ground", 4)}
    assert "leads 20 m below home, and no terrain is given" in found[0].detail
    assert off_m(found[0], 100, 200) < 0.1


def test_what_is_flown_after_a_landing_is_held_to_the_rules_to_its_end() -> None:
    wall = zone((140, 40), (160, 40), (160, 60), (140, 60))
    on = replace(PLAN, items=(*PLAN.items[:2], Land(*at(100, 0)), Takeoff(60), waypoint(300, 100)))
    (found,) = check(on, Rules(zones=(wall,))).broken
    assert (found.rule, "the way home from waypoint 3" in found.detail) == ("no_fly", True)


def test_a_fence_of_the_plan_holds_too() -> None:
    tight = FencePolygon((at(-9, -9), at(150, -9), at(150, 150), at(-9, 150)), inclusion=True)
    island = FencePolygon((at(40, 190), at(60, 190), at(60, 210), at(40, 210)), inclusion=False)
    rules = [one.item for one in check(replace(PLAN, fence=(tight, island)), Rules()).broken]
    assert rules == [3, 4, 4, 5]


@pytest.mark.parametrize(
    ("east_m", "north_m", "says"),
    [(405, 405, "zone 'zone'"), (395, 405, "zone 'zone'"), (300, 100, "outside the geofence"), (50, 100, "")],
    ids=["in a zone", "too near to it", "outside", "good"],
)
def test_a_rally_point_keeps_the_rules_too(east_m: float, north_m: float, says: str) -> None:
    forbidden = zone((400, 400), (410, 400), (410, 410), (400, 410))
    wide = Polygon([at(-50, -50), at(150, -50), at(150, 250), at(420, 250), at(420, 420), at(-50, 420)])
    plan = replace(PLAN, rally=(Rally(*at(east_m, north_m), 45),))
    broken = check(plan, Rules(fence=wide, zones=(forbidden,), buffer_m=10)).broken
    assert [one.rule for one in broken] == ["rally"] * bool(says)
    for one in broken:
        assert says.replace("zone 'zone'", forbidden.name) in one.detail
        assert one.height_m == 45
        assert off_m(one, east_m, north_m) < 0.1


@pytest.mark.parametrize(
    "far",
    [
        Other(19, 3, (5.0, None, 0.0, None, *reversed(at(9000, 0)), 60.0)),
        Circle(*at(9000, 0), 60, 20, 1),
        Land(*at(9000, 0)),
    ],
    ids=["timed loiter", "circle", "landing"],
)
def test_a_zone_far_from_all_waypoints_is_kept_where_another_item_leads_there(far: Other | Circle | Land) -> None:
    there = zone((8900, -100), (9100, -100), (9100, 100), (8900, 100))
    plan = PatrolPlan("far", HOME, (Takeoff(60), waypoint(100, 0), far))
    assert "no_fly" in [one.rule for one in check(plan, Rules(zones=(there,))).broken]


def test_a_rally_point_far_away_keeps_off_the_zones_there() -> None:
    there = zone((8900, -100), (9100, -100), (9100, 100), (8900, 100))
    plan = replace(PLAN, rally=(Rally(*at(9000, 0), 45),))
    assert [one.rule for one in check(plan, Rules(zones=(there,))).broken] == ["rally"]


def test_failsafe_returns_are_told_and_rally_points_help() -> None:
    block = zone((40, 90), (60, 90), (60, 110), (40, 110))
    (caution,) = check(PLAN, Rules(zones=(block,))).cautions
    assert caution.rule == "failsafe_return"
    safe = replace(PLAN, rally=(Rally(*at(110, 150), 60),))
    assert check(safe, Rules(zones=(block,))).cautions == ()
