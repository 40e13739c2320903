"""The clock that the API is given, so that every rule about time can be tested in simulated time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# By so much the clock of a caller may be ahead: "a day from now" is a day from its own now.
CLOCKS_DIFFER = timedelta(minutes=1)


def _utc_now() -> datetime:
    now = datetime.now(UTC)
    # Milliseconds are what we store and show; finer digits would make a value differ from its own stored copy.
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` is UTC wall time for what is written down; `monotonic` is seconds for waiting and expiry in memory."""

    now: Callable[[], datetime] = _utc_now
    monotonic: Callable[[], float] = time.monotonic
