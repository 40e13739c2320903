"""Small things in wide views: parts of the full frame through the same detector, and one answer from all views.

The sliced inference of Akyon et al. 2022 (SAHI), with tiles where the zones are instead of everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.boxes import area, intersection, iou
from vision.detect import SUPPRESSION_GROUP, Detector
from vision.types import Detections, Floats, Frame

Tile = tuple[int, int, int, int]  # x1 y1 x2 y2, px of the full frame
Polygon = Sequence[tuple[float, float]]
Mask = NDArray[np.bool_]

SEEN_PX = 32.0  # longer side in the detector's input from which a thing is found dependably
_SMALLEST_SHARE = 1 / 60  # expected size of a small thing: this share of the frame's longer side, 32 px at 1080p
_MOST_ENLARGED = 2.0  # beyond this, enlarging adds no detail
_WORTH = 1.3  # a tile that shows things less than this much larger than the full view does is not worth its inference
_ROOM = 1.5  # a thing has half its size of room to the borders of some tile
_CELLS = 96  # raster cells along the frame's longer side
_GROW = 1.15  # tiles grow by this until few enough cover the zones ...
_SPARED = 2  # ... and then so many steps more, where that takes fewer tiles still

_SAME_IOU = 0.45  # in two views: a small thing's box is coarse in the full one
_SAME_PART = 0.8  # share of the smaller box that lies in the other
_CUT_PX = 3.0  # px of the detector's input: a box so near to the cut border of a tile ends there because the tile does
_DOUBTED = 0.25  # a box nearer to a cut border than this share of its size may be cut too: any whole one goes before it


@dataclass(frozen=True, slots=True)
class _View:
    """Detections of one look through one tile; `cut` bool (N,): ends at its border; `doubted`: may do."""

    detections: Detections
    cut: Mask
    doubted: Mask


def plan(
    polygons: Sequence[Polygon],
    source_wh: tuple[int, int],
    fit_wh: tuple[int, int],
    *,
    object_px: float | None = None,
    most: int = 6,
) -> tuple[Tile, ...]:
    """Tiles, at most `most`, so that a small thing anywhere in the zones lies whole in one of them.

    `polygons` are the zones, corners (x, y) in 0..1. `object_px` is the longer side of the smallest thing that matters,
    px of the full frame (default: 1/60 of its longer side); tiles show it at 32 px of the detector's input of
    `fit_wh`, unless that takes more tiles than `most`. None where the full view shows things nearly as large.
    """
    if most < 1:
        raise ValueError(f"most must be at least 1, got {most}")
    zones = [_raster(polygon, source_wh) for polygon in polygons]
    object_px = object_px or _SMALLEST_SHARE * max(source_wh)
    full_scale = min(fit_wh[0] / source_wh[0], fit_wh[1] / source_wh[1])
    scale = min(SEEN_PX / object_px, _MOST_ENLARGED)
    # What is larger is seen in the full view; up to this size it must lie whole in a tile.
    room_px = _ROOM * SEEN_PX / full_scale
    found: list[tuple[Tile, ...]] = []
    while zones and scale >= _WORTH * full_scale and len(found) <= _SPARED:
        size = (_even(min(fit_wh[0] / scale, source_wh[0])), _even(min(fit_wh[1] / scale, source_wh[1])))
        tiles = _cover(zones, size, source_wh, min(room_px, min(size) / 2))
        if found or len(tiles) <= most:
            found.append(tiles)
        scale /= _GROW
    return min(found, key=len, default=())


def look_at(
    frame: Frame, detector: Detector, tiles: Sequence[Tile], *, between: Callable[[], None] | None = None
) -> Detections:
    """What `detector` sees in the whole frame and in each tile, each thing once: one inference, and one a tile.
    `between` is called before each tile: other frames may be shown to the same detector then."""
    whole = detector.see(frame)
    if not tiles:
        return whole
    uncut = np.zeros(len(whole), bool)
    views = [_View(whole, uncut, uncut)]
    for tile in tiles:
        if between is not None:
            between()
        views.append(_through(tile, frame, detector))
    return merge(views)


def merge(views: Sequence[_View]) -> Detections:
    """One box a thing. Boxes that a tile's border cut go; of those that are one thing in two views the more confident
    stays, the surely whole first. Boxes of one view are left as they are: there a car before a bus is a car and a bus.
    """
    kept = [view.detections[~view.cut] for view in views]
    xyxy = np.concatenate([one.xyxy for one in kept])
    confidence = np.concatenate([one.confidence for one in kept])
    class_id = np.concatenate([one.class_id for one in kept])
    doubted = np.concatenate([view.doubted[~view.cut] for view in views])
    view_of = np.repeat(np.arange(len(kept)), [len(one) for one in kept])
    order = np.lexsort((-confidence, doubted))
    same = (iou(xyxy[order], xyxy[order]) > _SAME_IOU) | _within(xyxy[order])
    same &= view_of[order][:, None] != view_of[order][None, :]
    groups = SUPPRESSION_GROUP[class_id[order]]
    same &= groups[:, None] == groups[None, :]
    alive = np.ones(len(order), bool)
    for row in range(len(order)):
        if alive[row]:
            alive[row + 1 :] &= ~same[row, row + 1 :]
    rows = order[alive]
    return Detections(xyxy[rows], confidence[rows], class_id[rows])


def _within(xyxy: Floats) -> Mask:
    """Which boxes lie, for the most part, in which others, or those in them: (N, N)."""
    areas = area(xyxy)
    smaller = np.maximum(np.minimum(areas[:, None], areas[None, :]), 1e-9)
    within: Mask = intersection(xyxy, xyxy) > _SAME_PART * smaller
    return within


def _through(tile: Tile, frame: Frame, detector: Detector) -> _View:
    x1, y1, x2, y2 = tile
    wide, high = x2 - x1, y2 - y1
    found = detector(frame.shot.crop(tile, detector.fit_wh), (wide, high))
    input_px = max(wide / detector.fit_wh[0], high / detector.fit_wh[1])  # px of the frame to one of the input
    # Distance of each side to the tile's border, endless where that is the frame's: nothing is cut there.
    margins = np.stack([found.xyxy[:, 0], found.xyxy[:, 1], wide - found.xyxy[:, 2], high - found.xyxy[:, 3]], axis=1)
    at_frame = np.array([x1 <= 0, y1 <= 0, x2 >= frame.source_wh[0] - 1, y2 >= frame.source_wh[1] - 1])
    margins[:, at_frame] = np.inf
    sides = found.xyxy[:, 2:] - found.xyxy[:, :2]
    cut: Mask = np.asarray((margins <= _CUT_PX * input_px).any(axis=1))
    doubted: Mask = np.asarray((margins < _DOUBTED * np.tile(sides, 2)).any(axis=1))
    moved = Detections(found.xyxy + np.array([x1, y1, x1, y1], np.float32), found.confidence, found.class_id)
    return _View(moved, cut, doubted)


def _raster(polygon: Polygon, source_wh: tuple[int, int]) -> Mask:
    """Cells of the frame that lie in a zone, bool (h, w)."""
    per_px = _CELLS / max(source_wh)
    wide, high = max(1, round(source_wh[0] * per_px)), max(1, round(source_wh[1] * per_px))
    mask = np.zeros((high, wide), np.uint8)
    corners = np.asarray(polygon, np.float32) * np.array([wide - 1, high - 1], np.float32)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
    return mask.astype(bool)


def _cover(
    zones: Sequence[Mask], size: tuple[int, int], source_wh: tuple[int, int], room_px: float
) -> tuple[Tile, ...]:
    """Tiles of one size over the zones: a grid over each, of which the greedy cover (Chvátal 1979) of them all is kept.

    A tile covers the cells around which a thing of `room_px` lies whole in it.
    """
    high, wide = zones[0].shape
    centre_x = (np.arange(wide) + 0.5) * source_wh[0] / wide
    centre_y = (np.arange(high) + 0.5) * source_wh[1] / high
    covers: dict[Tile, Mask] = {}
    for zone in (*zones, np.logical_or.reduce(zones)):
        xs = _starts(centre_x[zone.any(axis=0)], size[0], source_wh[0], room_px)
        ys = _starts(centre_y[zone.any(axis=1)], size[1], source_wh[1], room_px)
        for x, y in product(xs, ys):
            across = _inside(centre_x, x, size[0], source_wh[0], room_px)
            down = _inside(centre_y, y, size[1], source_wh[1], room_px)
            covers[(x, y, x + size[0], y + size[1])] = np.outer(down, across)
    left = np.logical_or.reduce(zones)
    chosen: list[Tile] = []
    while left.any():
        best = max(covers, key=lambda tile: int((covers[tile] & left).sum()))
        if not (covers[best] & left).any():
            break
        left &= ~covers[best]
        chosen.append(best)
    return tuple(sorted(_needed(chosen, covers, np.logical_or.reduce(zones)), key=lambda tile: (tile[1], tile[0])))


def _needed(chosen: list[Tile], covers: dict[Tile, Mask], zones: Mask) -> list[Tile]:
    """Without those, the last chosen first, whose cells the others cover too."""
    for tile in reversed(chosen):
        others = [covers[other] for other in chosen if other != tile]
        if others and not (zones & covers[tile] & ~np.logical_or.reduce(others)).any():
            chosen = [other for other in chosen if other != tile]
    return chosen


def _starts(centres: NDArray[np.float64], length: int, whole: int, room_px: float) -> list[int]:
    """Where tiles begin along one side, so that they cover a zone whose cells have these centres, evenly spread."""
    if not len(centres):
        return []
    low = max(0.0, float(centres.min()) - room_px / 2)
    high = min(float(whole), float(centres.max()) + room_px / 2)
    count = 1 if high - low <= length else 1 + ceil((high - low - length) / (length - room_px))
    # Beyond the last cell and before the first one there may be room: the frame's border is the only limit.
    first, last = (low, high - length) if count > 1 else ((low + high - length) / 2,) * 2
    return sorted({_even(min(max(start, 0.0), whole - length)) for start in np.linspace(first, last, count)})


def _even(length: float) -> int:
    """Rounded down: a decoded picture's colours lie two px apart, so even regions are cut before they are converted."""
    return int(length) // 2 * 2


def _inside(centres: NDArray[np.float64], start: int, length: int, whole: int, room_px: float) -> Mask:
    """The centres that have `room_px` / 2 on both sides within the tile; none is asked for at the frame's border."""
    low = start - 1 if start <= 0 else start + room_px / 2 - 1
    high = start + length + 1 if start + length >= whole - 1 else start + length - room_px / 2 + 1
    inside: Mask = (low <= centres) & (centres <= high)
    return inside
