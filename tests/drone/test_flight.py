"""A patrol is flown by a person's decisions, and goes on exactly where it stopped."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drone.fly.errors import BadState, NotNow, NotReady
from drone.fly.flight import Flight
from drone.fly.kept import Keeper, read_state
from drone.fly.link_loss import link_loss_of, statement
from drone.fly.rest import Stop, rest_of
from drone.fly.route import Route, Spot
from drone.link.confirmation import VALID_S, Confirmation
from drone.link.dialect import mavlink
from drone.link.errors import CommandRefused, NotConfirmed, NotTheSame
from drone.link.lease import Lease
from drone.link.upload import upload
from drone.plane import LocalPlane
from drone.simulated.air import Weather
from drone.simulated.copter import SimulatedCopter
from drone.types import Circle, FenceCircle, PatrolPlan
from tests.drone.peers.flights import Trail, down, flown_m, longest_gap_m, off_m, watched, yes
from tests.drone.peers.plans import EVERY_M, at, sweep
from tests.drone.peers.world import HOME, World, endless, virtually, world

MOST_GAP_M = EVERY_M + 1.5  # a series' first picture comes after its distance; a step of the simulation is 0.8 m


async def ready(there: World, plan: PatrolPlan, path: Path | None = None, system: int | None = None) -> Flight:
    there.link.lease = endless(asyncio.get_running_loop().time)
    vehicle = await there.vehicle(system)
    await upload(vehicle, plan)
    return Flight(vehicle, plan, record=Trail(), path=path)


def pictures(*copters: SimulatedCopter) -> list[tuple[float, float]]:
    return [picture for copter in copters for picture in copter.camera.pictures]


def test_a_patrol_is_flown_to_the_end_over_a_bad_line(tmp_path: Path) -> None:
    async def flight() -> None:
        async with world(Weather(0.1, 0.05, 0.05, 1)) as there:
            flown = await ready(there, sweep(), tmp_path / "flight.json")
            assert flown.progress is None
            await flown.start(yes(flown, "start"))
            await down(flown)
            assert (flown.stage, flown.state.finished) == ("landed", True)
            assert flown.progress is not None
            assert flown.progress.flown_m == pytest.approx(flown.progress.length_m, abs=1.0)
            assert longest_gap_m(sweep(), pictures(there.copter)) < MOST_GAP_M
            assert read_state(tmp_path / "flight.json") == flown.state
            assert not there.copter.armed
            with pytest.raises(NotNow, match="nothing is left"):
                Flight.resuming(flown.vehicle, flown.state, record=Trail())

    virtually(flight)


def test_paused_and_resumed_in_the_air_it_goes_on_from_the_same_place() -> None:
    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(3))
            await flown.start(yes(flown, "start"))
            with watched(flown):
                assert await flown_m(flown, 200.0)
                await flown.pause(yes(flown, "pause"))
                stop = flown.state.stop
                assert stop is not None
                assert off_m(flown.vehicle, (stop.lon, stop.lat)) < 0.5
                taken = len(pictures(there.copter))
                await asyncio.sleep(60.0)
                assert off_m(flown.vehicle, (stop.lon, stop.lat)) < 0.5
                assert (there.copter.camera.every_m, len(pictures(there.copter))) == (0.0, taken)
                await flown.resume(yes(flown, "resume"))
                assert (there.copter.camera.every_m, there.copter.camera.pitch_deg) == (EVERY_M, -45.0)
                await asyncio.sleep(0.5)
                assert flown.stage == "flying"
            await down(flown)
            assert flown.state.finished
            assert longest_gap_m(sweep(3), pictures(there.copter)) < MOST_GAP_M

    virtually(flight)


def test_blown_away_while_paused_it_comes_back_first() -> None:
    """An autopilot flies straight to its next item from wherever it is: a part of the leg would not be seen."""

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(3))
            await flown.start(yes(flown, "start"))
            with watched(flown):
                assert await flown_m(flown, 200.0)
                await flown.pause(yes(flown, "pause"))
                there.copter.body.east_m += 15.0
                there.copter.body.north_m -= 20.0
                await asyncio.sleep(1.0)
                await flown.resume(yes(flown, "resume"))
                stop = flown.state.stop
                assert stop is not None
                assert off_m(flown.vehicle, (stop.lon, stop.lat)) < 1.5
            await down(flown)
            assert longest_gap_m(sweep(3), pictures(there.copter)) < MOST_GAP_M

    virtually(flight)


@pytest.mark.parametrize("how", ["the same drone", "another drone", "the vehicle's own failsafe"])
def test_after_a_battery_swap_it_goes_on_within_two_metres_and_misses_no_picture(tmp_path: Path, how: str) -> None:
    """Each time by another process: only the file and the vehicle are left."""
    path = tmp_path / "flight.json"

    async def flight() -> None:
        async with world(Weather(0.05, 0.05, 0.0, 5), systems=(1, 2) if how == "another drone" else (1,)) as there:
            flown = await ready(there, sweep(3), path, 1)
            await flown.start(yes(flown, "start"))
            with watched(flown):
                assert await flown_m(flown, 200.0)
                if how == "the vehicle's own failsafe":
                    there.copters[1].mode = "return"
                else:
                    await flown.return_home(yes(flown, "return"))
                truth = there.copters[1].left_mission_at
                assert truth is not None
                await asyncio.sleep(3.0)
            await down(flown)
            assert (flown.stage, flown.state.finished) == ("landed", False)

            kept = read_state(path)
            system = 2 if how == "another drone" else 1
            there.copters[system].swap_battery()
            rest = Flight.resuming(await there.vehicle(system), kept, record=Trail(), path=path)
            assert (rest.state.part, rest.state.whole_hash) == (2, sweep(3).hash)
            before = len(there.copters[system].camera.pictures)
            await upload(rest.vehicle, rest.plan)
            await rest.start(yes(rest, "start"))
            await down(rest)
            assert rest.state.finished
            first = there.copters[system].camera.pictures[before]
            assert np.hypot(*(np.array(first) - truth)) < 2.0
            assert longest_gap_m(sweep(3), pictures(*there.copters.values())) < MOST_GAP_M
            assert there.copters[system].camera.pitch_deg == -45.0

    virtually(flight)


def test_a_patrol_broken_off_and_started_anew_begins_at_its_beginning() -> None:
    """ArduCopter would go on in the middle, and its old item number would pass for progress."""

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(2))
            await flown.start(yes(flown, "start"))
            with watched(flown):
                assert await flown_m(flown, 120.0)
                await flown.return_home(yes(flown, "return"))
            await down(flown)
            there.copter.swap_battery()
            there.copter.camera.pictures.clear()
            anew = Flight(flown.vehicle, sweep(2), record=Trail())
            await anew.start(yes(anew, "start"))
            with watched(anew):
                await asyncio.sleep(5.0)
                assert anew.progress is not None
                assert anew.progress.flown_m < 20.0
            await down(anew)
            assert anew.state.finished
            assert longest_gap_m(sweep(2), pictures(there.copter)) < MOST_GAP_M

    virtually(flight)


def test_a_server_that_was_killed_in_flight_goes_on_watching_and_commanding(tmp_path: Path) -> None:
    path = tmp_path / "flight.json"

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(3), path)
            await flown.start(yes(flown, "start"))
            with watched(flown):
                assert await flown_m(flown, 100.0)
            await asyncio.sleep(20.0)  # nobody watches

            trail = Trail()
            again = Flight.going_on(flown.vehicle, read_state(path), record=trail, path=path)
            assert (again.stage, again.progress is not None) == ("flying", True)
            assert again.state.flight_id == flown.state.flight_id != ""
            with watched(again):
                await asyncio.sleep(1.0)
                assert again.progress is not None
                assert again.progress.flown_m > 220.0
                await again.pause(yes(again, "pause"))
                await again.resume(yes(again, "resume"))
            await down(again)
            assert again.state.finished
            assert read_state(path).flight_id == flown.state.flight_id
            paused = trail.entries[0][1]
            assert paused == f"pause {again.plan.name} on vehicle 1, flight {flown.state.flight_id}"

    virtually(flight)


def test_a_flight_kept_by_an_earlier_version_gets_a_name_and_two_flights_have_two(tmp_path: Path) -> None:
    path = tmp_path / "flight.json"

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(2), path)
            kept = json.loads(path.read_text(encoding="utf-8"))
            del kept["flight_id"], kept["checklist"]
            path.write_text(json.dumps(kept) + "\n", encoding="utf-8")
            assert read_state(path).flight_id == ""
            old = Flight.going_on(flown.vehicle, read_state(path), record=Trail())
            other = Flight(flown.vehicle, sweep(2), record=Trail())
            assert "" not in {old.state.flight_id, other.state.flight_id}
            assert len({flown.state.flight_id, old.state.flight_id, other.state.flight_id}) == 3

    virtually(flight)


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


def test_the_rest_of_a_plan_follows_its_own_legs_where_straight_is_forbidden() -> None:
    blocked = FenceCircle(*at(40, 28), 10.0, inclusion=False)
    plan = replace(sweep(), fence=(*sweep().fence, blocked))
    route = Route(plan)
    leg = route.legs[6]
    stop = Stop(leg.item, 0.5, *at(70, 50), 30.0)
    straight, along = rest_of(sweep(), stop), rest_of(plan, stop)
    assert len(along.waypoints) == len(straight.waypoints) + 5
    assert along.waypoints[:5] == tuple(replace(w) for w in sweep().waypoints[:5])
    assert straight.hash != sweep().hash


def test_the_rest_of_a_plan_comes_no_nearer_to_a_zone_than_the_plan() -> None:
    """Of 426 stops of a plan with a buffer of 60 m the way back to 163 was nearer, 5.4 m once."""
    block = FenceCircle(*at(95, -30), 10.0, inclusion=False)  # 20 m off the row, and off the straight way back to it
    plan = replace(sweep(), fence=(block,))
    route = Route(plan)
    far, near = (rest_of(plan, Stop(route.legs[3].item, 0.5, *at(118, y), 30.0)) for y in (0.0, -6.0))
    assert len(near.waypoints) == len(far.waypoints) + 2


def test_the_rest_begins_with_what_camera_and_gimbal_were_told() -> None:
    route = Route(sweep())
    rest = rest_of(sweep(), Stop(route.legs[4].item, 0.25, *at(95, 25), 30.0))
    assert [type(item).__name__ for item in rest.items] == [
        *("Takeoff", "Photo", "Gimbal", "Waypoint", "Photo", "Photo"),
        *["Waypoint"] * 5,
        *("Photo", "Return"),
    ]
    assert rest_of(sweep(), Stop(0, 0.5, *HOME, 15.0)).items == sweep().items  # still rising: all of it is left


def test_a_circle_is_flown_anew_since_nobody_tells_its_turns() -> None:
    plan = replace(sweep(), items=(*sweep().items[:-1], Circle(*at(60, 60), 30.0, 20.0, 2.0), sweep().items[-1]))
    route = Route(plan)
    leg = next(leg for leg in route.legs if leg.command == 18)
    assert route.fraction(leg, Spot(at(60, 80), 30.0)) == 0.0
    assert plan.items[-2] in rest_of(plan, Stop(leg.item, 0.0, *at(60, 80), 30.0)).items


def test_a_kept_flight_is_whole_or_refused(tmp_path: Path) -> None:
    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(), tmp_path / "flight.json")
            assert read_state(tmp_path / "flight.json") == flown.state
            altered = (
                (tmp_path / "flight.json")
                .read_text()
                .replace('"height_above_home_m": 30.0', '"height_above_home_m": 300.0', 1)
            )
            (tmp_path / "altered.json").write_text(altered)
            with pytest.raises(BadState, match="altered"):
                read_state(tmp_path / "altered.json")
            with pytest.raises(BadState, match="cannot be read"):
                read_state(tmp_path / "none.json")
            keeper = Keeper(tmp_path / "again.json")
            keeper.keep(flown.state)
            keeper.step(replace(flown.state, pictures=7))
            keeper.close()
            with (tmp_path / "again.json").open("a") as file:
                file.write('{"stop": null, "pictu')  # killed while it wrote
            assert read_state(tmp_path / "again.json") == replace(flown.state, pictures=7)

    virtually(flight)


def test_fractions_of_a_leg_are_those_of_the_ground() -> None:
    route = Route(sweep())
    leg = route.legs[2]
    place = LocalPlane(HOME).to_degrees(np.array([[20 + 25.0, 3.0]]))[0]
    assert route.fraction(leg, Spot((float(place[0]), float(place[1])), 30.0)) == pytest.approx(0.25, abs=0.01)
