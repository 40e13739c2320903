"""Sleeping while packets gather: a receiver that wakes for each of them spends its time on waking."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from streams.clock import Clock, SystemClock

# Waking for every packet of a 4 Mbit/s camera costs 4 % of a core, every 400 ms a tenth of that (bench/receive.py).
LONGEST_S = 0.4
HURRIED_S = 0.05
_SHORTEST_S = 0.02
# The kernel's buffer is never to be full: the camera would have to wait, and drops pictures then.
_FULLEST = 1 / 3
_GROWTH = 1.6


@dataclass(frozen=True, slots=True)
class NapFigures:
    """`nap_s` is what a nap lasts now; `fullest` is the greatest share of the receive buffer that was ever in use."""

    taken: int
    slept_s: float
    nap_s: float
    hurried: bool
    fullest: float


class Naps:
    """How long one source's receiver sleeps between two drains of its socket.

    The first nap is short; they grow up to `longest_s`, as far as a drain finds at most a third of the receive buffer
    in use. `hurry` may be called by any thread, the rest belongs to the receiving one.
    """

    def __init__(
        self, longest_s: float = LONGEST_S, *, hurried_s: float = HURRIED_S, clock: Clock | None = None
    ) -> None:
        if not 0 <= hurried_s <= longest_s:
            raise ValueError(f"expected 0 <= hurried_s <= longest_s, got {hurried_s} and {longest_s}")
        self.longest_s, self._hurried_s = longest_s, hurried_s
        self._clock: Clock = clock or SystemClock()
        self._fitting_s = min(_SHORTEST_S, longest_s)
        self._drained_s = self._clock.monotonic_s()
        self._hurried_until_s = self._drained_s
        self._woken = threading.Event()
        self._taken = 0
        self._slept_s = self._fullest = 0.0

    @property
    def hurried(self) -> bool:
        return self._clock.monotonic_s() < self._hurried_until_s

    @property
    def nap_s(self) -> float:
        """What a nap lasts now."""
        return min(self._fitting_s, self._hurried_s) if self.hurried else self._fitting_s

    @property
    def figures(self) -> NapFigures:
        return NapFigures(self._taken, self._slept_s, self.nap_s, self.hurried, self._fullest)

    def hurry(self, for_s: float) -> None:
        """Wake at once, and nap no longer than `hurried_s` for the next `for_s` seconds. Cheap; call it as often as
        there is a reason: a hazard is being confirmed, somebody looks."""
        was_hurried = self.hurried
        self._hurried_until_s = max(self._hurried_until_s, self._clock.monotonic_s() + for_s)
        if not was_hurried:
            self._woken.set()

    def wait(self) -> None:
        """Sleep for what remains of the nap since the last drain, until hurried. Returns at once when it is over."""
        self._woken.clear()
        now_s = self._clock.monotonic_s()
        rest_s = self._drained_s + self.nap_s - now_s
        if rest_s > 0:
            self._clock.wait(self._woken, rest_s)
            self._taken += 1
            self._slept_s += self._clock.monotonic_s() - now_s

    def drained(self, share: float = 0.0) -> None:
        """The socket has been emptied; `share` of its buffer (0 to 1) was in use before."""
        now_s = self._clock.monotonic_s()
        gathered_s, self._drained_s = now_s - self._drained_s, now_s
        self._fullest = max(self._fullest, share)
        # What has gathered tells the rate, however long it really took (the machine may have been busy).
        fits_s = gathered_s * _FULLEST / share if share > 0 else self.longest_s
        self._fitting_s = min(max(fits_s, _SHORTEST_S), self._fitting_s * _GROWTH, self.longest_s)
