"""Geometry of boxes: overlap and non-maximum suppression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Ints

_HIDDEN = 0.5  # share of a box that a nearer one covers, from which nothing can be said of what is in it


def area(xyxy: Floats) -> Floats:
    """Areas (N,) of boxes (N, 4); zero for a box that is inside out."""
    sides: Floats = np.maximum(xyxy[:, 2:] - xyxy[:, :2], 0)
    return sides[:, 0] * sides[:, 1]


def intersection(a: Floats, b: Floats) -> Floats:
    """Shared areas (N, M) of boxes (N, 4) and (M, 4)."""
    # Side by side, not as (N, M, 2): half the time, and the hot loop asks this of every look.
    wide = np.minimum(a[:, 2, None], b[:, 2])
    wide -= np.maximum(a[:, 0, None], b[:, 0])
    high = np.minimum(a[:, 3, None], b[:, 3])
    high -= np.maximum(a[:, 1, None], b[:, 1])
    shared: Floats = np.maximum(wide, 0, out=wide)
    shared *= np.maximum(high, 0, out=high)
    return shared


def hidden(boxes: NDArray[np.floating], in_front: Floats) -> NDArray[np.bool_]:
    """Which boxes (N, 4) nobody can be seen in: most of each lies behind one nearer box of `in_front` (M, 4)."""
    shared = intersection(np.asarray(boxes, np.float32), in_front)
    own = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1)
    nearer = in_front[None, :, 3] > boxes[:, None, 3]
    return np.asarray(((shared > _HIDDEN * own[:, None]) & nearer).any(axis=1), np.bool_)


def iou(a: Floats, b: Floats) -> Floats:
    """Intersection over union (N, M), 0 to 1, of boxes (N, 4) and (M, 4).

    >>> iou(np.array([[0, 0, 2, 2]], np.float32), np.array([[1, 0, 3, 2]], np.float32)).round(3)
    array([[0.333]], dtype=float32)
    """
    shared = intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - shared
    result: Floats = (shared / np.maximum(union, 1e-9)).astype(np.float32)
    return result


def non_maximum_suppression(xyxy: Floats, confidence: Floats, group: Ints, iou_limit: float) -> NDArray[np.intp]:
    """Rows to keep, strongest first: greedy suppression within each group (Neubeck and Van Gool 2006)."""
    order = np.argsort(-confidence, kind="stable")
    boxes, groups = xyxy[order], group[order]
    clash = (iou(boxes, boxes) > iou_limit) & (groups[:, None] == groups[None, :])
    clash = np.triu(clash, 1)
    alive = np.ones(len(order), bool)
    for row in np.flatnonzero(clash.any(axis=1)):  # most boxes of a street suppress nothing
        if alive[row]:
            alive &= ~clash[row]
    return order[alive]
