"""Overlap and suppression."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vision.boxes import area, intersection, iou, non_maximum_suppression

BOX = st.tuples(*[st.floats(0, 100, width=32)] * 4).map(
    lambda v: (min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]) + 1, max(v[1], v[3]) + 1)
)


@given(st.lists(BOX, min_size=1, max_size=8))
def test_a_box_overlaps_itself_wholly_and_others_symmetrically(rows: list[tuple[float, ...]]) -> None:
    boxes = np.array(rows, np.float32)
    overlap = iou(boxes, boxes)
    np.testing.assert_allclose(np.diag(overlap), 1, atol=1e-5)
    np.testing.assert_allclose(overlap, overlap.T, atol=1e-6)
    assert (overlap >= 0).all()
    assert (overlap <= 1 + 1e-5).all()


def test_disjoint_boxes_share_nothing() -> None:
    a, b = np.array([[0, 0, 1, 1]], np.float32), np.array([[2, 2, 3, 3]], np.float32)
    assert intersection(a, b).item() == 0
    assert area(np.array([[3, 3, 1, 1]], np.float32)).item() == 0


def test_the_strongest_of_a_cluster_stays_and_other_groups_are_left_alone() -> None:
    xyxy = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [0, 0, 10, 10], [50, 50, 60, 60]], np.float32)
    confidence = np.array([0.5, 0.9, 0.7, 0.1], np.float32)
    group = np.array([2, 2, 0, 2])
    assert non_maximum_suppression(xyxy, confidence, group, 0.6).tolist() == [1, 2, 3]


def test_suppressing_nothing_gives_nothing() -> None:
    empty = np.zeros(0, np.float32)
    assert len(non_maximum_suppression(np.zeros((0, 4), np.float32), empty, np.zeros(0, np.int64), 0.5)) == 0
