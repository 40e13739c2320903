"""How far a camera shakes: the shift of a picture against what the same view looks like when it is still.

One step of least squares over the whole picture (Lucas and Kanade 1981), at 6 px of 640 a cell, where a mast in the
wind moves by less than one of them. Pixels that differ by more than a shake explains are left out: they moved by
themselves.
"""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np

from vision.static.packing import packed, unpacked
from vision.types import Floats, Picture

_LONG_PX = 106
_OUTLIER = 0.5  # standard deviations of the picture's brightness
_MOST_UNLIKE = 0.3  # share of the picture, beyond which nothing is taken on from it
_LEARN = 0.05
_FOLLOW = 0.1  # share of a look in the still picture, every so often
_FOLLOW_EVERY_S = 10.0
_MOST_PX = 2.0  # of the cells: beyond it this is no shake
_STEPS = 2
_GREY, _GREYS = 128.0, 40.0  # as what no brightness and one standard deviation are stored
_SETTLED_PX = 0.15
_RIDGE = 1e-3  # of slope a cell: a picture without edges shows no shake


class Steadied:
    """One camera's. `unlike` is the share of the picture, 0 to 1, that was another one at the last look; `unusual` how
    much more that is than traffic makes it on most looks."""

    def __init__(self) -> None:
        self.unlike = self.unusual = 0.0
        self._usual = 0.0
        self._still: Floats | None = None
        self._slopes: tuple[Floats, Floats] | None = None
        self._followed_s = 0.0

    def shift_px(self, luma: Picture, at_s: float) -> tuple[float, float]:
        """Of this look, uint8 (h, w), against the still picture: (x, y) in px of the look."""
        height, width = luma.shape
        scale = min(1.0, _LONG_PX / max(height, width))
        now = _standard(cv2.resize(luma, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        if self._still is None or self._slopes is None or self._still.shape != now.shape:
            self._keep(now, at_s)
            return 0.0, 0.0
        x, y = self._solved(now, self._still, self._slopes)
        self.unusual = max(0.0, self.unlike - self._usual)
        self._usual += _LEARN * (min(self.unlike, _MOST_UNLIKE) - self._usual)
        if not abs(at_s - self._followed_s) < _FOLLOW_EVERY_S and self.unlike < _MOST_UNLIKE:
            self._keep(cast(Floats, self._still + _FOLLOW * (_moved(now, x, y) - self._still)), at_s)
        return x / scale, y / scale

    def state(self) -> str | None:
        """What is needed to know the view again, in 2 kB of text."""
        return None if self._still is None else packed(np.float32(_GREY) + np.float32(_GREYS) * self._still)

    def restore(self, state: str | None) -> None:
        """Raises `ValueError` for what is no state."""
        if state is not None:
            self._keep((unpacked(state).astype(np.float32) - np.float32(_GREY)) / np.float32(_GREYS), -math.inf)

    def _solved(self, now: Floats, still: Floats, slopes: tuple[Floats, Floats]) -> tuple[float, float]:
        across, down = slopes
        x = y = 0.0
        for step in range(_STEPS):
            apart = (now if step == 0 else _moved(now, x, y)) - still
            inlying = (np.abs(apart) <= _OUTLIER).astype(np.float32)
            apart *= inlying
            self.unlike = 1 - float(inlying.mean())
            a, b = across * inlying, down * inlying
            xx, xy, yy = (float(np.vdot(u, v)) for u, v in ((a, across), (a, down), (b, down)))
            xx, yy = xx + _RIDGE * now.size, yy + _RIDGE * now.size
            along_x, along_y = float(np.vdot(across, apart)), float(np.vdot(down, apart))
            whole = xx * yy - xy * xy
            by = (xy * along_y - yy * along_x) / whole, (xy * along_x - xx * along_y) / whole
            x, y = x + by[0], y + by[1]
            if max(abs(by[0]), abs(by[1])) < _SETTLED_PX:
                break
        return (x, y) if max(abs(x), abs(y)) <= _MOST_PX else (0.0, 0.0)

    def _keep(self, still: Floats, at_s: float) -> None:
        self._still, self._followed_s = still, at_s
        self._slopes = (
            cast(Floats, cv2.Sobel(still, cv2.CV_32F, 1, 0, scale=1 / 8)),
            cast(Floats, cv2.Sobel(still, cv2.CV_32F, 0, 1, scale=1 / 8)),
        )


def moved(picture: Picture, x: float, y: float) -> Picture:
    """The picture with a shift taken back, px; its edge is repeated."""
    warp = np.array([[1, 0, -x], [0, 1, -y]], np.float32)
    size = picture.shape[1], picture.shape[0]
    return cast(Picture, cv2.warpAffine(picture, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _moved(picture: Floats, x: float, y: float) -> Floats:
    return cast(Floats, moved(cast(Picture, picture), x, y))


def _standard(picture: object) -> Floats:
    """Without brightness and contrast: float32, zero mean, unit spread."""
    values = np.asarray(picture, np.float32)
    mean, spread = cv2.meanStdDev(values)
    return np.asarray((values - mean[0, 0]) / max(float(spread[0, 0]), 1.0), np.float32)
