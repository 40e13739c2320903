"""How far a picture is shifted against another of the same view: phase correlation of their detail.

De Castro and Morandi 1987 for the correlation, Foroosh et al. 2002 for the fraction of a pixel, as OpenCV has them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

import cv2
import numpy as np

from vision.types import Floats, Picture

_LONG_PX = 160
_AROUND = 9
_LOCAL = 15  # px: light is wider
_PLAINLY = 0.85
_PEAK = 0.08  # response from which a shift is believed: unrelated pictures reach 0.03
_STRENGTH = 1.5  # grey levels of detail; noise of 8 levels a pixel leaves 1 to 2
_ALIKE = 0.3
_LEAST_PARTS = 6
_WANDERED_WH, _TELLING = (320, 180), 0.15  # and the response from which a whole view's shift is believed
_MOST = 0.15  # of the picture: beyond it this is another view


def detail(luma: Picture) -> Floats:
    """What is compared: small, and without light that is wider than a few cells; float32 (h, w)."""
    scale = _LONG_PX / max(luma.shape)
    size = max(8, round(luma.shape[1] * scale)), max(8, round(luma.shape[0] * scale))
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return cast(Floats, small - cv2.blur(small, (_AROUND, _AROUND)))


def shift(before: Floats, now: Floats) -> tuple[float, float] | None:
    """How far `now` lies right and down of `before`, both by `detail`, as shares of the picture's width and height;
    None where they do not show the same view."""
    if before.shape != now.shape:
        return None
    (x, y), response = cv2.phaseCorrelate(before, now, _window(before.shape))
    h, w = before.shape
    if response < _PEAK or abs(x) > _MOST * w or abs(y) > _MOST * h:
        return None
    return x / w, y / h


def wandered(first: Picture, now: Picture) -> float | None:
    """How far the view of `now` lies from that of `first`, both uint8 (h, w), as a share of the picture's width; None
    where they do not tell."""
    one, other = (cv2.resize(luma, _WANDERED_WH, interpolation=cv2.INTER_AREA) for luma in (first, now))
    (x, y), response = cv2.phaseCorrelate(one.astype(np.float32), other.astype(np.float32))
    return float(np.hypot(x, y)) / _WANDERED_WH[0] if response >= _TELLING else None


def is_shifted(before: Picture, now: Picture, by: tuple[float, float]) -> bool:
    """Whether most parts of `now` that have something in them look more like `before`, both uint8 (h, w), moved right
    and down `by` shares of the picture, than like it unmoved. Traffic can pass for a shift of the whole picture; what
    does not move then stands where it stood."""
    if before.shape != now.shape:
        return False
    h, w = before.shape
    # Both smoothed: between two pixels the moved one is, and would look better for that alone.
    one, other = (cast(Floats, cv2.blur(picture, (3, 3)).astype(np.float32)) for picture in (before, now))
    move = np.array([[1, 0, by[0] * w], [0, 1, by[1] * h]], np.float32)
    moved = cast(Floats, cv2.warpAffine(one, move, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    off, off_moved = (_in_parts(_local(other), _local(was)) for was in (one, moved))
    told = _in_parts(_local(one), np.zeros_like(one)) > _STRENGTH
    better, worse = off_moved < _PLAINLY * off, off < _PLAINLY * off_moved  # where traffic moves it is neither
    return bool(np.count_nonzero(better & told) > np.count_nonzero(worse & told))


def _local(picture: Floats) -> Floats:
    return cast(Floats, picture - cv2.blur(picture, (_LOCAL, _LOCAL)))


def _in_parts(one: Floats, other: Floats) -> Floats:
    """How far pictures are apart in each of 16 by 9 parts."""
    return cast(Floats, cv2.resize(cast(Floats, cv2.absdiff(one, other)), (16, 9), interpolation=cv2.INTER_AREA))


def changed_share(before: Floats, now: Floats) -> float:
    """Of two details of one view: how many of their parts that have something in them look different, 0 to 1; 0 where
    too few have anything in them to tell."""
    if before.shape != now.shape:
        return 0.0
    one, other = _parts(before), _parts(now)
    strength = np.minimum(one.std(axis=1), other.std(axis=1))
    told = strength > _STRENGTH
    if np.count_nonzero(told) < _LEAST_PARTS:
        return 0.0
    norm = np.linalg.norm(one[told], axis=1) * np.linalg.norm(other[told], axis=1)
    alike = (one[told] * other[told]).sum(axis=1) / norm
    return float((alike < _ALIKE).mean())


def _parts(values: Floats) -> Floats:
    """(parts, cells): the picture in parts of about 20 x 15 cells."""
    rows, columns = max(1, values.shape[0] // 15), max(1, values.shape[1] // 20)
    high, wide = values.shape[0] // rows, values.shape[1] // columns
    whole = values[: rows * high, : columns * wide].reshape(rows, high, columns, wide)
    return whole.transpose(0, 2, 1, 3).reshape(rows * columns, high * wide)


@lru_cache(maxsize=8)
def _window(shape: tuple[int, int]) -> Floats:
    return cast(Floats, cv2.createHanningWindow(shape[::-1], cv2.CV_32F))
