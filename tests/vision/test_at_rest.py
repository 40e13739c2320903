"""Parked is a place: what raises a hazard, what clears it, and what must do neither."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from models.spec import ObjectClass
from tests.vision.builders import WH, boxes, grey, join, paint, street
from tests.vision.kerb import CLEAR_S, DWELL_S, EMPTY, PARKED, SPOT, Scene, between, rule, watch
from vision.hazards.rules import Observation
from vision.types import Change, Detections, Picture
from vision.zones import Zone


@pytest.mark.parametrize("hz", [0.5, 1, 4, 25])
def test_one_parked_car_is_raised_once_and_cleared_once(hz: float) -> None:
    raised, cleared = watch(between(5, 40), 60, hz=hz)
    assert (raised.change, cleared.change) == (Change.RAISED, Change.CLEARED)
    assert raised.began_s == pytest.approx(5, abs=max(0.1, 1 / hz))
    assert 14.9 <= raised.at_s <= 15 + 2 / hz
    assert 40 + CLEAR_S <= cleared.at_s <= 40 + CLEAR_S + 4 / hz
    assert raised.slot == cleared.slot
    np.testing.assert_allclose(raised.xyxy, SPOT)


def test_a_car_that_rolled_to_a_stop_is_told_where_it_stands() -> None:
    """Its first box was 8 px beside, in pictures as smooth as a camera's; a restarted worker tells the same."""
    rolling = (SPOT[0] + 8, SPOT[1] + 3, SPOT[2] + 8, SPOT[3] + 3)

    def scene(t: float) -> tuple[Detections, Picture]:
        box = rolling if t < 6 else SPOT
        soft = np.asarray(cv2.GaussianBlur(paint(street(), box, seed=3), (0, 0), 12), np.uint8)
        return (boxes(box), soft) if t >= 5 else (Detections.empty(), street())

    before = rule()
    assert watch(scene, 12, using=before) == []
    after = rule()
    after.restore(json.loads(json.dumps(before.state())))
    for using in (before, after):
        raised, *others = watch(scene, 40, using=using, from_s=13)
        assert (raised.change, raised.slot, others) == (Change.RAISED, 1, [])
        np.testing.assert_allclose(raised.xyxy, SPOT, atol=1)


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


def test_a_neighbour_that_overlaps_does_not_keep_a_hazard_alive() -> None:
    """Two cars in a row, as perspective makes them overlap: the first leaves, the second stays."""
    neighbour = (270.0, 150.0, 370.0, 220.0)
    both = (boxes(SPOT, neighbour), paint(PARKED[1], neighbour, seed=7))
    second = (boxes(neighbour), paint(street(), neighbour, seed=7))
    found = watch(lambda t: both if t < 30 else second, 60)
    assert [h.change for h in found] == [Change.RAISED, Change.RAISED, Change.CLEARED]


def test_the_cab_and_the_whole_lorry_are_one_hazard() -> None:
    lorry = (150.0, 120.0, 310.0, 220.0)
    cab = (150.0, 125.0, 215.0, 220.0)
    scene = (join(boxes(lorry, kind=ObjectClass.TRUCK), boxes(cab, sure=0.6)), paint(street(), lorry))
    assert len(watch(lambda t: scene, 60)) == 1


def test_two_boxes_that_share_two_thirds_of_one_vehicle_are_one_hazard() -> None:
    """A detector of split mind boxes its upper and its lower part: IoU 0.49, two thirds of either in the other."""
    upper, lower = (200.0, 150.0, 300.0, 200.0), (200.0, 167.0, 300.0, 217.0)
    scene = (join(boxes(upper, sure=0.5), boxes(lower, sure=0.4)), PARKED[1])
    assert len(watch(lambda t: scene, 60)) == 1


def test_a_dark_car_in_the_dark_is_raised() -> None:
    night = (boxes(SPOT), np.full_like(street(), 20))
    assert [h.change for h in watch(lambda t: night, 60)] == [Change.RAISED]


def test_two_cars_are_two_hazards_with_two_slots() -> None:
    other = (20.0, 60.0, 110.0, 130.0)
    scene: Scene = lambda t: (boxes(SPOT, other), paint(PARKED[1], other, seed=7))  # noqa: E731
    found = watch(scene, 30)
    assert len({h.slot for h in found}) == len(found) == 2


def test_a_bus_that_stops_before_a_parked_car_is_a_hazard_of_its_own() -> None:
    watcher = rule()
    assert len(watch(between(0, 1e9), 12, using=watcher)) == 1
    bus = (150.0, 100.0, 340.0, 240.0)
    scene = (boxes(bus, kind=ObjectClass.BUS), paint(PARKED[1], bus, seed=9))
    found = watch(lambda t: scene, 40, using=watcher, from_s=13)
    assert [(h.change, h.slot) for h in found] == [(Change.RAISED, 2)]
    assert found[0].at_s <= 13 + DWELL_S + 2
