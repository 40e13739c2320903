"""What the server does by itself, again and again, while it runs: each round is a function of the house and a pause.

A round must be safe to run on several servers of one database at once, and after a crash in its middle.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from api.house import House
from api.mutes.commands import let_go
from api.notify.delivery import deliver
from api.tickets.overdue import look_at_clocks
from api.whistles.overdue import look_at_answers

log = logging.getLogger("sanxun.api")


@dataclass(frozen=True, slots=True)
class Round:
    """`run` is awaited at once and then `every_s` seconds after it has ended; its errors are logged, not fatal."""

    name: str
    every_s: float
    run: Callable[[House], Awaitable[None]]


ROUNDS: tuple[Round, ...] = (
    Round("ticket clocks", 2.0, look_at_clocks),
    Round("answers to whistles", 5.0, look_at_answers),
    Round("notices", 1.0, deliver),
    Round("mutes", 2.0, let_go),
)


@asynccontextmanager
async def rounds(house: House, these: tuple[Round, ...] = ROUNDS) -> AsyncIterator[None]:
    """All rounds run for as long as the block lasts."""
    tasks = [asyncio.create_task(_keep_running(house, each), name=each.name) for each in these]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _keep_running(house: House, each: Round) -> None:
    while True:
        try:
            await each.run(house)
        except Exception:
            log.exception("the round %r failed; it runs again in %g s", each.name, each.every_s)
        await asyncio.sleep(each.every_s)
