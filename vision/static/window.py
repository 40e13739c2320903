"""The part of a picture that one zone needs: cut out, averaged down, and found again in the full frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

_MARGIN, _ABOVE = 0.04, 0.12  # of the picture's sides: what stands in a zone rises over its upper edge
_WHOLE_PX = 10_000  # a zone of fewer px of brightness is looked at as it is, a larger one at half its size


class Window:
    """A zone's rectangle of a brightness picture. `polygon`: corners (x, y) in 0..1 of the picture."""

    def __init__(self, polygon: Sequence[tuple[float, float]], luma_hw: tuple[int, int]) -> None:
        self.luma_hw = height, width = luma_hw
        corners = np.asarray(polygon, np.float32)
        low, high = corners.min(axis=0), corners.max(axis=0)
        left, right = max(0.0, low[0] - _MARGIN) * width, min(1.0, high[0] + _MARGIN) * width
        top, bottom = max(0.0, low[1] - _ABOVE) * height, min(1.0, high[1] + _MARGIN) * height
        self.step = 1 if (right - left) * (bottom - top) <= _WHOLE_PX else 2
        self._x, self._y = int(left) // 2 * 2, int(top) // 2 * 2
        self.width = max(8, int(np.ceil((right - self._x) / self.step)))
        self.height = max(8, int(np.ceil((bottom - self._y) / self.step)))
        self._x = max(0, min(self._x, width - self.width * self.step))
        self._y = max(0, min(self._y, height - self.height * self.step))
        self.width, self.height = min(self.width, width // self.step), min(self.height, height // self.step)
        placed = (corners * (width, height) - (self._x, self._y)) / self.step
        self.zone = cast(Picture, np.zeros((self.height, self.width), np.uint8))
        cv2.fillPoly(self.zone, [np.round(placed).astype(np.int32)], 1)

    def cut(self, luma: Picture, colours: Picture | None = None) -> Picture:
        """uint8 (height, width), every pixel the mean of `step` x `step`, and smoothed; with `colours`, Cb and Cr at
        half the size of `luma`, (height, width, 3)."""
        part = luma[self._y : self._y + self.height * self.step, self._x : self._x + self.width * self.step]
        if self.step > 1:
            part = cast(Picture, cv2.resize(part, (self.width, self.height), interpolation=cv2.INTER_AREA))
        if colours is not None:
            part = cast(Picture, cv2.merge([part, *cv2.split(self._cut_colours(colours))]))
        return cast(Picture, cv2.GaussianBlur(part, (5, 5), 1.0))

    def _cut_colours(self, colours: Picture) -> Picture:
        x, y, size = self._x // 2, self._y // 2, (self.width, self.height)
        if self.step == 2:
            return colours[y : y + self.height, x : x + self.width]
        part = colours[y : y + (self.height + 1) // 2, x : x + (self.width + 1) // 2]
        return cast(Picture, cv2.resize(part, size, interpolation=cv2.INTER_LINEAR))

    def to_source(self, x: float, y: float, width: float, height: float, source_wh: tuple[int, int]) -> Floats:
        """A rectangle of the window as a box, float32 (4,), px of the full frame."""
        across, down = source_wh[0] / self.luma_hw[1], source_wh[1] / self.luma_hw[0]
        x1, y1 = (self._x + x * self.step) * across, (self._y + y * self.step) * down
        box = (x1, y1, x1 + width * self.step * across, y1 + height * self.step * down)
        return np.array(box, np.float32)

    def to_px(self, points: NDArray[np.float64], source_wh: tuple[int, int]) -> NDArray[np.float64]:
        """Points (N, 2) of the window in px of the full frame."""
        return (points * self.step + (self._x, self._y)) * self._across(source_wh)

    def px_size(self, source_wh: tuple[int, int]) -> tuple[float, float]:
        """How wide and high a px of the window is, px of the full frame."""
        across, down = self._across(source_wh) * self.step
        return float(across), float(down)

    def _across(self, source_wh: tuple[int, int]) -> NDArray[np.float64]:
        return np.array([source_wh[0] / self.luma_hw[1], source_wh[1] / self.luma_hw[0]])

    def from_source(self, xyxy: Floats, source_wh: tuple[int, int]) -> Floats:
        """Boxes (N, 4), px of the full frame, in px of the window."""
        scale = np.array([self.luma_hw[1] / source_wh[0], self.luma_hw[0] / source_wh[1]] * 2, np.float32)
        moved = xyxy * scale - np.array([self._x, self._y] * 2, np.float32)
        return cast(Floats, (moved / self.step).astype(np.float32))
