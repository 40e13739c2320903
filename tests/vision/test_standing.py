"""Whoever is boxed to the waist since somebody stands before him stands where his head says."""

from __future__ import annotations

import numpy as np
import pytest

from tests.vision.crowd import CAMERA, PLANE, WH, Square, people
from vision.ground import foot, from_camera, from_points
from vision.standing import camera_over, completed
from vision.types import Change, Detections, Floats

PAIR = np.array([[0.0, 9.0], [0.1, 10.2]])  # one behind the other, m
LAST = np.array([1])
NOBODY = np.zeros((0, 4), np.float32)


def behind_cut(at_m: np.ndarray, row: int = 1, share: float = 0.45) -> Detections:
    """People of whom one is boxed down to `share` of his height above his feet."""
    seen = people(at_m)
    seen.xyxy[row, 3] -= share * (seen.xyxy[row, 3] - seen.xyxy[row, 1])
    return seen


def feet_m(boxes: Floats) -> np.ndarray:
    return PLANE.metres(foot(boxes))


def test_the_head_of_somebody_cut_off_tells_his_feet() -> None:
    seen = behind_cut(PAIR)
    assert np.linalg.norm(feet_m(seen.xyxy)[1] - PAIR[1]) > 1.5  # what the box alone says
    whole = completed(seen.xyxy, seen.xyxy, NOBODY, PLANE, WH)
    assert feet_m(whole) == pytest.approx(PAIR, abs=0.05)


def test_nobody_is_made_longer_who_is_in_view_or_as_tall_as_expected() -> None:
    child = people(PAIR, np.array([1.68, 1.0]))  # whole, before the other
    alone = behind_cut(PAIR)[LAST]
    beside = behind_cut(np.array([[2.0, 9.0], [0.1, 10.2]]))
    for seen in (people(PAIR), child[LAST], alone, beside):
        assert np.array_equal(completed(seen.xyxy, seen.xyxy, NOBODY, PLANE, WH), seen.xyxy)


def test_who_was_seen_whole_before_tells_it_without_a_plane_that_can() -> None:
    seen, tall = behind_cut(PAIR), people(PAIR, np.array([1.68, 1.85]))
    seen.xyxy[1, 1] = tall.xyxy[1, 1]
    overhead = from_camera(10.0, np.pi / 2, 1000.0, WH)
    assert camera_over(overhead, WH) is None
    assert np.array_equal(completed(seen.xyxy, seen.xyxy, NOBODY, overhead, WH), seen.xyxy)
    assert completed(seen.xyxy, seen.xyxy, tall.xyxy, overhead, WH)[1, 3] == pytest.approx(tall.xyxy[1, 3], abs=1)


@pytest.mark.parametrize("turn", [0.0, 0.7])
def test_the_camera_is_found_from_a_measured_ground(turn: float) -> None:
    """Points that somebody measured lie in axes of his own choice."""
    px = np.array([[300.0, 500], [1500, 560], [1300, 900], [500, 980], [950, 700]])
    axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    plane = from_points(px, PLANE.metres(px) @ axes.T + (40.0, -7.0))
    assert camera_over(plane, WH) == pytest.approx([40.0, -7.0, CAMERA[0]], abs=0.05)


def test_a_ring_of_people_who_hide_each_other_is_a_gathering() -> None:
    """Two of five are boxed to the waist in every look: with their boxes' feet they would stand metres away."""
    rows = np.array([[-0.4, 24.0], [0.4, 24.0], [-0.1, 25.4], [0.7, 25.4], [1.4, 24.4]])
    told = {}
    for name, share in (("whole", 0.0), ("cut", 0.65)):
        square = Square(people=5, dwell_s=10.0)
        for k in range(24):
            sway = np.random.default_rng(k).normal(0, 0.03, rows.shape)
            seen = behind_cut(rows + sway, 2, share)
            seen.xyxy[3, 3] -= share * (seen.xyxy[3, 3] - seen.xyxy[3, 1])
            square.see(seen)
        told[name] = [hazard.change for hazard in square.told]
    assert told == {"whole": [Change.RAISED], "cut": [Change.RAISED]}
