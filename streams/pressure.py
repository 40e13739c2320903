"""Too many cameras for the machine: those with the least at stake are looked at less often, and it is said."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

log = logging.getLogger("sanxun.pressure")

# Looks that miss their deadline, or threads that are hardly ever free, mean that the cadence cannot be held.
_LATE_SHARE = 0.03
_BUSY = 0.8
# Room enough to look more often again, with some to spare: else it would swing back and forth.
_RELAXED = 0.6
_STEP, _RELIEF = 0.5, 0.1
# Decoding every packet before a decision makes it a second earlier, and costs ten looks.
_AT_EASE = 0.5
MOST = 3.0
# Up to this level only cameras with nothing at rest in their zones are slowed, and no further beyond it: at 6 s between
# two looks the ring still holds the key frames that tell when something came to rest.
_IDLE_ALONE = 2.0


class Pressure:
    """A level from 0 to 3, by which cameras are looked at less often: up to 2 those with nothing at rest in their
    zones (to a third), from there on the others too (to a half). A look that decides something is never put off.
    Safe between threads.
    """

    def __init__(self, threads: int, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._threads = threads
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._looks = self._late = 0
        self._busy_s = 0.0
        self._settled_s = monotonic_s()
        self._cpu_s = time.process_time()
        self.level = 0.0
        self.busy = 0.0

    @property
    def at_ease(self) -> bool:
        """Whether there is room for work that only makes a decision sooner: decoding every packet before it."""
        return self.level == 0 and self.busy < _AT_EASE

    def worked(self, busy_s: float, *, late: bool) -> None:
        """One look took `busy_s` of a thread, and came after its deadline or not."""
        with self._lock:
            self._looks += 1
            self._late += late
            self._busy_s += busy_s

    def settle(self, cpu_s: float | None = None) -> float:
        """Judge what happened since the last call, a few seconds ago, and return the new level. `cpu_s`: the
        process's CPU time, where it is not to be asked for."""
        now_s, cpu_now_s = self._monotonic_s(), time.process_time() if cpu_s is None else cpu_s
        with self._lock:
            elapsed_s = max(1e-3, now_s - self._settled_s)
            threads_busy = self._busy_s / (elapsed_s * self._threads)
            cores_busy = (cpu_now_s - self._cpu_s) / (elapsed_s * (os.cpu_count() or 1))
            late = self._late / self._looks if self._looks else 0.0
            self.busy = max(threads_busy, cores_busy)
            self._looks = self._late = 0
            self._busy_s, self._settled_s, self._cpu_s = 0.0, now_s, cpu_now_s
        before = self.level
        if late > _LATE_SHARE or self.busy > _BUSY:
            self.level = min(MOST, self.level + _STEP)
        elif self.busy < _RELAXED and late <= _LATE_SHARE:
            self.level = max(0.0, self.level - _RELIEF)
        self._say(before, late)
        return self.level

    def stretch(self, *, dwelling: bool) -> float:
        """By how much a camera's period is lengthened now, 1 for not at all."""
        return 1.0 + (max(0.0, self.level - _IDLE_ALONE) if dwelling else min(_IDLE_ALONE, self.level))

    def _say(self, before: float, late: float) -> None:
        if (before == 0) != (self.level == 0):
            if self.level:
                log.warning(
                    "too much to do (%.0f %% busy, %.0f %% of looks late): cameras at rest are looked at less often",
                    100 * self.busy,
                    100 * late,
                )
            else:
                log.info("every camera is looked at as often as it should be again")
