"""No way of a plan, from take-off to landing, comes nearer to a no-fly zone than asked. Judged by geographiclib."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest
from shapely.geometry import Point, Polygon

from drone.area import Flight, KeepOut, plan_area
from drone.battery import Battery
from drone.check.carried import carried, carrying
from drone.check.rules import check
from drone.check.terms import Rules
from drone.errors import BadArea, PlanRefused
from drone.formats.zones import read_zones
from drone.keep_out import union
from drone.qgc import to_plan
from drone.types import PatrolPlan, Return, Takeoff, Waypoint, Zone
from tests.drone.estate import AREA, EARTH, HOME, KERB, RAIL, WALL, YARD, at, nearest_m, zone

FLIGHT = Flight(60, 40, 8)


def length_m(plans: tuple[PatrolPlan, ...]) -> float:
    total = 0.0
    for plan in plans:
        for one, other in pairwise(plan.waypoints):
            total += EARTH.Inverse(one.lat, one.lon, other.lat, other.lon)["s12"]
    return total


@pytest.mark.parametrize(("away_m", "buffer_m"), [(4_000, 5_000), (8_000, 9_000)])
def test_a_zone_kilometres_away_is_kept_off_by_a_wide_buffer(away_m: float, buffer_m: float) -> None:
    """An airport, drawn as its runway and kept off by what the law says."""
    airport = zone((away_m, -1500), (away_m + 60, -1500), (away_m + 60, 1500), (away_m, 1500), name="airport")
    plan = plan_area(AREA, FLIGHT, HOME).plan
    assert check(plan, Rules(zones=(airport,), buffer_m=away_m - 600)).ok
    rules = Rules(zones=(airport,), buffer_m=buffer_m)
    assert "no_fly" in [one.rule for one in check(plan, rules).broken]
    with pytest.raises(BadArea, match=r"home lies .* no-fly zone 'airport'"):
        plan_area(AREA, FLIGHT, HOME, keep_out_of=KeepOut((airport,), buffer_m))
    own = carried(carrying(to_plan(plan), rules), "x.plan")
    assert own is not None
    assert [one.name for one in own.zones] == ["airport"], "whoever uploads it is held to it"


def test_a_zone_on_the_other_side_of_the_date_line_is_near() -> None:
    plan = PatrolPlan("fiji", (179.995, -16.8), (Takeoff(60), Waypoint(179.999, -16.8, 60.0, 8.0), Return()))
    ring = ((-179.999, -16.81), (-179.9, -16.81), (-179.9, -16.79), (-179.999, -16.79))
    reef = Zone("reef", "no_fly", (ring,))
    (found, *_) = check(plan, Rules(zones=(reef,), buffer_m=300.0)).broken
    assert (found.rule, "comes within 213" in found.detail) == ("no_fly", True)


@pytest.mark.parametrize(
    ("zones", "battery"),
    [
        ((YARD, KERB, WALL), Battery()),
        ((RAIL,), Battery(12 * 60)),
        ((RAIL, YARD, WALL), Battery(8 * 60, 0.25, 3.0)),
    ],
    ids=["three", "cut in parts", "both, with wind"],
)
def test_every_way_keeps_off_and_fits_its_battery(zones: tuple[Zone, ...], battery: Battery) -> None:
    found = plan_area(AREA, FLIGHT, HOME, keep_out_of=KeepOut(zones, 10), battery=battery)
    for plan in found.flights:
        for one in zones:
            assert nearest_m(plan, one) >= 9.99
        verdict = check(plan, Rules(AREA, None, zones, 10, battery=battery))
        assert verdict.broken == ()
        assert verdict.duration_s <= battery.usable_s
    assert found.figures.length_m == pytest.approx(length_m(found.flights), rel=1e-5)
    assert (found.figures.outside_m, found.figures.no_fly_m) == (0, 0)
    assert found.figures.coverage >= 0.99
    survey = [w for plan in found.flights for w in plan.waypoints if not w.transit]
    assert all(AREA.covers(Point(w.lon, w.lat)) for w in survey)


def test_a_wide_buffer_takes_no_more_than_its_round_from_what_is_seen() -> None:
    """As wide as a mitre it took 8,600 m² more at four corners: 98.3 % seen."""
    yard = zone((170, 120), (230, 120), (230, 180), (170, 180))
    found = plan_area(
        Polygon([at(0, 0), at(400, 0), at(400, 300), at(0, 300)]), FLIGHT, HOME, keep_out_of=KeepOut((yard,), 100)
    )
    assert found.figures.coverage >= 0.99
    assert nearest_m(found.plan, yard) >= 100


def test_no_buffer_is_cut_by_the_chords_of_its_corners() -> None:
    for turn_deg in range(1, 180, 3):
        turn = math.radians(turn_deg)
        wedge = Polygon([(0, 0), (100, 0), (100 + 90 * math.cos(turn), 90 * math.sin(turn))])
        assert union([wedge], 50.0).covers(wedge.buffer(50.0, quad_segs=64))


def test_batteries_take_over_where_the_one_before_stopped() -> None:
    whole = plan_area(AREA, FLIGHT, HOME).flights[0]
    flights = plan_area(AREA, FLIGHT, HOME, battery=Battery(10 * 60)).flights
    assert len(flights) > 1
    surveys = [[(w.lon, w.lat) for w in plan.waypoints] for plan in flights]
    for before, after in pairwise(surveys):
        gap = EARTH.Inverse(before[-1][1], before[-1][0], after[0][1], after[0][0])["s12"]
        assert gap < 0.02 or before[-1] != after[0]
    corners = {place for survey in surveys for place in survey}
    assert {(w.lon, w.lat) for w in whole.waypoints} <= corners


def test_a_battery_that_climbs_and_lands_is_refused() -> None:
    with pytest.raises(PlanRefused, match="2 min are allowed"):
        plan_area(AREA, FLIGHT, HOME, battery=Battery(120))
    with pytest.raises(PlanRefused, match="as fast as the drone"):
        plan_area(AREA, FLIGHT, HOME, battery=Battery(1200, wind_m_s=9))


@pytest.mark.parametrize(
    ("zones", "home", "says"),
    [
        ((zone((-40, -260), (-20, -260), (-20, -240)),), HOME, "home lies"),
        ((zone((-900, -900), (900, -900), (900, 900), (-900, 900)),), at(1500, 0), "whole area"),
        ((zone((-50, -300), (0, -300), (50, -200), (-50, -300), (20, -210)),), HOME, "not simple"),
    ],
)
def test_zones_that_leave_nothing_to_fly_say_so(zones: tuple[Zone, ...], home: tuple[float, float], says: str) -> None:
    with pytest.raises(BadArea, match=says):
        plan_area(AREA, FLIGHT, home, keep_out_of=KeepOut(zones, 10))


def test_a_zone_with_its_coordinates_swapped_is_named() -> None:
    swapped = Zone("school", "no_fly", (tuple((lat, lon - 60) for lon, lat in YARD.rings[0]),))
    area = Polygon([(lon - 60, lat) for lon, lat in AREA.exterior.coords])
    with pytest.raises(BadArea, match="the other way round"):
        plan_area(area, FLIGHT, (HOME[0] - 60, HOME[1]), keep_out_of=KeepOut((swapped,), 10))


def test_zones_above_or_below_the_flight_do_not_hinder() -> None:
    high = zone((150, 50), (180, 50), (180, 90), floor_m=120)
    free, over = (plan_area(AREA, FLIGHT, HOME, keep_out_of=KeepOut(zones, 10)) for zones in ((), (high,)))
    assert free.plan.waypoints == over.plan.waypoints


def test_a_multipolygon_is_as_many_zones() -> None:
    rings = [[list(map(list, YARD.rings[0]))], [list(map(list, KERB.rings[0]))]]
    text = json.dumps({"type": "Feature", "properties": {}, "geometry": {"type": "MultiPolygon", "coordinates": rings}})
    assert [one.rings for one in read_zones(text)] == [YARD.rings, KERB.rings]
