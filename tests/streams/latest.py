"""A sink for one reader: the newest frame, for whoever waits for it."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class LatestFrame(Generic[T]):
    """Holds one item: `put` replaces what was not taken in time and counts it. Safe between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self.dropped = 0

    def put(self, item: T) -> None:
        with self._changed:
            self.dropped += self._item is not None
            self._item = item
            self._changed.notify()

    def take(self, timeout_s: float = 0.0) -> T | None:
        """The newest item, waiting up to `timeout_s` for one; None when there is none."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None, max(0.0, timeout_s))
            item, self._item = self._item, None
            return item
