"""How often anybody may report without signing in. Addresses live in memory only, as keyed hashes, for an hour."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import deque
from math import ceil

from api.errors import TooManyAttempts
from api.kit.clock import Clock

WINDOW_S = 3600.0
PER_ADDRESS, PER_POINT = 6, 30
# A page that follows a report asks once a minute; guessing a receipt takes more tries than the universe has seconds.
ASKED_PER_ADDRESS = 6000
_MOST_KEYS = 20_000


class ReportLimit:
    """Used on the event loop alone. A hall's many phones share an address: so it is some an hour, not one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._taken: dict[bytes, deque[float]] = {}

    def report(self, address: str, point: str) -> None:
        """Count a report. Raises `TooManyAttempts`, and then counts nothing."""
        keys = ((self._hash("from", address), PER_ADDRESS), (self._hash("at", point), PER_POINT))
        for key, most in keys:
            self._check(key, most)
        for key, _ in keys:
            self._count(key)

    def ask(self, address: str) -> None:
        key = self._hash("asked", address)
        self._check(key, ASKED_PER_ADDRESS)
        self._count(key)

    def _hash(self, what: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{what} {value}".encode(), hashlib.sha256)

    def _check(self, key: bytes, most: int) -> None:
        now, recent = self._clock.monotonic(), self._taken.get(key)
        while recent and recent[0] <= now - WINDOW_S:
            recent.popleft()
        if recent and len(recent) >= most:
            wait_s = ceil(recent[0] + WINDOW_S - now)
            raise TooManyAttempts(f"too many reports from here within the hour; try again in {wait_s} s", wait_s)

    def _count(self, key: bytes) -> None:
        self._taken.setdefault(key, deque()).append(self._clock.monotonic())
        while len(self._taken) > _MOST_KEYS:
            self._taken.pop(next(iter(self._taken)))
