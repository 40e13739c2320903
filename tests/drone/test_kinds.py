"""Patrols along lines, to places, over terrain, and from a camera's figures. Distances judged by geographiclib."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from numpy.typing import NDArray
from shapely.geometry import Polygon

from drone.area import Flight, KeepOut, plan_area
from drone.battery import Battery
from drone.camera import camera_of, every_m, gsd_m, height_m, spacing_m, swath_m
from drone.check.rules import check
from drone.check.terms import Rules
from drone.errors import BadArea, PlanRefused
from drone.kind import Kind
from drone.kinds import Manner, Target, flights_of
from drone.lines import Look, corridor, perimeter
from drone.terrain import Terrain, over_ground, read_terrain
from drone.types import Gimbal, PatrolPlan, Photo, PlanItem, Roi, Takeoff, Video, Waypoint
from drone.visits import Seen, Spot, Visiting, height_as_seen_m, visit
from tests.drone.estate import AREA, HOME, KERB, WALL, YARD, at, nearest_m, zone

Doubles = NDArray[np.float64]

ROAD = [at(0, 0), at(200, 20), at(350, 150), at(500, 160)]
LOOK = Look(40, 6, offset_m=15, pitch_deg=-30)
ZONES = KeepOut((YARD, KERB, WALL), 10)


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(Geodesic.WGS84.Inverse(one[1], one[0], other[1], other[0])["s12"])


def bearing(one: Waypoint, other: Waypoint) -> float:
    return float(Geodesic.WGS84.Inverse(one.lat, one.lon, other.lat, other.lon)["azi1"]) % 360


def test_a_corridor_looks_across_the_road_at_one_side_and_back_at_the_other() -> None:
    (plan,) = corridor(ROAD, LOOK, HOME, keep_out_of=ZONES)
    assert check(plan, Rules(zones=ZONES.zones, buffer_m=10)).ok
    sides = set()
    for before, after in pairwise(plan.waypoints):
        if after.transit:
            continue
        assert after.yaw_deg is not None
        turn = (after.yaw_deg - bearing(before, after) + 180) % 360 - 180
        assert abs(abs(turn) - 90) < 0.5
        sides.add(turn > 0)
    assert sides == {True}  # back along the other edge the camera looks to the right again: at the other wall
    gimbals = [item for item in plan.items if isinstance(item, Gimbal)]
    assert {item.pitch_deg for item in gimbals} == {-30}
    (one_side,) = corridor(ROAD, LOOK, HOME, "left", keep_out_of=ZONES)
    assert len(one_side.waypoints) < len(plan.waypoints)
    first = next(w for w in one_side.waypoints if not w.transit)
    assert min(metres((first.lon, first.lat), place) for place in ROAD) >= 14.9


def test_a_perimeter_goes_once_round_inside_the_edge() -> None:
    flights = perimeter(AREA, LOOK, HOME, keep_out_of=ZONES, battery=Battery(560))
    assert len(flights) > 1
    for plan in flights:
        assert check(plan, Rules(AREA, zones=ZONES.zones, buffer_m=10, battery=Battery(560))).ok
        assert all(nearest_m(plan, one) >= 9.99 for one in ZONES.zones)
    with pytest.raises(BadArea, match="single ring"):
        perimeter(AREA, Look(40, 6, offset_m=120), HOME)


def test_places_are_looked_at_from_beside_and_round_zones() -> None:
    spots = [Spot(f"t{n}", *at(*p)) for n, p in enumerate([(100, 100), (300, -50), (50, 300), (160, 60)])]
    found = visit(spots, Visiting(40, 8, 30, 4), HOME, keep_out_of=ZONES, battery=Battery(265))
    assert sorted(name for names in found.visited for name in names) == [spot.name for spot in spots]
    assert len(found.flights) > 1
    for plan in found.flights:
        assert check(plan, Rules(zones=ZONES.zones, buffer_m=10, battery=Battery(265))).ok
    held = [w for plan in found.flights for w in plan.waypoints if w.hold_s]
    rois = [item for plan in found.flights for item in plan.items if isinstance(item, Roi)]
    for stop, roi in zip(held, rois, strict=True):
        assert metres((stop.lon, stop.lat), (roi.lon, roi.lat)) == pytest.approx(30, abs=0.05)


def test_what_was_seen_from_one_side_is_looked_at_from_there() -> None:
    """Bearing, angle and distance of the look that found it; where a zone forbids that, the plan says so."""
    seen = Seen(bearing_deg=120.0, down_deg=50.0, away_m=52.2)
    spots = [Spot("a", *at(100, 100), seen=seen), Spot("b", *at(300, -50))]
    height = height_as_seen_m(spots, 60.0)
    assert height == pytest.approx(40.0, abs=0.1)
    found = visit(spots, Visiting(height, 8, 30, 4), HOME)
    stops = dict(zip(found.visited[0], (w for w in found.flights[0].waypoints if w.hold_s), strict=True))
    there = Geodesic.WGS84.Inverse(*at(100, 100)[::-1], stops["a"].lat, stops["a"].lon)
    assert (there["azi1"], there["s12"]) == (pytest.approx(120, abs=0.2), pytest.approx(33.6, abs=0.2))
    assert found.from_elsewhere == ()
    wall = zone((105, 40), (190, 40), (190, 99), (105, 99))
    assert visit(spots, Visiting(height, 8, 30, 4), HOME, keep_out_of=KeepOut((wall,), 5)).from_elsewhere == ("a",)
    assert visit(spots, Visiting(90, 8, 30, 4), HOME).from_elsewhere == ("a",)


def test_an_orbit_is_a_circle_of_pictures() -> None:
    (plan,) = visit([Spot("stack", *at(80, 0), 12, orbit=True)], Visiting(40, 5, 25), HOME).flights
    away = [metres((w.lon, w.lat), at(80, 0)) for w in plan.waypoints]
    assert away == pytest.approx([25] * 13, abs=0.05)
    assert sum(isinstance(item, Photo) for item in plan.items) == 13
    walled = zone((90, -20), (130, -20), (130, 20), (90, 20))
    with pytest.raises(BadArea, match="look at it instead"):
        visit([Spot("stack", *at(80, 0), orbit=True)], Visiting(40, 5, 25), HOME, keep_out_of=KeepOut((walled,), 5))
    with pytest.raises(PlanRefused, match="'far' is farther"):
        visit([Spot("far", *at(4000, 0))], Visiting(40, 5), HOME, battery=Battery(300))


def test_a_camera_s_figures_follow_from_its_sensor() -> None:
    """A 1-inch camera with 8.8 mm at 100 m: 2.74 cm a pixel and 150 m by 100 m, as its maker states."""
    camera = camera_of("13.2x8.8mm,f8.8mm,5472x3648")
    assert gsd_m(camera, 100) == pytest.approx(0.0274, abs=1e-4)
    assert height_m(camera, gsd_m(camera, 80)) == pytest.approx(80)
    assert (swath_m(camera, 100), every_m(camera, 100, 0)) == (pytest.approx(150), pytest.approx(100))
    assert spacing_m(camera, 100, 0.7) == pytest.approx(45)
    with pytest.raises(BadArea, match="a camera is given as"):
        camera_of("phantom")


def test_heights_follow_the_ground(tmp_path: Path) -> None:
    """A slope of 40 m in 100 m eastwards, with a ridge: never off by more than 3 m, at home as asked."""
    columns = np.arange(1201) * 90.0
    slope = 100 + 0.05 * columns + 30 * np.exp(-(((columns - 91_930) / 150) ** 2))
    np.broadcast_to(slope, (1201, 1201)).astype(">i2").tofile(tmp_path / "N27E113.hgt")
    terrain = read_terrain(tmp_path)
    flat: PatrolPlan = plan_area(AREA, Flight(60, 80, 8), HOME).plan
    plan = over_ground(flat, terrain)
    home_m = terrain.height_amsl_m(HOME)
    for before, after in pairwise(plan.waypoints):
        if (before.lon, before.lat) == (after.lon, after.lat):
            continue  # down from the way out
        for share in np.linspace(0, 1, 7):
            lon = before.lon + share * (after.lon - before.lon)
            lat = before.lat + share * (after.lat - before.lat)
            height = before.height_above_home_m + share * (after.height_above_home_m - before.height_above_home_m)
            assert abs(home_m + height - terrain.height_amsl_m((lon, lat)) - 60) <= 3.1
    with pytest.raises(BadArea, match="no terrain is given"):
        terrain.height_amsl_m((114.5, 27.5))
    (tmp_path / "hill.hgt").write_bytes(b"12")
    with pytest.raises(BadArea, match="south-west corner"):
        read_terrain(tmp_path)


def _ground(folder: Path, height_m: Callable[[Doubles], Doubles]) -> Terrain:
    """A tile whose ground is so high at metres east of home."""
    lon = np.broadcast_to(np.linspace(113, 114, 3601), (3601, 3601))
    east = (lon - HOME[0]) * 111_320 * np.cos(np.radians(HOME[1]))
    height_m(east).astype(">i2").tofile(folder / "N27E113.hgt")
    return read_terrain(folder)


def _clearances_m(plan: PatrolPlan, terrain: Terrain) -> list[float]:
    """Above the ground below, every few metres of all that is flown: up from home, the legs, and level home again."""
    home_m = terrain.height_amsl_m(plan.home)
    climb = next(item for item in plan.items if isinstance(item, Takeoff))
    first, last = plan.waypoints[0], plan.waypoints[-1]
    up = replace(first, lon=plan.home[0], lat=plan.home[1], height_above_home_m=climb.height_above_home_m)
    down = replace(last, lon=plan.home[0], lat=plan.home[1])
    found = [climb.height_above_home_m]
    for before, after in pairwise([up, *plan.waypoints, down]):
        for share in np.linspace(0, 1, 40):
            lon, lat = (a + share * (b - a) for a, b in ((before.lon, after.lon), (before.lat, after.lat)))
            high = before.height_above_home_m + share * (after.height_above_home_m - before.height_above_home_m)
            found.append(home_m + high - terrain.height_amsl_m((float(lon), float(lat))))
    return found


@pytest.mark.parametrize(("hill_m", "valley_m"), [(250.0, 0.0), (0.0, -90.0), (120.0, -90.0), (0.0, 0.0)])
def test_the_ways_out_and_home_clear_a_hill_and_nobody_takes_off_downwards(
    tmp_path: Path, hill_m: float, valley_m: float
) -> None:
    """A ridge half-way between home and the area, and an area in a valley beyond it."""
    far = Polygon([at(1600, 0), at(1900, 0), at(1900, 300), at(1600, 300)])

    def height_m(east: Doubles) -> Doubles:
        return 100 + np.where(np.abs(east - 800) < 150, hill_m, 0.0) + np.where(east > 1300, valley_m, 0.0)

    terrain = _ground(tmp_path, height_m)
    plan = over_ground(plan_area(far, Flight(60, 80, 8), HOME).plan, terrain)
    assert min(_clearances_m(plan, terrain)) >= 60 - 3.1
    climb = next(item for item in plan.items if isinstance(item, Takeoff))
    assert climb.height_above_home_m == pytest.approx(60 + hill_m, abs=3)
    assert check(plan, Rules(max_height_m=400, terrain=terrain, return_height_m=60 + hill_m)).ok


@pytest.mark.parametrize("apart_m", [None, 12.5], ids=["video", "pictures"])
@pytest.mark.parametrize("side_m", [400.0, 6.0], ids=["wide", "hardly a swath"])
def test_over_an_area_the_camera_looks_straight_down_and_records_what_is_looked_at(
    apart_m: float | None, side_m: float
) -> None:
    square = Polygon([at(0, 0), at(side_m, 0), at(side_m, side_m), at(0, side_m)])
    made = flights_of(
        Kind.AREA, "square", at(-30, -30), Target(area=square), Manner(every_m=apart_m), KeepOut(), Battery()
    )
    (plan,) = made.flights
    begin = plan.items.index(Gimbal(-90.0))
    on: PlanItem = Video(True) if apart_m is None else Photo(apart_m)
    off: PlanItem = Video(False) if apart_m is None else Photo(0.0)
    end = plan.items.index(off)
    assert plan.items[begin + 1] == on
    looked = [item for item in plan.items if isinstance(item, Waypoint) and not item.transit]
    assert [item for item in plan.items[begin:end] if isinstance(item, Waypoint) and not item.transit] == looked
    assert all(item.transit for item in plan.items[:begin] if isinstance(item, Waypoint))
