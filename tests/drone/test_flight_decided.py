"""Nothing moves without a person's fresh word for that very plan, written down before it is said."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from drone.fly.errors import NotNow, NotReady
from drone.fly.flight import Flight
from drone.fly.link_loss import link_loss_of, statement
from drone.link.confirmation import VALID_S, Confirmation
from drone.link.dialect import mavlink
from drone.link.errors import CommandRefused, NotConfirmed, NotTheSame
from drone.link.lease import Lease
from drone.link.upload import upload
from drone.simulated.copter import SimulatedCopter
from tests.drone.peers.flights import Trail, down, flown_m, ready, watched, yes
from tests.drone.peers.plans import sweep
from tests.drone.peers.world import endless, virtually, world


def test_no_command_that_moves_goes_out_without_a_fresh_confirmation_for_it() -> None:
    async def flight() -> None:
        async with world(systems=(1, 2)) as there:
            flown = await ready(there, sweep(), system=1)
            good = yes(flown, "start")
            for wrong in (
                replace(good, action="land"),
                replace(good, system=2),
                replace(good, plan_hash=sweep(6).hash),
                replace(good, at_s=good.at_s - VALID_S - 1),
                replace(good, operator=""),
            ):
                with pytest.raises(NotConfirmed):
                    await flown.start(wrong)

            async def lost(by: Confirmation, what: str) -> None:
                raise OSError("the audit trail cannot be written")

            flown._record = lost
            with pytest.raises(OSError, match="audit"):
                await flown.start(good)
            assert there.copters[1].commands == []
            assert not there.copters[1].armed

    virtually(flight)


def test_every_decision_is_written_down_before_it_is_said() -> None:
    async def flight() -> None:
        async with world() as there:
            trail = Trail()
            there.link.lease = endless(asyncio.get_running_loop().time)
            vehicle = await there.vehicle()
            await upload(vehicle, sweep())
            flown = Flight(vehicle, sweep(), record=trail)
            await flown.start(yes(flown, "start"))
            with watched(flown):
                await flown_m(flown, 60.0)
                await flown.pause(yes(flown, "pause"))
                with pytest.raises(NotNow, match="this one is paused"):
                    await flown.pause(yes(flown, "pause"))
                await flown.land(yes(flown, "land"))
            await down(flown)
            said = [what.split()[0] for _, what in trail.entries]
            assert said == ["start", "pause", "land"]
            assert flown.state.why == "land by li.wei"

    virtually(flight)


def test_a_mission_that_is_not_the_plan_is_never_armed() -> None:
    """Altered after it was verified: by another station, on the vehicle itself, or with one that was never uploaded."""

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep())
            items = there.copter.store.items[0]
            items[5] = replace(items[5], y=items[5].y + 500)
            with pytest.raises(NotTheSame, match="item 5"):
                await flown.start(yes(flown, "start"))
            assert mavlink.MAV_CMD_COMPONENT_ARM_DISARM not in there.copter.commands
            other = Flight(flown.vehicle, sweep(6), record=Trail())
            with pytest.raises(NotTheSame):
                await other.start(yes(other, "start"))
            assert not there.copter.armed

    virtually(flight)


def test_a_mission_touched_between_reading_back_and_flying_is_disarmed() -> None:
    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep())
            arm = there.copter._acknowledge

            def meddled(number: int, result: int, who: tuple[int, int]) -> None:
                if number == mavlink.MAV_CMD_COMPONENT_ARM_DISARM and result == mavlink.MAV_RESULT_ACCEPTED:
                    there.copter.say(mavlink.MAVLink_mission_request_message(254, 190, 0, 0))
                arm(number, result, who)

            there.copter._acknowledge = meddled  # type: ignore[method-assign]
            with pytest.raises(NotReady, match="somebody else touched"):
                await flown.start(yes(flown, "start"))
            assert (flown.stage, there.copter.armed, there.copter.body.height_m) == ("uploaded", False, 0.0)

    virtually(flight)


def test_a_mission_that_somebody_altered_during_a_pause_is_not_gone_on_with() -> None:
    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(3))
            await flown.start(yes(flown, "start"))
            with watched(flown):
                assert await flown_m(flown, 100.0)
                await flown.pause(yes(flown, "pause"))
                items = there.copter.store.items[0]
                before, items[5] = items[5], replace(items[5], y=items[5].y + 500)
                there.copter.say(mavlink.MAVLink_mission_ack_message(254, 190, 0, 0))  # to another ground station
                await asyncio.sleep(1.0)
                with pytest.raises(NotTheSame, match="item 5"):
                    await flown.resume(yes(flown, "resume"))
                assert (flown.stage, there.copter.mode) == ("paused", "hold")
                items[5] = before
                await flown.resume(yes(flown, "resume"))
            await down(flown)
            assert flown.state.finished

    virtually(flight)


def test_a_vehicle_elsewhere_or_in_the_air_or_refusing_stays_where_it_is() -> None:
    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep())
            there.copter.body.east_m = 80.0
            await asyncio.sleep(1.0)
            with pytest.raises(NotReady, match="80 m from the plan's home"):
                await flown.start(yes(flown, "start"))
            there.copter.body.east_m = 0.0
            there.copter.mode = "return"
            there.copter._set_mode = None  # type: ignore[assignment,method-assign]
            await asyncio.sleep(1.0)
            SimulatedCopterRefusing(there.copter)
            with pytest.raises(CommandRefused, match="DO_SET_MODE: FAILED"):
                await flown.start(yes(flown, "start"))
            assert (flown.stage, there.copter.armed) == ("uploaded", False)

    virtually(flight)


class SimulatedCopterRefusing:
    """Takes no mode at all."""

    def __init__(self, copter: SimulatedCopter) -> None:
        commands: dict[int, Any] = dict(copter._COMMANDS)
        commands[mavlink.MAV_CMD_DO_SET_MODE] = lambda *_: mavlink.MAV_RESULT_FAILED
        copter._COMMANDS = commands  # type: ignore[misc]


def test_the_heartbeat_ends_with_the_operator_s_session_and_the_vehicle_comes_home() -> None:
    """A ground station that beats on for a dead screen hides the lost link: this one falls silent."""

    async def flight() -> None:
        loop = asyncio.get_running_loop()
        lease = Lease(hold_s=5.0, now_s=loop.time)
        async with world(lease=lease) as there:
            vehicle = await there.vehicle()
            assert there.link.counts.heartbeats == 0  # nobody is signed in yet
            await upload(vehicle, sweep())
            assert statement(await link_loss_of(vehicle), sweep()).startswith(
                "After 5 s without the ground station the vehicle returns at 15 m above home or as high as it is"
            )
            flown = Flight(vehicle, sweep(), record=Trail())
            lease.renew()
            await flown.start(yes(flown, "start"))
            with watched(flown):
                for _ in range(40):
                    lease.renew()
                    await asyncio.sleep(1.0)
                assert flown.stage == "flying"
                silent_from_s = loop.time()
                assert await vehicle.until(lambda: flown.stage == "returning", 20.0)
                assert 4.5 < loop.time() - silent_from_s < 11.0  # the lease's 5 s, the vehicle's 4.5 s, a heartbeat
            await down(flown)
            assert flown.state.why == "the vehicle's own decision, or its pilot's"
            assert not flown.state.finished

    virtually(flight)
