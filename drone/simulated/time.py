"""An event loop whose clock jumps to the next thing that is due when nothing is ready: flights of minutes in a second.

Sockets work as long as both their ends are in this loop: what was sent on loopback is readable at once. While a thread
is waited for (a server is asked, say) the clock goes with the one on the wall: its answer would come minutes late.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

_Result = TypeVar("_Result")
_Arguments = TypeVarTuple("_Arguments")


class _Jumping(selectors.DefaultSelector):
    """Waits not at all, or, paced, `speed_up` times shorter than asked."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready if ready or timeout is not None else super().select(None)
        speed_up = 1.0 if self.loop.threads else self.loop.speed_up
        if speed_up is None:
            self.loop.now_s += timeout
            return []
        began_s = time.monotonic()
        ready = super().select(timeout / speed_up)
        self.loop.now_s += min(timeout, (time.monotonic() - began_s) * speed_up) if ready else timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`speed_up` None: as fast as it can; 20: twenty times a clock on the wall."""

    def __init__(self, speed_up: float | None = None) -> None:
        selector = _Jumping()
        selector.loop = self
        self.now_s = 1_000.0
        self.speed_up = speed_up
        self.threads = 0  # that are waited for
        super().__init__(selector)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[_Arguments]], _Result], *args: *_Arguments
    ) -> asyncio.Future[_Result]:
        running = super().run_in_executor(executor, func, *args)
        self.threads += 1
        running.add_done_callback(self._answered)
        return running

    def _answered(self, _: asyncio.Future[Any]) -> None:
        self.threads -= 1

    def time(self) -> float:
        return self.now_s


def run_virtually(main: Any, speed_up: float | None = None) -> Any:
    """Like `asyncio.run`, in virtual time."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(speed_up)) as runner:
        return runner.run(main)


def loop_wall_s() -> float:
    """A wall clock for what runs in this loop: an arbitrary day plus the loop's time."""
    return 1_790_000_000.0 + asyncio.get_running_loop().time()
