"""Back and forth over a polygon: parallel swaths, grouped into cells that are flown without a gap, cells in order.

After Choset and Pignon (1997), boustrophedon cellular decomposition, on discrete swaths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import Polygon

from drone.inside import Floats, Inside
from drone.plane import Points

_SHORTEST_M = 0.01


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
    turned = affinity.rotate(flyable, -angle_deg, origin=(0, 0))
    west, south, east, north = turned.bounds
    count = max(1, int(np.ceil((north - south) / spacing_m)))
    levels = south + (np.arange(count) + 0.5) * (north - south) / count
    lines = shapely.linestrings([[(west - 1, level), (east + 1, level)] for level in levels])
    turn = np.radians(angle_deg)
    back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    rows = []
    for cut in shapely.intersection(lines, turned):
        pieces = [np.asarray(part.coords) for part in shapely.get_parts(cut) if part.length > _SHORTEST_M]
        spans = sorted((float(piece[:, 0].min()), float(piece[:, 0].max()), float(piece[0, 1])) for piece in pieces)
        rows.append([Swath(np.array([[a, y], [b, y]]) @ back, (a, b)) for a, b, y in spans])
    return rows


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


def _overlap(one: Swath, other: Swath) -> bool:
    return one.extent[0] < other.extent[1] and other.extent[0] < one.extent[1]


def order(found: list[Cell], inside: Inside, home: Points) -> list[Points]:
    """The ends of all swaths in flying order. Greedy over cells, nearest next, from every way to begin; the best kept.

    A cell can be entered at four ends: first or last row, either side.
    """
    routes = [[_flown(cell, first, side) for first in (True, False) for side in (0, 1)] for cell in found]
    entries = np.array([[route[0] for route in choices] for choices in routes]).reshape(-1, 2)
    exits = np.array([[route[-1] for route in choices] for choices in routes]).reshape(-1, 2)
    ends = np.vstack([exits, entries])
    between = inside.distances(ends)[: len(exits), len(exits) :]
    from_home = np.hypot(*(entries - home).T)
    to_home = np.hypot(*(exits - home).T)
    best: tuple[float, list[int]] = (np.inf, [])
    for start in range(len(entries)):
        chain, length = _greedy(start, between)
        total = float(from_home[start] + length + to_home[chain[-1]])
        if total < best[0] - 1e-6 or not best[1]:
            best = (total, chain)
    return [points for index in best[1] for points in routes[index // 4][index % 4]]


def _greedy(start: int, between: Floats) -> tuple[list[int], float]:
    chain, length = [start], 0.0
    free = np.ones(between.shape[1], bool)
    free[start // 4 * 4 : start // 4 * 4 + 4] = False
    while free.any():
        costs = np.where(free, between[chain[-1]], np.inf)
        nearest = int(np.argmin(costs)) if np.isfinite(costs).any() else int(np.flatnonzero(free)[0])
        length += float(between[chain[-1], nearest])
        chain.append(nearest)
        free[nearest // 4 * 4 : nearest // 4 * 4 + 4] = False
    return chain, length


def _flown(cell: Cell, first_row_first: bool, side: int) -> list[Points]:
    rows = cell if first_row_first else cell[::-1]
    points: list[Points] = []
    for index, swath in enumerate(rows):
        ends = swath.ends if (index + side) % 2 == 0 else swath.ends[::-1]
        points.extend((ends[0], ends[1]))
    return points
