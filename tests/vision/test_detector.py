"""What a detector makes of an output that is out of all proportion."""

from __future__ import annotations

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
