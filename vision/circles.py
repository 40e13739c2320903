"""Where on the ground people are close: circles of a given radius that hold the most of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_SHIFTS = 3


@dataclass(frozen=True, slots=True)
class Circle:
    """`members` int (n,) are rows of the points; `centre_m` their middle, metres."""

    members: NDArray[np.intp]
    centre_m: Doubles


def fullest(at_m: Doubles, radius_m: float, least: int) -> list[Circle]:
    """Circles that hold at least `least` of the points (N, 2), the fullest first, no point in two of them.

    From each point its circle is moved to the middle of what it holds, a few times (mean shift, Fukunaga and Hostetler
    1975): a ring of people is found though nobody stands in its middle.
    """
    rows = np.flatnonzero(np.isfinite(at_m).all(axis=1))
    if len(rows) < least:
        return []
    found: list[Circle] = []
    held = _held(at_m[rows], radius_m)
    while True:
        count = held.sum(axis=1)
        fullest = int(count.argmax())
        if count[fullest] < least:
            return found
        members = held[fullest].copy()
        found.append(Circle(rows[members], at_m[rows[members]].mean(axis=0)))
        held[:, members] = False


def squared(one: Doubles, other: Doubles) -> Doubles:
    """Squared distances of points (N, 2) and (M, 2), as (N, M)."""
    across, down = one[:, None, 0] - other[None, :, 0], one[:, None, 1] - other[None, :, 1]
    return np.asarray(across * across + down * down, np.float64)


def _held(at_m: Doubles, radius_m: float) -> NDArray[np.bool_]:
    """What the circle of each point holds, (N, N), where it was at its fullest."""
    centres, best, most = at_m, np.zeros((len(at_m), len(at_m)), bool), np.zeros(len(at_m))
    # A wider circle between: from the rim of a ring the middle is farther than the radius.
    for reach_m in (radius_m, 2 * radius_m, *(radius_m,) * _SHIFTS):
        held = squared(centres, at_m) <= reach_m**2
        count = held.sum(axis=1)
        if reach_m == radius_m:
            fuller = count > most
            best[fuller], most[fuller] = held[fuller], count[fuller]
        centres = (held.astype(np.float64) @ at_m) / np.maximum(count, 1)[:, None]
    return best


def most_near(at_m: Doubles, reach_m: float) -> int:
    """How many of the points (N, 2) the fullest neighbourhood of one holds, itself included."""
    at_m = at_m[np.isfinite(at_m).all(axis=1)]
    return int((squared(at_m, at_m) <= reach_m**2).sum(axis=1).max()) if len(at_m) else 0
