"""What a place looks like, kept small and compared without caring for light.

Of a patch only the detail is kept: each cell less the mean of those around it. Gain, shadows, dusk and the glare of
headlights are wider than that and leave it alone. On 120 labelled vehicles of street pictures, at a threshold that
passes 1 % of other vehicles and of bare ground, detail knows 99.2 % again under drawn headlights and all in infra-red;
normalised cross-correlation of plain luma knows 22.5 % and 95 % (`bench/appearance.py --vehicles 120`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

SIDE = 24  # px of a patch: enough to tell a van from asphalt, small enough to keep thousands
CELLS = SIDE * SIDE
FLAT = 1.5  # grey levels of spread up to which there is no detail to compare, only noise
_AROUND = 7  # cells: a third of a vehicle
_LEAK = _AROUND // 2
_SPARE_PX = 16  # rows more than were asked for: the next boxes of the same look lie near
_CENTRES = ((np.arange(SIDE) + 0.5) / SIDE).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Patches:
    """The picture under N boxes. `detail` float32 (N, CELLS), unit norm each, all zeros where it is flat; `spread`
    (N,), grey levels: how strong it is; `around` (N, SIDE, SIDE): the mean around each cell, which it is less."""

    detail: Floats
    spread: Floats
    around: Floats

    def __len__(self) -> int:
        return len(self.detail)

    @property
    def brightness(self) -> Floats:
        """(N,), the mean, grey levels: of what is around the middle of each quarter."""
        return np.asarray(self.around[:, 6:19:12, 6:19:12].sum(axis=(1, 2)) / 4, np.float32)

    def values(self, row: int) -> Floats:
        """The cells of one of them (SIDE, SIDE), grey levels; smoothed where it is flat."""
        drawn = self.detail[row] * (self.spread[row] * SIDE)
        return np.asarray(drawn.reshape(SIDE, SIDE) + self.around[row], np.float32)


class Smooth:
    """A luma picture, uint8 (h, w), smoothed once, and only in the band of rows where somebody looks."""

    def __init__(self, picture: Picture) -> None:
        self.picture, self.shape = picture, picture.shape
        self._band = picture
        self._first = self._last = 0

    def band(self, first: int, last: int) -> tuple[Picture, int]:
        """At least the rows from `first` up to `last`, and the row that they begin with."""
        if not self._first <= first <= last <= self._last:
            if self._last:
                first, last = min(first, self._first), max(last, self._last)
            self._first, self._last = max(0, first - _SPARE_PX), min(self.shape[0], last + _SPARE_PX)
            self._band = cast(Picture, cv2.blur(self.picture[self._first : self._last], (3, 3)))
        return self._band, self._first


def luma(rgb: Picture) -> Picture:
    """Grey picture uint8 (h, w)."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)  # type: ignore[return-value]


def patches(picture: Picture | Smooth, xyxy: Floats, source_wh: tuple[int, int]) -> Patches:
    """The picture under boxes (N, 4) in px of the full frame, of which `picture`, uint8 (h, w), is a scaled copy; a
    `Smooth` of it where more will be asked of the same picture.

    Every cell is one pixel of the smoothed picture, for all boxes in one gather: an area average of each box by itself
    costs eight times as much, and tells no better what stands there.
    """
    n, (h, w) = len(xyxy), picture.shape
    if not n:
        return Patches(np.zeros((0, CELLS), np.float32), np.zeros(0, np.float32), np.zeros((0, SIDE, SIDE), np.float32))
    # (2, N, SIDE), px of the picture: along x and along y.
    low, high = xyxy.T[:2, :, None], xyxy.T[2:, :, None]
    scale, last = _onto(picture.shape, source_wh)
    at = (low + (high - low) * _CENTRES) * scale
    x, y = np.minimum(np.maximum(at, 0, out=at), last, out=at).astype(np.int64)
    once = picture if isinstance(picture, Smooth) else Smooth(picture)
    smooth, first = once.band(max(0, int(y.min()) - 1), min(h, int(y.max()) + 2))
    index = ((y - first) * w)[:, :, None] + x[:, None, :]
    values = smooth.reshape(-1).take(index, mode="clip").astype(np.float32)
    around = _mean_around(values)
    values -= around
    detail = values.reshape(n, CELLS)
    spread = np.asarray(np.sqrt(np.einsum("ij,ij->i", detail, detail)) / SIDE, np.float32)
    detail *= ((spread > FLAT) / (np.maximum(spread, 1e-3) * SIDE))[:, None]
    return Patches(detail, spread, around)


@lru_cache(maxsize=64)
def _onto(shape: tuple[int, int], source_wh: tuple[int, int]) -> tuple[Floats, Floats]:
    """Both (2, 1, 1), along x and along y: what px of the full frame are in px of a picture (h, w), and its last px."""
    (h, w), (wide, high) = shape, source_wh
    scale, last = np.array([w / wide, h / high], np.float32), np.array([w - 1, h - 1], np.float32)
    return scale[:, None, None], last[:, None, None]


