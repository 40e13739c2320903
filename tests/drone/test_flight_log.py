"""A flight's log says where the camera looked, so that its pictures have places."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drone.link.tlog import TLog
from drone.plane import LocalPlane
from drone.simulated.time import loop_wall_s
from drone.telemetry import read_telemetry
from drone.telemetry.track import PITCH, YAW
from drone.types import Gimbal, Return, Roi, Takeoff, Waypoint
from tests.drone.peers.flights import down, yes
from tests.drone.peers.plans import at, sweep
from tests.drone.peers.world import virtually, world
from tests.drone.test_flight import ready


def test_the_log_of_a_flight_has_the_gimbal_s_angles_as_the_plan_has_them(tmp_path: Path) -> None:
    tlog = tmp_path / "flight.tlog"
    looked_at = at(40.0, 60.0)
    items = (
        Takeoff(30.0),
        Gimbal(-55.0, 270.0),
        Waypoint(*at(0.0, 60.0), 30.0, 8.0),
        Roi(*looked_at, 0.0),
        Waypoint(*at(0.0, 90.0), 30.0, 8.0, hold_s=3.0),
        Return(),
    )

    async def flight() -> None:
        async with world(tlog=TLog(tlog, loop_wall_s)) as there:
            flown = await ready(there, replace(sweep(), items=items))
            await flown.start(yes(flown, "start"))
            await asyncio.wait_for(down(flown), 300)

    virtually(flight)
    track = read_telemetry(tlog)
    assert track.has_gimbal
    plane = LocalPlane(at(0.0, 0.0))
    north = plane.to_metres(track.values[:, :2])[:, 1]
    first = np.flatnonzero((north > 20) & (north < 50))[0]
    assert track.values[first, [YAW, PITCH]] == pytest.approx([-90.0, -55.0], abs=0.5)
    held = int(np.argmax(north))
    yaw, pitch = math.degrees(math.atan2(40.0, -30.0)), -math.degrees(math.atan2(30.0, 50.0))
    assert track.values[held, [YAW, PITCH]] == pytest.approx([yaw, pitch], abs=1.0)
