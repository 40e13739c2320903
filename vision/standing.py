"""Where people stand whose legs are behind somebody else: told by their heads and by how tall people are there.

A detector boxes what it sees. Whoever stands behind another is boxed to the waist, and the lower edge of such a box
lies metres beyond his feet. The head is in view: at a standing person's height above the ground it is in one place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vision.ground import GroundPlane
from vision.types import Floats

Doubles = NDArray[np.float64]
Mask = NDArray[np.bool_]

_TALL_M = 1.68
_ABOVE_M = 0.5  # a camera that hangs no higher above the heads sees them all at about one height
_CUT = 0.85  # share of the height expected below which a box is cut off: one grown person in fifty is as short as that
_COVERED = 0.3  # share of a box's lower edge that nearer boxes lie on, from which what is below may be hidden
_REACH = 0.1  # of a box's height: two boxes that meet overlap, or leave a gap of no more
_HEAD = 0.08  # of a height: heads no farther apart in two looks are one person's
_LONGEST = 4.0  # heights: no box is made longer than that


def completed(xyxy: Floats, others: Floats, stand: Floats, plane: GroundPlane, source_wh: tuple[int, int]) -> Floats:
    """People's boxes (N, 4) down to their feet: the same, but for those that end at a nearer box of `others` (M, 4) and
    are too short for a standing person whose head is there. `stand` (S, 4) are boxes of who was found standing there
    before: they hide others though this look missed them, and somebody's own tells how far down he goes. Px of the
    full frame, as the plane's.

    How far a foot told so may be off: people differ by 7 % of their height, which along the picture is as far as a
    box's own foot is off, and half as far again.
    """
    if not len(xyxy):
        return xyxy
    before = np.concatenate([others, stand])
    whole = xyxy.copy()
    short = np.flatnonzero(_covered(xyxy, before))
    seen = xyxy[short]
    heads = np.stack([(seen[:, 0] + seen[:, 2]) / 2, seen[:, 1]], axis=1)
    tall = _told_before(seen, stand)
    unknown = np.isnan(tall)
    tall[unknown] = feet_below(heads[unknown], plane, source_wh)[:, 1] - seen[unknown, 1]
    high = seen[:, 3] - seen[:, 1]
    cut = (high < _CUT * tall) & (tall <= _LONGEST * high)
    # Whoever hides him is nearer: feet below those would be before them.
    whole[short[cut], 3] = np.minimum(seen[cut, 1] + tall[cut], _nearest_floor(seen[cut], before))
    return whole


def _told_before(xyxy: Floats, stand: Floats) -> Doubles:
    """How tall, px (N,), the tallest box of `stand` (S, 4) is whose head is that of a box (N, 4); NaN for none."""
    tall = stand[:, 3] - stand[:, 1]
    apart = np.abs(xyxy[:, None, [0, 2]].mean(axis=2) - stand[None, :, [0, 2]].mean(axis=2))
    same = (apart <= _HEAD * tall) & (np.abs(xyxy[:, None, 1] - stand[None, :, 1]) <= _HEAD * tall)
    known = np.where(same, tall, -np.inf).max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(known), known, np.nan).astype(np.float64)


def feet_below(heads: NDArray[np.floating], plane: GroundPlane, source_wh: tuple[int, int]) -> Doubles:
    """Where people stand, px (N, 2), whose heads are at (N, 2) px; NaN where the plane cannot tell."""
    camera = camera_over(plane, source_wh)
    if camera is None or camera[2] < _TALL_M + _ABOVE_M:
        return np.full((len(heads), 2), np.nan)
    below = camera[:2]
    # The ray through a head meets the ground beyond the feet, by as much as the camera is higher than the head.
    return plane.pixels(below + (plane.metres(heads) - below) * (1 - _TALL_M / camera[2]))


def camera_over(plane: GroundPlane, source_wh: tuple[int, int]) -> Doubles | None:
    """Where the camera hangs, (x, y, height) in the plane's metres. It has square pixels, and its axis goes through the
    middle of the picture (Zhang 2000, section 3.1). None where it looks straight down, or is none such."""
    middle = np.array([[1, 0, -source_wh[0] / 2], [0, 1, -source_wh[1] / 2], [0, 0, 1]])
    h = middle @ np.linalg.inv(plane.px_to_m)
    h /= np.linalg.norm(h[:, :2])
    one, other = h[:2, 0], h[:2, 1]
    # Both directions of the ground are at right angles, and as long as each other: two equations for 1 / focal².
    unequal = np.array([one @ other, (one @ one - other @ other) / 2])
    beyond = np.array([h[2, 0] * h[2, 1], (h[2, 0] ** 2 - h[2, 1] ** 2) / 2])
    size = unequal @ unequal
    inverse = -(unequal @ beyond) / size if size > 0 else 0.0
    focal = 1 / np.sqrt(inverse) if inverse > 0 else np.inf
    if not 0.2 * source_wh[0] < focal < 20 * source_wh[0]:
        return None
    turned = np.diag([1 / focal, 1 / focal, 1.0]) @ h
    turned /= np.linalg.norm(turned[:, :2], axis=0).mean()
    axes = np.stack([turned[:, 0], turned[:, 1], np.cross(turned[:, 0], turned[:, 1])])
    at = -axes @ turned[:, 2]
    return np.array([at[0], at[1], abs(at[2])])


def _covered(xyxy: Floats, others: Floats) -> Mask:
    """Which boxes (N, 4) end at nearer ones: these lie on enough of the lower edge."""
    before = _before(xyxy, others)
    left = np.maximum(xyxy[:, None, 0], others[None, :, 0])
    right = np.minimum(xyxy[:, None, 2], others[None, :, 2])
    shared = np.where(before, np.maximum(right - left, 0), 0).max(axis=1, initial=0.0)
    return np.asarray(shared >= _COVERED * (xyxy[:, 2] - xyxy[:, 0]), np.bool_)


def _before(xyxy: Floats, others: Floats) -> Mask:
    """Which of `others` (M, 4) may stand before which box (N, 4): its lower edge is on them, and not theirs on it."""
    reach = _REACH * (xyxy[:, 3] - xyxy[:, 1])[:, None]
    floor, beside = xyxy[:, 3, None], (xyxy[:, None, 0] < others[None, :, 2]) & (xyxy[:, None, 2] > others[None, :, 0])
    return np.asarray(beside & (others[None, :, 1] <= floor + reach) & (others[None, :, 3] > floor + reach), np.bool_)


def _nearest_floor(xyxy: Floats, others: Floats) -> Floats:
    """The lower edge of the nearest box before each (N,)."""
    return np.asarray(np.where(_before(xyxy, others), others[None, :, 3], -np.inf).max(axis=1), np.float32)
