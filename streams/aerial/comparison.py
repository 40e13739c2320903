"""One tile of ground against how it looked before: laid over it as well as can be, and what has come there since.

Telemetry puts a look metres off and a degree askew, light and shadows wander, and none of that is goods. So the look is
first laid over the reference by its own pattern, and then slopes are compared, not brightness, by the same code that
watches fire lanes from fixed cameras.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from streams.aerial.tiles import REACH_PX, SIDE, Straight
from vision.static.regions import Nature, Region, nature_of, regions
from vision.static.structure import LEAST, NEAR_PX, Mask, Structure, differs
from vision.types import Floats, Picture

_LEAST_SEEN = 0.2  # of a tile, in both, to say anything
_LIKE = 0.6  # correlation from which the ground is recognised
_GUESSED = 0.2  # the same before it was turned and stretched
_SMOOTH_PX = 31  # what changes within 3 m is a pattern, over more it is light
_STEPS = 30
_MOST_ASKEW = 0.13  # by which it may turn or stretch: pitch off by a degree stretches by 0.05 at 45 degrees
_MOST_PX = 8.0
_MOST_OTHER = 0.35  # share of the ground that differs: beyond it, it is snow, night or another place
_FLOOR = 3.0 * LEAST
_SHIFTS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
_RIM_PX = NEAR_PX // 2 + 1
_HALO_PX = NEAR_PX // 2 - 1  # and the px that a shift may take
_LEAST_PX = 49  # of the window in which slopes are compared


@dataclass(frozen=True, slots=True)
class Compared:
    """Of a tile, all (SIDE, SIDE): `luma` float32, the look laid over the reference, and bool `seen`, what the look
    shows of it, `both`, what of that the reference knows, and `other`, where they differ. `come` and `gone` are patches
    of that, bool, of things and of holes, without what comparing by neighbourhoods adds round them. `like` is the
    correlation of the ground, `off_px` (x, y) by how much telemetry put this look elsewhere than the reference."""

    luma: Floats
    seen: Mask
    both: Mask
    other: Mask
    come: tuple[Mask, ...]
    gone: tuple[Mask, ...]
    like: float
    off_px: tuple[float, float]


def compared(then: Floats, known: Mask, now: Straight) -> Compared | None:
    """None where the ground is not recognised, or too little of it is seen in both. `then` float32 (SIDE, SIDE) is the
    reference, where it is `known`."""
    laid = _laid_over(_pattern(then, known), known, now)
    if laid is None:
        return None
    matrix, like = laid
    size, flags = (SIDE, SIDE), cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    luma = cast(Floats, cv2.warpAffine(now.luma, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))
    hidden = cv2.warpAffine((~now.seen).astype(np.uint8), matrix, size, flags=flags, borderValue=1)
    seen: Mask = np.asarray(cv2.dilate(hidden, _square(1)) == 0)
    both: Mask = np.asarray(cv2.erode((seen & known).astype(np.uint8), _square(_RIM_PX), borderValue=0) > 0)
    if both.mean() < _LEAST_SEEN / 2:
        return None
    is_now, was = Structure.of(luma), Structure.of(then)
    other: Mask = np.asarray(_differs(is_now, was) & both)
    if np.count_nonzero(other) > _MOST_OTHER * np.count_nonzero(both):
        return None
    come: list[Mask] = []
    gone: list[Mask] = []
    for region in regions(other, _LEAST_PX):
        nature = nature_of(region, is_now, was)
        if nature is not Nature.LIGHT:
            (come if nature is Nature.THING else gone).append(_own(region))
    return Compared(luma, seen, both, other, tuple(come), tuple(gone), like, _off_px(matrix))


def grown(mask: Mask, by_px: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _square(by_px)) > 0)


def _own(region: Region) -> Mask:
    """What it takes of the tile, without its halo."""
    whole = np.zeros((SIDE, SIDE), np.uint8)
    whole[region.rows, region.columns] = region.mask
    return np.asarray(cv2.erode(whole, _square(_HALO_PX), borderValue=0) > 0)


def _square(reach_px: int) -> Picture:
    return cast(Picture, np.ones((2 * reach_px + 1, 2 * reach_px + 1), np.uint8))


def moved(mask: Mask, by_px: tuple[float, float]) -> Mask:
    """To the right and down by whole px; False comes in."""
    shift = np.array([[1, 0, round(by_px[0])], [0, 1, round(by_px[1])]], np.float32)
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), shift, mask.shape[::-1]) > 0)


def _off_px(matrix: Floats) -> tuple[float, float]:
    x, y = (matrix @ (SIDE / 2, SIDE / 2, 1.0) - SIDE / 2 - REACH_PX).tolist()
    return x, y


def _differs(now: Structure, was: Structure) -> Mask:
    """Where slopes differ however the one is moved by a px: what remains of telemetry's error is no goods."""
    floor = np.full(now.luma.shape, _FLOOR, np.float32)
    found = np.ones(now.luma.shape, np.bool_)
    for x, y in _SHIFTS:
        shift = np.array([[1, 0, x], [0, 1, y]], np.float32)
        moved = cv2.warpAffine(now.luma, shift, now.luma.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        found &= differs(Structure.of(cast(Floats, moved)), was, floor)
    return found


def _laid_over(then: Floats, then_seen: Mask, now: Straight) -> tuple[Floats, float] | None:
    """How px of the reference map into the straightened look, (2, 3), and how alike they are then."""
    pattern = _pattern(now.luma, now.seen)
    coarse = [_halved(one) for one in (then, then_seen.astype(np.float32), pattern, now.seen.astype(np.float32))]
    alike = _likeness(*coarse)
    _, best, _, (x, y) = cv2.minMaxLoc(alike)
    if best < _GUESSED or not (0 < x < alike.shape[1] - 1 and 0 < y < alike.shape[0] - 1):
        return None
    matrix = np.array([[1, 0, 2 * x], [0, 1, 2 * y]], np.float32)
    valid = (now.seen.astype(np.uint8)) * np.uint8(255)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _STEPS, 1e-4)
    try:
        like, refined = cv2.findTransformECC(then, pattern, matrix.copy(), cv2.MOTION_AFFINE, stop, valid, 3)
    except cv2.error:  # it does not converge where there is next to no pattern
        return None
    off = refined - matrix
    if like < _LIKE or np.abs(off[:, :2]).max() > _MOST_ASKEW or np.abs(off @ (SIDE / 2, SIDE / 2, 1)).max() > _MOST_PX:
        return None
    return cast(Floats, refined), float(like)


