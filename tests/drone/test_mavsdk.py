"""Against an autopilot that is not ours: MAVSDK 4.1 takes the plan over a bad line, arms, flies and lands."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from typer.testing import CliRunner

from api.cli.app import app
from drone.fly.flight import Flight
from drone.fly.link_loss import link_loss_of
from drone.link.confirmation import Confirmation
from drone.link.lease import Lease
from drone.link.link import Link
from drone.link.udp import Udp
from drone.link.upload import upload
from drone.simulated.air import Weather
from tests.conftest import missing
from tests.drone.peers.flights import Trail
from tests.drone.peers.plans import sweep
from tests.drone.peers.relay import Relay
from tests.local import free_port


@asynccontextmanager
async def autopilot(weather: Weather, times: float = 1.0, system: int = 1) -> AsyncIterator[tuple[Link, list[Any]]]:
    """A link to MAVSDK through a relay, and what MAVSDK said happened."""
    said: list[Any] = []
    line = Udp("127.0.0.1", 0)
    lease = Lease(hold_s=600.0)
    lease.renew()
    async with Link(line, lease=lease) as link, Relay(line.port, weather) as relay:
        command = (sys.executable, "-m", "tests.drone.peers.mavsdk_autopilot", str(relay.port), str(system), str(times))
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
        )
        assert process.stdin is not None
        assert process.stdout is not None
        reading = asyncio.create_task(_read(process.stdout, said))
        try:
            yield link, said
        finally:
            process.stdin.close()
            await asyncio.wait_for(process.wait(), 60)
            await reading


async def _read(stream: asyncio.StreamReader, said: list[Any]) -> None:
    async for line in stream:
        said.extend([json.loads(line)] if line.startswith(b"{") else [])


def yes(flight: Flight, action: Any) -> Confirmation:
    return Confirmation("li.wei", action, flight.vehicle.system, flight.plan.hash, flight.vehicle.link.wall_s())


def test_mavsdk_that_waits_to_be_called_is_heard_by_status() -> None:
    """It says nothing to anybody before somebody has spoken to it."""
    if importlib.util.find_spec("mavsdk") is None:
        missing("mavsdk is not installed")
    port = free_port(socket.SOCK_DGRAM)
    command = (sys.executable, "-m", "tests.drone.peers.mavsdk_autopilot", f":{port}", "3")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        try:
            assert json.loads(process.stdout.readline())["system"] == 3
            told = CliRunner().invoke(app, ["patrol", "status", "--link", f"udpout:127.0.0.1:{port}", "--json"])
        finally:
            process.communicate(timeout=60)
    assert told.exit_code == 0, told.exception
    (heard,) = json.loads(told.stdout)["vehicles"]
    assert (heard["system"], heard["armed"]) == (3, False)
    assert heard["link"]["heartbeats"] == 0


def test_mavsdk_takes_the_plan_flies_it_and_lands() -> None:
    if importlib.util.find_spec("mavsdk") is None:
        missing("mavsdk is not installed")

    async def flight() -> None:
        plan = sweep(rows=2, row_m=40.0)
        async with autopilot(Weather(0.05, 0.05), times=15.0) as (link, said):
            vehicle = await link.vehicle(within_s=90)
            receipt = await upload(vehicle, plan)
            assert receipt.missions.first == 0
            loss = await link_loss_of(vehicle)
            assert (loss.does, loss.after_s, loss.height_m) == ("returns", 10.0, 30.0)
            trail = Trail()
            flown = Flight(vehicle, plan, record=trail)
            await flown.start(yes(flown, "start"))
            async with asyncio.timeout(240):
                state = await flown.watch()
            assert (state.stage, state.finished) == ("landed", True)
            assert [what for what in said if "landed" in what]
            taken = [what for what in said if "mission" in what]
            held = [[item.command, item.x, item.y, item.z] for item in receipt.missions.mission]
            assert (taken[-1]["result"], taken[-1]["held"]) == ("SUCCESS", held)
            assert [what["flies"] for what in said if "flies" in what] == list(range(len(held))), "each item once"

    asyncio.run(flight())
