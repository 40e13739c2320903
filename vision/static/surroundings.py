"""How unlike the ground around it a patch of a picture is, in its brightnesses, plain or patterned.

Ground goes on around what stands on it. A crate on a zebra crossing is plainer than what it hides, and has a weaker
outline; but where it stands, white and black end, and where it has been taken away, they go on.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from vision.static.structure import Mask, Structure
from vision.types import Floats, Picture

_DARK = 10.0  # grey levels: below it, ratios are noise
_RIM_PX, _NEAR_PX, _BEYOND_PX = 3, 1, 8  # what lies across the patch's rim is neither; and the ring around it
_LEVELS = np.linspace(2, 98, 33)  # percentiles of brightness that are compared
_NOISE = 0.02  # natural logarithm: mean difference of them between two pieces of one ground
_HALF_A_RING = 0.5  # what a ring says that the picture's edge cuts off


def stands_out(x: int, y: int, mask: Mask, one: Structure, other: Structure) -> float:
    """How many times as unlike its surroundings the patch `mask`, bool (h, w), with its corner at (x, y) of both
    pictures, is in the one as in the other, as a natural logarithm: above 0, it is rather in the one that something
    stands there. 0 for a patch that is too small to have an inside."""
    height, width = one.luma.shape
    bottom, right = y + mask.shape[0], x + mask.shape[1]
    patch = np.zeros((height, width), np.uint8)
    patch[y:bottom, x:right] = mask
    top, left = max(0, y - _BEYOND_PX), max(0, x - _BEYOND_PX)
    cut = (slice(top, bottom + _BEYOND_PX), slice(left, right + _BEYOND_PX))
    patch = patch[cut]
    inner = cv2.erode(patch, _square(_RIM_PX)) > 0
    ring = (cv2.dilate(patch, _square(_BEYOND_PX)) > 0) & (cv2.dilate(patch, _square(_NEAR_PX)) == 0)
    if not inner.any() or not ring.any():
        return 0.0
    here, there = (_apart(seen.luma[cut][inner], seen.luma[cut][ring]) for seen in (one, other))
    is_cut_off = x <= 1 or y <= 1 or right >= width - 1 or bottom >= height - 1
    return (_HALF_A_RING if is_cut_off else 1.0) * float(np.log((here + _NOISE) / (there + _NOISE)))


def _apart(some: Floats, others: Floats) -> float:
    """The mean distance between what as many of either brightnesses are below, natural logarithm."""
    levels = [np.percentile(np.log(values + _DARK), _LEVELS) for values in (some, others)]
    return float(np.abs(levels[0] - levels[1]).mean())


def _square(reach_px: int) -> Picture:
    return cast(Picture, np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8))
