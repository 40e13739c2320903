"""One long patrol shared out evenly: over batteries, and over drones that fly at the same time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from drone.errors import PlanRefused

_CLOSE = 0.01  # of the longest flight: nearer than this to the best split is not looked for

Piece = TypeVar("Piece")


def shared_out(
    split: Callable[[float], Sequence[Piece]], needed_s: Callable[[Piece], float], usable_s: float, drones: int
) -> list[Piece]:
    """The pieces of a patrol, the same number for each drone, with the longest flight as short as 1 %.

    `split` gives the fewest pieces of which none takes longer than it is told, in the order that they are flown, and
    raises `PlanRefused` where one place alone takes longer. What a battery allows (`usable_s`) is never exceeded.
    """
    fewest = list(split(usable_s))
    if drones == 1:
        return fewest
    count = drones * math.ceil(len(fewest) / drones)
    best, high_s, low_s = fewest, max(needed_s(piece) for piece in fewest), 0.0
    while high_s - low_s > _CLOSE * high_s:
        middle_s = (low_s + high_s) / 2
        try:
            found = list(split(middle_s))
        except PlanRefused:
            found = []
        if found and len(found) <= count:
            best, high_s = found, max(needed_s(piece) for piece in found)
        else:
            low_s = middle_s
    if len(best) < count:
        raise PlanRefused(
            f"this patrol falls into {len(best)} flights and no more: for {drones} drones it is too short, "
            f"{len(best)} share it"
        )
    return best
