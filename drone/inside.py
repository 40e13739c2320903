"""Shortest ways that stay inside an area, which may be concave and have holes: A* over the corners that ways bend at.

Sight between corners is worked out only where a search comes by, and kept: over 1 km² with 50 holes a full visibility
graph took 70 s, the searches that one plan needs take 0.2 s.
"""

from __future__ import annotations

import heapq
import math

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient

from drone.plane import Points

Floats = npt.NDArray[np.float64]
_ORDER = 1  # counter-clockwise outside, clockwise holes: the inside is on the left everywhere
_NEAREST = 48  # corners looked at from each; where a search ends without a way, all of them


class Inside:
    """Ways within `allowed`, bending only at the corners of `flyable`, which lies a little inside it.

    The gap between the two keeps ways that run along an edge from failing on the last bit of a float. Points asked
    for must lie within `flyable`.
    """

    def __init__(self, flyable: Polygon | MultiPolygon, allowed: Polygon | MultiPolygon) -> None:
        self._edge = allowed.boundary
        shapely.prepare(self._edge)
        self._corners = _reflex_corners(flyable)
        self._rows: dict[tuple[bytes, bool], list[tuple[int, float]]] = {}

    def sees(self, starts: Points, ends: Points) -> npt.NDArray[np.bool_]:
        """(N,): whether the straight way from each start to its end stays inside."""
        lines = shapely.linestrings(np.stack([starts, ends], axis=1))
        return ~np.asarray(shapely.intersects(self._edge, lines))

    def length_m(self, start: Points, end: Points, limit_m: float = math.inf) -> float:
        """Of the way; infinity where there is none that is shorter than `limit_m`."""
        way = self.way(start, end, limit_m)
        return math.inf if way is None else float(np.hypot(*np.diff(way, axis=0).T).sum())

    def way(self, start: Points, end: Points, limit_m: float = math.inf) -> Points | None:
        """The points (N, 2) of the shortest way, both ends included; None where there is none below `limit_m`."""
        if self.sees(start[None], end[None])[0]:
            return np.stack([start, end])
        few = len(self._corners) <= _NEAREST
        for everywhere in (True,) if few else (False,) if limit_m < math.inf else (False, True):
            chain = self._search(start, end, everywhere, limit_m)
            if chain is not None:
                return np.vstack([start[None], self._corners[chain], end[None]])
        return None

    def _search(self, start: Points, end: Points, everywhere: bool, limit_m: float) -> list[int] | None:
        last = dict(self._seen_from(end, everywhere))
        onward = np.hypot(*(self._corners - end).T).tolist()
        best: dict[int, float] = {}
        before: dict[int, int] = {}
        goal = len(self._corners)
        queue: list[tuple[float, int, float, int]] = []
        for corner, away in self._seen_from(start, everywhere):
            heapq.heappush(queue, (away + onward[corner], corner, away, -1))
        while queue:
            at_least, here, gone, came_from = heapq.heappop(queue)
            if at_least >= limit_m:
                return None
            if here in best:
                continue
            best[here], before[here] = gone, came_from
            if here == goal:
                return _chain(before, goal)
            for corner, away in self._seen_from(self._corners[here], everywhere):
                if corner not in best:
                    heapq.heappush(queue, (gone + away + onward[corner], corner, gone + away, here))
            if here in last:
                heapq.heappush(queue, (gone + last[here], goal, gone + last[here], here))
        return None

    def _seen_from(self, point: Points, everywhere: bool) -> list[tuple[int, float]]:
        key = (point.tobytes(), everywhere)
        if key not in self._rows:
            self._rows[key] = self._look(point, everywhere)
        return self._rows[key]

    def _look(self, point: Points, everywhere: bool) -> list[tuple[int, float]]:
        away = np.hypot(*(self._corners - point).T)
        if everywhere or len(away) <= _NEAREST:
            near = np.arange(len(away))
        else:
            near = np.sort(np.argpartition(away, _NEAREST)[:_NEAREST])
        if not len(near):
            return []
        seen = self.sees(np.tile(point, (len(near), 1)), self._corners[near])
        return [(int(corner), float(away[corner])) for corner in near[seen]]


def _chain(before: dict[int, int], goal: int) -> list[int]:
    chain = [before[goal]]
    while before[chain[-1]] >= 0:
        chain.append(before[chain[-1]])
    return chain[::-1]


def _reflex_corners(area: Polygon | MultiPolygon) -> Points:
    """The corners where the inside takes more than half of the circle: no shortest way bends anywhere else."""
    found = [np.empty((0, 2))]
    for part in shapely.get_parts(area):
        whole = orient(part, _ORDER)
        for ring in (whole.exterior, *whole.interiors):
            points = np.asarray(ring.coords)[:-1]
            arriving, leaving = points - np.roll(points, 1, 0), np.roll(points, -1, 0) - points
            turn = arriving[:, 0] * leaving[:, 1] - arriving[:, 1] * leaving[:, 0]
            found.append(points[turn < 0])
    return np.concatenate(found)