def similarities(a: Floats, b: Floats, in_view: NDArray[np.bool_] | None = None) -> Floats:
    """Normalised cross-correlation of each pair of details (N, CELLS): (N,), -1 to 1 (Lewis 1995). It is 0 where one of
    them is flat and 1 where both are: a dark car in the dark is still itself. With `in_view`, bool (N, CELLS), of
    those cells alone.
    """
    if in_view is None:
        alike = np.asarray(np.einsum("ij,ij->i", a, b), np.float32)
    else:
        a, b = a * in_view, b * in_view
        norm = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
        alike = np.asarray(np.einsum("ij,ij->i", a, b) / np.maximum(norm, 1e-6), np.float32)
    if np.count_nonzero(alike) < len(alike):
        for row in np.flatnonzero(alike == 0).tolist():
            alike[row] = not a[row].any() and not b[row].any()
    return alike


def adapted(known: Floats, now: Floats, share: float) -> Floats:
    """(N, CELLS): `known` taken a little towards `now`, unit norm each."""
    mixed = known + share * (now - known)
    norm = np.sqrt(np.einsum("ij,ij->i", mixed, mixed))
    mixed /= np.maximum(norm, 1e-6)[:, None]
    return mixed


def in_view(xyxy: Floats, others: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """What of the patches under boxes (N, 4) no box of (M, 4) lies on. `cells` (N, CELLS): those that are not so
    near to one either that it shows in their detail; and the share (N,) of the patch that is clear."""
    view = np.full((len(xyxy), SIDE, SIDE), 2, np.uint8)
    left, top, right, bottom = xyxy.T[:, :, None]
    touches = (left <= others[:, 2]) & (right >= others[:, 0])
    touches &= (top <= others[:, 3]) & (bottom >= others[:, 1])
    patch, other = touches.nonzero()
    laid = list(zip(patch.tolist(), _laid(xyxy.take(patch, axis=0), others.take(other, axis=0)), strict=True))
    for row, (x1, y1, x2, y2) in laid:
        view[row, max(0, y1 - _LEAK) : y2 + _LEAK, max(0, x1 - _LEAK) : x2 + _LEAK] = 1
    for row, (x1, y1, x2, y2) in laid:
        view[row, y1:y2, x1:x2] = 0
    flat = view.reshape(-1, CELLS)
    return flat == 2, np.asarray((flat != 0).sum(axis=1) / CELLS, np.float32)


def _laid(xyxy: Floats, others: Floats) -> list[list[int]]:
    """For each pair of boxes (P, 4) the cells of the first one's patch whose centres lie in the second one: from x and
    y up to x and y."""
    low = xyxy[:, None, :2]
    at = others.reshape(-1, 2, 2) - low
    at /= np.maximum(xyxy[:, None, 2:] - low, 1e-3) / SIDE
    first, last = at[:, 0], at[:, 1]
    np.ceil(np.subtract(first, 0.5, out=first), out=first)
    np.floor(np.add(last, 0.5, out=last), out=last)
    np.minimum(np.maximum(at, 0, out=at), SIDE, out=at)
    cells: list[list[int]] = at.reshape(-1, 4).astype(int).tolist()
    return cells


def detailed(detail: NDArray[np.float16] | Floats) -> Floats:
    """Appearances (N, SIDE, SIDE) that were stored before only detail was kept, as detail (N, CELLS)."""
    around = np.stack([cv2.blur(np.asarray(patch, np.float32), (_AROUND, _AROUND)) for patch in detail])
    left = (np.asarray(detail, np.float32) - around).reshape(len(detail), CELLS)
    return adapted(left, left, 0.0)


def _mean_around(values: Floats) -> Floats:
    """The mean around each cell, along both sides: (N, SIDE, SIDE) as it came. By products with a small matrix, which
    take a tenth of a box filter's time on rows so short; in parts, since larger products would wake other threads."""
    across, rows = np.empty_like(values).reshape(-1, SIDE), values.reshape(-1, SIDE)
    for at in range(0, len(rows), _PART):
        np.matmul(rows[at : at + _PART], _AVERAGE.T, out=across[at : at + _PART])
    around: Floats = np.matmul(_AVERAGE, across.reshape(values.shape))
    return around


def _average() -> Floats:
    """(SIDE, SIDE): each row takes the mean of the cells around its own."""
    near = np.abs(np.arange(SIDE)[:, None] - np.arange(SIDE)) <= _AROUND // 2
    return np.asarray(near / near.sum(axis=1, keepdims=True), np.float32)


_AVERAGE = _average()
_PART = 18 * SIDE
