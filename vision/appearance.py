"""What a place looks like, kept small and compared without caring for brightness or contrast."""

from __future__ import annotations

from math import sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

SIDE = 24  # px of a patch: enough to tell a van from asphalt, small enough to keep thousands
_CENTRES = (np.arange(SIDE) + 0.5) / SIDE


def luma(rgb: Picture) -> Picture:
    """Grey picture uint8 (h, w)."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)  # type: ignore[return-value]


def smoothed(luma: Picture) -> Picture:
    """What `patches` are taken from: once a look."""
    return cv2.blur(luma, (3, 3))  # type: ignore[return-value]


def patches(smooth: Picture, xyxy: Floats, source_wh: tuple[int, int]) -> Floats:
    """The picture under boxes (N, 4) in px of the full frame, of which `smooth` is a scaled copy, as float32
    (N, SIDE, SIDE) with zero mean and unit norm each; all zeros where there is no contrast.

    Every cell is one pixel of the smoothed picture, for all boxes in one gather: an area average of each box by itself
    costs eight times as much, and tells no better what stands there.
    """
    h, w = smooth.shape
    boxes = xyxy * np.array([w / source_wh[0], h / source_wh[1]] * 2, np.float32)
    x = _cells(boxes[:, 0], boxes[:, 2], w)
    y = _cells(boxes[:, 1], boxes[:, 3], h)
    values: Floats = smooth.ravel().take((y * w)[:, :, None] + x[:, None, :]).astype(np.float32)
    flat = values.reshape(len(xyxy), SIDE * SIDE)
    flat -= flat.mean(axis=1, keepdims=True)
    norm = np.sqrt(np.einsum("ij,ij->i", flat, flat))
    # Under one grey level of spread there is no contrast to compare, only noise.
    flat *= np.where(norm > SIDE, 1 / np.maximum(norm, 1e-6), 0)[:, None]
    return values


def similarities(a: Floats, b: Floats) -> Floats:
    """`similarity` of each pair of (N, SIDE, SIDE): (N,)."""
    alike = np.asarray(np.einsum("nij,nij->n", a, b), np.float32)
    for i in np.flatnonzero(alike == 0):
        alike[i] = similarity(a[i], b[i])
    return alike


def _cells(low: Floats, high: Floats, most: int) -> NDArray[np.int64]:
    """Pixel positions (N, SIDE) of the cells' centres along one side."""
    position = low[:, None] + (high - low)[:, None] * _CENTRES.astype(np.float32)
    return np.clip(position, 0, most - 1).astype(np.int64)


def unit(values: Floats) -> Floats:
    """Scaled to unit norm."""
    return (values / max(_norm(values), 1e-6)).astype(np.float32, copy=False)


def adapted(known: Floats, now: Floats, share: float) -> Floats:
    """(N, SIDE, SIDE): `known` taken a little towards `now`, unit norm each."""
    mixed = (1 - share) * known + share * now
    norm = np.sqrt(np.einsum("nij,nij->n", mixed, mixed))
    return np.asarray(mixed / np.maximum(norm, 1e-6)[:, None, None], np.float32)


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
