"""The rest of a plan from where a flight stopped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drone.fly.rest import Stop, rest_of
from drone.fly.route import Route, Spot
from drone.plane import LocalPlane
from drone.types import Circle, FenceCircle
from tests.drone.peers.plans import at, sweep
from tests.drone.peers.world import HOME


def test_the_rest_of_a_plan_follows_its_own_legs_where_straight_is_forbidden() -> None:
    blocked = FenceCircle(*at(40, 28), 10.0, inclusion=False)
    plan = replace(sweep(), fence=(*sweep().fence, blocked))
    route = Route(plan)
    leg = route.legs[6]
    stop = Stop(leg.item, 0.5, *at(70, 50), 30.0)
    straight, along = rest_of(sweep(), stop), rest_of(plan, stop)
    assert len(along.waypoints) == len(straight.waypoints) + 5
    assert along.waypoints[:5] == tuple(replace(w) for w in sweep().waypoints[:5])
    assert straight.hash != sweep().hash


def test_the_rest_of_a_plan_comes_no_nearer_to_a_zone_than_the_plan() -> None:
    """Of 426 stops of a plan with a buffer of 60 m the way back to 163 was nearer, 5.4 m once."""
    block = FenceCircle(*at(95, -30), 10.0, inclusion=False)  # 20 m off the row, and off the straight way back to it
    plan = replace(sweep(), fence=(block,))
    route = Route(plan)
    far, near = (rest_of(plan, Stop(route.legs[3].item, 0.5, *at(118, y), 30.0)) for y in (0.0, -6.0))
    assert len(near.waypoints) == len(far.waypoints) + 2


def test_the_rest_begins_with_what_camera_and_gimbal_were_told() -> None:
    route = Route(sweep())
    rest = rest_of(sweep(), Stop(route.legs[4].item, 0.25, *at(95, 25), 30.0))
    assert [type(item).__name__ for item in rest.items] == [
        *("Takeoff", "Photo", "Gimbal", "Waypoint", "Photo", "Photo"),
        *["Waypoint"] * 5,
        *("Photo", "Return"),
    ]
    assert rest_of(sweep(), Stop(0, 0.5, *HOME, 15.0)).items == sweep().items  # still rising: all of it is left


def test_a_circle_is_flown_anew_since_nobody_tells_its_turns() -> None:
    plan = replace(sweep(), items=(*sweep().items[:-1], Circle(*at(60, 60), 30.0, 20.0, 2.0), sweep().items[-1]))
    route = Route(plan)
    leg = next(leg for leg in route.legs if leg.command == 18)
    assert route.fraction(leg, Spot(at(60, 80), 30.0)) == 0.0
    assert plan.items[-2] in rest_of(plan, Stop(leg.item, 0.0, *at(60, 80), 30.0)).items


def test_fractions_of_a_leg_are_those_of_the_ground() -> None:
    route = Route(sweep())
    leg = route.legs[2]
    place = LocalPlane(HOME).to_degrees(np.array([[20 + 25.0, 3.0]]))[0]
    assert route.fraction(leg, Spot((float(place[0]), float(place[1])), 30.0)) == pytest.approx(0.25, abs=0.01)
