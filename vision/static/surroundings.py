"""Whether a patch of a picture is of the ground around it: whose brightness it shares, plain or patterned.

Ground goes on around what stands on it. A crate on a zebra crossing is plainer than what it hides, and has a weaker
outline; but where it stands, white and black end, and where it has been taken away, they go on.
"""

from __future__ import annotations

import cv2
import numpy as np

from vision.static.structure import Mask, Structure
from vision.types import Floats, Picture

_DARK = 10.0  # grey levels: below it, ratios are noise
_RIM_PX, _NEAR_PX, _BEYOND_PX = 3, 1, 8  # what lies across the patch's rim is neither; and the ring around it
_LEVELS = np.linspace(2, 98, 33)  # percentiles of brightness that are compared
_NOTICED = 0.04  # natural logarithm: mean difference of them that is no noise
_CLEARLY = 1.6  # how much more it must be in one picture than in the other


def stands_out(x: int, y: int, mask: Mask, one: Structure, other: Structure) -> bool:
    """Whether the patch `mask`, bool (h, w), with its corner at (x, y) of both pictures, is clearly less like what is
    around it in the one than in the other. At a picture's edge it has no whole ring, and never does."""
    height, width = one.luma.shape
    bottom, right = y + mask.shape[0], x + mask.shape[1]
    if x <= 1 or y <= 1 or right >= width - 1 or bottom >= height - 1:
        return False
    cut = (slice(max(0, y - _BEYOND_PX), bottom + _BEYOND_PX), slice(max(0, x - _BEYOND_PX), right + _BEYOND_PX))
    patch = np.zeros((height, width), np.uint8)
    patch[y:bottom, x:right] = mask
    patch = patch[cut]
    ring = (cv2.dilate(patch, _square(_BEYOND_PX)) > 0) & (cv2.dilate(patch, _square(_NEAR_PX)) == 0)
    inner = cv2.erode(patch, _square(_RIM_PX)) > 0
    if not inner.any() or not ring.any():
        return False
    here, there = (_apart(seen.luma[cut][inner], seen.luma[cut][ring]) for seen in (one, other))
    return here >= max(_NOTICED, _CLEARLY * there)


def _apart(one: Floats, other: Floats) -> float:
    """Of two sets of brightnesses: the mean distance, natural logarithm, between what as many of each are below."""
    levels = [np.percentile(np.log(values + _DARK), _LEVELS) for values in (one, other)]
    return float(np.abs(levels[0] - levels[1]).mean())


def _square(reach_px: int) -> Picture:
    return np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8)
