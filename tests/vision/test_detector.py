"""What a detector makes of an output that is out of all proportion."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from models.spec import Head, ModelSpec
from vision.detect import MOST_CANDIDATES, MOST_DETECTIONS, Detector
from vision.types import Floats, Picture

BLACK: Picture = np.zeros((640, 640, 3), np.uint8)


def specks(head: Head, count: int) -> Floats:
    """So many boxes of 4 px on a grid, none over another, each a little surer than the one before."""
    x, y = np.arange(count) % 100 * 6.0, np.arange(count) // 100 * 6.0
    confidence = np.linspace(0.2, 0.9, count)
    if head is Head.END_TO_END:
        return np.stack([x, y, x + 4, y + 4, confidence, np.zeros(count)], axis=1)[None].astype(np.float32)
    size = np.full(count, 4.0)
    return np.stack([x + 2, y + 2, size, size, confidence, np.zeros(count)])[None].astype(np.float32)


def detector(head: Head, count: int) -> Detector:
    spec = ModelSpec("m", None, head, ("car", "person"), (640, 640), 0, "")  # type: ignore[arg-type]
    return Detector(spec, lambda picture: specks(head, count))


@pytest.mark.parametrize("head", [Head.YOLO, Head.END_TO_END])
@pytest.mark.parametrize("count", [MOST_DETECTIONS + 1, MOST_CANDIDATES + 500])
def test_of_thousands_the_strongest_stay_and_the_rest_is_counted(head: Head, count: int) -> None:
    eyes = detector(head, count)
    found = eyes(BLACK, (640, 640))
    assert len(found) == MOST_DETECTIONS
    assert found.confidence.min() == pytest.approx(np.linspace(0.2, 0.9, count)[count - MOST_DETECTIONS])
    assert eyes.take_left_out() == count - MOST_DETECTIONS
    assert eyes.take_left_out() == 0


def test_of_fewer_none_is_left_out() -> None:
    eyes = detector(Head.YOLO, MOST_DETECTIONS)
    assert len(eyes(BLACK, (640, 640))) == MOST_DETECTIONS
    assert eyes.take_left_out() == 0


PERSONS_RUN_HIGH = {"person": (2.07, -0.433)}


def test_confidences_that_run_high_are_brought_to_what_others_mean_by_them() -> None:
    """By Platt's two figures of that class; the floor is one of what is meant, so that nothing above it is left out."""
    plain = detector(Head.YOLO, 200)
    spec = dataclasses.replace(plain.spec, classes=("person", "car"), calibration=PERSONS_RUN_HIGH)
    calibrated = Detector(spec, lambda picture: specks(Head.YOLO, 200), floor=0.3)
    found, said = calibrated(BLACK, (640, 640)), plain(BLACK, (640, 640)).confidence
    meant = 1 / (1 + np.exp(-2.07 * np.log(said / (1 - said)) + 0.433))
    assert found.confidence == pytest.approx(np.sort(meant[meant >= 0.3])[::-1], abs=1e-5)
    assert found.confidence[-1] == pytest.approx(0.3, abs=0.01)
    cars = Detector(dataclasses.replace(plain.spec, calibration=PERSONS_RUN_HIGH), lambda _: specks(Head.YOLO, 200))
    assert cars(BLACK, (640, 640)).confidence == pytest.approx(said, abs=1e-5)


def test_calibration_of_nothing_and_of_certainty_stays_within_bounds() -> None:
    def sure(picture: Picture) -> Floats:
        rows = specks(Head.END_TO_END, 2)
        rows[0, :, 4] = (0.0, 1.0)
        return rows

    spec = dataclasses.replace(detector(Head.END_TO_END, 1).spec, classes=("person",), calibration=PERSONS_RUN_HIGH)
    confidence = Detector(spec, sure, floor=0.0)(BLACK, (640, 640)).confidence
    assert confidence == pytest.approx([0.0, 1.0], abs=1e-3)
