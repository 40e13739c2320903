"""Counters and histograms that many threads write cheaply and somebody reads now and then."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass

# From the draining of a socket (0.1 ms) to an API that is away for a while; fine around the promised 500 ms.
BUCKETS_S = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075),
    *(0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0),
)
# A worker has some hundreds of cameras. Beyond so many different pairs the rest share one name.
_MOST_PAIRS = 10_000
OTHERS = "(others)"


@dataclass(frozen=True, slots=True)
class Seen:
    """A histogram at one moment: `counts` per bucket of `BUCKETS_S` and one beyond the last, their `sum_s`."""

    counts: tuple[int, ...]
    sum_s: float

    @property
    def count(self) -> int:
        return sum(self.counts)


class Durations:
    """A histogram of seconds. prometheus-client's own takes three times as long an observation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = [0] * (len(BUCKETS_S) + 1)
        self._sum_s = 0.0

    def observe(self, seconds: float) -> None:
        bucket = bisect_left(BUCKETS_S, seconds)
        with self._lock:
            self._counts[bucket] += 1
            self._sum_s += seconds

    def seen(self) -> Seen:
        with self._lock:
            return Seen(tuple(self._counts), self._sum_s)


class Tally:
    """Counts by a pair of labels, bounded in number."""

    def __init__(self, most_pairs: int = _MOST_PAIRS) -> None:
        self._most_pairs = most_pairs
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, first: str, second: str, count: int = 1) -> None:
        key = (first, second)
        with self._lock:
            if key not in self._counts and len(self._counts) >= self._most_pairs:
                key = (OTHERS, OTHERS)
            self._counts[key] += count

    def forget(self, first: str) -> None:
        """Drop all pairs that begin so."""
        with self._lock:
            for key in [key for key in self._counts if key[0] == first]:
                del self._counts[key]

    def seen(self) -> dict[tuple[str, str], int]:
        with self._lock:
            return dict(self._counts)
