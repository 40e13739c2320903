"""Pictures into inputs and boxes back out."""

from __future__ import annotations

import numpy as np
import pytest

from vision.letterbox import letterbox, to_source


@pytest.mark.parametrize("wh", [(640, 360), (1920, 1080), (100, 400), (37, 23)], ids=str)
@pytest.mark.parametrize("input_hw", [(640, 640), (384, 640), (416, 416)], ids=str)
def test_a_box_comes_back_to_where_it_was(wh: tuple[int, int], input_hw: tuple[int, int]) -> None:
    picture = np.zeros((wh[1], wh[0], 3), np.uint8)
    canvas = np.empty((*input_hw, 3), np.uint8)
    placement = letterbox(picture, canvas)
    source_wh = (wh[0] * 3, wh[1] * 3)
    box = np.array([[0.1 * wh[0], 0.2 * wh[1], 0.7 * wh[0], 0.9 * wh[1]]], np.float32)
    placed = box * placement.scale + np.array([*placement.offset_xy] * 2, np.float32)
    np.testing.assert_allclose(to_source(placed, placement, source_wh), box * 3, rtol=1e-4, atol=0.01)


def test_the_picture_is_centred_and_the_rest_is_grey() -> None:
    canvas = np.zeros((640, 640, 3), np.uint8)
    letterbox(np.full((360, 640, 3), 200, np.uint8), canvas)
    assert (canvas[140:500] == 200).all()
    assert (canvas[:140] == 114).all()
    assert (canvas[500:] == 114).all()


def test_boxes_are_clipped_to_the_frame() -> None:
    placement = letterbox(np.zeros((100, 100, 3), np.uint8), np.empty((100, 100, 3), np.uint8))
    assert to_source(np.array([[-5, -5, 200, 50]], np.float32), placement, (100, 100)).tolist() == [[0, 0, 100, 50]]
