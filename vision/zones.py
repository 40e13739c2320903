"""Zones: polygons in relative image coordinates."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats

_CELLS = 512  # raster cells along each side; a zone 9 % wide is 46 cells


class Zone:
    """A polygon, corners (x, y) in 0..1 of the picture, that answers how much of a box's footprint lies in it.

    Rasterised once into a summed-area table (Crow 1984), so each box costs four look-ups whatever the polygon.
    """

    def __init__(self, polygon: Sequence[tuple[float, float]]) -> None:
        self.polygon = np.asarray(polygon, np.float32)
        if self.polygon.ndim != 2 or self.polygon.shape[0] < 3 or self.polygon.shape[1] != 2:
            raise ValueError(f"polygon must be (at least 3, 2), got {self.polygon.shape}")
        mask = np.zeros((_CELLS, _CELLS), np.uint8)
        cv2.fillPoly(mask, [np.round(self.polygon * (_CELLS - 1)).astype(np.int32)], 1)
        self._sums = cv2.integral(mask)
        self._bounds = np.concatenate([self.polygon.min(axis=0), self.polygon.max(axis=0)])

    def near(self, xyxy: Floats, source_wh: tuple[int, int]) -> NDArray[np.bool_]:
        """Which boxes (N, 4) in px of the full frame touch the rectangle around the zone: a quick first choice."""
        left, top, right, bottom = (self._bounds * np.array([*source_wh, *source_wh], np.float32)).tolist()
        x1, y1, x2, y2 = xyxy.T
        near: NDArray[np.bool_] = (x1 <= right) & (x2 >= left)
        near &= y1 <= bottom
        near &= y2 >= top
        return near

    def footprint_share(self, xyxy: Floats, source_wh: tuple[int, int]) -> Floats:
        """For boxes (N, 4) in px of the full frame: the share, 0 to 1, (N,) of their lower half that lies in the zone.

        The lower half is where a vehicle stands on the ground: the upper half of a near truck covers what is
        behind it.
        """
        cells = xyxy.T / np.array([[edge] for edge in source_wh * 2], np.float32)
        cells *= _CELLS
        cells[1] = (cells[1] + cells[3]) / 2
        low, high = cells[:2], cells[2:]
        np.minimum(np.maximum(np.floor(low, out=low), 0, out=low), _CELLS - 1, out=low)
        np.minimum(np.maximum(np.ceil(high, out=high), low + 1, out=high), _CELLS, out=high)
        x, y = cells.astype(int).reshape(2, 2, -1).swapaxes(0, 1)  # each (2, N): from, to
        (above_left, above_right), (below_left, below_right) = self._sums.take((y * (_CELLS + 1))[:, None] + x)
        inside = below_right - above_right - below_left + above_left
        share: Floats = (inside / ((x[1] - x[0]) * (y[1] - y[0]))).astype(np.float32)
        return share
