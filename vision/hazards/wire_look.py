"""What one look found of the wires in a zone, on a grid over the zone that any resolution of the camera shares."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from vision.types import Detections, Floats, Picture
from vision.wire_lines import lines_mask, wiring_of
from vision.wires import Mask

GRID = 192  # cells along the longer side of the zone's box
SHAKE = 2  # cells by which a wire may seem to move: the wind, a camera on a pole
_COARSE = 8  # cells along one of those in which it is told how much of a zone wires cover
_LEAST_SIDE = 0.04  # of the zone's side: shorter lines are left alone
_DARK, _FLAT = 40.0, 24.0  # levels of 255: brightest parts, and span from dark to bright, below which nothing is told
_GREY = 4.0


@dataclass(frozen=True, slots=True)
class WireLook:
    """Wires in a zone at one look. `mask` (h, w) are thin lines in px of the crop that was looked at; `grid` the same
    in cells, `hidden` the cells that something stood before. Lengths are in sides of the zone (the root of its area).
    `fine` is the finest detail in the picture, grey levels; `is_grey` whether it has no colour (infrared at night)."""

    at_s: float
    mask: Mask
    grid: Mask
    hidden: Mask
    length: float
    crossings: int
    sag: float
    disorder: float
    share: float
    confidence: float
    fine: float
    is_grey: bool


@dataclass(frozen=True, slots=True)
class ZoneView:
    """Where a zone lies in a picture: its box, px of the full frame, and its own shape in a crop of the box."""

    xyxy: tuple[int, int, int, int]
    polygon: Floats  # (n, 2), 0 to 1 of the box

    @classmethod
    def of(cls, polygon: Sequence[tuple[float, float]], source_wh: tuple[int, int]) -> ZoneView:
        corners = np.asarray(polygon, np.float32) * np.array(source_wh, np.float32)
        low = np.maximum(0, np.floor(corners.min(axis=0)))
        high = np.minimum(source_wh, np.maximum(np.ceil(corners.max(axis=0)), low + 2))
        box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
        return cls(box, ((corners - low) / (high - low)).astype(np.float32))

    @property
    def wh(self) -> tuple[int, int]:
        return self.xyxy[2] - self.xyxy[0], self.xyxy[3] - self.xyxy[1]

    def inside(self, shape_hw: tuple[int, int]) -> Mask:
        """The zone's pixels in a crop of this size."""
        inside = np.zeros(shape_hw, np.uint8)
        corners = self.polygon * np.array([shape_hw[1] - 1, shape_hw[0] - 1], np.float32)
        cv2.fillPoly(inside, [np.rint(corners).astype(np.int32)], 1)
        return inside > 0

    def hidden(self, detections: Detections, shape_hw: tuple[int, int]) -> Mask:
        """What vehicles and people stand before, in a crop of this size."""
        covered = np.zeros(shape_hw, bool)
        scale = np.array([shape_hw[1] / self.wh[0], shape_hw[0] / self.wh[1]] * 2)
        boxes = (detections.xyxy - np.array([*self.xyxy[:2], *self.xyxy[:2]])) * scale
        for x1, y1, x2, y2 in boxes:
            covered[max(0, int(y1)) : max(0, int(np.ceil(y2))), max(0, int(x1)) : max(0, int(np.ceil(x2)))] = True
        return covered


def clear_enough(picture: Picture) -> bool:
    """Whether wires could be told in a crop, uint8 (h, w, 3): not in the dark, nor where all is of one tone."""
    dark, bright = np.percentile(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), [2, 98])
    return bool(bright >= _DARK and bright - dark >= _FLAT)


def look_at(
    at_s: float, picture: Picture, probability: Floats, view: ZoneView, detections: Detections, threshold: float
) -> WireLook:
    """What a crop of the zone's box shows, given how likely its pixels are wires."""
    shape = (picture.shape[0], picture.shape[1])
    inside, covered = view.inside(shape), view.hidden(detections, shape)
    side = float(np.sqrt(max(1, inside.sum())))
    mask = lines_mask(np.where(covered, 0, probability).astype(np.float32), threshold, _LEAST_SIDE * side) & inside
    found = wiring_of(mask)
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return WireLook(
        at_s=at_s,
        mask=mask,
        grid=to_grid(mask),
        hidden=to_grid(covered),
        length=found.length_px / side,
        crossings=found.crossings,
        sag=found.sag,
        disorder=found.disorder,
        share=_share(mask, inside),
        confidence=float(probability[mask].mean()) if mask.any() else 0.0,
        fine=float(cv2.absdiff(luma, cv2.blur(luma, (3, 3))).mean()),
        is_grey=float(np.ptp(picture, axis=2).mean()) < _GREY,
    )


def grid_hw(shape_hw: tuple[int, int]) -> tuple[int, int]:
    scale = GRID / max(shape_hw)
    return max(1, round(shape_hw[0] * scale)), max(1, round(shape_hw[1] * scale))


def to_grid(mask: Mask) -> Mask:
    """Cells that hold any of it."""
    return _pooled(mask, grid_hw((mask.shape[0], mask.shape[1])))


def from_grid(grid: Mask, shape_hw: tuple[int, int]) -> Mask:
    """The pixels of a crop of this size that lie in such cells."""
    return cv2.resize(grid.astype(np.uint8), (shape_hw[1], shape_hw[0]), interpolation=cv2.INTER_NEAREST) > 0


def grown(grid: Mask, cells: int = SHAKE) -> Mask:
    size = 2 * cells + 1
    return cv2.dilate(grid.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0


def fitted(grid: Mask, like: Mask) -> Mask:
    """A grid that was kept, in the size of today's: the camera may have another aspect now."""
    return grid if grid.shape == like.shape else _pooled(grid, (like.shape[0], like.shape[1]))


def packed(grid: Mask) -> dict[str, Any]:
    """A grid as JSON values."""
    bits = zlib.compress(np.packbits(grid).tobytes(), 9)
    return {"shape": list(grid.shape), "bits": base64.b64encode(bits).decode()}


def unpacked(values: dict[str, Any]) -> Mask:
    """Raises `ValueError`, `KeyError` or `TypeError`."""
    height, width = (int(v) for v in values["shape"])
    if not (0 < height <= GRID and 0 < width <= GRID):
        raise ValueError(f"a grid has up to {GRID} cells a side, got {height} by {width}")
    try:
        raw = zlib.decompress(base64.b64decode(values["bits"]))
    except zlib.error as error:
        raise ValueError(f"a damaged grid: {error}") from error
    return np.unpackbits(np.frombuffer(raw, np.uint8), count=height * width).reshape(height, width) > 0


def _share(mask: Mask, inside: Mask) -> float:
    cells = tuple(max(1, n // _COARSE) for n in grid_hw((mask.shape[0], mask.shape[1])))
    in_zone = _pooled(inside, (cells[0], cells[1]))
    return float((_pooled(mask, (cells[0], cells[1])) & in_zone).sum() / max(1, in_zone.sum()))


def _pooled(mask: Mask, hw: tuple[int, int]) -> Mask:
    """Reduced so that a cell is set where any of it is; enlarged by repeating."""
    pooled = np.zeros(hw, bool)
    ys, xs = np.nonzero(mask)
    pooled[ys * hw[0] // mask.shape[0], xs * hw[1] // mask.shape[1]] = True
    return pooled