def _pattern(luma: Floats, seen: Mask) -> Floats:
    """Without light: what it is around taken away, and the contrast there made one. 0 where nothing is seen."""
    weight = _around(seen.astype(np.float32)) + np.float32(1e-3)
    own = np.where(seen, luma, 0).astype(np.float32)
    apart = np.where(seen, luma - _around(own) / weight, 0).astype(np.float32)
    spread = np.sqrt(_around(apart * apart) / weight)
    return cast(Floats, (apart / (spread + 3.0)).astype(np.float32))


def _likeness(then: Floats, mask: Floats, pattern: Floats, seen: Floats) -> Floats:
    """Correlation of what is known with each part of the look, over what is seen of it; -1 where that is too little."""
    count, both = _sums(seen, mask), _sums(pattern, then)
    spread = _sums(seen, then * then) * _sums(pattern * pattern, mask)
    alike = both / np.sqrt(np.maximum(spread, 1e-6))
    return np.asarray(np.where(count >= _LEAST_SEEN * mask.size, alike, -1.0), np.float32)


def _sums(picture: Floats, weights: Floats) -> Floats:
    return cast(Floats, cv2.matchTemplate(picture, weights, cv2.TM_CCORR))


def _halved(values: Floats) -> Floats:
    return cast(Floats, cv2.resize(values, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))


def _around(values: Floats) -> Floats:
    return cast(Floats, cv2.blur(values, (_SMOOTH_PX, _SMOOTH_PX)))  # a Gaussian of that size takes ten times as long
