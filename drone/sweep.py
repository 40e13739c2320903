"""Back and forth over a polygon: parallel swaths, grouped into cells that are flown without a gap, cells in order.

After Choset and Pignon (1997), boustrophedon cellular decomposition, on discrete swaths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon

from drone.inside import Inside
from drone.plane import Points

_SHORTEST_M = 0.01
_STEPS_TRIED = 300  # of the greedy search over cells, over all its starts


@dataclass(frozen=True, slots=True)
class Swath:
    """One pass: its ends in metres on the plane, and its extent along the sweep direction."""

    ends: Points  # (2, 2), the end with the smaller extent first
    extent: tuple[float, float]

    @property
    def length_m(self) -> float:
        return self.extent[1] - self.extent[0]


Rows = list[list[Swath]]
Cell = list[Swath]


def swaths(flyable: Polygon, angle_deg: float, spacing_m: float) -> Rows:
    """Rows of swaths, `angle_deg` counter-clockwise from east, evenly spread and at most `spacing_m` apart."""
    ahead, across = _axes(angle_deg)
    levels, row, spans = _cuts(flyable, angle_deg, spacing_m)
    rows: Rows = [[] for _ in levels]
    for number, (near, far) in zip(row.tolist(), spans, strict=True):
        if far - near > _SHORTEST_M:
            ends = np.outer((near, far), ahead) + levels[number] * across
            rows[number].append(Swath(ends, (float(near), float(far))))
    return rows


def length_and_count(flyable: Polygon, angle_deg: float, spacing_m: float) -> tuple[float, int]:
    """What the swaths at an angle come to, without making them."""
    _, _, spans = _cuts(flyable, angle_deg, spacing_m)
    lengths = spans[:, 1] - spans[:, 0]
    return float(lengths.sum()), int((lengths > _SHORTEST_M).sum())


def _axes(angle_deg: float) -> tuple[Points, Points]:
    turn = np.radians(angle_deg)
    return np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])


def _cuts(flyable: Polygon, angle_deg: float, spacing_m: float) -> tuple[Points, npt.NDArray[np.intp], Points]:
    """Each row's place across (R,), and what lies inside along them: of which row (N,), from where to where (N, 2), row
    by row and in order."""
    ahead, across = _axes(angle_deg)
    corners, ring = shapely.get_coordinates(shapely.get_rings(flyable), return_index=True)
    edges = np.stack([corners[:-1], corners[1:]], axis=1)[ring[:-1] == ring[1:]]
    x, y = edges @ ahead, edges @ across
    south, north = float(y.min()), float(y.max())
    count = max(1, int(np.ceil((north - south) / spacing_m)))
    levels = south + (np.arange(count) + 0.5) * (north - south) / count
    row, edge = np.nonzero((y[:, 0] > levels[:, None]) != (y[:, 1] > levels[:, None]))
    (low, high), (near, far) = y[edge].T, x[edge].T
    at = near + (levels[row] - low) / (high - low) * (far - near)
    order = np.lexsort((at, row))
    return levels, row[order][::2], at[order].reshape(-1, 2)


def cells(rows: Rows) -> list[Cell]:
    """Swaths of neighbouring rows that follow one another alone: a cell ends where the area splits or joins."""
    open_cells: list[Cell] = []
    found: list[Cell] = []
    before: list[Swath] = []
    for row in rows:
        continuing: list[Cell] = []
        for swath in row:
            above = [other for other in before if _overlap(swath, other)]
            alone = len(above) == 1 and sum(_overlap(other, above[0]) for other in row) == 1
            cell = next((c for c in open_cells if c[-1] is above[0]), None) if alone else None
            if cell is None:
                cell = []
                found.append(cell)
            cell.append(swath)
            continuing.append(cell)
        open_cells, before = continuing, row
    return found


def alone_m(cell: Cell) -> float:
    """The way back and forth over a cell, from the side that makes it shorter."""
    turns = [
        sum(math.dist(a.ends[side ^ row % 2], b.ends[side ^ row % 2]) for row, (a, b) in enumerate(pairwise(cell)))
        for side in (1, 0)
    ]
    return sum(swath.length_m for swath in cell) + min(turns)


def _overlap(one: Swath, other: Swath) -> bool:
    return one.extent[0] < other.extent[1] and other.extent[0] < one.extent[1]


def order(found: list[Cell], inside: Inside, home: Points) -> list[Points]:
    """The ends of all swaths in flying order. Greedy over cells, nearest next, from several ways to begin; the best
    kept. A cell can be entered at four ends: first or last row, either side."""
    routes = [[_flown(cell, first, side) for first in (True, False) for side in (0, 1)] for cell in found]
    ends = _Ends(
        np.array([[route[0] for route in choices] for choices in routes]).reshape(-1, 2),
        np.array([[route[-1] for route in choices] for choices in routes]).reshape(-1, 2),
        inside,
    )
    from_home = np.hypot(*(ends.entries - home).T)
    to_home = np.hypot(*(ends.exits - home).T)
    tried = max(2, _STEPS_TRIED // len(found))
    best: tuple[float, list[int]] = (np.inf, [])
    for start in np.argsort(from_home, kind="stable")[:tried]:
        chain, length = ends.greedy(int(start))
        total = float(from_home[start] + length + to_home[chain[-1]])
        if total < best[0] - 1e-6 or not best[1]:
            best = (total, chain)
    return [points for index in best[1] for points in routes[index // 4][index % 4]]


class _Ends:
    """Where cells are entered and left, and the ways between, each worked out once and only where it may be nearest."""

    def __init__(self, entries: Points, exits: Points, inside: Inside) -> None:
        self.entries, self.exits, self._inside = entries, exits, inside
        self._lengths: dict[tuple[int, int], float] = {}

    def greedy(self, start: int) -> tuple[list[int], float]:
        chain, length = [start], 0.0
        free = np.ones(len(self.entries), bool)
        free[start // 4 * 4 : start // 4 * 4 + 4] = False
        while free.any():
            nearest, way = self._nearest(chain[-1], np.flatnonzero(free))
            length += way
            chain.append(nearest)
            free[nearest // 4 * 4 : nearest // 4 * 4 + 4] = False
        return chain, length

    def _nearest(self, leaving: int, free: npt.NDArray[np.int64]) -> tuple[int, float]:
        straight = np.hypot(*(self.entries[free] - self.exits[leaving]).T)
        best = (int(free[0]), np.inf)
        for index in np.argsort(straight, kind="stable"):
            if straight[index] >= best[1]:
                break
            entry = int(free[index])
            way = self._length(leaving, entry, best[1])
            if way < best[1]:
                best = (entry, way)
        return best

    def _length(self, leaving: int, entry: int, limit_m: float) -> float:
        key = (leaving, entry)
        if key not in self._lengths:
            way = self._inside.length_m(self.exits[leaving], self.entries[entry], limit_m)
            if np.isinf(way) and np.isfinite(limit_m):
                return way
            self._lengths[key] = way
        return self._lengths[key]


def _flown(cell: Cell, first_row_first: bool, side: int) -> list[Points]:
    rows = cell if first_row_first else cell[::-1]
    points: list[Points] = []
    for index, swath in enumerate(rows):
        ends = swath.ends if (index + side) % 2 == 0 else swath.ends[::-1]
        points.extend((ends[0], ends[1]))
    return points
