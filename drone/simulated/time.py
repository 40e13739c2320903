"""An event loop whose clock jumps to the next thing that is due when nothing is ready: flights of minutes in a second.

Sockets work as long as both their ends are in this loop: what was sent on loopback is readable at once.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import Any


class _Jumping(selectors.DefaultSelector):
    """Waits not at all, or, paced, `speed_up` times shorter than asked."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready if ready or timeout is not None else super().select(None)
        if self.loop.speed_up is None:
            self.loop.now_s += timeout
            return []
        began_s = time.monotonic()
        ready = super().select(timeout / self.loop.speed_up)
        self.loop.now_s += min(timeout, (time.monotonic() - began_s) * self.loop.speed_up) if ready else timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`speed_up` None: as fast as it can; 20: twenty times a clock on the wall."""

    def __init__(self, speed_up: float | None = None) -> None:
        selector = _Jumping()
        selector.loop = self
        self.now_s = 1_000.0
        self.speed_up = speed_up
        super().__init__(selector)

    def time(self) -> float:
        return self.now_s


def run_virtually(main: Any, speed_up: float | None = None) -> Any:
    """Like `asyncio.run`, in virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(speed_up)) as runner:
        return runner.run(main)


def loop_wall_s() -> float:
    """A wall clock for what runs in this loop: an arbitrary day plus the loop's time."""
    return 1_790_000_000.0 + asyncio.get_running_loop().time()
