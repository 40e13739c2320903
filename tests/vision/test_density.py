"""How many there are is estimated from who is found, and from how hard it was to find them."""

from __future__ import annotations

import numpy as np
import pytest

from vision.density import Sightability, estimate, is_crowded
from vision.types import Detections

NOBODY = Detections.empty()


def test_density_weighs_who_is_hard_to_find() -> None:
    table = Sightability(np.full(5, 0.8), np.full(5, 0.25), np.full((2, 5), 0.05))
    alone = estimate(np.full(8, 70.0), np.zeros(8, bool), table)
    packed = estimate(np.full(8, 70.0), np.ones(8, bool), table)
    assert alone.people == pytest.approx(10.0)
    assert packed.people == pytest.approx(32.0)
    assert packed.low < 32.0 < packed.high
    assert packed.high - packed.low > alone.high - alone.low
    assert alone.low >= alone.found == 8


def test_who_stands_in_a_crowd_is_known() -> None:
    boxes = np.array([[0, 0, 10, 20], [6, 0, 16, 20], [100, 0, 110, 20]], np.float32)
    assert is_crowded(boxes).tolist() == [True, True, False]
    assert is_crowded(NOBODY.xyxy).tolist() == []
