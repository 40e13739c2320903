"""How much of a lane's width something takes."""

from __future__ import annotations

import cv2
import numpy as np

from vision.static.regions import Region
from vision.types import Picture

_FOOT = 0.6  # of its height, from the top, below which a thing stands on the ground


def blocked_share(zone: Picture, region: Region) -> float:
    """The share, 0 to 1, of the lane's width at a thing that the thing takes. `zone`: uint8 (h, w), 1 within the lane.

    Across the lane is across its longer side, in the picture: the ground's perspective is not asked.
    """
    ys, xs = np.nonzero(region.mask)
    foot = ys >= _FOOT * region.mask.shape[0]
    feet = np.stack([xs[foot] + region.x, ys[foot] + region.y], axis=1).astype(np.float64)
    if not len(feet) or not zone.any():
        return 0.0
    across = _across(zone)
    along = feet @ across
    middle = feet.mean(axis=0)
    reach = np.arange(-float(sum(zone.shape)), float(sum(zone.shape)))
    line = np.round(middle + reach[:, None] * across).astype(int)
    height, width = zone.shape
    inside = (line >= 0).all(axis=1) & (line[:, 0] < width) & (line[:, 1] < height)
    lane = reach[inside][zone[line[inside, 1], line[inside, 0]] > 0] + float(middle @ across)
    if not len(lane):
        return 0.0
    overlap = min(float(along.max()), float(lane.max())) - max(float(along.min()), float(lane.min())) + 1
    return float(np.clip(overlap / (lane.max() - lane.min() + 1), 0.0, 1.0))


def _across(zone: Picture) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Unit vector (x, y) along the shorter side of the smallest rectangle around the lane."""
    points = np.stack(np.nonzero(zone)[::-1], axis=1).astype(np.float32)
    corners = cv2.boxPoints(cv2.minAreaRect(points)).astype(np.float64)
    first, second = corners[1] - corners[0], corners[2] - corners[1]
    short = first if np.hypot(*first) <= np.hypot(*second) else second
    length = float(np.hypot(*short))
    return np.array([1.0, 0.0]) if length < 1e-6 else short / length
