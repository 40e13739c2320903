"""A patrol is flown by a person's decisions, and goes on exactly where it stopped."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from drone.fly.errors import BadState, NotNow, NotReady
from drone.fly.flight import Flight
from drone.fly.kept import Keeper, Stage, read_state
from drone.link.dialect import mavlink
from drone.link.errors import NoAnswer
from drone.link.upload import upload
from drone.plane import LocalPlane
from drone.simulated.air import Weather
from drone.simulated.copter import SimulatedCopter
from drone.types import FencePolygon, Zone
from tests.drone.peers.flights import Trail, down, flown_m, longest_gap_m, off_m, ready, watched, yes
from tests.drone.peers.packets import packed
from tests.drone.peers.plans import EVERY_M, at, sweep
from tests.drone.peers.world import HOME, virtually, when, world

FULL = Path("/dev/full")
MOST_GAP_M = EVERY_M + 1.5  # a series' first picture comes after its distance; a step of the simulation is 0.8 m


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


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_disk_that_fills_up_ends_no_flight_and_what_is_kept_afterwards_can_be_read(tmp_path: Path) -> None:
    async def flight() -> None:
        path = tmp_path / "flight.json"
        draft = path.with_name("flight.json.new")
        async with world() as there:
            flown = await ready(there, sweep(), path)
            draft.symlink_to(FULL)
            with pytest.raises(OSError, match="No space"):
                await flown.start(yes(flown, "start"))
            assert (flown.stage, there.copter.armed) == ("uploaded", False), "what cannot be kept is not sent up"
            draft.unlink()
            await flown.start(yes(flown, "start"))
            path.unlink()
            path.symlink_to(FULL)
            draft.symlink_to(FULL)
            with watched(flown) as watching:
                assert await flown_m(flown, 200.0)
                await flown.pause(yes(flown, "pause"))
                await flown.resume(yes(flown, "resume"))
                draft.unlink()
                assert await flown_m(flown, 400.0)
                assert not watching.done()
            assert read_state(path).stop == flown.state.stop

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


@pytest.mark.parametrize("barred", ["zone", "fence"])
def test_carried_behind_a_zone_while_paused_it_is_not_flown_back_through_it(barred: str) -> None:
    wall = (at(150, -50), at(160, -50), at(160, 100), at(150, 100))
    far = sweep(3)
    plan = (
        replace(far, no_fly=(Zone("school", "no_fly", (wall,)),))
        if barred == "zone"
        else replace(far, fence=(far.fence[0], FencePolygon(wall, inclusion=False)))
    )

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, plan)
            await flown.start(yes(flown, "start"))
            with watched(flown):
                assert await flown_m(flown, 200.0)
                await flown.pause(yes(flown, "pause"))
                there.copter.body.east_m = 200.0
                await asyncio.sleep(1.0)
                with pytest.raises(NotReady, match="crosses zone 'school'" if barred == "zone" else "enters fence 2"):
                    await flown.resume(yes(flown, "resume"))
                assert (flown.stage, there.copter.mode) == ("paused", "hold")
                there.copter.body.east_m = 130.0  # by its remote control
                await asyncio.sleep(1.0)
                await flown.resume(yes(flown, "resume"))
            await down(flown)
            assert flown.state.finished

    virtually(flight)


@pytest.mark.parametrize("word", ["return", "land"])
def test_a_vehicle_that_hears_and_is_not_heard_is_told_to_come_down(word: Literal["return", "land"]) -> None:
    """Our heartbeat reaches it, so that it does not come home by itself."""

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep())
            await flown.start(yes(flown, "start"))
            with watched(flown):
                assert await flown_m(flown, 200.0)
                said = there.copter.say
                there.copter.say = lambda message: None  # type: ignore[method-assign]
                await asyncio.sleep(5.0)
                assert flown.vehicle.silent
                assert there.copter.mode == "mission"
                with pytest.raises(NoAnswer, match="does not answer DO_SET_MODE"):
                    await (flown.return_home if word == "return" else flown.land)(yes(flown, word))
                assert there.copter.mode in (word, "land"), "over home it lands"
                there.copter.say = said  # type: ignore[method-assign]
                assert await flown.vehicle.until(lambda: flown.stage in ("returning", "landing"), 5.0)

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


def test_a_vehicle_that_leaves_its_mission_for_the_return_in_it_has_flown_all_of_it() -> None:
    """PX4 takes a return in a mission for a command: its mode is no mission's any more when that is reached."""

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(2))
            await flown.start(yes(flown, "start"))
            with watched(flown):
                last = len(there.copter.store.items[0]) - 1
                await when(lambda: there.copter.flyer.current == last)
                there.copter.mode = "return"
                await asyncio.sleep(2.0)
            await down(flown)
            assert (flown.stage, flown.state.finished) == ("landed", True)

    virtually(flight)


def test_a_gimbal_s_heartbeat_does_not_tell_that_the_vehicle_is_on_its_mission() -> None:
    """It comes from the same vehicle, ten times as often as the autopilot's, which has left by then and flies on above
    the very row that it was looking at."""
    nod = packed(mavlink.MAVLink_heartbeat_message(mavlink.MAV_TYPE_GIMBAL, 8, 0, 0, 4, 3), 1, 154)

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(3))
            await flown.start(yes(flown, "start"))
            there.copter._intervals[0] = 1.0

            async def nods() -> None:
                while True:
                    there.air.from_vehicle(1, nod)
                    await asyncio.sleep(0.1)

            nodding = asyncio.create_task(nods())
            with watched(flown):
                assert await flown_m(flown, 200.0)
                beaten = flown.vehicle.heartbeat_at_s
                assert await flown.vehicle.until(lambda: flown.vehicle.heartbeat_at_s > beaten, 3.0)
                there.copter.mode = "return"
                truth = there.copter.left_mission_at
                assert await flown.vehicle.until(lambda: flown.stage == "returning", 3.0)
            nodding.cancel()
            stop = flown.state.stop
            assert stop is not None
            assert truth is not None
            east_m, _ = LocalPlane(HOME).to_metres(np.array([(stop.lon, stop.lat)]))[0]
            assert truth[0] - east_m < 1.0, "west of there nothing was looked at"

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


@pytest.mark.parametrize(("stage", "says"), [("uploaded", "was never started"), ("landed", "has landed")])
def test_a_vehicle_that_flies_something_else_is_not_taken_for_this_flight(stage: Stage, says: str) -> None:
    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(2))
            there.copter.armed = True  # by its pilot
            with pytest.raises(NotNow, match=says):
                Flight.going_on(flown.vehicle, replace(flown.state, stage=stage), record=Trail())

    virtually(flight)


def test_a_flight_kept_by_an_earlier_version_gets_a_name_and_two_flights_have_two(tmp_path: Path) -> None:
    path = tmp_path / "flight.json"

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(2), path)
            kept = json.loads(path.read_text(encoding="utf-8"))
            del kept["flight_id"], kept["checklist"]
            kept["stage"] = "flying"
            path.write_text(json.dumps(kept) + "\n", encoding="utf-8")
            assert read_state(path).flight_id == ""
            old = Flight.going_on(flown.vehicle, read_state(path), record=Trail())
            other = Flight(flown.vehicle, sweep(2), record=Trail())
            assert "" not in {old.state.flight_id, other.state.flight_id}
            assert len({flown.state.flight_id, old.state.flight_id, other.state.flight_id}) == 3

    virtually(flight)


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
