"""Shortest ways that stay inside an area, which may be concave and have holes: A* over the corners that ways bend at.

Sight between corners is worked out only where a search comes by, and kept: over 1 km² with 50 holes a full visibility
graph took 70 s, the searches that one plan needs take 0.2 s.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.polygon import orient

from drone.plane import Points

_ORDER = 1  # counter-clockwise outside, clockwise holes: the inside is on the left everywhere
_NEAREST = 48  # corners looked at from each; where a search ends without a way, all of them
_WIDER = ((1.25, 20.0), (2.0, 100.0))  # times the straight line, and metres more: how long a way is looked for first


class Inside:
    """Ways within `allowed`, bending only at the corners of `flyable`, which lies a little inside it.

    The gap between the two keeps ways that run along an edge from failing on the last bit of a float. Points asked
    for must lie within `flyable`.
    """

    def __init__(self, flyable: Polygon | MultiPolygon, allowed: Polygon | MultiPolygon) -> None:
        self._edge = allowed.boundary
        shapely.prepare(self._edge)
        self._pieces = shapely.get_parts(allowed)
        shapely.prepare(self._pieces)
        self._corners = _reflex_corners(flyable)
        self._sight: dict[bytes, _Sight] = {}

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
        if self._cut_off(start, end):
            return None
        via_m = np.hypot(*(self._corners - start).T) + np.hypot(*(self._corners - end).T)
        for most_m, everywhere in self._tries(start, end, limit_m):
            # A way that is no longer than this bends at no corner outside of the ellipse round its ends.
            chain = self._search(start, end, np.flatnonzero(via_m < most_m), most_m, everywhere)
            if chain is not None:
                return np.vstack([start[None], self._corners[chain], end[None]])
        return None

    def _tries(self, start: Points, end: Points, limit_m: float) -> Iterator[tuple[float, bool]]:
        """How long a way may be, and whether all corners are looked at from each: little first, which is quick."""
        if len(self._corners) <= _NEAREST:
            yield limit_m, True
            return
        straight_m = math.dist(start, end)
        for times, more_m in _WIDER:
            most_m = times * straight_m + more_m
            if most_m < limit_m:
                yield most_m, False
        yield limit_m, False
        if limit_m == math.inf:
            yield limit_m, True

    def _cut_off(self, start: Points, end: Points) -> bool:
        """Whether the two lie in pieces that nothing joins: else a search would look everywhere before it says so."""
        if len(self._pieces) == 1:
            return False
        return not bool(np.any(shapely.contains_xy(self._pieces, *start) & shapely.contains_xy(self._pieces, *end)))

    def _search(
        self, start: Points, end: Points, corners: npt.NDArray[np.intp], most_m: float, everywhere: bool
    ) -> list[int] | None:
        last = dict(self._seen_from(end, corners, everywhere))
        if not last:
            return None
        onward = np.hypot(*(self._corners - end).T).tolist()
        best: dict[int, float] = {}
        before: dict[int, int] = {}
        goal = len(self._corners)
        queue: list[tuple[float, int, float, int]] = []
        for corner, away in self._seen_from(start, corners, everywhere):
            heapq.heappush(queue, (away + onward[corner], corner, away, -1))
        while queue:
            at_least, here, gone, came_from = heapq.heappop(queue)
            if at_least >= most_m:
                return None
            if here in best:
                continue
            best[here], before[here] = gone, came_from
            if here == goal:
                return _chain(before, goal)
            for corner, away in self._seen_from(self._corners[here], corners, everywhere):
                if corner not in best:
                    heapq.heappush(queue, (gone + away + onward[corner], corner, gone + away, here))
            if here in last:
                heapq.heappush(queue, (gone + last[here], goal, gone + last[here], here))
        return None

    def _seen_from(self, point: Points, corners: npt.NDArray[np.intp], everywhere: bool) -> Iterable[tuple[int, float]]:
        """Those of `corners` that a point sees, and how far they are; of many only the nearest are looked at."""
        key = point.tobytes()
        sight = self._sight.get(key)
        if sight is None:
            sight = self._sight[key] = _Sight(self._corners, point)
        if not everywhere and len(corners) > _NEAREST:
            corners = corners[np.argpartition(sight.away_m[corners], _NEAREST)[:_NEAREST]]
        new = corners[~sight.looked[corners]]
        if len(new):
            lines = np.empty((len(new), 2, 2))
            lines[:, 0], lines[:, 1] = point, self._corners[new]
            sight.free[new] = ~np.asarray(shapely.intersects(self._edge, shapely.linestrings(lines)))
            sight.looked[new] = True
        seen = corners[sight.free[corners]]
        return zip(seen.tolist(), sight.away_m[seen].tolist(), strict=True)


class _Sight:
    """What is known of the corners as seen from one point: how far, whether looked at, whether in free sight."""

    __slots__ = ("away_m", "free", "looked")

    def __init__(self, corners: Points, point: Points) -> None:
        self.away_m = np.hypot(*(corners - point).T)
        self.looked = np.zeros(len(corners), bool)
        self.free = np.zeros(len(corners), bool)


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
