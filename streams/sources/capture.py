"""When a live picture was taken, in wall time."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from streams.clock import Clock

# A camera's crystal drifts by seconds a day, and a network may stall for seconds: only a drift that holds for a whole
# window is the former.
_DRIFT_S = 1.0
_WINDOW_S = 10.0
# Re-anchoring may set captured_at back a little; people and rules want it rising.
_SMOOTHED_S = 5.0


class CaptureClock:
    """Maps media time to UTC: the anchor plus media time.

    The anchor is the least delayed packet seen so far (a picture cannot arrive before it was taken, so an earlier
    arrival always corrects it); it moves later only where every packet of 10 s came more than 1 s late by it.
    Kept on the monotonic clock, so a step of the machine's wall clock shifts new pictures at once and nothing else.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor_s = math.inf
        self._window_ends_s = math.inf
        self._window_least_s = math.inf
        self._last: datetime | None = None

    def seen(self, media_s: float) -> None:
        """A packet of this media time has just arrived."""
        now_s = self._clock.monotonic_s()
        arrival_s = now_s - media_s
        self._anchor_s = min(self._anchor_s, arrival_s)
        if now_s >= self._window_ends_s and self._window_least_s - self._anchor_s > _DRIFT_S:
            self._anchor_s = self._window_least_s
        if now_s >= self._window_ends_s or self._window_ends_s == math.inf:
            self._window_ends_s, self._window_least_s = now_s + _WINDOW_S, math.inf
        self._window_least_s = min(self._window_least_s, arrival_s)

    def at(self, media_s: float) -> datetime:
        """UTC of a picture's media time; call after `seen`."""
        age_s = self._clock.monotonic_s() - self._anchor_s - media_s
        moment = self._clock.now() - timedelta(seconds=age_s)
        if self._last is not None and timedelta(0) < self._last - moment < timedelta(seconds=_SMOOTHED_S):
            moment = self._last
        self._last = moment
        return moment
