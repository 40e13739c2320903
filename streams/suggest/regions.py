"""From cells of a picture to simple polygons that a person can drag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

from streams.suggest.heat import COLUMNS, ROWS

Corners = tuple[tuple[float, float], ...]
Mask = NDArray[np.bool_]

_SCALE = 8  # cells are enlarged by this before they are outlined, so that outlines are smooth
_LEAST_SHARE = 0.004  # of the picture: a smaller region is no zone
_MOST_CORNERS = 8
_DIGITS = 3
_ONE_WAY = 0.7  # length of the mean direction of what drives through a cell, 1 where all go the same way
_BENDS = np.cos(np.radians(25.0))  # from one cell to the next


def regions(
    cells: Mask, *, most: int = 6, join: int = 2, grow: int = 0, least: float = _LEAST_SHARE
) -> Iterator[tuple[Mask, Corners]]:
    """The largest connected regions of `cells` (ROWS, COLUMNS), holes and gaps up to `join` cells closed, grown by
    `grow` cells, and at least that share of the picture: each with its simple polygon of 3 to 8 corners in 0..1."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * join + 1, 2 * join + 1))
    # With a rim, or closing would eat what touches the picture's border.
    rim = 2 * join
    framed = cv2.copyMakeBorder(cells.astype(np.uint8), rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, kernel)[rim:-rim, rim:-rim]
    if grow:
        closed = cv2.dilate(closed, np.ones((2 * grow + 1, 2 * grow + 1), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    by_size = sorted(range(1, count), key=lambda i: -int(stats[i, cv2.CC_STAT_AREA]))
    for label in by_size[:most]:
        if stats[label, cv2.CC_STAT_AREA] < least * ROWS * COLUMNS:
            return
        mask: Mask = labels == label
        yield mask & cells, outline(mask)


def lanes(cells: Mask, flow: NDArray[np.float64], passes: NDArray[np.float64]) -> Iterator[Mask]:
    """Parts of `cells` through which traffic goes one way, bends and all: neighbours' directions differ by little, and
    where ways cross there is no lane."""
    steady = cells & (np.hypot(flow[..., 0], flow[..., 1]) >= _ONE_WAY * np.maximum(passes, 1))
    angle = np.arctan2(flow[..., 1], flow[..., 0])
    taken = ~steady
    for start in zip(*np.nonzero(steady), strict=True):
        if taken[start]:
            continue
        lane = np.zeros_like(steady)
        reached = [(int(start[0]), int(start[1]))]
        taken[start] = lane[start] = True
        while reached:
            row, column = reached.pop()
            for at in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if not (0 <= at[0] < ROWS and 0 <= at[1] < COLUMNS) or taken[at]:
                    continue
                if np.cos(angle[at] - angle[row, column]) >= _BENDS:
                    taken[at] = lane[at] = True
                    reached.append(at)
        yield lane


def outline(mask: Mask) -> Corners:
    """A simple polygon around one region, with as few corners as describe it."""
    size = (COLUMNS * _SCALE, ROWS * _SCALE)
    large = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    contours, _ = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=cv2.contourArea)
    for tolerance in (1.2, 1.8, 2.7, 4.0):
        corners = cv2.approxPolyDP(contour, tolerance * _SCALE, True)
        if len(corners) <= _MOST_CORNERS and (found := _simple(corners, size)):
            return found
    hull = cv2.convexHull(contour)
    for tolerance in (0.5, 1.0, 2.0, 4.0, 8.0):
        corners = cv2.approxPolyDP(hull, tolerance * _SCALE, True)
        if len(corners) <= _MOST_CORNERS and (found := _simple(corners, size)):
            return found
    x, y, w, h = cv2.boundingRect(contour)
    box = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])
    return _simple(box, size) or ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def _simple(corners: NDArray[Any], size: tuple[int, int]) -> Corners | None:
    """Corners in 0..1, where they make a polygon whose edges do not cross."""
    points = np.round(corners.reshape(-1, 2) / (size[0] - 1, size[1] - 1), _DIGITS).clip(0, 1)
    found = tuple((float(x), float(y)) for x, y in points)
    return found if len(found) >= 3 and Polygon(found).is_valid and Polygon(found).area > 0 else None
