"""A ground station's link, the air and simulated vehicles in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from drone.link.lease import Lease
from drone.link.link import Link
from drone.link.signing import Guard, SigningKey
from drone.link.tlog import TLog
from drone.link.vehicle import Vehicle
from drone.simulated.air import Air, Weather
from drone.simulated.copter import Habits, SimulatedCopter
from drone.simulated.time import loop_wall_s, run_virtually
from drone.types import PatrolPlan

T = TypeVar("T")
HOME = (113.85, 27.62)


@dataclass
class World:
    air: Air
    link: Link
    copters: dict[int, SimulatedCopter]

    @property
    def copter(self) -> SimulatedCopter:
        return next(iter(self.copters.values()))

    async def vehicle(self, system: int | None = None) -> Vehicle:
        return await self.link.vehicle(system, within_s=10)


@asynccontextmanager
async def world(
    weather: Weather | None = None,
    *,
    systems: tuple[int, ...] = (1,),
    habits: Habits | None = None,
    guard: Guard | None = None,
    key: SigningKey | None = None,
    tlog: TLog | None = None,
    lease: Lease | None = None,
) -> AsyncIterator[World]:
    air = Air(weather)
    async with AsyncExitStack() as stack:
        copters = {
            system: await stack.enter_async_context(SimulatedCopter(air, system, HOME, habits=habits, key=key))
            for system in systems
        }
        link = Link(air, guard=guard, tlog=tlog, lease=lease, wall_s=loop_wall_s)
        await stack.enter_async_context(link)
        yield World(air, link, copters)


def virtually(flight: Callable[[], Awaitable[T]]) -> T:
    return run_virtually(flight())  # type: ignore[no-any-return]


async def when(true: Callable[[], bool]) -> None:
    """Wait, in virtual time, until it is so."""
    while not true():  # noqa: ASYNC110 - the simulated vehicle has no events of its own
        await asyncio.sleep(0.01)


def endless(now_s: Callable[[], float]) -> Lease:
    """An operator whose session never ends."""
    lease = Lease(hold_s=1e9, now_s=now_s)
    lease.renew()
    return lease


__all__ = ["HOME", "PatrolPlan", "World", "endless", "virtually", "when", "world"]
