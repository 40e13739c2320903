"""Shortest ways that stay inside a polygon, which may be concave and have holes: a visibility graph of its corners."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon
from shapely.geometry.polygon import orient

from drone.plane import Points

Floats = npt.NDArray[np.float64]
_ORDER = 1  # counter-clockwise outside, clockwise holes: the inside is on the left everywhere


class Inside:
    """Ways within `allowed`, bending only at the corners of `flyable`, which lies a little inside it.

    The gap between the two keeps ways that run along an edge from failing on the last bit of a float.
    """

    def __init__(self, flyable: Polygon, allowed: Polygon) -> None:
        self._allowed = allowed
        shapely.prepare(allowed)
        self._corners = _reflex_corners(flyable)
        self._between, self._next = _all_pairs(self.direct(self._corners, self._corners))

    def direct(self, starts: Points, ends: Points) -> Floats:
        """(len(starts), len(ends)): straight distance in m where the straight way stays inside, else infinity."""
        grid = np.empty((len(starts), len(ends), 2, 2))
        grid[:, :, 0] = starts[:, None]
        grid[:, :, 1] = ends[None]
        seen = shapely.covers(self._allowed, shapely.linestrings(grid.reshape(-1, 2, 2))).reshape(grid.shape[:2])
        return np.where(seen, np.hypot(*np.moveaxis(grid[:, :, 1] - grid[:, :, 0], 2, 0)), np.inf)

    def distances(self, points: Points) -> Floats:
        """(N, N): lengths in m of the shortest ways between points; infinity where there is none."""
        straight = self.direct(points, points)
        if not len(self._corners):
            return straight
        reach = self.direct(points, self._corners)
        onward = _min_plus(reach, self._between)
        return np.minimum(straight, _min_plus(onward, reach.T))

    def way(self, start: Points, end: Points) -> Points | None:
        """The points (N, 2) of the shortest way, both ends included; None where there is none."""
        ends = np.stack([start, end])
        if np.isfinite(self.direct(ends[:1], ends[1:])[0, 0]):
            return ends
        if not len(self._corners):
            return None
        reach = self.direct(ends, self._corners)
        total = reach[0][:, None] + self._between + reach[1][None]
        first, last = np.unravel_index(np.argmin(total), total.shape)
        if not np.isfinite(total[first, last]):
            return None
        chain = [int(first)]
        while chain[-1] != last:
            chain.append(int(self._next[chain[-1], last]))
        return np.vstack([ends[:1], self._corners[chain], ends[1:]])


def _reflex_corners(polygon: Polygon) -> Points:
    """The corners where the inside takes more than half of the circle: no shortest way bends anywhere else."""
    found = []
    for ring in (lambda whole: (whole.exterior, *whole.interiors))(orient(polygon, _ORDER)):
        points = np.asarray(ring.coords)[:-1]
        arriving, leaving = points - np.roll(points, 1, 0), np.roll(points, -1, 0) - points
        turn = arriving[:, 0] * leaving[:, 1] - arriving[:, 1] * leaving[:, 0]
        found.append(points[turn < 0])
    return np.concatenate(found)


def _all_pairs(length: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Floyd and Warshall: shortest lengths, and the next corner on each way."""
    best = length.copy()
    following = np.where(np.isfinite(best), np.arange(len(best))[None], -1)
    for middle in range(len(best)):
        through = best[:, middle, None] + best[None, middle]
        shorter = through < best - 1e-9
        best = np.where(shorter, through, best)
        following = np.where(shorter, following[:, middle, None], following)
    return best, following


def _min_plus(left: Floats, right: Floats) -> Floats:
    """The (min, +) product: row by row, since the full cube of a large area would not fit in memory."""
    return np.stack([(row[:, None] + right).min(axis=0) for row in left])
