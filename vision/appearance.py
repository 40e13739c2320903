"""What a place looks like, kept small and compared without caring for brightness or contrast."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

SIDE = 24  # px of a patch: enough to tell a van from asphalt, small enough to keep thousands


def luma(rgb: Picture) -> Picture:
    """Grey picture uint8 (h, w)."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)  # type: ignore[return-value]


def patch(grey: Picture, xyxy: Floats, source_wh: tuple[int, int]) -> Floats:
    """The picture under a box (4,) in px of the full frame, of which `grey` is a scaled copy, as float32 (SIDE, SIDE)
    with zero mean and unit norm; all zeros where there is no contrast."""
    h, w = grey.shape
    scale = np.array([w / source_wh[0], h / source_wh[1]] * 2)
    x1, y1, x2, y2 = xyxy * scale
    left, top = int(np.clip(x1, 0, w - 2)), int(np.clip(y1, 0, h - 2))
    right, bottom = int(np.clip(np.ceil(x2), left + 2, w)), int(np.clip(np.ceil(y2), top + 2, h))
    small = cv2.resize(grey[top:bottom, left:right], (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    return normalised(small)


def normalised(values: Floats) -> Floats:
    """Zero mean, unit norm."""
    centred: Floats = values - values.mean()
    # Under one grey level of spread there is no contrast to compare, only noise.
    return unit(centred) if float(np.linalg.norm(centred)) > SIDE else np.zeros_like(centred)


def unit(values: Floats) -> Floats:
    """Scaled to unit norm."""
    norm = float(np.linalg.norm(values))
    return (values / max(norm, 1e-6)).astype(np.float32)


def similarity(a: Floats, b: Floats, in_view: NDArray[np.bool_] | None = None) -> float:
    """Normalised cross-correlation of two patches, -1 to 1 (Lewis 1995); 0 where one of them has no contrast, 1 where
    neither has: a dark car in the dark is still itself. With `in_view`, bool (SIDE, SIDE), of those cells alone.
    """
    if not a.any() and not b.any():
        return 1.0
    if in_view is not None and not in_view.any():
        return 0.0
    if in_view is not None and not in_view.all():
        a, b = (unit(v[in_view] - v[in_view].mean()) for v in (a, b))
    return float(np.sum(a * b))


def in_view(xyxy: Floats, others: Floats) -> NDArray[np.bool_]:
    """Which cells of the patch under box (4,) no box of (N, 4) lies on: bool (SIDE, SIDE)."""
    x = xyxy[0] + (np.arange(SIDE) + 0.5) / SIDE * (xyxy[2] - xyxy[0])
    y = xyxy[1] + (np.arange(SIDE) + 0.5) / SIDE * (xyxy[3] - xyxy[1])
    across = (others[:, :1] <= x) & (x <= others[:, 2:3])
    down = (others[:, 1:2] <= y) & (y <= others[:, 3:])
    hidden: NDArray[np.bool_] = (down[:, :, None] & across[:, None, :]).any(axis=0)
    return ~hidden
