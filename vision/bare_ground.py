"""What the ground of a view looks like where nothing stands on it: how it is told that a place is really free."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.appearance import CELLS, Patches, Smooth, patches, similarities
from vision.types import Floats, Picture

_LEARN_EVERY_S = 4.0
_LEARN = 0.3
_LEARNT = 3  # looks without anything on it after which a spot is known
_KNOWN = 0.7  # share of a place's cells that must be known
_ALIKE = 0.45
# Plain asphalt has no detail to be compared: it is bare where there is as little of it, and it is as bright.
_PLAIN = 4.0
_AS_BRIGHT = 18.0
# Where an edge of light or shadow lies across a place now, what lies away from that edge must tell: the detail there is
# less the mean of cells around it that are all in the same light.
_DARK = 10.0  # grey levels: below, ratios are noise
_EDGE = 0.1  # of the logarithm of how many times as bright it is, from one cell to the next
_LEAK, _AROUND = 5, 7  # cells
_REST, _ALIKE_REST, _DRAWN = 0.4, 0.7, 1.5  # share of the cells that is left; how alike; grey levels of detail in them
_CELL_PX, _BESIDE = (
    8,
    6,
)  # px that have one light; and parts of the picture that light is taken from, for what lies under a vehicle
_GAIN = 0.8, 1.25  # of a look: light that changes faster is not taken for light
_MARGIN_PX = np.array([-2, -2, 3, 3], np.float32)


@dataclass(frozen=True, slots=True)
class Compared:
    """Of places (N,): whether the ground under them is known, and whether it is what can be seen there."""

    known: NDArray[np.bool_]
    bare: NDArray[np.bool_]


class BareGround:
    """A slow mean of a view, learnt wherever no box lies; under boxes it takes on the light that comes beside them."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The light of the whole picture changed: what the ground looks like is to be learnt anew."""
        self._mean: Picture | None = None
        self._smooth: Smooth | None = None
        self._looks: Picture = np.zeros((0, 0), np.uint8)
        # In cells of a few pixels, how many times its mean what lies under a box is by now; and what that is.
        self._light: Floats = np.zeros((0, 0), np.float32)
        self._taken: Picture = np.zeros((0, 0), np.uint8)
        self._at_s = -math.inf

    def is_due(self, at_s: float) -> bool:
        return not 0 <= at_s - self._at_s < _LEARN_EVERY_S

    def learn(self, luma: Picture, occupied: Floats, source_wh: tuple[int, int], at_s: float) -> None:
        """Take in a look, uint8 (h, w), but for the boxes (N, 4), px of the full frame, on which something is."""
        self._at_s, self._smooth = at_s, None
        h, w = luma.shape
        free = np.ones((h, w), np.uint8)
        scaled = occupied * np.array([w / source_wh[0], h / source_wh[1]] * 2, np.float32)
        for x1, y1, x2, y2 in (scaled + _MARGIN_PX).clip(0).astype(int).tolist():
            free[y1:y2, x1:x2] = 0
        if self._mean is None or self._mean.shape != luma.shape:
            self._mean, self._looks = luma.copy(), free
            self._light, self._taken = np.ones((max(1, h // _CELL_PX), max(1, w // _CELL_PX)), np.float32), 1 - free
            return
        # In whole grey levels: what differs by less than three is as good as learnt.
        mixed = cv2.addWeighted(self._mean, 1 - _LEARN, luma, _LEARN, 0)
        self._taken = 1 - free
        self._follow_light(cast(Picture, mixed), free)
        cv2.copyTo(mixed, free, self._mean)
        cv2.copyTo(luma, cast(Picture, free & (self._looks == 0)), self._mean)
        self._looks = cast(Picture, np.minimum(self._looks + free, _LEARNT))

    def _follow_light(self, mixed: Picture, free: Picture) -> None:
        assert self._mean is not None
        size = self._light.shape[::-1]
        clear = cv2.resize(free, size, interpolation=cv2.INTER_AREA) > 0
        if not clear.all():
            self._light *= _gain_beside(self._mean, mixed, free & (self._looks >= _LEARNT), size)
        self._light[cv2.erode(clear.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = 1

    def _lit(self, mean: Picture) -> Picture:
        """The mean in the light of now, also under boxes."""
        if (self._light == 1).all():
            return mean
        light = cv2.resize(self._light, mean.shape[::-1], interpolation=cv2.INTER_NEAREST)
        lit = np.clip(mean * light, 0, 255).astype(np.uint8)
        return cast(Picture, np.where(self._taken, lit, mean))

    def compare(
        self,
        xyxy: Floats,
        source_wh: tuple[int, int],
        now: Patches,
        rows: NDArray[np.intp],
        in_view: NDArray[np.bool_] | None = None,
    ) -> Compared:
        """The ground under boxes (N, 4) with what is there now, `rows` of `now`, of the cells in view (N, CELLS)."""
        nothing = np.zeros(len(xyxy), bool)
        if self._mean is None:
            return Compared(nothing, nothing)
        known = self._known_share(xyxy, source_wh) >= _KNOWN
        if not known.any():
            return Compared(nothing, nothing)
        if self._smooth is None:
            self._smooth = Smooth(self._lit(self._mean))
        ground = patches(self._smooth, xyxy, source_wh)
        alike = similarities(ground.detail, now.detail[rows], in_view) >= _ALIKE
        plain = np.maximum(now.spread[rows], ground.spread) <= _PLAIN
        as_bright = np.abs(now.brightness[rows] - ground.brightness) <= _AS_BRIGHT
        bare = known & (alike | (plain & as_bright))
        for row in np.flatnonzero(known & ~bare).tolist():
            bare[row] = _alike_in_parts(ground.values(row), now.values(int(rows[row])), in_view, row)
        return Compared(known, bare)

    def _known_share(self, xyxy: Floats, source_wh: tuple[int, int]) -> Floats:
        h, w = self._looks.shape
        scaled = (xyxy * np.array([w / source_wh[0], h / source_wh[1]] * 2, np.float32)).clip(0).astype(int)
        share = [
            np.count_nonzero(part >= _LEARNT) / max(part.size, 1)
            for x1, y1, x2, y2 in scaled.tolist()
            for part in (self._looks[y1 : y2 + 1, x1 : x2 + 1],)
        ]
        return np.array(share, np.float32)


def _alike_in_parts(ground: Floats, now: Floats, in_view: NDArray[np.bool_] | None, row: int) -> bool:
    """Whether both patches (SIDE, SIDE) show the same, but for an edge of light that lies across one of them."""
    times = cv2.blur(np.log((now + _DARK) / (ground + _DARK)), (3, 3))
    steep = np.hypot(cv2.Sobel(times, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(times, cv2.CV_32F, 0, 1, scale=1 / 8))
    edge = cv2.dilate((steep > _EDGE).astype(np.uint8), np.ones((_LEAK, _LEAK), np.uint8))
    rest = (edge == 0).reshape(-1)
    if in_view is not None:
        rest &= in_view[row]
    if np.count_nonzero(rest) < _REST * CELLS:
        return False
    one, other = ((v - cv2.blur(v, (_AROUND, _AROUND))).reshape(-1)[rest] for v in (ground, now))
    if min(one.std(), other.std()) < _DRAWN:
        return False
    return bool(one @ other >= _ALIKE_REST * np.sqrt((one @ one) * (other @ other)))


def _gain_beside(before: Picture, now: Picture, told: Picture, size: tuple[int, int]) -> Floats:
    """How many times as bright the surroundings of each of `size` cells, (across, down), became from one picture (h, w)
    to the next, where `told`."""
    around = max(1, size[0] // _BESIDE), max(1, size[1] // _BESIDE)
    cells = (cv2.resize(cv2.copyTo(p, told), size, interpolation=cv2.INTER_AREA) for p in (before, now))
    was, is_now = (cv2.blur(c.astype(np.float32), around) for c in cells)
    return np.asarray(np.clip((is_now + 1) / (was + 1), *_GAIN), np.float32)
