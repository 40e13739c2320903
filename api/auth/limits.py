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

    def attempt(self, address: str, username: str) -> None:
        """Count an attempt, as a failure until `succeeded`. Raises `TooManyAttempts` where there were too many.

        Counting before the password is checked leaves nothing to be gained by a thousand attempts at once.
        """
        now = self._clock.monotonic()
        for key, limit in zip(self._keys(address, username), self._limits, strict=True):
            recent = self._failures.get(key)
            while recent and recent[0] <= now - WINDOW_S:
                recent.popleft()
            if recent and len(recent) >= limit:
                wait_s = ceil(recent[0] + WINDOW_S - now)
                raise TooManyAttempts(f"too many failed sign-ins; try again in {wait_s} s", wait_s)
        for key in self._keys(address, username):
            self._failures.setdefault(key, deque()).append(now)
        while len(self._failures) > _MOST_KEYS:
            self._failures.pop(next(iter(self._failures)))

    def forgive(self, address: str, username: str) -> None:
        """This attempt was no failure, and no success either: what failed before still counts."""
        for key in self._keys(address, username):
            if attempts := self._failures.get(key):
                attempts.pop()

    def succeeded(self, address: str, username: str) -> None:
        mine, shared = self._keys(address, username)
        self._failures.pop(mine, None)
        if attempts := self._failures.get(shared):
            attempts.pop()


class VisitLimit:
    """Counts, per address, visits that began a sign-in elsewhere and have come to nothing. Many people sit behind one
    address: each who comes back signed in is taken off again."""

    MOST = 100

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._visits: dict[str, deque[float]] = {}

    def visit(self, address: str) -> None:
        """Raises `TooManyAttempts`."""
        now = self._clock.monotonic()
        recent = self._visits.setdefault(address, deque())
        while recent and recent[0] <= now - WINDOW_S:
            recent.popleft()
        if len(recent) >= self.MOST:
            wait_s = ceil(recent[0] + WINDOW_S - now)
            raise TooManyAttempts(f"too many sign-ins were begun from here; try again in {wait_s} s", wait_s)
        recent.append(now)
        while len(self._visits) > _MOST_KEYS:
            self._visits.pop(next(iter(self._visits)))

    def arrived(self, address: str) -> None:
        """Its two visits, there and back, were no guesses."""
        recent = self._visits.get(address, deque())
        for _ in range(min(2, len(recent))):
            recent.pop()
