"""A gathering stays the same through a restart, a clock that is set and another resolution."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.vision.crowd import RING, WH, Square, changes
from vision.types import Change


def test_a_restart_goes_on_and_keeps_nothing_of_anybody() -> None:
    square = Square(dwell_s=20.0)
    square.see_at(RING, 12)
    stored = json.dumps(square.rule.state())
    assert "track" not in stored
    assert len(json.loads(stored)["places"]) == 1
    again = Square(dwell_s=20.0)
    again.rule.restore(json.loads(stored))
    again.at_s = square.at_s
    again.see_at(RING, 12)
    assert changes(again) == [Change.RAISED]
    assert again.told[0].began_s == pytest.approx(1001.0, abs=0.1)


def test_a_raised_one_is_cleared_after_a_restart() -> None:
    square = Square(dwell_s=10.0)
    square.see_at(RING, 15)
    again = Square(dwell_s=10.0)
    again.rule.restore(json.loads(json.dumps(square.rule.state())))
    again.at_s = square.at_s
    again.see_at(np.zeros((0, 2)), 10)
    assert changes(again) == [Change.CLEARED]
    assert again.told[0].slot == square.told[0].slot


def test_a_clock_that_is_set_moves_everything_along() -> None:
    square = Square(dwell_s=20.0)
    square.see_at(RING, 10)
    square.rule.shift_clock(3600.0)
    square.at_s += 3600.0
    square.tracker = type(square.tracker)()
    square.see_at(RING, 14)
    assert changes(square) == [Change.RAISED]
    assert float(square.told[0].why["dwell_s"]) == pytest.approx(20.0, abs=1.0)


def test_the_clock_goes_back_and_what_is_raised_keeps_its_identity() -> None:
    square = Square(dwell_s=10.0)
    square.see_at(RING, 15)
    square.at_s -= 500.0
    square.tracker = type(square.tracker)()
    square.see_at(RING, 5)
    assert changes(square) == [Change.RAISED]


def test_another_resolution_is_the_same_square() -> None:
    square = Square(dwell_s=10.0)
    square.see_at(RING, 15)
    square.rule._follow_resolution((WH[0] // 2, WH[1] // 2))
    (place,) = square.rule.places
    assert place.xyxy[2] < WH[0] / 2
