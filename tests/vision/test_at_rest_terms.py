"""What a zone allows: hours, grace, exempt slots, and where traffic may stand and wait."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from models.spec import VEHICLES, ObjectClass
from streams.settings.hours import timetable
from tests.vision.builders import boxes, join
from tests.vision.parked import DWELL_S, LEFT, SPOT, Trial, car
from vision.hazards.at_rest import AtRest
from vision.hazards.terms import Exempt, Terms
from vision.types import Change, Detections, HazardKind
from vision.zones import Zone

TIMEZONE = "Asia/Shanghai"
SEVEN_S = datetime(2026, 11, 23, 7, 0, tzinfo=ZoneInfo(TIMEZONE)).timestamp()
AROUND = Zone(((0.25, 0.35), (0.55, 0.35), (0.55, 0.7), (0.25, 0.7)))
MORNING = Terms(hours=timetable(["Mon-Fri 07:00-07:10"], TIMEZONE))


def from_to(from_s: float, until_s: float) -> list[float]:
    """Looks by seconds after seven."""
    return [SEVEN_S + 2 * n for n in range(round(from_s / 2), round(until_s / 2))]


def since_seven(trial: Trial) -> list[tuple[str, int, int]]:
    return [(h.change.value, round(h.at_s - SEVEN_S), round(h.began_s - SEVEN_S)) for h in trial.found]


def test_who_stands_there_when_prohibition_begins_is_counted_from_then() -> None:
    trial = Trial(MORNING)
    trial.run(from_to(-300, 90))
    assert since_seven(trial) == [("raised", 60, 0)]
    assert trial.found[0].why["dwell_s"] == 60


def test_grace_is_given_to_who_stood_there_and_to_nobody_else() -> None:
    terms = Terms(hours=MORNING.hours, grace_s=120)
    there = Trial(terms)
    there.run(from_to(-300, 200))
    assert since_seven(there) == [("raised", 180, 120)]
    late = Trial(terms)
    late.run(from_to(-20, 100), None)
    late.run(from_to(100, 200))
    assert since_seven(late) == [("raised", 160, 100)]


def test_it_is_over_when_prohibition_ends_and_begins_anew_the_next_day() -> None:
    trial = Trial(MORNING)
    trial.run(from_to(-20, 610))
    assert since_seven(trial) == [("raised", 60, 0), ("cleared", 600, 0)]
    trial.run(from_to(610, 640))
    trial.run(from_to(86_400 - 100, 86_400 + 70))
    raised = trial.found[2]
    assert raised.change is Change.RAISED
    assert raised.began_s >= SEVEN_S + 86_400


def test_it_says_when_hours_will_decide() -> None:
    trial = Trial(MORNING)
    trial.run(from_to(-300, -200))
    assert trial.rule.decides_s(SEVEN_S - 200) == SEVEN_S


def bay(**kinds: object) -> Terms:
    return Terms(exempt=(Exempt(AROUND, **kinds),))  # type: ignore[arg-type]


def test_an_exempt_slot_has_a_limit_of_its_own() -> None:
    trial = Trial(bay(limit_s=200.0))
    trial.run(from_to(0, 230))
    assert since_seven(trial) == [("raised", 200, 0)]
    assert trial.found[0].why["limit_s"] == 200


def test_a_permit_without_limit_is_for_its_classes_alone() -> None:
    for kind, changes in ((ObjectClass.TRUCK, []), (ObjectClass.CAR, [Change.RAISED])):
        trial = Trial(bay(classes=frozenset({int(ObjectClass.TRUCK)})))
        for at_s in from_to(0, 100):
            trial.see(at_s, car(trial.bare), boxes(SPOT, kind=kind))
        assert trial.changes == changes


def test_when_a_permit_ends_the_dwell_begins() -> None:
    trial = Trial(bay(hours=timetable(["06:00-07:00"], TIMEZONE)))
    trial.run(from_to(-200, 80))
    assert since_seven(trial) == [("raised", 60, 0)]


def test_a_place_beside_the_slot_is_not_exempt() -> None:
    aside = Zone(((0, 0), (0.1, 0), (0.1, 0.1), (0, 0.1)))
    trial = Trial(Terms(exempt=(Exempt(aside),)))
    trial.run(from_to(0, 80))
    assert since_seven(trial) == [("raised", 60, 0)]


QUEUE = Terms(queues=(LEFT,), queue_s=300.0)
LANE = [(20.0 + 85 * n, 150.0, 90.0 + 85 * n, 200.0) for n in range(4)]


def stand(trial: Trial, looks: list[float], which: tuple[int, ...]) -> None:
    """So many cars stand in the lane, one behind the other."""
    for at_s in looks:
        picture, found = trial.bare, Detections.empty()
        for n in which:
            picture, found = car(picture, LANE[n], seed=20 + n), join(found, boxes(LANE[n]))
        trial.see(at_s, picture, found)


def test_a_queue_at_a_red_light_is_not_parked() -> None:
    trial = Trial(QUEUE)
    stand(trial, from_to(-20, 0), ())
    stand(trial, from_to(0, 120), (0, 1, 2, 3))
    for first in (1, 2, 3):
        stand(trial, from_to(120 + 4 * first, 124 + 4 * first), (0, 1, 2, 3)[first:])
    stand(trial, from_to(138, 200), ())
    assert trial.found == []


def test_without_a_queue_area_the_same_cars_are() -> None:
    trial = Trial()
    stand(trial, from_to(-20, 0), ())
    stand(trial, from_to(0, 120), (0, 1, 2, 3))
    assert trial.changes == [Change.RAISED] * 4


def test_who_stays_when_the_queue_has_driven_on_is_parked() -> None:
    trial = Trial(QUEUE)
    stand(trial, from_to(-20, 0), ())
    stand(trial, from_to(0, 80), (0, 1, 2, 3))
    stand(trial, from_to(80, 130), (0,))
    (raised,) = trial.found
    assert raised.began_s == SEVEN_S
    assert 95 <= raised.at_s - SEVEN_S <= 102


def test_in_a_queue_for_longer_than_any_light_is_parked() -> None:
    trial = Trial(QUEUE)
    stand(trial, from_to(-20, 0), ())
    stand(trial, from_to(0, 310), (0,))
    assert since_seven(trial) == [("raised", 300, 0)]


@pytest.mark.parametrize("boxed", [True, False], ids=["boxed at the end", "missed at the end"])
def test_a_small_dark_car_on_ground_that_was_bare_is_raised(boxed: bool) -> None:
    trial = Trial()
    trial.run(from_to(-20, 0), None)
    for at_s in from_to(0, 80):
        seen = boxed or at_s < SEVEN_S + 20
        trial.see(at_s, car(trial.bare), boxes(SPOT, sure=0.2) if seen else Detections.empty())
    assert trial.changes == ([Change.RAISED] if boxed else [])


def test_faint_boxes_on_what_always_stood_there_raise_nothing() -> None:
    """A kiosk that resembles a car a little."""
    trial = Trial()
    for at_s in from_to(0, 200):
        trial.see(at_s, car(trial.bare), boxes(SPOT, sure=0.25))
    assert trial.changes == []


def test_a_car_that_is_missed_just_when_it_is_due_is_raised_in_the_next_look() -> None:
    trial = Trial()
    trial.run(from_to(0, 58))
    trial.run(from_to(58, 80), boxed=False)
    (raised,) = trial.found
    assert raised.at_s - SEVEN_S <= DWELL_S + 4


def test_terms_of_a_zone_do_not_change_the_classes_that_count() -> None:
    rule = AtRest(HazardKind.ILLEGAL_PARKING, "kerb", LEFT, VEHICLES, DWELL_S, 3.0, MORNING)
    trial = Trial()
    trial.rule = rule
    for at_s in from_to(0, 100):
        trial.see(at_s, car(trial.bare), boxes(SPOT, kind=ObjectClass.TWO_WHEELER))
    assert trial.found == []
