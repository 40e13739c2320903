"""How near to where it stopped a patrol goes on, and whether a picture is missed.

    python -m bench.resume [--rounds 30] [--loss 0.05] [--duplicates 0.05]

From the repository's root; simulated ArduCopter, virtual time. Each round stops a sweep with a picture each 10 m at a
random place on it: by turns the operator pauses and returns, returns at once, or the vehicle's own failsafe takes it
home. Then another process's eyes: only the kept file goes on, by turns with the same drone and another. Prints JSON:
`off_m` from where the mission was left to the first picture after, `gap_m` the farthest that any point of the rows is
from a picture (10 m plus a step of the simulation is a series without a hole).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from drone.fly.flight import Flight
from drone.fly.kept import read_state
from drone.link.upload import upload
from drone.simulated.air import Weather
from tests.drone.peers.flights import Trail, down, flown_m, longest_gap_m, watched, yes
from tests.drone.peers.plans import EVERY_M, sweep
from tests.drone.peers.world import endless, virtually, world

WAYS = ("pause", "return", "failsafe")


async def one(number: int, path: Path, weather: Weather) -> dict[str, Any]:
    plan = sweep(4)
    chance = random.Random(number)
    way, system = WAYS[number % 3], 1 + number // 3 % 2
    async with world(weather, systems=(1, 2)) as there:
        there.link.lease = endless(asyncio.get_running_loop().time)
        vehicle, first = await there.vehicle(1), there.copters[1]
        await upload(vehicle, plan)
        flight = Flight(vehicle, plan, record=Trail(), path=path)
        await flight.start(yes(flight, "start"))
        with watched(flight):
            await flown_m(flight, chance.uniform(60.0, 470.0))
            await asyncio.sleep(chance.random())
            if way == "failsafe":
                first.mode = "return"
            elif way == "return":
                await flight.return_home(yes(flight, "return"))
            else:
                await flight.pause(yes(flight, "pause"))
                stood = (first.body.east_m, first.body.north_m)
                await flight.return_home(yes(flight, "return"))
            left = stood if way == "pause" else first.left_mission_at
            await asyncio.sleep(3.0)
        await down(flight)
        copter = there.copters[system]
        copter.swap_battery()
        rest = Flight.resuming(await there.vehicle(system), read_state(path), record=Trail(), path=path)
        before = len(copter.camera.pictures)
        await upload(rest.vehicle, rest.plan)
        await rest.start(yes(rest, "start"))
        await down(rest)
        pictures = [p for one in there.copters.values() for p in one.camera.pictures]
        off = np.array(copter.camera.pictures[before]) - np.array(left)
        return {
            "way": way,
            "off_m": float(np.hypot(*off)),
            "gap_m": longest_gap_m(plan, pictures),
            "finished": rest.state.finished,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--loss", type=float, default=0.05)
    parser.add_argument("--duplicates", type=float, default=0.05)
    given = parser.parse_args()
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.rounds):
            weather = Weather(given.loss, given.duplicates, seed=number)
            path = Path(folder) / f"{number}.json"
            found.append(virtually(lambda number=number, path=path, weather=weather: one(number, path, weather)))  # type: ignore[misc]
    off = [one["off_m"] for one in found]
    report = {
        "rounds": len(found),
        "finished": sum(one["finished"] for one in found),
        "off_m_p50": round(statistics.median(off), 2),
        "off_m_most": {way: round(max((o["off_m"] for o in found if o["way"] == way), default=0), 2) for way in WAYS},
        "within_2_m": sum(one < 2.0 for one in off),
        "gap_m_most": round(max(one["gap_m"] for one in found), 2),
        "series_m": EVERY_M,
    }
    print(json.dumps(report, indent=1))
    sys.exit(0 if report["finished"] == len(found) else 1)


if __name__ == "__main__":
    main()
