"""What a place looks like, kept small and compared without caring for brightness or contrast."""

from __future__ import annotations

from math import ceil, sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

SIDE = 24  # px of a patch: enough to tell a van from asphalt, small enough to keep thousands
_CENTRES = (np.arange(SIDE) + 0.5) / SIDE


def luma(rgb: Picture) -> Picture:
    """Grey picture uint8 (h, w)."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)  # type: ignore[return-value]


def patch(grey: Picture, xyxy: Floats, source_wh: tuple[int, int]) -> Floats:
    """The picture under a box (4,) in px of the full frame, of which `grey` is a scaled copy, as float32 (SIDE, SIDE)
    with zero mean and unit norm; all zeros where there is no contrast."""
    # Python's own numbers: numpy's cost five times as much, one at a time, and this runs for every place of every look.
    h, w = grey.shape
    across, down = w / source_wh[0], h / source_wh[1]
    x1, y1, x2, y2 = xyxy.tolist()
    left, top = int(min(max(x1 * across, 0), w - 2)), int(min(max(y1 * down, 0), h - 2))
    right, bottom = int(min(max(ceil(x2 * across), left + 2), w)), int(min(max(ceil(y2 * down), top + 2), h))
    small = cv2.resize(grey[top:bottom, left:right], (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    return normalised(small)


def normalised(values: Floats) -> Floats:
    """Zero mean, unit norm."""
    centred: Floats = values - np.float32(cv2.mean(values)[0])  # a fifth of the time of numpy's own mean
    norm = _norm(centred)
    # Under one grey level of spread there is no contrast to compare, only noise.
    return (centred / norm).astype(np.float32, copy=False) if norm > SIDE else np.zeros_like(centred)


def unit(values: Floats) -> Floats:
    """Scaled to unit norm."""
    return (values / max(_norm(values), 1e-6)).astype(np.float32, copy=False)


def _norm(values: Floats) -> float:
    flat = values.ravel()
    return sqrt(flat.dot(flat))


def similarity(a: Floats, b: Floats, in_view: NDArray[np.bool_] | None = None) -> float:
    """Normalised cross-correlation of two patches, -1 to 1 (Lewis 1995); 0 where one of them has no contrast, 1 where
    neither has: a dark car in the dark is still itself. With `in_view`, bool (SIDE, SIDE), of those cells alone.
    """
    if in_view is not None and not in_view.all():
        if not a.any() and not b.any():
            return 1.0
        a, b = _centred_within(a, in_view), _centred_within(b, in_view)
        return float(a.dot(b)) / (max(_norm(a), 1e-6) * max(_norm(b), 1e-6))
    alike = float(a.ravel().dot(b.ravel()))
    return 1.0 if alike == 0.0 and not a.any() and not b.any() else alike


def _centred_within(values: Floats, in_view: NDArray[np.bool_]) -> Floats:
    """Zero mean over the cells in view and nothing outside, flat: picking the cells out takes twice as long."""
    within = in_view.ravel().astype(np.float32)
    flat = values.ravel()
    centred: Floats = (flat - np.float32(flat.dot(within) / max(np.count_nonzero(in_view), 1))) * within
    return centred


def in_view(xyxy: Floats, others: Floats) -> NDArray[np.bool_]:
    """Which cells of the patch under box (4,) no box of (N, 4) lies on: bool (SIDE, SIDE)."""
    beside = (others[:, 2:] >= xyxy[:2]).all(axis=1) & (others[:, :2] <= xyxy[2:]).all(axis=1)
    others = others[beside]
    if not len(others):
        return np.ones((SIDE, SIDE), bool)
    x = xyxy[0] + _CENTRES * (xyxy[2] - xyxy[0])
    y = xyxy[1] + _CENTRES * (xyxy[3] - xyxy[1])
    across = (others[:, :1] <= x) & (x <= others[:, 2:3])
    down = (others[:, 1:2] <= y) & (y <= others[:, 3:])
    hidden: NDArray[np.bool_] = (down[:, :, None] & across[:, None, :]).any(axis=0)
    return ~hidden
