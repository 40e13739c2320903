"""How often a plan gets onto a vehicle over a bad line, and whether a wrong one is ever armed.

    python -m bench.upload --peer nasty  [--rounds 100] [--loss 0.15] [--duplicates 0.05]
    python -m bench.upload --peer mavsdk [--rounds 100] [--beside 4]
    python -m bench.upload --peer mavsdk-client [--rounds 100] [--beside 4]

From the repository's root. Each round is a vehicle that holds another mission already, a plan of 9 to 33 mission
items with fence and rally points, one upload, and then an attempt to start. `nasty` is the simulated ArduCopter, in
virtual time, packets overtaking one another by up to 0.1 s; every fifth time somebody alters an item after the
upload. `mavsdk` is MAVSDK 4.1 as the autopilot in real time, `mavsdk-client` is MAVSDK at both ends: the reference.
A round is `verified`, `refused` (with the sentence) or `wrong`: said to be there, and by the vehicle's own memory not.
Prints JSON; exit status 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import Any

from drone.errors import DroneError
from drone.fly.flight import Flight
from drone.link.confirmation import Confirmation
from drone.link.items import Missions, missions_of
from drone.link.modes import Autopilot
from drone.link.upload import upload
from drone.simulated.air import Weather
from drone.simulated.copter import SimulatedCopter
from tests.drone.peers.flights import Trail
from tests.drone.peers.plans import sweep
from tests.drone.peers.world import endless, virtually, world

LONGEST_S = 180.0


def rows_of(number: int) -> int:
    return 1 + number % 13


def holds(copter: SimulatedCopter, missions: Missions) -> bool:
    """The vehicle's own memory against the plan: commands, places exactly, heights to a centimetre."""
    for kind in range(3):
        ours, theirs = missions.of(kind), copter.store.items[kind]
        skip = 1 if kind == 0 else 0
        if [_told(item) for item in ours[skip:]] != [_told(item) for item in theirs[skip:]]:
            return False
    return True


def _told(item: Any) -> tuple[int, int, int, float]:
    return item.command, item.x, item.y, round(item.z, 2)


async def nasty(number: int, weather: Weather) -> dict[str, Any]:
    plan = sweep(rows_of(number))
    async with world(replace(weather, jitter_s=0.1, seed=number)) as there:
        loop = asyncio.get_running_loop()
        there.link.lease = endless(loop.time)
        copter = there.copter
        before = missions_of(sweep(5, row_m=77.0), Autopilot.ARDUPILOT)
        copter.store.items = {kind: list(before.of(kind)) for kind in range(3)}
        missions = missions_of(plan, Autopilot.ARDUPILOT)
        began_s = loop.time()
        found: dict[str, Any] = {"result": "verified"}
        try:
            vehicle = await there.vehicle()
            found["attempts"] = (await upload(vehicle, plan)).attempts
        except DroneError as error:
            found = {"result": "refused", "why": str(error)}
        found["s"] = loop.time() - began_s
        if found["result"] == "verified" and not holds(copter, missions):
            found["result"] = "wrong"
        meddled = number % 5 == 0 and len(copter.store.items[0]) > 4
        if meddled:
            item = copter.store.items[0][4]
            copter.store.items[0][4] = replace(item, z=item.z + 20)
        found |= await _start(there.link.vehicles.get(1), plan)
        found["armed_wrong"] = copter.armed and not holds(copter, missions)
        found["meddled"] = meddled
        return found


async def _start(vehicle: Any, plan: Any) -> dict[str, Any]:
    if vehicle is None:
        return {"started": False}
    flight = Flight(vehicle, plan, record=Trail())
    by = Confirmation("bench", "start", vehicle.system, plan.hash, vehicle.link.wall_s())
    try:
        await flight.start(by)
    except DroneError as error:
        return {"started": False, "not_started": str(error)}
    return {"started": True}


async def mavsdk(number: int, weather: Weather) -> dict[str, Any]:
    from tests.drone.test_mavsdk import autopilot

    plan = sweep(rows_of(number))
    missions = missions_of(plan, Autopilot.OTHER)
    async with autopilot(replace(weather, seed=number)) as (link, said):
        vehicle = await link.vehicle(within_s=30)
        began_s = time.monotonic()
        found: dict[str, Any] = {"result": "verified"}
        try:
            found["attempts"] = (await upload(vehicle, plan)).attempts
        except DroneError as error:
            found = {"result": "refused", "why": str(error)}
        found["s"] = time.monotonic() - began_s
        vehicle.link.lease.renew()
        found |= await _start(vehicle, plan)
        await asyncio.sleep(0.2)
        taken = [what["held"] for what in said if "held" in what]
        right = bool(taken) and taken[-1] == [list(_told(item)) for item in missions.mission]
        if found["result"] == "verified" and not right:
            found["result"] = "wrong"
        found["armed_wrong"] = not right and any(what.get("armed") for what in said)
        return found


