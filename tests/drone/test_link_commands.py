"""Commands over bad lines, modes, heartbeats, and a vehicle that is silent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drone.fly.checks import check_ready
from drone.link.commands import HARMLESS, Command, tell
from drone.link.confirmation import Confirmation
from drone.link.dialect import mavlink
from drone.link.errors import CommandRefused, NoAnswer, NotConfirmed, NoVehicle
from drone.link.lease import Lease
from drone.link.modes import Autopilot, mode_of, mode_params
from drone.link.streams import ask_for_streams
from drone.link.tlog import TLog
from drone.simulated.air import Weather
from drone.simulated.copter import Habits
from drone.simulated.time import loop_wall_s
from tests.drone.peers.packets import beat
from tests.drone.peers.plans import sweep
from tests.drone.peers.world import virtually, world

FULL = Path("/dev/full")
YES = Confirmation("li.wei", "start", 1, "", 0.0)


def test_only_autopilots_are_vehicles_and_nobody_s_home_is_silence() -> None:
    async def talk() -> None:
        async with world(systems=()) as there:
            for raw in (
                beat(11, kind=mavlink.MAV_TYPE_GCS, autopilot=8),
                beat(12, kind=mavlink.MAV_TYPE_GIMBAL),
                beat(13, kind=mavlink.MAV_TYPE_ADSB),
                beat(14, autopilot=8),
            ):
                there.air.from_vehicle("x", raw)
            with pytest.raises(NoVehicle, match="no autopilot was heard within 3 s"):
                await there.link.vehicle(within_s=3)

    virtually(talk)


def test_a_command_is_repeated_until_answered_and_waited_for_while_in_progress() -> None:
    async def talk() -> None:
        async with world(Weather(0.3, 0.1, 0.05, 2), habits=Habits(in_progress=True)) as there:
            vehicle = await there.vehicle()
            await ask_for_streams(vehicle)
            assert there.copter._intervals[33] == pytest.approx(0.2)
            arm = Command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, (1.0,))
            await tell(vehicle, arm, by=YES)
            assert there.copter.armed
            with pytest.raises(CommandRefused, match="DO_SET_MODE: FAILED"):
                await tell(vehicle, Command(mavlink.MAV_CMD_DO_SET_MODE, (1.0, 99.0)), by=YES)
            there.air.down = True
            with pytest.raises(NoAnswer, match="asked 8 times"):
                await tell(vehicle, arm, by=YES)

    virtually(talk)


def test_every_command_but_a_few_needs_a_person_s_word() -> None:
    async def talk() -> None:
        async with world() as there:
            vehicle = await there.vehicle()
            for number in mavlink.enums["MAV_CMD"]:
                if number not in HARMLESS:
                    with pytest.raises(NotConfirmed):
                        await tell(vehicle, Command(number))
            other = Confirmation("li.wei", "start", 2, "", 0.0)
            with pytest.raises(NotConfirmed):
                await tell(vehicle, Command(mavlink.MAV_CMD_NAV_LAND), by=other)
            assert there.copter.commands == []
            assert len(HARMLESS) == 11

    virtually(talk)


def test_modes_are_each_autopilot_s_own_numbers() -> None:
    for autopilot in Autopilot:
        for mode in ("mission", "hold", "return", "land"):
            _, main, sub = mode_params(autopilot, mode)
            custom = int(main) if autopilot is Autopilot.ARDUPILOT else int(main) << 16 | int(sub) << 24
            assert mode_of(autopilot, custom) == mode
    assert mode_of(Autopilot.ARDUPILOT, 5) == "5"


def test_a_heartbeat_beats_once_a_second_while_the_lease_is_live_and_not_once_more(tmp_path: Path) -> None:
    async def talk() -> None:
        loop = asyncio.get_running_loop()
        lease = Lease(5.0, loop.time)
        async with world(lease=lease, tlog=TLog(tmp_path / "x.tlog", loop_wall_s)) as there:
            await there.vehicle()
            lease.renew()
            await asyncio.sleep(20.0)
            assert 4 <= there.link.counts.heartbeats <= 6
            lease.renew()
            lease.end()
            before = there.link.counts.heartbeats
            await asyncio.sleep(5.0)
            assert there.link.counts.heartbeats == before
        assert (tmp_path / "x.tlog").stat().st_size > 1000

    virtually(talk)


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_heartbeat_goes_on_where_the_log_s_disk_is_full(caplog: pytest.LogCaptureFixture) -> None:
    async def talk() -> None:
        lease = Lease(60.0, asyncio.get_running_loop().time)
        async with world(lease=lease, tlog=TLog(FULL, loop_wall_s)) as there:
            vehicle = await there.vehicle()
            lease.renew()
            await asyncio.sleep(20.0)
            assert there.link.counts.heartbeats >= 19
            assert not vehicle.silent

    virtually(talk)
    assert caplog.text.count("ends here") == 1


def test_a_silent_vehicle_is_not_ready() -> None:
    async def talk() -> None:
        async with world() as there:
            vehicle = await there.vehicle()
            await check_ready(vehicle, sweep())
            there.air.down = True
            await asyncio.sleep(3.5)
            with pytest.raises(Exception, match="silent"):
                await check_ready(vehicle, sweep())

    virtually(talk)
