"""How the ground moved in the picture between two looks of a camera that moves, and what moved on the ground itself.

Corners of the picture are followed (Lucas and Kanade 1981 on a pyramid, checked forwards and backwards), and the
homography that most of them obey is the ground's: RANSAC leaves out what drives or walks. A box that goes where the
ground goes is at rest, however fast it crosses the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

Doubles = NDArray[np.float64]

_CORNERS, _QUALITY, _APART_PX = 400, 0.01, 7
_WINDOW, _LEVELS = (21, 21), 4
_BACK_PX = 1.0  # a corner that is followed there and back must come home
_RANSAC_PX = 1.5
_LEAST_POINTS, _LEAST_SHARE = 12, 0.35
_LEAST_SPREAD = 0.04  # of the picture's area that the followed points must span
_SEED = 20_260_501
_SAME = 0.75  # of the larger box: how far apart the middles of one thing may lie
_CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 0.01)


@dataclass(frozen=True, slots=True)
class Motion:
    """`homography` float64 (3, 3) takes px of the full frame before to px now, for what lies on the ground. `before`
    and `now`, float64 (K, 2), are the followed ground points; `error_px` is their median distance from it."""

    homography: Doubles
    before: Doubles
    now: Doubles
    error_px: float

    def carry(self, points_px: NDArray[np.floating]) -> Doubles:
        """Where ground points (N, 2) of the look before lie now."""
        return _through(self.homography, np.asarray(points_px, np.float64).reshape(-1, 2))

    def carry_boxes(self, xyxy: NDArray[np.floating], *, by_foot: bool = False) -> Doubles:
        """Where boxes (N, 4) would lie now, had they not moved on the ground, and as large as the ground's scale makes
        them: by their middles, as seen from above, or by the lower edge on which things stand, as seen flat."""
        boxes = np.asarray(xyxy, np.float64).reshape(-1, 4)
        size = boxes[:, 2:] - boxes[:, :2]
        if by_foot:
            left, right = self.carry(boxes[:, [0, 3]]), self.carry(boxes[:, [2, 3]])
            grown = np.abs(right[:, 0] - left[:, 0]) / np.maximum(size[:, 0], 1e-9)
            foot = (left + right) / 2
            half = size / 2 * grown[:, None]
            return np.concatenate([foot - half * (1, 2), foot + half * (1, 0)], axis=1)
        corners = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 2)
        carried = self.carry(corners).reshape(-1, 4, 2)
        middle = self.carry((boxes[:, :2] + boxes[:, 2:]) / 2)
        area = np.abs(_area(carried)) / np.maximum(_area(corners.reshape(-1, 4, 2)), 1e-9)
        half = size / 2 * np.sqrt(area)[:, None]
        return np.concatenate([middle - half, middle + half], axis=1)


def ego_motion(
    before: Picture,
    now: Picture,
    source_wh: tuple[int, int],
    moving: Floats | None = None,
    guess: Doubles | None = None,
) -> Motion | None:
    """The ground's motion between two looks, uint8 (h, w) each, scaled copies of frames of `source_wh`; None where it
    cannot be told (nothing to follow, another view, too fast).

    `moving`, boxes (N, 4) in px of the full frame before, are not followed: vehicles and people. `guess` is a
    homography in px of the full frame to begin with, such as telemetry gives, for views that move far.
    """
    if before.shape != now.shape:
        return None
    scale = np.array([before.shape[1] / source_wh[0], before.shape[0] / source_wh[1]])
    corners = cv2.goodFeaturesToTrack(before, _CORNERS, _QUALITY, _APART_PX, mask=_mask(before, moving, scale))
    if corners is None or len(corners) < _LEAST_POINTS:
        return None
    start = cast(Floats, corners.reshape(-1, 1, 2).astype(np.float32))
    there, kept = _followed(before, now, start, guess, scale)
    one, other = (points.reshape(-1, 2)[kept].astype(np.float64) / scale for points in (start, there))
    if len(one) < _LEAST_POINTS:
        return None
    cv2.setRNGSeed(_SEED)
    found, mask = cv2.findHomography(one, other, cv2.RANSAC, _RANSAC_PX / float(scale.mean()), maxIters=500)
    if found is None:
        return None
    obeys = mask.ravel().astype(bool)
    enough = np.count_nonzero(obeys) >= max(_LEAST_POINTS, _LEAST_SHARE * len(one))
    if not enough or not _spread(one[obeys], source_wh):
        return None
    motion = Motion(np.asarray(found, np.float64), one[obeys], other[obeys], 0.0)
    error = float(np.median(np.linalg.norm(motion.carry(motion.before) - motion.now, axis=1)))
    return Motion(motion.homography, motion.before, motion.now, error)


def own_motion(
    motion: Motion,
    before: Floats,
    now: Floats,
    reach_px: NDArray[np.floating] | float = 0.0,
    *,
    by_foot: bool = False,
) -> tuple[NDArray[np.int64], Doubles]:
    """For boxes (N, 4) of this look: which box (M, 4) of the look before is the same thing, -1 where none is, and how
    far it has moved on the ground, in px of the full frame now (N, 2), NaN where none is. With `by_foot` it is the
    lower edge of a box that goes with the ground, as in views that are nearly flat.

    The nearest pair is made first; two boxes whose middles lie farther apart than three quarters of the larger one's
    size and than `reach_px` (N,), or one of which covers twice as much, are not the same.
    """
    which = np.full(len(now), -1, np.int64)
    moved = np.full((len(now), 2), np.nan)
    if not len(before) or not len(now):
        return which, moved
    carried, boxes = motion.carry_boxes(before, by_foot=by_foot), np.asarray(now, np.float64)
    apart = _anchor(boxes, by_foot)[:, None] - _anchor(carried, by_foot)[None]
    size, was = (np.sqrt(np.prod(np.maximum(b[:, 2:] - b[:, :2], 1e-6), axis=1)) for b in (boxes, carried))
    larger = np.maximum(size[:, None], was[None])
    far = np.linalg.norm(apart, axis=2) / larger
    reach = np.broadcast_to(np.asarray(reach_px, np.float64), len(now))[:, None] / larger
    far[far > np.maximum(_SAME, reach)] = np.inf
    far[np.abs(np.log(size[:, None] / was[None])) > np.log(2.0) / 2] = np.inf
    while far.min() < np.inf:
        row, column = np.unravel_index(int(far.argmin()), far.shape)
        which[row], moved[row] = column, apart[row, column]
        far[row], far[:, column] = np.inf, np.inf
    return which, moved


def _followed(
    before: Picture, now: Picture, start: Floats, guess: Doubles | None, scale: Doubles
) -> tuple[Floats, NDArray[np.bool_]]:
    begin = start.copy()
    if guess is not None:
        small = np.diag([*scale, 1.0]) @ guess @ np.diag([*(1 / scale), 1.0])
        led = _through(small, start.reshape(-1, 2).astype(np.float64))
        # At the horizon a homography of the ground leads anywhere.
        inside = ((led > 0) & (led < before.shape[::-1])).all(axis=1)
        begin[inside, 0] = led[inside]
    there, ok, _ = cv2.calcOpticalFlowPyrLK(
        before,
        now,
        start,
        begin,
        winSize=_WINDOW,
        maxLevel=_LEVELS,
        criteria=_CRITERIA,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    back, ok_back, _ = cv2.calcOpticalFlowPyrLK(
        now,
        before,
        there,
        start.copy(),
        winSize=_WINDOW,
        maxLevel=_LEVELS,
        criteria=_CRITERIA,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    home = np.linalg.norm((back - start).reshape(-1, 2), axis=1) < _BACK_PX
    return cast(Floats, there), ok.ravel().astype(bool) & ok_back.ravel().astype(bool) & home


def _through(homography: Doubles, points: Doubles) -> Doubles:
    at = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ homography.T
    found: Doubles = at[:, :2] / at[:, 2:]
    return found


def _mask(picture: Picture, moving: Floats | None, scale: Doubles) -> Picture | None:
    if moving is None or not len(moving):
        return None
    mask = np.full(picture.shape, 255, np.uint8)
    for x1, y1, x2, y2 in (moving * np.array([*scale, *scale])).round().astype(int).tolist():
        mask[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)] = 0
    return mask


def _spread(points: Doubles, source_wh: tuple[int, int]) -> bool:
    hull = cv2.convexHull(points.astype(np.float32))
    return bool(cv2.contourArea(hull) >= _LEAST_SPREAD * source_wh[0] * source_wh[1])


def _anchor(boxes: Doubles, by_foot: bool) -> Doubles:
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.column_stack([middle[:, 0], boxes[:, 3]]) if by_foot else middle


def _area(corners: Doubles) -> Doubles:
    """Of quadrilaterals (N, 4, 2): the shoelace formula."""
    x, y = corners[..., 0], corners[..., 1]
    found: Doubles = (x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1) / 2
    return found
