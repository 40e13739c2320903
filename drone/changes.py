"""What might make a route shorter: pieces left out, turned round, moved, points drawn in. Each with what it saves in
straight lines; whether the ways exist and enough is seen is for others to say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from drone.plane import Points

_LONGEST_CUT, _LONGEST_SHIFT = 6, 10  # points
_DRAWN_IN = (0.8, 0.5, 0.25)

Run = tuple[int, int, int]  # first and last point, and the step from one to the other


@dataclass(frozen=True, slots=True)
class Change:
    """`runs` of the old route's points in their new order; number N, one past them, stands for `point`."""

    saves_m: float
    runs: tuple[Run, ...]
    point: tuple[float, float] | None = None

    def joints(self) -> list[tuple[int, int]]:
        """The pairs of points between which a way is new."""
        return [(before[1], after[0]) for before, after in pairwise(self.runs)]

    def gone(self, count: int) -> list[int]:
        """The legs, numbered by their first point, that a route of `count` points loses."""
        kept = sorted((min(first, last), max(first, last)) for first, last, _ in self.runs if first < count)
        found = list(range(kept[0][0]))
        for (_, until), (begin, _) in pairwise(kept):
            found += range(until, begin)
        return [*found, *range(kept[-1][1], count - 1)]


def changes(route: Points, home: Points, least_m: float) -> Iterator[Change]:
    """All that may save more than `least_m`; the ways from and to `home` count."""
    apart = np.hypot(*(route[:, None] - route[None]).transpose(2, 0, 1))
    home_m = np.hypot(*(route - home).T)
    yield from _cuts(apart, home_m, least_m)
    yield from _turns(apart, home_m, least_m)
    yield from _shifts(apart, least_m)
    yield from _drawn_in(route, home, least_m)


def _cuts(apart: Points, home_m: Points, least_m: float) -> Iterator[Change]:
    """Points left out: between two others, or at an end."""
    last = len(apart) - 1
    along = np.concatenate([[0.0], np.cumsum(np.diagonal(apart, 1))])
    for first in range(last):
        for then in range(first + 2, min(last, first + 1 + _LONGEST_CUT) + 1):
            saves = float(along[then] - along[first] - apart[first, then])
            if saves > least_m:
                yield Change(saves, (*_run(0, first), *_run(then, last)))
    for count in range(1, min(_LONGEST_CUT, last - 1) + 1):
        saves = float(along[count] + home_m[0] - home_m[count])
        if saves > least_m:
            yield Change(saves, _run(count, last))
        saves = float(along[last] - along[last - count] + home_m[last] - home_m[last - count])
        if saves > least_m:
            yield Change(saves, _run(0, last - count))


def _turns(apart: Points, home_m: Points, least_m: float) -> Iterator[Change]:
    """A piece flown the other way round (2-opt), ends of the route with it."""
    last = len(apart) - 1
    legs = np.diagonal(apart, 1)
    out = np.concatenate([legs, home_m[last:]])  # of each point, to the one after it
    for first in range(last + 1):
        then = np.arange(first + 1, last + 1)
        was = (home_m[0] if first == 0 else legs[first - 1]) + out[then]
        entry = home_m[then] if first == 0 else apart[first - 1, then]
        leave = np.concatenate([apart[first, then[:-1] + 1], home_m[first : first + 1]])[-len(then) :]
        for number in np.flatnonzero(was - entry - leave > least_m).tolist():
            to = int(then[number])
            saves = float(was[number] - entry[number] - leave[number])
            yield Change(saves, (*_run(0, first - 1), (to, first, -1), *_run(to + 1, last)))


def _shifts(apart: Points, least_m: float) -> Iterator[Change]:
    """A piece flown between two other points instead of where it is, either way round (Or-opt)."""
    last = len(apart) - 1
    legs = np.diagonal(apart, 1)
    for first in range(1, last):
        for then in range(first, min(last - 1, first + _LONGEST_SHIFT - 1) + 1):
            freed = legs[first - 1] + legs[then] - apart[first - 1, then + 1]
            if freed <= least_m:
                continue
            for step, entry, leave in ((1, first, then), (-1, then, first)):
                saves = freed + legs - apart[:-1, entry] - apart[1:, leave]
                for at in np.flatnonzero(saves > least_m).tolist():
                    moved: Run = (entry, leave, step)
                    if at + 1 < first:
                        runs = (*_run(0, at), moved, *_run(at + 1, first - 1), *_run(then + 1, last))
                    elif at > then:
                        runs = (*_run(0, first - 1), *_run(then + 1, at), moved, *_run(at + 1, last))
                    else:
                        continue
                    yield Change(float(saves[at]), runs)


def _drawn_in(route: Points, home: Points, least_m: float) -> Iterator[Change]:
    """A point brought nearer to the straight line between its neighbours; beyond the ends lies home."""
    last = len(route) - 1
    padded = np.vstack([home, route, home])
    for index in range(last + 1):
        before, here, after = padded[index : index + 3]
        towards = _nearest_on(before, after, here)
        if index in (0, last):
            towards = route[1] if index == 0 else route[last - 1]
        was = _far(here, before) + _far(here, after)
        for share in _DRAWN_IN:
            new = here + share * (towards - here)
            saves = was - _far(new, before) - _far(new, after)
            if saves > least_m:
                runs = (*_run(0, index - 1), (last + 1, last + 1, 1), *_run(index + 1, last))
                yield Change(saves, runs, (float(new[0]), float(new[1])))


def _run(first: int, last: int) -> tuple[Run, ...]:
    return ((first, last, 1),) if first <= last else ()


def _far(one: Points, other: Points) -> float:
    return float(np.hypot(*(one - other)))


def _nearest_on(start: Points, end: Points, point: Points) -> Points:
    along = end - start
    share = float(np.clip((point - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0))
    return np.asarray(start + share * along)
