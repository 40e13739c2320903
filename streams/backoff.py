"""How long to wait before trying again."""

from __future__ import annotations

import random


class Backoff:
    """Doubles from `first_s` to `most_s`, each time jittered down by up to half, so that a hundred cameras behind one
    switch do not come back as one."""

    def __init__(self, first_s: float = 0.5, most_s: float = 30.0, rng: random.Random | None = None) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._rng = rng or random.Random()
        self.tries = 0

    def next_s(self) -> float:
        # The exponent is bounded, or a camera that is away for a year overflows a float.
        whole = min(self._most_s, self._first_s * 2.0 ** min(self.tries, 30))
        self.tries += 1
        return whole * self._rng.uniform(0.5, 1.0)

    def reset(self) -> None:
        self.tries = 0
