"""A flight in virtual time: an operator who confirms, pictures that are compared with the route."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from drone.fly.flight import Flight
from drone.link.confirmation import Action, Confirmation
from drone.link.upload import upload
from drone.link.vehicle import Vehicle
from drone.plane import LocalPlane
from drone.simulated.time import loop_wall_s
from drone.types import PatrolPlan
from tests.drone.peers.world import HOME, World, endless


@dataclass
class Trail:
    """What was written down before it was said."""

    entries: list[tuple[str, str]] = field(default_factory=list)

    async def __call__(self, by: Confirmation, what: str) -> str:
        self.entries.append((by.operator, what))
        return str(len(self.entries))


def yes(flight: Flight, action: Action) -> Confirmation:
    return Confirmation("li.wei", action, flight.vehicle.system, flight.plan.hash, loop_wall_s())


@contextmanager
def watched(flight: Flight) -> Iterator[asyncio.Task[object]]:
    """The flight watched beside the test, and no longer than it."""
    task: asyncio.Task[object] = asyncio.create_task(flight.watch())
    try:
        yield task
    finally:
        task.cancel()


async def flown_m(flight: Flight, metres: float, within_s: float = 600.0) -> bool:
    """Wait until so much of the plan was flown."""

    def so_far() -> bool:
        return flight.progress is not None and flight.progress.flown_m >= metres

    return await flight.vehicle.until(so_far, within_s)  # fmt: skip


async def down(flight: Flight, within_s: float = 600.0) -> None:
    with suppress(asyncio.CancelledError):
        async with asyncio.timeout(within_s):
            await flight.watch()


def longest_gap_m(plan: PatrolPlan, pictures: list[tuple[float, float]]) -> float:
    """The farthest that any point of the plan's series of pictures is from the nearest picture before or after it.

    `pictures` are metres east and north of HOME. By points each metre of the rows, nothing of the tracker's is used.
    """
    route = LocalPlane(HOME).to_metres(np.array([(w.lon, w.lat) for w in plan.waypoints]))
    taken = np.array(pictures)
    worst = 0.0
    for start, end in pairwise(route):
        for share in np.linspace(0, 1, math.ceil(float(np.hypot(*(end - start))))):
            point = start + share * (end - start)
            worst = max(worst, float(np.hypot(*(taken - point).T).min()))
    return worst


def off_m(vehicle: Vehicle, place: tuple[float, float]) -> float:
    assert vehicle.position is not None
    here = LocalPlane(place).to_metres(np.array([(vehicle.position.lon, vehicle.position.lat)]))[0]
    return float(np.hypot(*here))


async def ready(there: World, plan: PatrolPlan, path: Path | None = None, system: int | None = None) -> Flight:
    there.link.lease = endless(asyncio.get_running_loop().time)
    vehicle = await there.vehicle(system)
    await upload(vehicle, plan)
    return Flight(vehicle, plan, record=Trail(), path=path)
