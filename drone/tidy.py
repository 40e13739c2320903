"""A route made shorter without seeing less than enough.

Sweeps with detours hold much that can be spared: a detour sees what an earlier leg was flown for, cells lie in an
order that the detours made poor. Best change first, until nothing helps.
"""

from __future__ import annotations

import math

import numpy as np
from shapely.geometry.base import BaseGeometry

from drone.changes import Change, changes
from drone.inside import Inside
from drone.plane import Points
from drone.samples import places_over, seen
from drone.touch_up import seen_from

KEPT = 0.992  # of the ground, that a tidied route still sees
_MOST_CHANGES = 60
_MOST_LOOKS = 4_000  # at changes: 0.1 ms each
_LEAST_M = 1.0  # a change that saves less is not looked at
_COARSE = 0.001  # of the ground, what the samples may be wrong by: the exact look decides


def tidied(
    route: Points, ground: BaseGeometry, inside: Inside, home: Points, spacing_m: float, wanted_m: float = 0.0
) -> Points:
    """`route`, or a shorter one that sees enough of `ground` too, no shorter than `wanted_m` asks for. The ways from
    home and back count as well, as straight lines."""
    if len(route) < 3:
        return route
    tidy = _Tidy(route, ground, inside, spacing_m / 2)
    for _ in range(_MOST_CHANGES):
        found = sorted(changes(tidy.route, home, _LEAST_M), key=lambda change: -change.saves_m)
        if tidy.length_m <= wanted_m or tidy.looks > _MOST_LOOKS or not any(tidy.takes(change) for change in found):
            break
    return tidy.route


class _Tidy:
    def __init__(self, route: Points, ground: BaseGeometry, inside: Inside, reach_m: float) -> None:
        self._ground, self._inside, self._reach_m = ground, inside, reach_m
        self._places = places_over(ground)
        self._m2_each = float(ground.area) / max(1, len(self._places))
        self._may_miss = (1 - KEPT + _COARSE) * len(self._places)
        self._ways: dict[bytes, tuple[Points | None, float]] = {}
        self._refused: set[tuple[bytes, ...]] = set()
        self.looks = 0
        self._fly(route)

    def _fly(self, route: Points) -> None:
        self.route = route
        self.length_m = float(np.hypot(*np.diff(route, axis=0).T).sum())
        self._rows = seen(self._places, route[:-1], route[1:], self._reach_m)
        self._counts = self._rows.sum(axis=0, dtype=np.int32)
        self._may_lose = self._may_miss - int(np.count_nonzero(self._counts == 0))
        self._names = [point.tobytes() for point in route]

    def takes(self, change: Change) -> bool:
        """Whether the route is the changed one from now on."""
        points, names = self.route, self._names
        if change.point is not None:
            points = np.vstack([points, change.point])
            names = [*names, points[-1].tobytes()]
        gone, joints = change.gone(len(self.route)), change.joints()
        # What it leaves and what it flies instead say which change it is, also when the route has changed elsewhere.
        key = (*(names[leg] + names[leg + 1] for leg in gone), *(names[a] + names[b] for a, b in joints))
        if key in self._refused or self.looks > _MOST_LOOKS:
            return False
        self.looks += 1
        self._refused.add(key)
        ways = self._shorter(points, names, joints, change.saves_m)
        if ways is None or not self._sees_most(gone, ways):
            return False
        return self._took(_whole(points, change, ways))

    def _shorter(
        self, points: Points, names: list[bytes], joints: list[tuple[int, int]], saves_m: float
    ) -> list[Points] | None:
        """The ways at the joints, as long as the change saves something with them."""
        ways = []
        for start, end in joints:
            way, longer_m = self._way(points[start], points[end], names[start] + names[end])
            saves_m -= longer_m
            if way is None or saves_m < _LEAST_M:
                return None
            ways.append(way)
        return ways

    def _way(self, start: Points, end: Points, name: bytes) -> tuple[Points | None, float]:
        """And by how much it is longer than the straight line."""
        if name not in self._ways:
            way = self._inside.way(start, end)
            length_m = math.inf if way is None else float(np.hypot(*np.diff(way, axis=0).T).sum())
            self._ways[name] = way, length_m - float(np.hypot(*(end - start)))
        return self._ways[name]

    def _sees_most(self, gone: list[int], ways: list[Points]) -> bool:
        fewer = self._rows[gone].sum(axis=0, dtype=np.int32)
        lost = self._places[(fewer > 0) & (fewer == self._counts)]
        if len(lost) <= self._may_lose:
            return True
        starts = np.vstack([way[:-1] for way in ways]) if ways else np.empty((0, 2))
        ends = np.vstack([way[1:] for way in ways]) if ways else starts
        length_m = float(np.hypot(*(ends - starts).T).sum())
        most_m2 = 2 * self._reach_m * length_m + math.pi * self._reach_m**2 * len(ways)
        if (len(lost) - self._may_lose) * self._m2_each > 1.1 * most_m2:
            return False
        return int(np.count_nonzero(~seen(lost, starts, ends, self._reach_m).any(axis=0))) <= self._may_lose

    def _took(self, route: Points) -> bool:
        unseen = self._ground.difference(seen_from(route, self._reach_m))
        if unseen.area > (1 - KEPT) * self._ground.area:
            return False
        self._fly(route)
        return True


def _whole(points: Points, change: Change, ways: list[Points]) -> Points:
    pieces = []
    for number, (first, last, step) in enumerate(change.runs):
        pieces.append(points[np.arange(first, last + step, step)])
        if number < len(ways):
            pieces.append(ways[number][1:-1])
    return np.vstack(pieces)
