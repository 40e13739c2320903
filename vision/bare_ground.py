"""What the ground of a view looks like where nothing stands on it: how it is told that a place is really free."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.appearance import Patches, Smooth, patches, similarities
from vision.types import Floats, Picture

_LEARN_EVERY_S = 4.0
_LEARN = 0.3
_LEARNT = 3  # looks without anything on it after which a spot is known
_KNOWN = 0.7  # share of a place's cells that must be known
_ALIKE = 0.45
# Plain asphalt has no detail to be compared: it is bare where there is as little of it, and it is as bright.
_PLAIN = 4.0
_AS_BRIGHT = 18.0
_MARGIN_PX = np.array([-2, -2, 3, 3], np.float32)


@dataclass(frozen=True, slots=True)
class Compared:
    """Of places (N,): whether the ground under them is known, and whether it is what can be seen there."""

    known: NDArray[np.bool_]
    bare: NDArray[np.bool_]


class BareGround:
    """A slow mean of a view, learnt wherever no box lies."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The light of the whole picture changed: what the ground looks like is to be learnt anew."""
        self._mean: Picture | None = None
        self._smooth: Smooth | None = None
        self._looks: Picture = np.zeros((0, 0), np.uint8)
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
            return
        # In whole grey levels: what differs by less than three is as good as learnt.
        mixed = cv2.addWeighted(self._mean, 1 - _LEARN, luma, _LEARN, 0)
        cv2.copyTo(mixed, free, self._mean)
        cv2.copyTo(luma, cast(Picture, free & (self._looks == 0)), self._mean)
        self._looks = cast(Picture, np.minimum(self._looks + free, _LEARNT))

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
            self._smooth = Smooth(self._mean)
        ground = patches(self._smooth, xyxy, source_wh)
        alike = similarities(ground.detail, now.detail[rows], in_view) >= _ALIKE
        plain = np.maximum(now.spread[rows], ground.spread) <= _PLAIN
        as_bright = np.abs(now.brightness[rows] - ground.brightness) <= _AS_BRIGHT
        return Compared(known, known & (alike | (plain & as_bright)))

    def _known_share(self, xyxy: Floats, source_wh: tuple[int, int]) -> Floats:
        h, w = self._looks.shape
        scaled = (xyxy * np.array([w / source_wh[0], h / source_wh[1]] * 2, np.float32)).clip(0).astype(int)
        share = [
            np.count_nonzero(part >= _LEARNT) / max(part.size, 1)
            for x1, y1, x2, y2 in scaled.tolist()
            for part in (self._looks[y1 : y2 + 1, x1 : x2 + 1],)
        ]
        return np.array(share, np.float32)
