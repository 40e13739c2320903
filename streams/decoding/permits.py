"""How many cameras at rest may have every packet decoded, because their key frames come too seldom."""

from __future__ import annotations

import os
import threading

# A core's share that decoding every packet of a 1080p25 camera takes, and how much of all cores it may have in all.
_PRICE, _MOST_SHARE = 0.18, 0.5


class Permits:
    """A fixed number of permits, each held by one camera until it gives it back. Safe between threads.

    Without a bound, fifty cameras with a key frame every 8 s would all decode everything, fall behind their streams,
    and lose pictures on the way; with it, those beyond it are looked at when their key frames come, and it is said.
    """

    def __init__(self, most: int | None = None) -> None:
        cores = os.cpu_count() or 1
        self._most = max(1, round(_MOST_SHARE * cores / _PRICE)) if most is None else most
        self._lock = threading.Lock()
        self._held: set[object] = set()

    def ask(self, holder: object) -> bool:
        """Whether `holder` has a permit now; one that has it keeps it."""
        with self._lock:
            if holder not in self._held and len(self._held) < self._most:
                self._held.add(holder)
            return holder in self._held

    def give_back(self, holder: object) -> None:
        with self._lock:
            self._held.discard(holder)
