"""A route whose points give way: each may move where that shortens the route by more than what is no longer seen is
worth. What unseen ground costs rises until enough is seen; then the route is tidied, and it begins again more cheaply.

Tidying alone stops where no single change both shortens and sees enough. With a price on unseen ground a point may
move out, which makes the route longer for a while, so that another one can be spared.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from drone.inside import Inside
from drone.plane import Points
from drone.samples import places_over, seen
from drone.tidy import KEPT, tidied
from drone.touch_up import seen_from

_PRICE, _DEARER, _CHEAPER = 4.0, 1.6, 0.4  # metres of a leg for the ground that one metre of it sees, to begin with
_MOST_PRICES = 12
_TIMES = 3  # tidied, at most
_STEPS = (0.4, 0.2, 0.1, 0.05)  # of the spacing, that a point moves at once
_MOST_MOVES = 6  # of each point with each step
_LEAST_M = 0.05
_TURNS = np.arange(8) * np.pi / 4
_AROUND = np.column_stack([np.cos(_TURNS), np.sin(_TURNS)])


def relaxed(
    route: Points,
    ground: BaseGeometry,
    flyable: Polygon,
    inside: Inside,
    home: Points,
    spacing_m: float,
    wanted_m: float = 0.0,
) -> Points:
    """`route`, or a shorter one that sees enough of `ground` too; no shorter than `wanted_m` asks for."""
    best, best_m = route, _length_m(route)
    price, times = _PRICE / spacing_m, 0
    loose = _Loose(ground, flyable, inside, spacing_m)
    for _ in range(_MOST_PRICES):
        route = loose.settled(route, price)
        unseen = ground.difference(seen_from(route, spacing_m / 2)).area
        if unseen > (1 - KEPT) * ground.area:
            price *= _DEARER
            continue
        route = tidied(route, ground, inside, home, spacing_m, wanted_m)
        if _length_m(route) < best_m:
            best, best_m = route, _length_m(route)
        times += 1
        if times == _TIMES or best_m <= wanted_m:
            break
        price *= _CHEAPER
    return best


class _Loose:
    """Routes over one ground, whose points may move within `flyable`."""

    def __init__(self, ground: BaseGeometry, flyable: Polygon, inside: Inside, spacing_m: float) -> None:
        self._places = places_over(ground)
        self._m2_each = float(ground.area) / max(1, len(self._places))
        self._flyable, self._inside, self._spacing_m = flyable, inside, spacing_m
        shapely.prepare(flyable)

    def settled(self, route: Points, price: float) -> Points:
        """`route` with its points where none gains by moving, at `price` metres for a square metre unseen."""
        self._route = route.copy()
        self._rows = self._seen(route[:-1], route[1:])
        self._counts = self._rows.sum(axis=0, dtype=np.int32)
        for step in _STEPS:
            for _ in range(_MOST_MOVES):
                moved = [self._moved(index, step * self._spacing_m, price) for index in range(len(route))]
                if not any(moved):
                    break
        return self._route

    def _moved(self, index: int, step_m: float, price: float) -> bool:
        legs = [leg for leg in (index - 1, index) if 0 <= leg < len(self._route) - 1]
        beside = self._route[[index - 1 if leg < index else index + 1 for leg in legs]]
        here, new = self._route[index], self._route[index] + step_m * _AROUND
        without = self._counts - self._rows[legs].sum(axis=0, dtype=np.int32)
        longer_m = sum(np.hypot(*(new - other).T) - np.hypot(*(here - other)) for other in beside)
        more = self._newly_seen(self._places[without == 0], beside, new) - np.count_nonzero(self._counts[without == 0])
        cost: Points = longer_m - price * self._m2_each * more
        for choice in np.argsort(cost, kind="stable"):
            if cost[choice] > -_LEAST_M:
                return False
            if self._may_be_at(new[choice], beside):
                self._route[index] = new[choice]
                self._rows[legs] = self._seen(self._route[legs], self._route[[leg + 1 for leg in legs]])
                self._counts = without + self._rows[legs].sum(axis=0, dtype=np.int32)
                return True
        return False

    def _newly_seen(self, places: Points, beside: Points, new: Points) -> npt.NDArray[np.int64]:
        """How many of `places` the legs between a neighbour and each of the `new` points see."""
        found = np.zeros((len(new), len(places)), bool)
        for other in beside:
            found |= seen(places, np.tile(other, (len(new), 1)), new, self._spacing_m / 2).astype(bool)
        return np.asarray(found.sum(axis=1), np.int64)

    def _may_be_at(self, point: Points, beside: Points) -> bool:
        if not shapely.contains_xy(self._flyable, point[0], point[1]):
            return False
        return bool(self._inside.sees(beside, np.tile(point, (len(beside), 1))).all())

    def _seen(self, starts: Points, ends: Points) -> npt.NDArray[np.uint8]:
        return seen(self._places, starts, ends, self._spacing_m / 2)


def _length_m(route: Points) -> float:
    return float(LineString(route).length)