async def mavsdk_client(number: int, weather: Weather) -> dict[str, Any]:
    """MAVSDK's own client through the same relay; what it says of its uploads."""
    from drone.link.udp import Udp
    from tests.drone.peers.relay import Relay
    from tests.drone.test_mavsdk import _read

    pipe = asyncio.subprocess.PIPE
    free = Udp("127.0.0.1", 0)
    await free.open(lambda data, peer: None)
    port = free.port
    await free.close()
    said: list[Any] = []
    began_s = time.monotonic()
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.drone.peers.mavsdk_client", str(port), str(rows_of(number))),
        stdout=pipe,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with Relay(port, replace(weather, seed=number)) as relay:
        vehicle = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.drone.peers.mavsdk_autopilot", str(relay.port), "1"),
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert vehicle.stdin
        assert vehicle.stdout
        assert client.stdout
        reading = asyncio.create_task(_read(vehicle.stdout, said))
        results: list[Any] = []
        await _read(client.stdout, results)
        await client.wait()
        vehicle.stdin.close()
        await vehicle.wait()
        await reading
    found = results[-1] if results else {"result": "refused", "why": "the client died"}
    taken = [what["held"] for what in said if "held" in what and what["result"] == "SUCCESS"]
    plan = missions_of(sweep(rows_of(number)), Autopilot.OTHER)
    right = bool(taken) and taken[-1] == [list(_told(item)) for item in plan.mission]
    if found["result"] == "verified" and not right:
        found["result"] = "wrong"
    return {"s": time.monotonic() - began_s, **found, "armed_wrong": False}


def measure(peer: str, rounds: int, weather: Weather, beside: int) -> list[dict[str, Any]]:
    if peer == "nasty":
        return [virtually(lambda number=number: nasty(number, weather)) for number in range(rounds)]  # type: ignore[misc]
    return asyncio.run(_beside(mavsdk if peer == "mavsdk" else mavsdk_client, rounds, weather, beside))


async def _beside(one: Any, rounds: int, weather: Weather, beside: int) -> list[dict[str, Any]]:
    places = asyncio.Semaphore(beside)

    async def run(number: int) -> dict[str, Any]:
        async with places:
            try:
                async with asyncio.timeout(LONGEST_S):
                    found: dict[str, Any] = await one(number, weather)
                    return found
            except (TimeoutError, DroneError) as error:
                return {"result": "refused", "why": str(error) or f"not done in {LONGEST_S:g} s", "s": LONGEST_S}

    return list(await asyncio.gather(*(run(number) for number in range(rounds))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", choices=("nasty", "mavsdk", "mavsdk-client"), default="nasty")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--loss", type=float, default=0.15)
    parser.add_argument("--duplicates", type=float, default=0.05)
    parser.add_argument("--beside", type=int, default=4, help="rounds at a time, in real time")
    given = parser.parse_args()
    began_s = time.process_time()
    found = measure(given.peer, given.rounds, Weather(given.loss, given.duplicates), given.beside)
    took = sorted(one["s"] for one in found if one["result"] == "verified")
    results = Counter(one["result"] for one in found)
    report = {
        "peer": given.peer,
        "loss": given.loss,
        "duplicates": given.duplicates,
        "rounds": len(found),
        **{name: results[name] for name in ("verified", "refused", "wrong")},
        "armed_wrong": sum(bool(one.get("armed_wrong")) for one in found),
        "started": sum(bool(one.get("started")) for one in found),
        "meddled": sum(bool(one.get("meddled")) for one in found),
        "seconds_p50": round(statistics.median(took), 1) if took else None,
        "seconds_p95": round(took[int(0.95 * (len(took) - 1))], 1) if took else None,
        "reasons": sorted({one["why"] for one in found if "why" in one}),
        "not_started": Counter(
            one["not_started"][:90] for one in found if "not_started" in one and not one.get("meddled")
        ),
        "cpu_s": round(time.process_time() - began_s, 1),
        "machine": platform.processor() or platform.machine(),
    }
    print(json.dumps(report, indent=1))
    sys.exit(1 if report["wrong"] or report["armed_wrong"] else 0)


if __name__ == "__main__":
    main()
