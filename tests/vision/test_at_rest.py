"""Parked is a place: what raises a hazard, what clears it, and what must do neither."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from models.spec import VEHICLES, ObjectClass
from tests.vision.builders import WH, boxes, grey, join, paint, street
from vision.hazards.at_rest import AtRest
from vision.hazards.rules import Observation
from vision.types import Change, Detections, Glimpse, Hazard, HazardKind, Picture
from vision.zones import Zone

SPOT = (200.0, 150.0, 300.0, 220.0)
DWELL_S, CLEAR_S = 10.0, 3.0
LEFT = Zone(((0, 0), (0.6, 0), (0.6, 1), (0, 1)))
Scene = Callable[[float], tuple[Detections, Picture]]

EMPTY = (Detections.empty(), street())
PARKED = (boxes(SPOT), paint(street(), SPOT))


def rule(zone: Zone = LEFT) -> AtRest:
    return AtRest(HazardKind.ILLEGAL_PARKING, "kerb", zone, VEHICLES, DWELL_S, CLEAR_S)


def watch(
    scene: Scene, until_s: float, *, hz: float = 1.0, using: AtRest | None = None, from_s: float = 0.0
) -> list[Hazard]:
    watcher = using or rule()
    found: list[Hazard] = []
    for look in range(round((until_s - from_s) * hz) + 1):
        at_s = from_s + look / hz
        detections, picture = scene(at_s)
        found += watcher.update(Observation(at_s, WH, grey(picture), detections))
    return found


def between(start_s: float, end_s: float) -> Scene:
    return lambda t: PARKED if start_s <= t < end_s else EMPTY


@pytest.mark.parametrize("hz", [0.5, 1, 4, 25])
def test_one_parked_car_is_raised_once_and_cleared_once(hz: float) -> None:
    raised, cleared = watch(between(5, 40), 60, hz=hz)
    assert (raised.change, cleared.change) == (Change.RAISED, Change.CLEARED)
    assert raised.began_s == pytest.approx(5, abs=max(0.1, 1 / hz))
    assert 14.9 <= raised.at_s <= 15 + 2 / hz
    assert 40 + CLEAR_S <= cleared.at_s <= 40 + CLEAR_S + 4 / hz
    assert raised.slot == cleared.slot
    np.testing.assert_allclose(raised.xyxy, SPOT)


def test_a_car_that_leaves_before_its_dwell_raises_nothing() -> None:
    assert watch(between(5, 14), 40) == []


def test_a_car_outside_the_zone_raises_nothing() -> None:
    right = Zone(((0.7, 0), (1, 0), (1, 1), (0.7, 1)))
    assert watch(between(0, 60), 60, using=rule(right)) == []


def test_a_person_who_waits_raises_nothing() -> None:
    person = (boxes(SPOT, kind=ObjectClass.PERSON), PARKED[1])
    assert watch(lambda t: person, 60) == []


def test_traffic_that_drives_through_raises_nothing() -> None:
    def scene(t: float) -> tuple[Detections, Picture]:
        box = ((t * 50) % 500, 150.0, (t * 50) % 500 + 100, 220.0)
        return boxes(box), paint(street(), box)

    assert watch(scene, 120, hz=2) == []


def test_cars_that_queue_one_after_another_raise_nothing() -> None:
    """Every 6 s another car stands at the same place: never one of them for the dwell."""
    scene: Scene = lambda t: (boxes(SPOT), paint(street(), SPOT, seed=10 + int(t // 6)))  # noqa: E731 - a one-line scene
    assert watch(scene, 60) == []


def test_a_detector_that_misses_every_other_look_changes_nothing() -> None:
    scene: Scene = lambda t: (boxes(SPOT) if int(t) % 2 == 0 else Detections.empty(), PARKED[1])  # noqa: E731
    assert [h.change for h in watch(scene, 60)] == [Change.RAISED]


def test_one_detection_that_never_comes_again_raises_nothing() -> None:
    """A flash of a box on something that stays: a vehicle that stands there would be found more often."""
    scene: Scene = lambda t: PARKED if t < 1 else (Detections.empty(), PARKED[1])  # noqa: E731
    assert watch(scene, 60) == []


def test_a_flicker_of_a_box_on_the_empty_place_does_not_keep_the_hazard() -> None:
    ghost = (boxes((196, 146, 304, 224), sure=0.2), street())
    scene: Scene = lambda t: PARKED if t < 30 else ghost if int(t) % 3 == 0 else EMPTY  # noqa: E731
    assert [h.change for h in watch(scene, 60)] == [Change.RAISED, Change.CLEARED]


def test_a_switch_to_infra_red_leaves_one_hazard_that_still_clears() -> None:
    """From one look to the next the car looks different, and the detector still finds it."""
    infra_red = (boxes(SPOT), 255 - PARKED[1])
    gone = (Detections.empty(), 255 - street())
    scene: Scene = lambda t: PARKED if t < 30 else infra_red if t < 60 else gone  # noqa: E731
    assert [h.change for h in watch(scene, 90)] == [Change.RAISED, Change.CLEARED]


def test_class_flicker_and_a_second_box_on_one_van_are_one_hazard() -> None:
    def scene(t: float) -> tuple[Detections, Picture]:
        kind = ObjectClass.TRUCK if int(t) % 2 else ObjectClass.CAR
        twin = boxes((204, 152, 300, 222), kind=ObjectClass.BUS, sure=0.4)
        return join(boxes(SPOT, kind=kind), twin), PARKED[1]

    assert len(watch(scene, 60)) == 1


@pytest.mark.parametrize("gain", [0.6, 1.5], ids=["dusk", "headlights"])
def test_a_change_of_light_neither_clears_nor_raises_again(gain: float) -> None:
    lit = paint(street(), SPOT, gain=gain)
    scene: Scene = lambda t: (boxes(SPOT) if t < 30 else Detections.empty(), PARKED[1] if t < 30 else lit)  # noqa: E731
    assert [h.change for h in watch(scene, 90)] == [Change.RAISED]


def test_a_bus_that_hides_the_place_says_nothing_of_it() -> None:
    bus = (190.0, 100.0, 630.0, 340.0)  # its own wheels stand mostly outside the zone
    hidden = (boxes(bus, kind=ObjectClass.BUS), paint(street(), bus, seed=5))
    scene: Scene = lambda t: hidden if 20 <= t < 50 else PARKED  # noqa: E731
    assert [h.change for h in watch(scene, 80)] == [Change.RAISED]


def test_a_second_look_at_once_does_not_take_another_car_for_the_one_that_a_bus_hid() -> None:
    bus = (190.0, 100.0, 630.0, 340.0)
    hidden = (boxes(bus, kind=ObjectClass.BUS), paint(street(), bus, seed=5))
    moved_up = (boxes(SPOT), paint(street(), SPOT, seed=77))
    watcher, found = rule(), []
    looks = [*((at_s, PARKED) for at_s in (0, 1, 2, 3, 4, 5, 6)), (8, hidden), (10.2, moved_up), (10.4, moved_up)]
    for at_s, (detections, picture) in looks:
        found += watcher.update(Observation(at_s, WH, grey(picture), detections))
    assert found == []


def test_no_video_is_unknown_not_clear() -> None:
    """A gap of five minutes in which nothing was looked at: the hazard stands, and clears only when seen free."""
    watcher = rule()
    assert [h.change for h in watch(between(0, 1e9), 20, using=watcher)] == [Change.RAISED]
    assert watch(between(0, 1e9), 330, using=watcher, from_s=320) == []
    assert [h.change for h in watch(between(0, 0), 340, using=watcher, from_s=331)] == [Change.CLEARED]


def test_hours_without_video_are_no_dwell() -> None:
    """A car stood there for 3 s, then nothing was seen for three hours: whoever stands there now has just come."""
    watcher = rule()
    watch(between(0, 1e9), 3, using=watcher)
    (raised,) = watch(between(0, 1e9), 10_820, using=watcher, from_s=10_800)
    assert raised.began_s == 10_800


def test_a_neighbour_that_overlaps_does_not_keep_a_hazard_alive() -> None:
    """Two cars in a row, as perspective makes them overlap: the first leaves, the second stays."""
    neighbour = (270.0, 150.0, 370.0, 220.0)
    both = (boxes(SPOT, neighbour), paint(PARKED[1], neighbour, seed=7))
    second = (boxes(neighbour), paint(street(), neighbour, seed=7))
    found = watch(lambda t: both if t < 30 else second, 60)
    assert [h.change for h in found] == [Change.RAISED, Change.RAISED, Change.CLEARED]


def test_a_clock_set_back_ends_no_hazard_and_watches_on() -> None:
    watcher = rule()
    (raised,) = watch(between(0, 1e9), 4020, using=watcher, from_s=4000)
    other = (20.0, 60.0, 110.0, 130.0)
    two = (boxes(SPOT, other), paint(PARKED[1], other, seed=7))
    found = watch(lambda t: two if t < 430 else EMPTY, 450, using=watcher, from_s=400)
    assert [h.change for h in found] == [Change.RAISED, Change.CLEARED, Change.CLEARED]
    assert found[0].began_s == 400
    assert {h.began_s for h in found[1:]} == {400, raised.began_s}


def test_after_a_restart_with_another_zone_only_what_lies_in_it_may_be_raised() -> None:
    before = rule()
    watch(between(0, 1e9), 7, using=before)
    right = rule(Zone(((0.7, 0), (1, 0), (1, 1), (0.7, 1))))
    right.restore(before.state())
    assert watch(between(0, 1e9), 40, using=right, from_s=8) == []


def test_the_cab_and_the_whole_lorry_are_one_hazard() -> None:
    lorry = (150.0, 120.0, 310.0, 220.0)
    cab = (150.0, 125.0, 215.0, 220.0)
    scene = (join(boxes(lorry, kind=ObjectClass.TRUCK), boxes(cab, sure=0.6)), paint(street(), lorry))
    assert len(watch(lambda t: scene, 60)) == 1


def test_a_dark_car_in_the_dark_is_raised() -> None:
    night = (boxes(SPOT), np.full_like(street(), 20))
    assert [h.change for h in watch(lambda t: night, 60)] == [Change.RAISED]


def test_an_unsure_place_is_not_looked_at_closely_for_ever() -> None:
    watcher = rule()
    unsure = (boxes(SPOT, sure=0.2), PARKED[1])
    watch(lambda t: PARKED if t < 1 else unsure, 100, using=watcher)
    assert watcher.wants(100) is None
    assert watcher.decides_s(100) is None


def test_a_restart_goes_on_where_it_stopped() -> None:
    before = rule()
    watch(between(2, 1e9), 7, using=before)
    after = rule()
    after.restore(json.loads(json.dumps(before.state())))
    raised = watch(between(2, 1e9), 30, using=after, from_s=9)
    assert [(h.change, h.began_s) for h in raised] == [(Change.RAISED, 2.0)]
    again = rule()
    again.restore(json.loads(json.dumps(after.state())))
    assert watch(between(2, 1e9), 60, using=again, from_s=31) == []


def test_another_resolution_shows_the_same_place() -> None:
    watcher = rule()
    assert len(watch(between(0, 1e9), 20, using=watcher)) == 1
    for look in range(21, 60):
        twice = boxes((400, 300, 600, 440))
        assert watcher.update(Observation(look, (1280, 720), grey(PARKED[1]), twice)) == []


def test_two_cars_are_two_hazards_with_two_slots() -> None:
    other = (20.0, 60.0, 110.0, 130.0)
    scene: Scene = lambda t: (boxes(SPOT, other), paint(PARKED[1], other, seed=7))  # noqa: E731
    found = watch(scene, 30)
    assert len({h.slot for h in found}) == len(found) == 2


def test_the_rule_asks_for_the_detector_only_while_that_decides_something() -> None:
    watcher = rule()
    asked = {}
    for t in range(60):
        detections, picture = between(5, 40)(t)
        watcher.update(Observation(t, WH, grey(picture), detections))
        asked[t] = watcher.wants(t + 1)
    assert asked[3] is None
    assert asked[5] == "something new"
    assert asked[6] is None
    assert asked[9] is None
    assert asked[14] == "due"
    assert asked[20] is None
    assert asked[41] == "perhaps free again"
    assert asked[55] is None


def test_it_says_when_it_will_decide() -> None:
    watcher = rule()
    assert watch(between(5, 60), 8, using=watcher) == []
    assert watcher.decides_s(8) == 5 + DWELL_S
    assert watcher.decides_s(16) == 16.25


def glanced(scene: Scene, until_s: int, detected: Callable[[int, AtRest], bool]) -> list[Hazard]:
    """Looks of which only some went through the detector."""
    watcher, found = rule(), []
    for t in range(until_s):
        detections, picture = scene(t)
        found += watcher.update(Observation(t, WH, grey(picture), detections if detected(t, watcher) else None))
    return found


def test_looks_without_the_detector_change_nothing_about_a_parked_car() -> None:
    gated = glanced(between(5, 40), 60, lambda t, rule: t in (5, 40, 41) or rule.wants(t) is not None)
    whole = glanced(between(5, 40), 60, lambda t, rule: True)
    assert [(h.change, h.began_s, h.at_s) for h in gated] == [(h.change, h.began_s, h.at_s) for h in whole]


def test_a_box_seen_once_and_never_confirmed_raises_nothing() -> None:
    """One false box on still ground: its appearance alone must not carry it through the dwell."""
    scene: Scene = lambda t: (boxes(SPOT, sure=0.9) if t == 5 else Detections.empty(), PARKED[1])  # noqa: E731
    assert glanced(scene, 60, lambda t, rule: t == 5 or rule.wants(t) is not None) == []


def test_a_place_begins_when_its_picture_came_to_rest() -> None:
    watcher = rule()
    watcher.update(Observation(20.0, WH, grey(PARKED[1]), PARKED[0], still_since=lambda xyxy, wh: (14.0, 16.0)))
    (place,) = watcher.places
    assert (place.began_s, place.dwell_s, watcher.undated()) == (16.0, 4.0, 16.0)
    watcher.look_back(Glimpse(15.0, WH, grey(PARKED[1])))
    assert (place.began_s, place.dwell_s, watcher.undated()) == (15.0, 5.0, 15.0)
    watcher.look_back(Glimpse(14.0, WH, grey(EMPTY[1])))
    assert (place.began_s, watcher.undated()) == (15.0, 14.0)
    watcher.look_back(Glimpse(13.0, WH, grey(PARKED[1])))
    assert (place.began_s, watcher.undated()) == (13.0, 13.0)
    for at_s in (12.0, 11.0):
        watcher.look_back(Glimpse(at_s, WH, grey(EMPTY[1])))
    assert (place.began_s, watcher.undated()) == (13.0, None)


def test_a_bus_that_stops_before_a_parked_car_is_a_hazard_of_its_own() -> None:
    watcher = rule()
    assert len(watch(between(0, 1e9), 12, using=watcher)) == 1
    bus = (150.0, 100.0, 340.0, 240.0)
    scene = (boxes(bus, kind=ObjectClass.BUS), paint(PARKED[1], bus, seed=9))
    found = watch(lambda t: scene, 40, using=watcher, from_s=13)
    assert [(h.change, h.slot) for h in found] == [(Change.RAISED, 2)]
    assert found[0].at_s <= 13 + DWELL_S + 2


def test_a_detector_that_misses_every_second_look_is_late_by_little() -> None:
    def scene(t: float) -> tuple[Detections, Picture]:
        if t < 5:
            return EMPTY
        return (PARKED[0] if round(t) % 4 == 0 else Detections.empty()), PARKED[1]

    watcher, raised, t = rule(), [], 0.0
    while t < 60 and not raised:
        detections, picture = scene(t)
        raised = watcher.update(Observation(t, WH, grey(picture), detections))
        due_s = watcher.decides_s(t)
        t = min(t + 2, due_s) if due_s is not None and due_s > t else t + 2
    assert raised
    assert raised[0].at_s <= 6 + DWELL_S + 4


def test_jitter_of_capture_times_costs_no_look_and_shortens_no_dwell() -> None:
    watcher = rule()
    raised = []
    for t in (0.0, 2.0, 4.0, 6.0, 8.0, 9.96, 12.0):
        raised += watcher.update(Observation(t, WH, grey(PARKED[1]), PARKED[0]))
    assert [(h.at_s, round(h.at_s - h.began_s, 6)) for h in raised] == [(9.96, DWELL_S)]
