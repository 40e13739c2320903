"""A vehicle that a detector calls by two names, or finds twice in one look, is one vehicle at one place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from drone.lens import Lens
from drone.view import View
from models.spec import ObjectClass
from streams.aerial.size import by_size
from tests.streams.aerial.flights import PARKED, WH, Flown, apart_m, kerb, street
from vision.types import Change, Detections

LOOKS = (0.0, 1.0, 2.0)


def called(found: Detections, rows: slice, share: float, confidence: float) -> Detections:
    """Some boxes once more, as two-wheelers about the same middle, `share` as large."""
    some = found.xyxy[rows]
    middle, half = (some[:, :2] + some[:, 2:]) / 2, (some[:, 2:] - some[:, :2]) / 2 * share
    boxes = np.concatenate([middle - half, middle + half], axis=1)
    return Detections(
        np.concatenate([found.xyxy, boxes]).astype(np.float32),
        np.concatenate([found.confidence, np.full(len(some), confidence, np.float32)]),
        np.concatenate([found.class_id, np.full(len(some), int(ObjectClass.TWO_WHEELER), np.int64)]),
    )


def twice(_: float, found: Detections) -> Detections:
    return called(found, slice(None), 1.0, 0.99)


def small(_: float, found: Detections) -> Detections:
    return called(found, slice(None), 0.5, 0.2)


def now_and_then(at_s: float, found: Detections) -> Detections:
    """In every other look a two-wheeler and nothing else."""
    if round(at_s) % 2:
        return found
    return Detections(found.xyxy, found.confidence, np.full(len(found), int(ObjectClass.TWO_WHEELER), np.int64))


@pytest.mark.parametrize("sees", [twice, small, now_and_then])
def test_each_car_of_the_zone_is_raised_once(sees: Callable[[float, Detections], Detections]) -> None:
    scene = street()
    flown = Flown(kerb(scene))
    flown.fly(scene, LOOKS, blind=sees)
    flown.fly(scene, LOOKS, begins_s=300, blind=sees)
    raised = [event for event in flown.events if event.change is Change.RAISED]
    assert len(raised) == len(flown.events) == 2
    for event, place in zip(sorted(raised, key=lambda e: e.place.lat), PARKED[:2], strict=True):  # type: ignore[union-attr]
        assert apart_m(event, scene, place) < 1.0


@pytest.mark.parametrize(
    ("height_m", "pitch_deg", "box", "is_car"),
    [
        (30.0, -60.0, (300, 150, 360, 210), True),  # 4.5 m
        (30.0, -60.0, (310, 165, 336, 195), False),  # 2.3 m
        (1.4, 0.0, (250, 200, 640, 360), False),  # a motorcycle two metres before a dash camera
    ],
)
def test_a_two_wheeler_as_long_as_a_car_is_one(
    height_m: float, pitch_deg: float, box: tuple[int, int, int, int], *, is_car: bool
) -> None:
    view = View(*(np.array([value]) for value in (113.0, 27.0, height_m, 0.0, pitch_deg, 0.0)))
    kinds = np.array([ObjectClass.TWO_WHEELER, ObjectClass.PERSON], np.int64)
    found = Detections(np.array([box, box], np.float32), np.ones(2, np.float32), kinds)
    now = by_size(found, view, Lens.from_view(70.0, WH)).class_id.tolist()
    assert now == [ObjectClass.CAR if is_car else ObjectClass.TWO_WHEELER, ObjectClass.PERSON]


def test_a_two_wheeler_by_the_kerb_stays_one_and_is_not_the_car_beside_it() -> None:
    scene = street()

    def beside(_: float, found: Detections) -> Detections:
        more = called(found, slice(0, 1), 0.5, 0.9)
        boxes = more.xyxy.copy()
        boxes[-1, [0, 2]] += 1.1 * (found.xyxy[0, 2] - found.xyxy[0, 0])
        return Detections(boxes, more.confidence, more.class_id)

    pipeline = Flown(kerb(scene)).fly(scene, LOOKS, blind=beside)
    kinds = [place.kind for place in pipeline.book.places.values()]
    assert kinds.count(ObjectClass.TWO_WHEELER) == 1
    assert kinds.count(ObjectClass.CAR) == len(PARKED)
