"""Whether a look needs the detector at all: something has come to rest in a zone, or gone from one, or it has not.

Traffic changes a picture all the time and is no hazard; what matters is what has changed and stays as it is. So two
things are kept of every zone: how long each part of it has looked the same (Stauffer and Grimson 1999 keep this as a
model's weight), and what it looked like when the detector last judged it at rest. A part that is still, and not as it
was judged, asks for the detector. What never comes to rest is inferred now and then all the same. Where people are
counted, whoever comes is news: a group is dated by the first look that found it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

_LONG_PX = 160  # luma is averaged down to this longer side: noise and ringing fade, a car of 30 px at 640 keeps 7
_BLOCK_PX = 4  # and judged in blocks of this side
_LIGHT = 0.1  # how much of a change of light alone counts: headlights and shadows come and go
_LEAST_BLOCKS = 3  # 48 px by 16 px at 640: what is smaller the detector does not find either
_STILL = 3.0  # grey levels of mean change between two looks up to which a block is still ...
_NOVEL = 4.0  # ... and from which it is not what was judged
_NOISY = 2.0  # times a block's own usual flicker (leaves, water, night noise), where that is more ...
_FLICKER = 8.0  # ... up to here
_LEARN = 0.1  # share of a new look in that flicker
_RESTLESS_LOOKS = 4  # a block that keeps changing hides what may stand there: after so many looks, look properly
_COMING_EVERY_S = 1.95  # how often it is looked properly at who comes

Mask = NDArray[np.bool_]


class StillGate:
    """The gate of one camera: all its zones together. Call `see` once a look, and `inferred` when that look was.

    `polygons`: corners (x, y) in 0..1 of the picture. `sweep_s`: after so long without an inference one is asked for
    whatever the picture says. `peopled`: those zones where whoever passes counts too.
    """

    def __init__(
        self,
        polygons: Sequence[Sequence[tuple[float, float]]],
        sweep_s: float,
        *,
        peopled: Sequence[Sequence[tuple[float, float]]] = (),
    ) -> None:
        self._polygons, self._sweep_s, self._peopled_polygons = polygons, sweep_s, peopled
        self._zones: Mask = np.zeros((0, 0), bool)
        self._peopled: Mask = np.zeros((0, 0), bool)
        self._before: Floats | None = None
        self._judged: Floats = np.zeros((0, 0), np.float32)
        self._flicker: Floats = np.zeros((0, 0), np.float32)
        self._still: Mask = np.zeros((0, 0), bool)
        self._since_s: NDArray[np.float64] = np.zeros((0, 0))
        self._after_s: NDArray[np.float64] = np.zeros((0, 0))
        self._restless: NDArray[np.int16] = np.zeros((0, 0), np.int16)
        self._at_s = self._inferred_s = -np.inf

    def see(self, luma: Picture, at_s: float) -> str | None:
        """Take in a look, uint8 (h, w); why the detector should see it, None where it need not. Under 0.5 ms."""
        small = _averaged(luma)
        if self._before is None or small.shape != self._before.shape or at_s < self._at_s:
            self._begin(small, at_s)
            return "first look"
        moved = _change(small, self._before)
        usual = np.minimum(_NOISY * self._flicker, _FLICKER)
        self._still = moved <= np.maximum(_STILL, usual)
        # What moves more than that is something passing, and no flicker to get used to.
        self._flicker += np.where(moved <= _FLICKER, _LEARN * (moved - self._flicker), 0)
        self._since_s[~self._still], self._after_s[~self._still] = at_s, self._at_s
        self._before, self._at_s = small, at_s
        novel = _change(small, self._judged) > np.maximum(_NOVEL, usual)
        self._restless = np.where(novel, self._restless + 1, 0).astype(np.int16)
        self._take_as_judged(self._still & ~novel)
        if np.count_nonzero(novel & self._still & self._zones) >= _LEAST_BLOCKS:
            return "something came to rest or went"
        if np.count_nonzero(self._restless[self._zones] >= _RESTLESS_LOOKS) >= _LEAST_BLOCKS:
            return "a part kept changing"
        may_ask = at_s - self._inferred_s >= _COMING_EVERY_S
        if may_ask and np.count_nonzero(novel & self._peopled) >= _LEAST_BLOCKS:
            return "somebody may have come"
        return "sweep" if at_s - self._inferred_s >= self._sweep_s else None

    def inferred(self) -> None:
        """The look that was last seen has been through the detector."""
        if self._inferred_s == self._at_s:
            return  # of several pictures between two looks of the gate the first one told it all
        self._inferred_s = self._at_s
        self._take_as_judged(self._still)
        self._restless[:] = 0

    def still_since_s(self, xyxy: Floats, source_wh: tuple[int, int]) -> tuple[float, float]:
        """Between which two looks the picture under a box (4,), px of the full frame, came to be as it is: the capture
        times, in seconds, of the last one on which it was another and of the first one on which it was this.

        The box's outer quarter does not count: there the ground begins, and that was still before.
        """
        rows, columns = self._since_s.shape
        if not rows:
            return self._at_s, self._at_s
        across, down = columns / source_wh[0], rows / source_wh[1]
        x1, y1, x2, y2 = (float(v) for v in xyxy)
        inset_x, inset_y = (x2 - x1) / 8, (y2 - y1) / 8
        left, right = _span((x1 + inset_x) * across, (x2 - inset_x) * across, columns)
        top, bottom = _span((y1 + inset_y) * down, (y2 - inset_y) * down, rows)
        # Plain parts of a car resemble the plain ground before it, so its latest parts tell; one odd block does not.
        since_s = self._since_s[top:bottom, left:right].ravel()
        at = np.argsort(since_s, kind="stable")[int(0.8 * (len(since_s) - 1))]
        return float(self._after_s[top:bottom, left:right].ravel()[at]), float(since_s[at])

    def shift_clock(self, by_s: float) -> None:
        """The wall clock was set: what was seen before is timed by the new one too."""
        self._since_s += by_s
        self._after_s += by_s
        self._at_s += by_s
        self._inferred_s += by_s

    def _begin(self, small: Floats, at_s: float) -> None:
        rows, columns = (side // _BLOCK_PX for side in small.shape)
        self._zones, self._peopled = (_mask(some, (rows, columns)) for some in (self._polygons, self._peopled_polygons))
        self._before, self._judged = small, small.copy()
        self._flicker = np.zeros((rows, columns), np.float32)
        self._still = np.ones((rows, columns), bool)
        self._since_s, self._after_s = np.full((rows, columns), at_s), np.full((rows, columns), at_s)
        self._restless = np.zeros((rows, columns), np.int16)
        self._at_s = at_s

    def _take_as_judged(self, blocks: Mask) -> None:
        if self._before is not None:
            size = self._before.shape[1], self._before.shape[0]
            fine = cv2.resize(blocks.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
            cv2.copyTo(self._before, fine, self._judged)


def _averaged(luma: Picture) -> Floats:
    """Averaged down to whole blocks, float32."""
    height, width = luma.shape
    scale = _LONG_PX / max(height, width)
    size = _whole_blocks(width * scale), _whole_blocks(height * scale)
    return cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32)


def _whole_blocks(side: float) -> int:
    return max(1, round(side / _BLOCK_PX)) * _BLOCK_PX


def _change(one: Floats, other: Floats) -> Floats:
    """How much each block differs in structure: grey levels, once the light that has changed in it is taken out, and a
    tenth of that light where it is not the whole picture's."""
    height, width = one.shape
    size = width // _BLOCK_PX, height // _BLOCK_PX
    apart = one - other
    light = cast(Floats, cv2.resize(apart, size, interpolation=cv2.INTER_AREA))
    tiled = apart.reshape(size[1], _BLOCK_PX, size[0], _BLOCK_PX)
    tiled -= light[:, None, :, None]
    structure = cv2.resize(np.abs(apart), size, interpolation=cv2.INTER_AREA)
    return np.asarray(structure + _LIGHT * np.abs(light - _median(light)), np.float32)


def _median(values: Floats) -> np.float32:
    """What np.median gives, in a sixth of its time for a few hundred values."""
    ordered = np.sort(values, axis=None)
    middle = ordered.size // 2
    median: np.float32 = ordered[middle] if ordered.size % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return median


def _mask(polygons: Sequence[Sequence[tuple[float, float]]], shape: tuple[int, int]) -> Mask:
    """Blocks that a zone touches, and one around: a vehicle's body stands out over its footprint."""
    rows, columns = shape
    fine = np.zeros((rows * 8, columns * 8), np.uint8)
    for polygon in polygons:
        corners = np.round(np.asarray(polygon) * (columns * 8 - 1, rows * 8 - 1)).astype(np.int32)
        cv2.fillPoly(fine, [corners], 1)
    touched = fine.reshape(rows, 8, columns, 8).max(axis=(1, 3))
    return np.asarray(cv2.dilate(touched, np.ones((3, 3), np.uint8)) > 0)


def _span(low: float, high: float, most: int) -> tuple[int, int]:
    first = min(max(math.floor(low), 0), most - 1)
    return first, min(max(math.ceil(high), first + 1), most)
