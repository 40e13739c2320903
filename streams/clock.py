"""Time as a value that is handed in, so that tests need not sleep."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for what is told to people, monotonic time for what is measured."""

    def now(self) -> datetime:
        """UTC wall time; it may step when somebody sets the machine's clock."""

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary beginning; never goes back."""

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Sleep until the event is set (True) or the time is over (False)."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        return event.wait(max(0.0, timeout_s))
