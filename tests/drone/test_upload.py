"""A plan is on the vehicle, or it is said that it is not: whatever the line and the autopilot do."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Any

import pytest

from drone.link.compare import differences
from drone.link.dialect import FENCE, MISSION, RALLY, mavlink
from drone.link.errors import NoAnswer, NotTheSame, UploadRefused, VehicleRefused
from drone.link.items import WireItem, missions_of
from drone.link.modes import Autopilot
from drone.link.upload import upload, verify
from drone.simulated.air import Weather
from drone.types import Other, PatrolPlan
from tests.drone.peers.plans import sweep
from tests.drone.peers.world import HOME, World, virtually, when, world

CLEAR = Weather()


def stored(there: World, kind: int) -> list[WireItem]:
    return there.copter.store.items[kind]


def receives(there: World, kind: int, number: int) -> bool:
    receiving = there.copter.store.receiving
    return receiving is not None and receiving.kind == kind and receiving.next >= number


def test_mission_fence_and_rally_are_there_and_home_is_item_0() -> None:
    async def flight() -> None:
        async with world(CLEAR) as there:
            receipt = await upload(await there.vehicle(), sweep())
            assert receipt.items == {"fence": 5, "rally points": 1, "mission": 15}
            assert receipt.attempts == 3
            assert stored(there, MISSION)[0].command == mavlink.MAV_CMD_NAV_WAYPOINT
            assert stored(there, MISSION)[0].z == 10.1  # the vehicle's own, whatever was sent
            assert stored(there, MISSION)[1].command == mavlink.MAV_CMD_NAV_TAKEOFF
            assert (await verify(await there.vehicle(), sweep())).plan_hash == receipt.plan_hash == sweep().hash

    virtually(flight)


@pytest.mark.parametrize("seed", range(6))
def test_a_bad_line_costs_time_and_no_item(seed: int) -> None:
    """15 % lost, 5 % doubled, packets overtaking one another by up to 0.2 s; the vehicle asks in the legacy way."""

    async def flight() -> None:
        async with world(Weather(0.15, 0.05, 0.2, seed)) as there:
            vehicle = await there.vehicle()
            await upload(vehicle, sweep())
            missions = missions_of(sweep(), vehicle.autopilot)
            for kind in (MISSION, FENCE, RALLY):
                assert not differences(missions.of(kind), tuple(stored(there, kind)), vehicle.autopilot, kind)

    virtually(flight)


class Meddler:
    """Loses or alters chosen packets on their way, by type: what chance does once in a hundred uploads."""

    def __init__(self, there: World) -> None:
        self._say = there.copter.say
        self._air = there.air
        self.lost: dict[str, int] = {}
        there.copter.say = self.say  # type: ignore[method-assign]

    def say(self, message: Any) -> None:
        kind = message.get_type()
        if self.lost.get(kind, 0) > 0:
            self.lost[kind] -= 1
        else:
            self._say(message)


def test_a_lost_final_answer_is_read_back_and_not_sent_anew() -> None:
    async def flight() -> None:
        async with world(CLEAR) as there:
            vehicle = await there.vehicle()
            Meddler(there).lost = {"MISSION_ACK": 3}
            receipt = await upload(vehicle, sweep())
            assert receipt.attempts == there.copter.store.offers == 3  # one of each kind

    virtually(flight)


def test_an_offer_that_is_lost_is_made_again_and_one_that_is_doubled_begins_anew() -> None:
    async def flight() -> None:
        async with world(CLEAR) as there:
            vehicle = await there.vehicle()
            Meddler(there).lost = {"MISSION_REQUEST": 2}
            await upload(vehicle, sweep())
        async with world(Weather(duplicates=1.0)) as there:  # every single packet twice
            await upload(await there.vehicle(), sweep())

    virtually(flight)


def test_a_half_upload_is_found_out_and_mended() -> None:
    """The line dies in the middle for longer than the vehicle waits: it keeps a mixture of old and new."""

    async def flight() -> None:
        async with world(CLEAR) as there:
            vehicle = await there.vehicle()
            await upload(vehicle, sweep(rows=6))
            task = asyncio.create_task(upload(vehicle, sweep(rows=3)))
            await when(lambda: receives(there, MISSION, 6))
            there.air.down = True
            await asyncio.sleep(9.0)
            there.air.down = False
            await task
            verified = await verify(vehicle, sweep(rows=3))
            assert verified.items["mission"] == 13

    virtually(flight)


def test_who_dies_in_the_middle_leaves_a_mission_that_nobody_takes_for_the_plan() -> None:
    async def flight() -> None:
        async with world(CLEAR) as there:
            vehicle = await there.vehicle()
            await upload(vehicle, sweep(rows=6))
            task = asyncio.create_task(upload(vehicle, sweep(rows=6, row_m=90.0)))
            await when(lambda: receives(there, MISSION, 6))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(9.0)
            with pytest.raises(NotTheSame, match="item"):
                await verify(vehicle, sweep(rows=6, row_m=90.0))

    virtually(flight)


def test_a_refused_item_is_named_and_the_mixture_is_cleared() -> None:
    async def flight() -> None:
        async with world(CLEAR) as there:
            there.copter.store.refuse_command = mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW
            with pytest.raises(VehicleRefused, match=r"item 2 \(DO_GIMBAL_MANAGER_PITCHYAW\): UNSUPPORTED"):
                await upload(await there.vehicle(), sweep())
            assert stored(there, MISSION) == []

    virtually(flight)


def test_nan_where_the_vehicle_takes_none_is_its_refusal() -> None:
    rates = Other(1000, 2, (-45.0, 90.0, None, None, 0.0, 0.0, 0.0))
    plan = replace(sweep(), items=(*sweep().items[:2], rates, *sweep().items[2:]))

    async def flight() -> None:
        async with world(CLEAR) as there:
            with pytest.raises(VehicleRefused, match="INVALID_PARAM3"):
                await upload(await there.vehicle(), plan)

    virtually(flight)


def test_a_mission_altered_by_the_vehicle_is_refused_with_the_item() -> None:
    async def flight() -> None:
        async with world(CLEAR) as there:
            keep = there.copter.store._keep

            def altered(kind: int, number: int, message: Any) -> None:
                if kind == MISSION and number == 7:
                    message.z += 5.0
                keep(kind, number, message)

            there.copter.store._keep = altered  # type: ignore[method-assign]
            with pytest.raises(NotTheSame, match=r"item 7 .*height or parameter 7 is 35\.00, sent 30\.00") as raised:
                await upload(await there.vehicle(), sweep())
            assert len(raised.value.differences) == 1

    virtually(flight)


def test_a_vehicle_that_is_silent_or_armed_or_doubled_is_refused() -> None:
    async def flight() -> None:
        async with world(CLEAR) as there:
            vehicle = await there.vehicle()
            there.air.down = True
            with pytest.raises(NoAnswer, match="fence"):
                await upload(vehicle, sweep())
        async with world(CLEAR) as there:
            there.copter.armed = True
            vehicle = await there.vehicle()
            with pytest.raises(UploadRefused, match="armed"):
                await upload(vehicle, sweep())
        async with world(CLEAR, systems=(1, 2)) as there:
            there.copters[2].system = 1
            there.copters[2]._voice.srcSystem = 1
            there.air.join("another", there.copters[2])
            there.copters[2]._air = _From(there, "another")  # type: ignore[assignment]
            vehicle = await there.vehicle(1)
            assert await vehicle.until(lambda: vehicle.doubled, 3.0)
            with pytest.raises(UploadRefused, match="two vehicles use the system id 1"):
                await upload(vehicle, sweep())

    virtually(flight)


class _From:
    def __init__(self, there: World, name: str) -> None:
        self._air, self._name = there.air, name

    def from_vehicle(self, name: object, data: bytes) -> None:
        self._air.from_vehicle(self._name, data)


def test_several_vehicles_on_one_port_get_each_their_own_at_the_same_time() -> None:
    async def flight() -> None:
        async with world(Weather(0.1, 0.05, 0.1, 3), systems=(1, 2, 7)) as there:
            plans = {1: sweep(2), 2: sweep(3), 7: sweep(4)}
            vehicles = {system: await there.vehicle(system) for system in plans}
            await asyncio.gather(*(upload(vehicles[system], plan) for system, plan in plans.items()))
            counts = {system: len(copter.store.items[MISSION]) for system, copter in there.copters.items()}
            assert counts == {system: len(missions_of(p, Autopilot.ARDUPILOT).mission) for system, p in plans.items()}

    virtually(flight)


def test_another_station_s_upload_is_waited_for() -> None:
    async def flight() -> None:
        async with world(CLEAR) as there:
            vehicle = await there.vehicle()
            other = mavlink.MAVLink(None, 254, 190)
            count = mavlink.MAVLink_mission_count_message(1, 1, 5, FENCE)
            there.copter.hear(bytes(count.pack(other)))
            await upload(vehicle, sweep())  # denied until the vehicle gives the other one up
            assert len(stored(there, FENCE)) == 5

    virtually(flight)


ITEM = WireItem(16, 6, (0.0, 0.0, 0.0, math.nan), 276_200_000, 1_138_500_000, 30.0)
GIMBAL = WireItem(1000, 2, (-45.4, 90.0, 0.0, 0.0), 16, 0, 0.0)
HABITS = {
    "frame 6 as 3, yaw not kept": (ITEM, replace(ITEM, frame=3, params=(0.0, 0.0, 0.0, 0.0)), True),
    "a centimetre of height": (ITEM, replace(ITEM, z=30.01), True),
    "a metre of height": (ITEM, replace(ITEM, z=31.0), False),
    "above the sea instead of home": (ITEM, replace(ITEM, frame=5), False),
    "0.6 m aside, as floats do": (ITEM, replace(ITEM, y=1_138_500_054), False),
    "another command": (ITEM, replace(ITEM, command=17), False),
    "whole degrees, frame 2 as 0": (GIMBAL, replace(GIMBAL, frame=0, params=(-45.0, 90.0, 0.0, 0.0)), True),
    "another angle": (GIMBAL, replace(GIMBAL, params=(-60.0, 90.0, 0.0, 0.0)), False),
    "from the nose instead of north": (GIMBAL, replace(GIMBAL, x=0), False),
    "half a turn more": (
        WireItem(18, 6, (1.0, 0.0, 20.0, 0.0), 1, 1, 30.0),
        WireItem(18, 3, (1.5, 0.0, 20.0, 0.0), 1, 1, 30.0),
        False,
    ),
}


@pytest.mark.parametrize(("sent", "found", "same"), HABITS.values(), ids=HABITS)
def test_what_storing_changes_passes_and_what_flies_differently_does_not(
    sent: WireItem, found: WireItem, same: bool
) -> None:
    pair = ((sent, sent), (sent, found))
    assert (not differences(*pair, Autopilot.ARDUPILOT, MISSION)) == same


def test_jumps_move_with_the_items_they_name() -> None:
    jump = Other(177, 2, (3.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    plan = PatrolPlan("loop", HOME, (*sweep().items[:-1], jump, sweep().items[-1]))
    targets = {
        autopilot: next(item.params[0] for item in missions_of(plan, autopilot).mission if item.command == 177)
        for autopilot in (Autopilot.ARDUPILOT, Autopilot.PX4)
    }
    assert targets == {Autopilot.ARDUPILOT: 4.0, Autopilot.PX4: 3.0}
