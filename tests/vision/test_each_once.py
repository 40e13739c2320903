"""One box that the detector names by several classes of vehicle is one vehicle, as sure as it is any of them."""

from __future__ import annotations

import numpy as np
import pytest

from models.spec import ObjectClass
from tests.vision.builders import boxes
from tests.vision.kerb import PARKED, SPOT, watch
from vision.hazards.fitting import each_once
from vision.types import Change, Detections

CAR, BUS, TRUCK = ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK
BESIDE = (SPOT[0] + 1, *SPOT[1:])


def found(*rows: tuple[tuple[float, float, float, float], float, ObjectClass]) -> Detections:
    xyxy, sure, kind = zip(*rows, strict=True)
    return Detections(np.array(xyxy, np.float32), np.array(sure, np.float32), np.array(kind, np.int64))


def test_the_likeliest_class_stays_and_is_as_sure_as_all_of_them() -> None:
    seen = each_once(found((BESIDE, 0.9, CAR), (SPOT, 0.29, CAR), (SPOT, 0.31, BUS), (SPOT, 0.18, TRUCK)))
    assert seen.xyxy.tolist() == [list(BESIDE), list(SPOT)]
    assert seen.class_id.tolist() == [CAR, BUS]
    assert seen.confidence.tolist() == pytest.approx([0.9, 1 - 0.71 * 0.69 * 0.82], abs=1e-6)


@pytest.mark.parametrize(
    "seen", [Detections.empty(), found((SPOT, 0.4, CAR)), found((SPOT, 0.4, CAR), (BESIDE, 0.3, BUS))]
)
def test_what_is_there_once_stays_as_it_is(seen: Detections) -> None:
    assert each_once(seen) is seen


def test_a_minibus_that_is_between_three_classes_is_raised() -> None:
    """None of the three is sure enough by itself; a thing that is one of them at 0.2 alone is none."""
    picture = PARKED[1]
    split = found((SPOT, 0.31, BUS), (SPOT, 0.29, CAR), (SPOT, 0.18, TRUCK))
    assert [hazard.change for hazard in watch(lambda t: (split, picture), 80)] == [Change.RAISED]
    assert watch(lambda t: (boxes(SPOT, sure=0.31), picture), 80) == []
