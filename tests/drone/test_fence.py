"""The fence that goes up with a plan: round every straight way back, and never beyond the operator's geofence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import LineString, Polygon

from drone.check.rules import check
from drone.check.terms import Rules
from drone.kind import Kind
from drone.kinds import Manner, Target
from drone.orders import CarriedOut, Order, carried_out
from drone.plane import LocalPlane
from drone.types import FencePolygon, PatrolPlan, Place
from tests.drone.test_check import HOME
from tests.drone.test_no_fly import at

# Two arms with a gap between, home at the outer corner of one: straight home from the other crosses the gap.
ARMS = Polygon(
    [at(*corner) for corner in [(0, 0), (300, 0), (300, 300), (220, 300), (220, 60), (80, 60), (80, 300), (0, 300)]]
)
ORDER = Order(Kind.AREA, "arms", HOME, Target(area=ARMS), Rules(), Manner(spacing_m=80))


def planned(**more: object) -> CarriedOut:
    made = carried_out(replace(ORDER, **more))  # type: ignore[arg-type]
    assert not made.broken
    return made


def metres(plan: PatrolPlan, number: int = 0) -> Polygon:
    part = plan.fence[number]
    assert isinstance(part, FencePolygon)
    return Polygon(LocalPlane(HOME).to_metres(np.array(part.ring)))


@pytest.mark.parametrize(
    "rally",
    [(), (at(260, 330),), (at(-200, -200),)],
    ids=["home alone", "a rally point beyond the area", "one that is never the nearest"],
)
def test_a_straight_way_back_from_anywhere_stays_30_m_inside(rally: tuple[Place, ...]) -> None:
    made = planned(rally=rally)
    assert made.cautions == ()
    (plan,) = made.flights
    safe = LocalPlane(HOME).to_metres(np.array([HOME, *rally]))
    way = LineString(LocalPlane(HOME).to_metres(np.array([(one.lon, one.lat) for one in plan.waypoints])))
    for away_m in np.arange(0.0, way.length, 7.0):
        place = np.array(way.interpolate(float(away_m)).coords[0])
        nearest = safe[int(np.argmin(np.hypot(*(safe - place).T)))]
        assert metres(plan).buffer(-29.5).covers(LineString([place, nearest]))
    assert made.rules.max_height_m is not None
    assert carried_out(replace(ORDER, rally=rally, rules=Rules(safe_returns=True))).broken == ()


@pytest.mark.parametrize("landing", [at(-200, 250), at(150, -300), at(450, 150)])
def test_a_landing_place_away_from_the_last_leg_is_inside(landing: Place) -> None:
    made = planned(landing=landing)
    assert made.cautions == ()
    assert (
        metres(made.flights[0])
        .buffer(-29.5)
        .covers(LineString([LocalPlane(HOME).to_metres(np.array([landing]))[0]] * 2))
    )


def test_it_never_reaches_beyond_the_operator_s_geofence_and_its_holes_go_up() -> None:
    hole = [at(130, 150), at(170, 150), at(170, 190), at(130, 190)]
    border = Polygon([at(-15, -15), at(310, -15), at(310, 320), at(-15, 320)], [hole])
    made = planned(rules=Rules(fence=border))
    (plan,) = made.flights
    edge = Polygon(LocalPlane(HOME).to_metres(np.array(border.exterior.coords)))
    assert edge.buffer(0.01).covers(metres(plan))
    assert not plan.fence[-1].inclusion
    assert metres(plan, -1).area == pytest.approx(1600, rel=0.01)
    assert [
        ("enters fence 2 of the plan" in one.detail or "leaves the geofence" in one.detail) for one in made.cautions
    ] == [True]


def test_legs_that_wind_may_carry_across_the_geofence_are_told_once() -> None:
    made = planned(rules=Rules(fence=Polygon(ARMS.exterior.coords).buffer(2e-5)))
    told = [one for one in made.cautions if one.rule == "geofence"]
    assert len(told) == 1
    assert "wind may carry the vehicle across" in told[0].detail
    assert not [
        one for one in planned(rules=Rules(fence=ARMS.convex_hull.buffer(2e-4))).cautions if one.rule == "geofence"
    ]


def test_a_geofence_of_a_thousand_corners_fits_in_an_autopilot() -> None:
    border = LineString([at(150, 150), at(150.01, 150)]).buffer(0.0035, quad_segs=300)
    (plan,) = planned(rules=Rules(fence=border)).flights
    part = plan.fence[0]
    assert isinstance(part, FencePolygon)
    assert len(part.ring) <= 120
    edge = Polygon(LocalPlane(HOME).to_metres(np.array(border.exterior.coords)))
    assert edge.buffer(0.01).covers(metres(plan))


def test_a_geofence_that_the_vehicle_does_not_know_is_told() -> None:
    (plan,) = planned().flights
    wide, tight = ARMS.convex_hull.buffer(4e-4), ARMS.convex_hull.buffer(2e-4)

    def told(one: PatrolPlan, border: Polygon) -> list[str]:
        return [caution.detail for caution in check(one, Rules(fence=border)).cautions if caution.rule == "geofence"]

    assert told(plan, wide) == []
    (beyond,) = told(plan, tight)
    assert "beyond the geofence" in beyond
    assert 5 <= float(beyond.split("reaches ")[1].split(" m")[0]) <= 30
    (bare,) = told(replace(plan, fence=()), tight)
    assert "no fence goes up" in bare
