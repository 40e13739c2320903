"""Average precision against curves worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from vision.average_precision import Judged, average_precision, average_precision_by_class, judge
from vision.types import Detections, Floats, Ints

BOX = (0.0, 0.0, 10.0, 10.0)
FAR = (100.0, 100.0, 110.0, 110.0)


def detections(*rows: tuple[tuple[float, float, float, float], float, int]) -> Detections:
    """Rows of box, confidence, class."""
    return Detections(
        np.array([box for box, _, _ in rows], np.float32).reshape(-1, 4),
        np.array([confidence for _, confidence, _ in rows], np.float32),
        np.array([which for _, _, which in rows], np.int64),
    )


def labels(*rows: tuple[tuple[float, float, float, float], int]) -> tuple[Ints, Floats]:
    return (
        np.array([which for _, which in rows], np.int64),
        np.array([box for box, _ in rows], np.float32).reshape(-1, 4),
    )


def judged(hits: list[bool], labelled: int) -> Judged:
    """Detections from the most to the least confident."""
    return Judged(np.linspace(0.9, 0.1, len(hits)).astype(np.float32), np.array(hits, np.bool_), labelled)


@pytest.mark.parametrize(
    ("hits", "labelled", "expected"),
    [
        pytest.param([True, True], 2, 1.0, id="all found, nothing false"),
        pytest.param([], 3, 0.0, id="nothing found"),
        pytest.param([False, False], 2, 0.0, id="only false alarms"),
        pytest.param([True], 2, 0.5, id="half found"),
        # Recall 1/2 at precision 1/1, then 2/2 at precision 2/3: 0.5 * 1 + 0.5 * 2/3.
        pytest.param([True, False, True], 2, 0.5 + 1 / 3, id="a false alarm between"),
        # Precision 0, 1/2, 2/3: the envelope lifts all to 2/3.
        pytest.param([False, True, True], 2, 2 / 3, id="a false alarm first: the envelope lifts what precedes"),
        # A false alarm after the last hit costs nothing.
        pytest.param([True, True, False, False], 2, 1.0, id="false alarms last"),
    ],
)
def test_area_under_the_curve(hits: list[bool], labelled: int, expected: float) -> None:
    assert average_precision(judged(hits, labelled)) == pytest.approx(expected)


def test_order_of_rows_does_not_matter_only_confidence() -> None:
    rows = Judged(np.array([0.2, 0.9, 0.5], np.float32), np.array([True, True, False]), 2)
    assert average_precision(rows) == pytest.approx(0.5 + 1 / 3)


def test_nothing_labelled_is_no_figure() -> None:
    assert average_precision(judged([False], 0)) is None


def test_a_second_box_on_one_label_is_a_false_alarm() -> None:
    result = judge([detections((BOX, 0.9, 2), (BOX, 0.8, 2))], [labels((BOX, 2))], 2, 0.5)
    assert result.hit.tolist() == [True, False]
    assert result.labelled == 1


def test_the_more_confident_box_claims_first() -> None:
    near = (1.0, 0.0, 11.0, 10.0)  # IoU 9/11 with the label
    result = judge([detections((BOX, 0.3, 2), (near, 0.8, 2))], [labels((BOX, 2))], 2, 0.5)
    assert result.confidence.tolist() == pytest.approx([0.8, 0.3])
    assert result.hit.tolist() == [True, False]


def test_a_box_falls_back_to_the_label_still_free() -> None:
    shifted = (2.0, 0.0, 12.0, 10.0)
    result = judge([detections((BOX, 0.9, 2), (BOX, 0.8, 2))], [labels((BOX, 2), (shifted, 2))], 2, 0.5)
    assert result.hit.tolist() == [True, True]


@pytest.mark.parametrize(("shift", "found"), [(3.0, True), (4.0, False)])
def test_overlap_must_reach_the_limit(shift: float, found: bool) -> None:
    """Shifted by s, two 10-px boxes have IoU (10 - s) / (10 + s): 0.54 and 0.43."""
    moved = (shift, 0.0, 10.0 + shift, 10.0)
    assert judge([detections((moved, 0.9, 2))], [labels((BOX, 2))], 2, 0.5).hit.tolist() == [found]


def test_a_label_of_another_picture_or_class_is_no_hit() -> None:
    found = [detections((BOX, 0.9, 2)), detections()]
    truth = [labels((FAR, 2), (BOX, 3)), labels((BOX, 2))]
    result = judge(found, truth, 2, 0.5)
    assert result.hit.tolist() == [False]
    assert result.labelled == 2


def test_each_class_has_its_own_figure() -> None:
    found = [detections((BOX, 0.9, 2), (FAR, 0.9, 0))]
    truth = [labels((BOX, 2), (BOX, 0))]
    assert average_precision_by_class(found, truth, [0, 1, 2]) == {0: 0.0, 1: None, 2: 1.0}
