"""The heartbeat's right to beat: it is the operator's, and ends when their session is not renewed."""

from __future__ import annotations

import time
from collections.abc import Callable


class Lease:
    """Live for `hold_s` after each `renew`. A ground station that beats on while its operator's screen is dead hides
    the lost link from the vehicle, which would then never come home by itself."""

    def __init__(self, hold_s: float = 5.0, now_s: Callable[[], float] = time.monotonic) -> None:
        self._hold_s = hold_s
        self._now_s = now_s
        self._until_s: float | None = None

    def renew(self) -> None:
        self._until_s = self._now_s() + self._hold_s

    def end(self) -> None:
        self._until_s = None

    @property
    def live(self) -> bool:
        return self._until_s is not None and self._now_s() < self._until_s
