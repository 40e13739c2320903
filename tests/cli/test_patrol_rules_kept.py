"""The rules that a plan was held to go with it: to another file, to a server and back, over a battery swap."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from shapely.geometry import Polygon

from drone.battery import Battery
from drone.check.carried import carried, carrying
from drone.check.rules import check
from drone.check.terms import Rules, stricter
from drone.errors import PlanRefused
from drone.fly.kept import FlightState, Keeper, read_state
from drone.fly.rest import Stop, rest_of
from drone.fly.route import Route
from drone.qgc import to_plan
from drone.types import Return, Takeoff, Waypoint, Zone
from tests.cli.test_patrol_fly import run
from tests.drone.estate import zone
from tests.drone.hills import hill, tile
from tests.drone.peers.plans import at, sweep
from tests.drone.test_check import PLAN as LANE

FAR = zone((5_000, 0), (5_010, 0), (5_010, 10))


def rules_of(path: Path) -> Rules | None:
    return carried(path.read_text(encoding="utf-8"), path.name)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "market.plan"
    fence = Polygon([at(-300, -300), at(300, -300), at(300, 300), at(-300, 300)])
    path.write_text(carrying(to_plan(sweep(2)), Rules(fence=fence, buffer_m=7.0, battery=Battery(900.0, 0.3, 2.0))))
    return path


def test_an_exported_plan_keeps_its_rules_and_other_formats_say_that_they_cannot(plan: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.plan"
    exported = run("export", plan, "-o", again)
    assert (exported.exit_code, exported.stderr) == (0, "")
    kept = rules_of(again)
    assert kept == rules_of(plan)
    assert kept is not None
    assert (kept.buffer_m, kept.battery.usable_s, kept.fence is not None) == (7.0, 630.0, True)
    for name in ("market.waypoints", "market.kml", "market.kmz", "market.geojson"):
        said = run("export", plan, "-o", tmp_path / name)
        assert "the rules that it was held to. Upload the .plan" in said.stderr, name
    assert run("export", plan, "-o", tmp_path / "market.svg").stderr == ""


def test_both_rules_are_kept_by_the_stricter_of_two() -> None:
    one = Rules(zones=(FAR,), buffer_m=3, max_height_m=100, battery=Battery(900, 0.2), clearance_m=20)
    other = Rules(buffer_m=9, min_height_m=20, max_height_m=None, battery=Battery(800, 0.2, 3.0), safe_returns=True)
    both = stricter(one, other)
    assert both == stricter(other, one)
    assert (both.zones, both.buffer_m, both.min_height_m, both.max_height_m) == ((FAR,), 9, 20, 100)
    assert (both.battery, both.clearance_m, both.safe_returns) == (other.battery, 20, True)


def stopped(plan: Path, rules: Rules | None) -> Path:
    """A flight that went down after its first row, as `fly` keeps it."""
    whole = sweep(2)
    leg = Route(whole).legs[2]
    kept = plan.with_name("flight.json")
    state = FlightState(whole, whole.hash, "landed", 1, stop=Stop(leg.item, 0.5, *at(70, 0), 30.0), rules=rules)
    Keeper(kept).keep(state)
    return kept


def test_what_is_left_after_a_swap_is_held_to_the_rules_of_the_whole(plan: Path) -> None:
    own = rules_of(plan)
    assert own is not None
    kept = stopped(plan, own)
    assert read_state(kept).rules == own
    flown = run("resume", "--simulate", "--speed-up", "1e6", "--state", kept)
    assert flown.exit_code == 0, (flown.output, flown.exception)
    assert "10.5 min of battery" in flown.stderr
    assert read_state(kept).rules is not None, "a second swap knows them too"
    short = stopped(plan, replace(own, battery=Battery(60.0, 0.3)))
    refused = run("resume", "--simulate", "--state", short).exception
    assert isinstance(refused, PlanRefused)
    assert "endurance at" in str(refused)
    beside = replace(own, zones=(zone_beside(),), buffer_m=0.0)
    assert run("resume", "--simulate", "--speed-up", "1e6", "--state", stopped(plan, beside)).exit_code == 0
    near = run("resume", "--simulate", "--state", stopped(plan, replace(beside, buffer_m=15.0))).exception
    assert isinstance(near, PlanRefused)
    assert "no_fly at" in str(near)


def zone_beside() -> Zone:
    """10 m off the sweep's eastern end."""
    ring = (at(130, 0), at(140, 0), at(140, 20), at(130, 20))
    return replace(FAR, name="beside", rings=(ring,))


def test_flights_kept_before_rules_were_are_still_gone_on_with(plan: Path) -> None:
    kept = stopped(plan, None)
    whole, *steps = kept.read_text(encoding="utf-8").splitlines()
    old = json.loads(whole)
    del old["rules"]
    kept.write_text("\n".join([json.dumps(old), *steps]) + "\n", encoding="utf-8")
    assert read_state(kept).rules is None
    assert run("resume", "--simulate", "--speed-up", "1e6", "--state", kept).exit_code == 0


def test_the_way_back_to_where_it_stopped_goes_round_a_hill(tmp_path: Path) -> None:
    """Along the lane's legs the drone keeps off it; straight from home to the stop it would fly into it."""
    terrain = tile(tmp_path, hill(50, 100, 120.0, 45.0), 3601)
    lane = replace(LANE, items=(Takeoff(60), *LANE.waypoints[:2], *LANE.waypoints[1::-1], Return()))
    rules = Rules(terrain=terrain, return_height_m=150.0)
    assert check(lane, rules).ok
    corner = lane.waypoints[1]
    leg = Route(lane).legs[2]
    stop = Stop(leg.item, 1.0, corner.lon, corner.lat, 60.0)
    straight, around = rest_of(lane, stop), rest_of(lane, stop, rules=rules)
    assert "ground" in {one.rule for one in check(straight, rules).broken}
    assert check(around, rules).ok
    assert isinstance(around.items[1], Waypoint)
