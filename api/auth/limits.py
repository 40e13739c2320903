"""Slowing down whoever guesses passwords."""

from __future__ import annotations

from collections import deque
from math import ceil

from api.errors import TooManyAttempts
from api.kit.clock import Clock

WINDOW_S = 300.0
# Many people sit behind one address; many guesses from one address are still guesses.
_ADDRESS_FACTOR = 10
_MOST_KEYS = 10_000


class SignInLimit:
    """Counts failures per (address, name) and per address over five minutes, in memory."""

    def __init__(self, clock: Clock, failures: int) -> None:
        self._clock = clock
        self._limits = (failures, failures * _ADDRESS_FACTOR)
        self._failures: dict[tuple[str, str | None], deque[float]] = {}

    def _keys(self, address: str, username: str) -> tuple[tuple[str, str | None], tuple[str, str | None]]:
        return (address, username.casefold()), (address, None)

    def check(self, address: str, username: str) -> None:
        """Raises `TooManyAttempts` while the window holds too many failures."""
        now = self._clock.monotonic()
        for key, limit in zip(self._keys(address, username), self._limits, strict=True):
            recent = self._failures.get(key)
            while recent and recent[0] <= now - WINDOW_S:
                recent.popleft()
            if recent and len(recent) >= limit:
                wait_s = ceil(recent[0] + WINDOW_S - now)
                raise TooManyAttempts(f"too many failed sign-ins; try again in {wait_s} s", wait_s)

    def failed(self, address: str, username: str) -> None:
        now = self._clock.monotonic()
        for key in self._keys(address, username):
            self._failures.setdefault(key, deque()).append(now)
        while len(self._failures) > _MOST_KEYS:
            self._failures.pop(next(iter(self._failures)))

    def succeeded(self, address: str, username: str) -> None:
        self._failures.pop((address, username.casefold()), None)
