"""Pictures into inputs and boxes back out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vision.letterbox import apart, letterbox, to_source


@pytest.mark.parametrize("wh", [(640, 360), (1920, 1080), (100, 400), (37, 23)], ids=str)
@pytest.mark.parametrize("input_hw", [(640, 640), (384, 640), (416, 416)], ids=str)
def test_a_box_comes_back_to_where_it_was(wh: tuple[int, int], input_hw: tuple[int, int]) -> None:
    planes = np.zeros((3, wh[1], wh[0]), np.uint8)
    placement = letterbox(list(planes), np.empty((3, *input_hw), np.uint8))
    source_wh = (wh[0] * 3, wh[1] * 3)
    box = np.array([[0.1 * wh[0], 0.2 * wh[1], 0.7 * wh[0], 0.9 * wh[1]]], np.float32)
    placed = box * placement.scale + np.array([*placement.offset_xy] * 2, np.float32)
    np.testing.assert_allclose(to_source(placed, placement, source_wh), box * 3, rtol=1e-4, atol=0.01)


def test_the_picture_is_centred_and_the_rest_is_grey() -> None:
    canvas = np.zeros((3, 640, 640), np.uint8)
    letterbox(list(np.full((3, 360, 640), 200, np.uint8)), canvas)
    assert (canvas[:, 140:500] == 200).all()
    assert (canvas[:, :140] == 114).all()
    assert (canvas[:, 500:] == 114).all()


def test_a_picture_of_another_size_is_scaled_as_a_whole_one_is() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (90, 200, 3)).astype(np.uint8)
    canvas = np.zeros((3, 64, 128), np.uint8)
    letterbox(apart(picture), canvas)
    np.testing.assert_array_equal(canvas[:, 3:61].transpose(1, 2, 0), cv2.resize(picture, (128, 58)))


def test_boxes_are_clipped_to_the_frame() -> None:
    placement = letterbox(list(np.zeros((3, 100, 100), np.uint8)), np.empty((3, 100, 100), np.uint8))
    assert to_source(np.array([[-5, -5, 200, 50]], np.float32), placement, (100, 100)).tolist() == [[0, 0, 100, 50]]
