"""Edges of light: where a shadow, or sun, has come to end. They are new and still, as things are, and no things.

Two signs, of which one is enough. A shadow changes brightness by one factor over all that it covers (Cucchiara, Grana,
Piccardi and Prati 2003), so that factor goes on beyond the patch that its edge makes; a thing ends within its patch.
And the edge of a shadow is one step of brightness, so all slopes in its patch point one way, wherever the slow picture
has the light by now; around a thing they point to all sides and add up to nothing. Sanin, Sanderson and Lovell 2012
compare what is known of shadows: what judges whole regions by their slopes needs no colours, which a camera at night
does not have.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from vision.static.structure import Mask, Structure
from vision.types import Floats, Picture

_DARK = 10.0  # grey levels: below it, ratios are noise
_ONE_WAY = 0.6  # share of all slopes in the patch that is left when they are added up
_NEAR_PX, _BEYOND_PX = 1, 6  # from the patch: where it is seen whether its light goes on there
_NOTICED = 0.08  # natural logarithm: a change of brightness that is no noise
_GOES_ON = 0.25  # share of the ring around the patch that changed one way ...
_EVENLY = 0.5  # ... with a spread, across a soft edge too, of no more
_AROUND = 0.12  # how far a pixel of the patch may be outside both levels, that of the ring and the unchanged one ...
_WITHIN = 0.85  # ... and the share that has to keep to them
_RIM_PX = 3
_SPARSE = 4


def is_edge_of_light(x: int, y: int, mask: Mask, now: Structure, slow: Structure) -> bool:
    """Whether the patch `mask`, bool (h, w), with its corner at (x, y) of both pictures, is where light or shadow has
    come to end."""
    return _points_one_way(x, y, mask, now) or _goes_on(x, y, mask, now, slow)


def _points_one_way(x: int, y: int, mask: Mask, now: Structure) -> bool:
    rows, columns = slice(y, y + mask.shape[0]), slice(x, x + mask.shape[1])
    # Of the logarithm: in the dark half of the patch slopes are as many times as flat as brightness is less.
    level = now.luma[rows, columns][mask] + _DARK
    across, down = (slopes[0][rows, columns][mask] / level for slopes in (now.across, now.down))
    whole = float(np.hypot(across, down).sum())
    return float(np.hypot(across.sum(), down.sum())) >= _ONE_WAY * max(whole, 1e-6)


def _goes_on(x: int, y: int, mask: Mask, now: Structure, slow: Structure) -> bool:
    top, left = max(0, y - _BEYOND_PX), max(0, x - _BEYOND_PX)
    cut = (slice(top, y + mask.shape[0] + _BEYOND_PX), slice(left, x + mask.shape[1] + _BEYOND_PX))
    # What the light of the whole window does is no edge: dusk runs ahead of the slow picture.
    change = _change(now.luma[cut], slow.luma[cut])
    change -= np.median(_change(now.luma[::_SPARSE, ::_SPARSE], slow.luma[::_SPARSE, ::_SPARSE]))
    patch = np.zeros(change.shape, np.uint8)
    patch[y - top : y - top + mask.shape[0], x - left : x - left + mask.shape[1]] = mask
    ring = change[(_grown(patch, _BEYOND_PX) > 0) & (_grown(patch, _NEAR_PX) == 0)]
    brighter, darker = ring[ring >= _NOTICED], ring[ring <= -_NOTICED]
    side = brighter if len(brighter) > len(darker) else darker
    if len(side) < _GOES_ON * max(len(ring), 1):
        return False
    low, level, high = (float(v) for v in np.percentile(side, (10, 50, 90)))
    inner = change[_core(patch) > 0]
    kept = (inner >= min(0.0, level) - _AROUND) & (inner <= max(0.0, level) + _AROUND)
    return high - low <= _EVENLY and float(np.mean(kept)) >= _WITHIN


def _change(now: Floats, slow: Floats) -> Floats:
    """Natural logarithm of how many times as bright each pixel is."""
    return cast(Floats, np.log((now + np.float32(_DARK)) / (slow + np.float32(_DARK))))


def _grown(patch: Picture, by_px: int) -> Picture:
    return cast(Picture, cv2.dilate(patch, np.ones((2 * by_px + 1, 2 * by_px + 1), np.uint8)))


def _core(patch: Picture) -> Picture:
    """Without its rim, where that leaves something."""
    core = cast(Picture, cv2.erode(np.pad(patch, 1), np.ones((3, 3), np.uint8), iterations=_RIM_PX)[1:-1, 1:-1])
    return core if np.count_nonzero(core) >= 9 else patch
