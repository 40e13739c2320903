"""What people fill of a street is told from how it looks without them, boxed or not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision.crowd import CAMERA, EVERYWHERE, PLANE, WH, people
from vision.filled import Filled
from vision.ground import from_camera
from vision.hazards.crowding import Crowding, estimate
from vision.hazards.rules import Observation
from vision.types import Detections, Floats, Picture

RNG = np.random.default_rng(5)
HIGH, WIDE = 360, 640
PAVED = cv2.GaussianBlur(RNG.uniform(60, 200, (HIGH, WIDE)).astype(np.float32), (0, 0), 2.0) * 4 - 390
STREET: Picture = np.clip(PAVED, 0, 255).astype(np.uint8)
NOBODY = np.zeros((0, 4), np.float32)
ROW = np.stack([np.linspace(-3, 3, 5), np.full(5, 13.0)], axis=1)  # nobody hides another
ALL = np.array([0.0, 13.0])


def boxes(at_m: NDArray[np.float64]) -> Floats:
    return people(at_m).xyxy


def shown(xyxy: Floats, light: float = 1.0) -> Picture:
    """The street with people in those boxes, px of the full frame: striped ones, farther ones first."""
    picture = STREET.astype(np.float32)
    for x1, y1, x2, y2 in xyxy[np.argsort(xyxy[:, 3])] / (WH[0] / WIDE):
        rows, columns = slice(round(float(y1)), round(float(y2))), slice(round(float(x1)), round(float(x2)))
        part = picture[rows, columns]
        part[:] = 40 + 90 * (np.arange(part.shape[0])[:, None] // 4 % 2)
    return np.clip(picture * light, 0, 255).astype(np.uint8)


def seen(xyxy: Floats, boxed: Floats, *, light: float = 1.0, empty_looks: int = 6) -> Filled:
    """After some looks at the empty street, and one at people of whom some are boxed."""
    filled = Filled(EVERYWHERE.polygon)
    for look in range(empty_looks):
        filled.see(STREET, 2.0 * look, NOBODY, NOBODY, WH)
    filled.see(shown(xyxy, light), 2.0 * empty_looks, boxed, boxed, WH)
    return filled


def test_people_side_by_side_fill_about_as_much_as_they_are() -> None:
    told = seen(boxes(ROW), boxes(ROW)).people(boxes(ROW), NOBODY, ALL, 8.0, PLANE, WH)
    assert told == pytest.approx(5, abs=1.5)


def test_those_whom_nobody_boxed_are_told_with_those_beside_them() -> None:
    crowd = np.array([[x, y] for x in np.arange(-1.5, 1.6, 0.6) for y in np.arange(12.0, 14.5, 0.6)])
    first = boxes(crowd[crowd[:, 1] == 12.0])
    told = seen(boxes(crowd), first).people(first, NOBODY, ALL, 8.0, PLANE, WH)
    assert told is not None
    assert told > 1.5 * len(first)


def test_who_stands_apart_is_none_of_the_crowd() -> None:
    both = np.concatenate([ROW, [[0.0, 25.0]]])
    near = seen(boxes(ROW), boxes(ROW)).people(boxes(ROW), NOBODY, ALL, 8.0, PLANE, WH)
    assert seen(boxes(both), boxes(both)).people(boxes(ROW), NOBODY, ALL, 8.0, PLANE, WH) == pytest.approx(
        near, rel=0.02
    )


def test_a_van_that_stopped_behind_them_is_none_of_them() -> None:
    van = np.array([[300, 250, 1500, 800]], np.float32)
    filled = Filled(EVERYWHERE.polygon)
    for look in range(6):
        filled.see(STREET, 2.0 * look, NOBODY, NOBODY, WH)
    filled.see(shown(np.concatenate([van, boxes(ROW)])), 12.0, np.concatenate([van, boxes(ROW)]), NOBODY, WH)
    taken_in = filled.people(boxes(ROW), NOBODY, ALL, 8.0, PLANE, WH)
    left_out = filled.people(boxes(ROW), van, ALL, 8.0, PLANE, WH)
    assert taken_in is not None
    assert left_out is not None
    assert left_out < 5.5 < taken_in


def test_light_that_changes_all_edges_alike_fills_nothing_more() -> None:
    plain, dim = (seen(boxes(ROW), boxes(ROW), light=light) for light in (1.0, 0.75))
    told, dimmed = (one.people(boxes(ROW), NOBODY, ALL, 8.0, PLANE, WH) for one in (plain, dim))
    assert dimmed == pytest.approx(told, rel=0.15)


def test_nothing_is_told_of_a_street_that_was_never_seen_empty() -> None:
    assert seen(boxes(ROW), boxes(ROW), empty_looks=0).people(boxes(ROW), NOBODY, ALL, 8.0, PLANE, WH) is None


def test_nothing_is_told_where_the_whole_picture_is_another() -> None:
    filled = seen(boxes(ROW), boxes(ROW))
    filled.see(np.ascontiguousarray(shown(boxes(ROW))[:, ::-1]), 14.0, boxes(ROW), boxes(ROW), WH)
    assert filled.people(boxes(ROW), NOBODY, ALL, 8.0, PLANE, WH) is None


def test_nothing_is_told_from_straight_above() -> None:
    steep = from_camera(CAMERA[0], np.radians(60.0), CAMERA[2], WH)
    at_m = steep.metres(np.array([[WH[0] / 2, WH[1] / 2]]))[0]
    assert seen(boxes(ROW), boxes(ROW)).people(boxes(ROW), NOBODY, at_m, 8.0, steep, WH) is None


def test_a_crowd_that_stays_is_not_learnt_as_street() -> None:
    filled = seen(boxes(ROW), boxes(ROW))
    told = filled.people(boxes(ROW), NOBODY, ALL, 8.0, PLANE, WH)
    for look in range(7, 150):
        filled.see(shown(boxes(ROW)), 2.0 * look, boxes(ROW), boxes(ROW), WH)
    assert filled.people(boxes(ROW), NOBODY, ALL, 8.0, PLANE, WH) == pytest.approx(told, rel=0.1)


def test_what_was_put_there_becomes_street_within_minutes() -> None:
    stall = boxes(np.array([[0.0, 13.0]]))
    filled = seen(stall, NOBODY)
    for look in range(7, 150):
        filled.see(shown(stall), 2.0 * look, NOBODY, NOBODY, WH)
    assert (filled.people(stall, NOBODY, ALL, 8.0, PLANE, WH) or 0.0) < 0.2


@pytest.mark.parametrize(("filled", "found", "told"), [(14.0, 7, False), (30.0, 8, True), (30.0, 30, False)])
def test_those_found_are_told_alone_where_they_are_about_all(filled: float, found: int, told: bool) -> None:
    assert (estimate(filled, found, 0.0) is not None) is told


def test_an_estimate_is_never_under_what_was_counted() -> None:
    about = estimate(30.0, 26, 0.0)
    assert about is not None
    assert about.low == 26 < about.people < about.high
    more = estimate(40.0, 26, 0.0)
    assert more is not None
    assert more.people > about.people


def test_a_crowd_that_was_there_before_the_street_was_seen_is_not_estimated() -> None:
    crowding = Crowding(EVERYWHERE.polygon, 4.0)
    for look in range(8):
        picture = STREET if look < 6 else shown(boxes(ROW))
        detections = people(ROW) if look > 5 else Detections.empty()
        crowding.see(Observation(100 + 2.0 * look, WH, picture, detections), detections.xyxy, PLANE)
    assert crowding.filled(boxes(ROW), PLANE, WH, 110.0) is not None
    assert crowding.filled(boxes(ROW), PLANE, WH, 90.0) is None


def test_a_ground_that_may_be_off_widens_the_range() -> None:
    sure, unsure = estimate(30.0, 8, 0.0), estimate(30.0, 8, 0.15)
    assert sure is not None
    assert unsure is not None
    assert unsure.low < sure.low < sure.people == unsure.people < sure.high < unsure.high
