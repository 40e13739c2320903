"""Where on the ground people are close: circles of a given radius that hold the most of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_SHIFTS = 4


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
    left = np.flatnonzero(np.isfinite(at_m).all(axis=1))
    found: list[Circle] = []
    while len(left) >= least:
        held = _best(at_m[left], radius_m)
        if np.count_nonzero(held) < least:
            break
        found.append(Circle(left[held], at_m[left[held]].mean(axis=0)))
        left = left[~held]
    return found


def _best(at_m: Doubles, radius_m: float) -> NDArray[np.bool_]:
    centres, best, most = at_m, np.zeros(len(at_m), bool), 0
    # A wider circle first: from the rim of a ring the middle is farther than the radius.
    for reach_m in (1.5 * radius_m, *(radius_m,) * _SHIFTS):
        held = ((at_m[None] - centres[:, None]) ** 2).sum(axis=2) <= reach_m**2
        count = held.sum(axis=1)
        if reach_m == radius_m and count.max() > most:
            best, most = held[count.argmax()], int(count.max())
        centres = (held @ at_m) / np.maximum(count, 1)[:, None]
    return best
