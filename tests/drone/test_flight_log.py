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
from drone.simulated.air import Weather
from drone.simulated.time import loop_wall_s
from drone.telemetry import read_telemetry
from drone.telemetry.track import PITCH, YAW
from drone.types import Gimbal, Return, Roi, Takeoff, Waypoint
from drone.visits import Spot, Visiting, visit
from tests.drone.peers.flights import down, ready, yes
from tests.drone.peers.plans import at, sweep
from tests.drone.peers.world import virtually, world


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


def test_pymavlink_reads_the_log_of_a_flight_with_its_times_and_both_voices(tmp_path: Path) -> None:
    """A whole flight over a link that loses and doubles: what it reads was said then, all of it by one link."""
    from pymavlink import mavutil

    tlog, said = tmp_path / "flight.tlog", list[tuple[float, bytes]]()

    class Noting(TLog):
        def write(self, raw: bytes) -> None:
            said.append((loop_wall_s(), raw))
            super().write(raw)

    async def flight() -> None:
        async with world(Weather(0.02, 0.01), tlog=Noting(tlog, loop_wall_s)) as there:
            flown = await ready(there, sweep(2))
            await flown.start(yes(flown, "start"))
            await asyncio.wait_for(down(flown), 300)

    virtually(flight)
    reader = mavutil.mavlink_connection(str(tlog))
    read = list(iter(reader.recv_msg, None))
    reader.close()
    assert len(read) == len(said) > 2000
    assert {message.get_type() for message in read} >= {"HEARTBEAT", "GLOBAL_POSITION_INT", "MISSION_ITEM_INT"}
    assert "BAD_DATA" not in {message.get_type() for message in read}
    assert [bytes(message.get_msgbuf()) for message in read] == [raw for _, raw in said]
    assert max(abs(m._timestamp - at_s) for m, (at_s, _) in zip(read, said, strict=True)) < 5e-6
    assert {message._link for message in read} == {0}
    assert {message.get_srcSystem() for message in read} == {1, 255}
    own = [m._timestamp - m.time_boot_ms / 1000 for m in read if m.get_type() == "GLOBAL_POSITION_INT"]
    assert max(own) - min(own) < 0.3


def test_single_pictures_are_told_and_counted_as_those_of_a_series_are() -> None:
    """A follow-up takes one at each place: its flight had said that none was taken."""
    spots = [Spot(name, *at(*place)) for name, place in (("a", (40.0, 60.0)), ("b", (80.0, 20.0)), ("c", (0.0, 90.0)))]
    (plan,) = visit(spots, Visiting(30.0, 8.0), at(0.0, 0.0)).flights

    async def flight() -> None:
        async with world(Weather(0.05, 0.05)) as there:
            flown = await ready(there, plan)
            await flown.start(yes(flown, "start"))
            await asyncio.wait_for(down(flown), 300)
            assert (flown.state.finished, flown.state.pictures, len(there.copter.camera.pictures)) == (True, 3, 3)

    virtually(flight)
