"""Opt-in: ArduPilot's own simulator. `SANXUN_SITL` is the command line that starts it, serial 0 on tcp:127.0.0.1:5760:

    SANXUN_SITL="./arducopter --model + --speedup 10 --home 27.62,113.85,50,0 --defaults copter.parm" \\
        pytest tests/drone/test_sitl.py

No binary and no parameters of it are kept here.
"""

from __future__ import annotations

import asyncio
import os
import shlex
from contextlib import AsyncExitStack

import pytest

from drone.fly.flight import Flight
from drone.link.confirmation import Confirmation
from drone.link.errors import CommandRefused, NoVehicle
from drone.link.lease import Lease
from drone.link.link import Link
from drone.link.modes import Autopilot
from drone.link.tcp import Tcp
from drone.link.upload import upload
from tests.drone.peers.flights import Trail
from tests.drone.peers.plans import sweep

COMMAND = os.environ.get("SANXUN_SITL")
READY_WITHIN_S = 90.0  # its filters settle before it arms


@pytest.mark.skipif(COMMAND is None, reason="SANXUN_SITL names no simulator")
@pytest.mark.timeout(400)
def test_arducopter_takes_the_plan_flies_it_and_lands(tmp_path: object) -> None:
    async def flight() -> None:
        simulator = await asyncio.create_subprocess_exec(*shlex.split(COMMAND or ""), cwd=str(tmp_path))
        try:
            await _fly()
        finally:
            simulator.terminate()
            await simulator.wait()

    asyncio.run(flight())


async def _fly() -> None:
    lease = Lease(hold_s=600.0)
    lease.renew()
    async with AsyncExitStack() as stack:
        link = await _linked(lease)
        stack.push_async_exit(link.__aexit__)
        vehicle = await link.vehicle(within_s=30)
        assert vehicle.autopilot is Autopilot.ARDUPILOT
        plan = sweep(rows=2)
        receipt = await upload(vehicle, plan)
        assert receipt.items["mission"] == len(receipt.missions.mission)
        flown = Flight(vehicle, plan, record=Trail())
        await _start(flown)
        async with asyncio.timeout(240):
            state = await flown.watch()
        assert (state.stage, state.finished) == ("landed", True)


async def _linked(lease: Lease) -> Link:
    """Entered already; it listens a moment after it starts."""
    for _ in range(100):
        link = Link(Tcp("127.0.0.1", 5760), lease=lease)
        try:
            return await link.__aenter__()
        except NoVehicle:
            await asyncio.sleep(0.1)
    raise AssertionError("the simulator does not listen on tcp:127.0.0.1:5760")


async def _start(flown: Flight) -> None:
    loop = asyncio.get_running_loop()
    until_s = loop.time() + READY_WITHIN_S
    while True:
        vehicle = flown.vehicle
        by = Confirmation("sitl", "start", vehicle.system, flown.plan.hash, vehicle.link.wall_s())
        try:
            await flown.start(by)
            return
        except CommandRefused:
            if loop.time() > until_s:
                raise
            await asyncio.sleep(2.0)
