"""One patrol over several drones: evenly shared, the same each time, and no two where they could meet."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from drone.battery import CLIMB_M_S, DESCENT_M_S, Battery
from drone.check.path import legs
from drone.check.terms import Rules
from drone.errors import BadArea, PlanRefused
from drone.fleet import apart_m, timetable
from drone.kind import Kind
from drone.kinds import Manner, Target
from drone.orders import CarriedOut, Order, carried_out
from drone.plane import LocalPlane
from drone.types import PatrolPlan, Takeoff, Waypoint
from tests.drone.estate import AREA, HOME, KERB, YARD, at
from tests.drone.test_kinds import ROAD

Doubles = NDArray[np.float64]
RULES = Rules(zones=(YARD, KERB), buffer_m=10)
# Home in the area: others fly over it while one climbs there.
INSIDE = at(250, 100)


def order(drones: int, **more: object) -> Order:
    whole = Order(Kind.AREA, "market", HOME, Target(area=AREA), RULES, Manner(60, 8, 40), drones=drones)
    return replace(whole, **more)  # type: ignore[arg-type]


def longest_s(made: CarriedOut) -> list[float]:
    return [verdict.duration_s for verdict in made.verdicts]


@pytest.mark.parametrize("drones", [2, 3, 5])
def test_a_patrol_is_shared_evenly_and_sees_as_much(drones: int) -> None:
    one, made = carried_out(order(1)), carried_out(order(drones))
    assert len(made.flights) == drones
    assert made.broken == ()
    times = longest_s(made)
    assert max(times) - min(times) < 0.12 * max(times)
    assert max(times) < longest_s(one)[0] / drones + 240  # each climbs, and flies up to 700 m out and home
    assert made.figures is not None
    assert one.figures is not None
    assert (made.figures.coverage, made.figures.outside_m) == (pytest.approx(one.figures.coverage, abs=2e-3), 0)
    assert [plan.hash for plan in carried_out(order(drones)).flights] == [plan.hash for plan in made.flights]
    assert made.flights[0].name == "market drone 1"


def test_a_battery_that_is_too_small_gives_each_drone_the_same_number_of_flights() -> None:
    made = carried_out(order(2, rules=replace(RULES, battery=Battery(420))))
    assert made.broken == ()
    assert len(made.flights) == 2 * (len(made.flights) // 2) >= 4
    assert [(one.drone, one.flight) for one in made.sorties][:2] == [(1, 1), (1, 2)]
    first, second = made.sorties[:2]
    assert second.starts_after_s >= first.starts_after_s + made.verdicts[0].duration_s + 180


@pytest.mark.parametrize("home", [HOME, INSIDE], ids=["beside the area", "in it"])
@pytest.mark.parametrize("endurance_s", [np.inf, 480.0])
def test_no_two_drones_are_ever_where_they_could_meet(home: tuple[float, float], endurance_s: float) -> None:
    """Flown second by second, each leg at its speed: nearer than 20 m on the ground means 9 m and more in height. Had
    all taken off at once, they had met over home."""
    made = carried_out(order(3, home=home, rules=replace(RULES, battery=Battery(endurance_s))))
    assert made.apart_m == pytest.approx(10, abs=0.01)
    assert _met(made, [one.starts_after_s for one in made.sorties]) == []
    assert _met(made, [0.0] * len(made.sorties)) != []


def _met(made: CarriedOut, starts_s: list[float]) -> list[tuple[int, int, int]]:
    """Drones that meet, and in which second."""
    plane = LocalPlane(made.flights[0].home)
    flown = [
        (one.drone, _flown(plan, plane, start_s, verdict.duration_s))
        for one, plan, verdict, start_s in zip(made.sorties, made.flights, made.verdicts, starts_s, strict=True)
    ]
    found = []
    for (drone, one), (other_drone, other) in combinations(flown, 2):
        for second in sorted(set(one) & set(other)) if drone != other_drone else []:
            off = one[second] - other[second]
            if np.hypot(*off[:2]) < 20 and abs(off[2]) < 9:
                found.append((drone, other_drone, second))
    return found


def _flown(plan: PatrolPlan, plane: LocalPlane, starts_s: float, duration_s: float) -> dict[int, Doubles]:
    """Where it is, by whole seconds."""
    marks, places, now_s = [], [], 0.0
    for leg in legs(plan, plane):
        points = np.asarray(leg.shape.coords)
        begin, end = (*points[0], leg.heights_m[0]), (*points[-1], leg.heights_m[1])
        up_m = end[2] - begin[2]
        vertical = leg.kind in ("climb", "descent")
        lasts_s = abs(up_m) / (CLIMB_M_S if up_m > 0 else DESCENT_M_S) if vertical else leg.length_m / leg.speed_m_s
        marks += [now_s, now_s + lasts_s + leg.hold_s]
        places += [begin, end]
        now_s += lasts_s + leg.hold_s
    times = np.array(marks) * duration_s / now_s + starts_s
    seconds = np.arange(int(np.ceil(times[0])), int(times[-1]) + 1)
    track = np.array(places)
    return dict(zip(seconds.tolist(), np.stack([np.interp(seconds, times, axis) for axis in track.T], 1), strict=True))


@pytest.mark.parametrize(
    ("kind", "target", "manner"),
    [
        (Kind.CORRIDOR, Target(line=tuple(ROAD)), Manner(40, 6)),
        (Kind.PERIMETER, Target(area=AREA), Manner(40, 6)),
        (Kind.PLACES, Target(places=tuple((f"p{n}", at(*p)) for n, p in enumerate(
            [(100, 100), (300, -50), (50, 300), (450, 60), (-200, 120), (430, 380)]))), Manner(40, 8)),
    ],
)  # fmt: skip
def test_every_kind_is_shared(kind: Kind, target: Target, manner: Manner) -> None:
    made = carried_out(Order(kind, "x", HOME, target, RULES, manner, drones=2))
    assert (len(made.flights), made.broken) == (2, ())
    assert max(longest_s(made)) < 1.6 * min(longest_s(made))
    heights = [next(i for i in plan.items if isinstance(i, Takeoff)).height_above_home_m for plan in made.flights]
    assert heights == [40, 50]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"drones": 8}, "fly up to 130 m, at most 120 m"),
        ({"drones": 2, "kind": Kind.PLACES, "target": Target(places=(("a", at(100, 100)),))}, "it is too short"),
        ({"drones": 3, "rules": replace(RULES, max_height_m=79)}, "fly up to 80 m"),
    ],
)
def test_what_cannot_be_shared_says_why(more: dict[str, object], says: str) -> None:
    with pytest.raises(PlanRefused, match=says):
        carried_out(order(**more))  # type: ignore[arg-type]


@pytest.mark.parametrize("more", [{"drones": 0}, {"drones": 21}, {"drones": 2, "separation_m": 2.0}])
def test_so_many_drones_so_near_are_refused(more: dict[str, object]) -> None:
    with pytest.raises(BadArea):
        order(**more)  # type: ignore[arg-type]


def test_ways_that_meet_at_one_height_are_refused_with_the_place() -> None:
    """Two plans that cross, as if nobody had put one above the other."""

    def crossing(*corners: tuple[float, float]) -> PatrolPlan:
        return PatrolPlan("x", HOME, (Takeoff(60), *(Waypoint(*at(*corner), 60, 8) for corner in corners)))

    flights = [crossing((0, 0), (400, 400)), crossing((400, 0), (0, 400))]
    with pytest.raises(PlanRefused, match=r"separation at 113\.8.*drones 1 and 2 come within 30 m"):
        apart_m(flights, 2)


def test_take_offs_from_one_place_are_apart_in_time() -> None:
    plan = PatrolPlan("x", HOME, (Takeoff(60), Waypoint(*at(0, 0), 60, 8)))
    other = replace(plan, items=(Takeoff(70), Waypoint(*at(0, 0), 70, 8)))
    first, second = timetable([plan, other], [160.0, 170.0], 2)
    assert (first.starts_after_s, second.starts_after_s >= 24 + 30) == (0, True)
