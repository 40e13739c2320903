"""Raw outputs of every head, made by hand, against the boxes that they mean."""

from __future__ import annotations

import numpy as np
import pytest

from models.spec import Head
from vision.heads import decode

INPUT_HW = (64, 64)
ANCHORS = 64 + 16 + 4  # strides 8, 16, 32

BOXES = [head for head in Head if head is not Head.MASK]


def end_to_end() -> np.ndarray:
    return np.array([[10, 20, 30, 40, 0.9, 2], [0, 0, 5, 5, 0.9, 1], [1, 1, 2, 2, 0.05, 2]], np.float32)


def yolo() -> np.ndarray:
    out = np.zeros((4 + 3, ANCHORS), np.float32)
    out[:4, 7] = [20, 30, 20, 20]
    out[4 + 2, 7] = 0.9
    out[:4, 8] = [3, 3, 5, 5]
    out[4 + 1, 8] = 0.9  # a class that nobody asked for
    return out


def yolox() -> np.ndarray:
    out = np.zeros((ANCHORS, 5 + 3), np.float32)
    row = 64 + 1 * 4 + 1  # stride 16, second row and column
    out[row, :4] = [20 / 16 - 1, 30 / 16 - 1, np.log(20 / 16), np.log(20 / 16)]
    out[row, 4], out[row, 5 + 2] = 0.95, 0.9 / 0.95
    return out


def nanodet() -> np.ndarray:
    out = np.zeros((ANCHORS, 3 + 32), np.float32)
    row = 64 + 1 * 4 + 1  # stride 16, its centre at 1.5 strides less half a px: (23.5, 23.5)
    out[row, 2], out[row, 0] = 0.9, 0.3
    sides = out[row, 3:].reshape(4, 8)
    sides[:] = -50
    # Left 1 stride for certain; above between 0 and 1; right between 1 and 2 at a quarter; below exactly 1.
    sides[0, 1] = sides[3, 1] = 0
    sides[1, 0] = sides[1, 1] = 0
    sides[2, 1], sides[2, 2] = np.log(3), 0
    out[3, 1] = 0.9  # a class that nobody asked for
    return out


def test_nanodet_distances_are_means_of_distributions() -> None:
    xyxy, confidence, index = decode(Head.NANODET, nanodet(), np.array([0, 2]), INPUT_HW, 0.1)
    np.testing.assert_allclose(xyxy, [[7.5, 15.5, 43.5, 39.5]], rtol=1e-5)
    np.testing.assert_allclose(confidence, [0.9], rtol=1e-5)
    assert index.tolist() == [2]


@pytest.mark.parametrize(
    ("head", "output"),
    [(Head.END_TO_END, end_to_end()), (Head.YOLO, yolo()), (Head.YOLOX, yolox())],
    ids=["end_to_end", "yolo", "yolox"],
)
def test_a_head_gives_the_box_that_was_put_in(head: Head, output: np.ndarray) -> None:
    xyxy, confidence, index = decode(head, output, np.array([0, 2]), INPUT_HW, 0.1)
    np.testing.assert_allclose(xyxy, [[10, 20, 30, 40]], rtol=1e-5)
    np.testing.assert_allclose(confidence, [0.9], rtol=1e-5)
    assert index.tolist() == [2]


@pytest.mark.parametrize("head", BOXES)
def test_an_output_with_nothing_in_it_gives_nothing(head: Head) -> None:
    shape = {Head.END_TO_END: (300, 6), Head.YOLO: (7, ANCHORS), Head.YOLOX: (ANCHORS, 8), Head.NANODET: (ANCHORS, 35)}[
        head
    ]
    xyxy, confidence, index = decode(head, np.zeros(shape, np.float32), np.array([0, 2]), INPUT_HW, 0.1)
    assert (xyxy.shape, confidence.shape, index.shape) == ((0, 4), (0,), (0,))
