"""A recorded clip played in real time."""

from __future__ import annotations

import threading

from streams.clock import Clock

# A clip with a hole in it is not waited for longer than this.
_LONGEST_PAUSE_S = 5.0


class Playback:
    """From now on: `until` waits until a picture is due."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_s = clock.monotonic_s()

    def until(self, media_s: float, stopping: threading.Event) -> None:
        early_s = self._began_s + media_s - self._clock.monotonic_s()
        if early_s > _LONGEST_PAUSE_S:  # the hole is cut short: the clip began so much earlier
            self._began_s -= early_s - _LONGEST_PAUSE_S
            early_s = _LONGEST_PAUSE_S
        if early_s > 0:
            self._clock.wait(stopping, early_s)
