"""One place for the newest frame of one camera."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class LatestFrame(Generic[T]):
    """Holds one item: `put` replaces what was not taken in time and counts it. Safe between threads.

    `ready`, where given, is set by every put and by close: one event may serve the slots of all cameras, so a single
    consumer can sleep on it, clear it and then try every slot.
    """

    def __init__(self, ready: threading.Event | None = None) -> None:
        self._changed = threading.Condition()
        self._ready = ready
        self._item: T | None = None
        self._closed = False
        self._put = 0
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Items that were replaced before anybody took them."""
        return self._dropped

    @property
    def total(self) -> int:
        return self._put

    def put(self, item: T) -> None:
        with self._changed:
            if self._item is not None:
                self._dropped += 1
            self._item = item
            self._put += 1
            self._changed.notify()
        if self._ready is not None:
            self._ready.set()

    def take(self, timeout_s: float = 0.0) -> T | None:
        """The newest item, waiting up to `timeout_s` for one; None when there is none, or after close."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._closed, max(0.0, timeout_s))
            item, self._item = self._item, None
            return item

    def close(self) -> None:
        """Wakes whoever waits; a later put is still held and counted."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._ready is not None:
            self._ready.set()
