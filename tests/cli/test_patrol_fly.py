"""`sanxun patrol upload`, `fly`, `status` and `resume` as an operator runs them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.audit import repository as audit
from api.auth import repository as accounts
from api.auth.roles import Role
from api.auth.service import create_user
from api.cli.app import app
from api.cli.patrol import flying
from api.cli.patrol.flying import _renew, asked_to_start, attended
from api.cli.patrol.operator import Operator, signed_in
from api.cli.patrol.words import Terminal, obey
from api.errors import NotAllowed, NotSignedIn
from api.house import offline
from api.kit.clock import Clock
from drone.battery import Battery
from drone.check.carried import carried, carrying
from drone.check.terms import Rules
from drone.errors import DroneError, PlanRefused
from drone.fly.flight import Flight
from drone.fly.kept import read_state
from drone.formats.zones import read_zones
from drone.link.confirmation import Confirmation
from drone.link.errors import BadAddress, BadKey, NoVehicle
from drone.link.lease import Lease
from drone.link.signing import SigningKey
from drone.link.upload import upload
from drone.qgc import from_plan, to_plan
from drone.telemetry import read_telemetry
from tests.drone.peers.flights import down, flown_m, ready, watched
from tests.drone.peers.plans import at, sweep
from tests.drone.peers.world import endless, virtually, when, world


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "market.plan"
    path.write_text(to_plan(sweep(2)), encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["patrol", *map(str, arguments)])


def test_a_simulated_flight_is_uploaded_flown_kept_and_told(plan: Path) -> None:
    uploaded = run("upload", plan, "--simulate", "--json")
    facts = json.loads(uploaded.stdout)
    assert (uploaded.exit_code, facts["verified"], facts["items"]["fence"]) == (0, True, 5)
    assert facts["hash"] == from_plan(plan.read_text(encoding="utf-8")).hash
    tlog = plan.with_suffix(".tlog")
    before_s = time.time()
    flown = run("fly", plan, "--simulate", "--speed-up", "1e6", "--tlog", tlog, "--json")
    assert flown.exit_code == 0, flown.output
    ended = json.loads(flown.stdout)
    assert (ended["stage"], ended["finished"], ended["hash"]) == ("landed", True, facts["hash"])
    assert ended["pictures"] >= 15
    assert tlog.stat().st_size > 10_000
    began_s = read_telemetry(tlog).span_s[0]
    assert 0 <= began_s - before_s < 120, "the log of a simulated flight begins now, after those of before"
    kept = plan.with_name("market.plan.flight.json")
    told = json.loads(run("status", "--state", kept, "--json").stdout)["flight"]
    assert (told["stage"], told["finished"]) == ("landed", True)
    assert "all flown" in run("status", "--state", kept).stdout
    assert "nothing is left" in str(run("resume", "--simulate", "--state", kept).exception)


# What breaks which rule of a sweep of 100 m, 30 m up, on a vehicle that is not there: nobody gets as far as the link.
BREAKS = {
    "max_height": ("--max-height", "20"),
    "endurance": ("--endurance", "1"),
    "no_fly": ("--no-fly", "zone.geojson"),
    "people": ("--people", "zone.geojson"),
    "geofence": ("--fence", "zone.geojson"),
}
NOBODY = ("--link", "udp:127.0.0.1:0")


def zone_over_the_sweep(folder: Path) -> Path:
    path = folder / "zone.geojson"
    ring = [at(60, -5), at(70, -5), at(70, 30), at(60, 30), at(60, -5)]
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}), encoding="utf-8")
    return path


@pytest.mark.parametrize("rule", BREAKS)
def test_a_plan_that_breaks_a_rule_reaches_no_vehicle(plan: Path, tmp_path: Path, rule: str) -> None:
    zone = zone_over_the_sweep(tmp_path)
    option = [str(zone) if word == zone.name else word for word in BREAKS[rule]]
    for command in ("upload", "fly"):
        refused = run(command, plan, *NOBODY, *option).exception
        assert isinstance(refused, PlanRefused), refused
        assert f"{rule} at 113." in str(refused)
        assert f"--allow-broken {rule}" in str(refused)
    with_a_server = run("fly", plan, *NOBODY, *option, "--api", "http://127.0.0.1:1", "--allow-broken", rule)
    assert with_a_server.exit_code == 2, "a server's rules cannot be set aside"


def test_a_rule_is_set_aside_by_name_alone_and_that_is_said(plan: Path, tmp_path: Path) -> None:
    rules = ("--max-height", "20", "--no-fly", zone_over_the_sweep(tmp_path))
    other = run("upload", plan, "--simulate", *rules, "--allow-broken", "max_height").exception
    assert isinstance(other, PlanRefused)
    assert "no_fly at" in str(other)
    both = ("--allow-broken", "max_height", "--allow-broken", "no_fly")
    said = run("upload", plan, "--simulate", *rules, *both, "--json")
    assert said.exit_code == 0, said.output
    facts = json.loads(said.stdout)
    assert {one["rule"] for one in facts["overridden"]} == {"max_height", "no_fly"}
    assert "1 no-fly zone kept off" in facts["held_against"]
    assert "FLOWN ALTHOUGH BROKEN (--allow-broken): max_height" in said.stderr
    assert run("upload", plan, "--simulate", "--allow-broken", "everything").exit_code == 2


def test_a_plan_carries_the_rules_that_it_was_made_under(plan: Path, tmp_path: Path) -> None:
    (zone,) = read_zones(zone_over_the_sweep(tmp_path).read_text(encoding="utf-8"), "zone")
    bare = plan.read_text(encoding="utf-8")
    rules = Rules(zones=(zone,), buffer_m=3.0, battery=Battery(1500.0, 0.25, 4.0))
    plan.write_text(carrying(bare, rules), encoding="utf-8")
    assert carried(plan.read_text(encoding="utf-8"), plan.name) == rules
    assert from_plan(plan.read_text(encoding="utf-8")).hash == from_plan(bare).hash
    assert "no_fly at" in str(run("upload", plan, *NOBODY).exception)
    far = replace(rules, zones=(), max_height_m=25.0)
    plan.write_text(carrying(bare, far), encoding="utf-8")
    assert "at most 25 m are allowed" in str(run("upload", plan, *NOBODY).exception)
    told = json.loads(run("upload", plan, "--simulate", "--max-height", "30", "--json").stdout)
    assert told["overridden"] == []
    assert "18.8 min of battery" in told["held_against"]


def test_a_flight_that_stopped_is_gone_on_with_and_not_written_over(plan: Path, tmp_path: Path) -> None:
    kept = tmp_path / "flight.json"
    read = from_plan(plan.read_text(encoding="utf-8"))

    standing = True

    async def stands() -> bool:
        return standing

    async def half() -> None:
        nonlocal standing
        async with world() as there:
            there.link.lease = endless(asyncio.get_running_loop().time)
            vehicle = await there.vehicle()
            await upload(vehicle, read)
            operator = Operator("li.wei", None, stands)
            flight = Flight(vehicle, read, record=operator.record, path=kept)
            await flight.start(operator.decides(flight, "start"))
            with watched(flight):
                assert await flown_m(flight, 90.0)
                terminal = Terminal(listens=False)
                obeying = asyncio.create_task(obey(flight, operator, terminal))
                for word, stage in (
                    ("sing", "flying"),
                    ("pause", "paused"),
                    ("resume", "flying"),
                    ("return", "returning"),
                ):
                    terminal.words.put_nowait(word)
                    assert await vehicle.until(lambda stage=stage: flight.stage == stage, 60.0)
                obeying.cancel()
                standing = False
                await _renew(flight, operator, terminal)  # the session was ended: so is the heartbeat
                assert not there.link.lease.live
            await down(flight)

    virtually(half)
    assert not read_state(kept).finished
    again = run("fly", plan, "--simulate", "--state", kept)
    assert isinstance(again.exception, DroneError)
    assert "patrol resume" in str(again.exception)
    resumed = run("resume", "--simulate", "--speed-up", "1e6", "--state", kept, "--json")
    facts = json.loads(resumed.stdout)
    assert (resumed.exit_code, facts["part"], facts["finished"], facts["whole_hash"]) == (0, 2, True, read.hash)


@pytest.mark.parametrize("word", ["return", "land"])
def test_who_says_return_or_land_does_not_wait_for_what_was_said_before(word: str) -> None:
    """A vehicle that a gale has carried away is flown back to where it was paused, for a minute at most."""

    async def stands() -> bool:
        return True

    async def flight() -> None:
        async with world() as there:
            flown = await ready(there, sweep(3))
            operator = Operator("li.wei", None, stands)
            await flown.start(operator.decides(flown, "start"))
            terminal = Terminal(listens=False)
            obeying = asyncio.create_task(obey(flown, operator, terminal))
            with watched(flown):
                assert await flown_m(flown, 200.0)
                terminal.words.put_nowait("pause")
                assert await flown.vehicle.until(lambda: flown.stage == "paused", 30.0)
                there.copter.body.east_m += 600.0
                await asyncio.sleep(1.0)
                terminal.words.put_nowait("resume")
                await asyncio.sleep(5.0)
                assert there.copter.mode == "guided"
                terminal.words.put_nowait("resume")
                terminal.words.put_nowait(word)
                await asyncio.sleep(3.0)
                assert there.copter.mode == word
                assert flown.stage == {"return": "returning", "land": "landing"}[word]
            obeying.cancel()

    virtually(flight)


def test_while_the_operator_is_asked_the_link_lives_and_no_error_ends_listening(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A line read in the event loop left the vehicle silent for a start, and without a heartbeat in the air."""
    monkeypatch.setattr(flying, "RENEW_EVERY_S", 0.01)
    ours, theirs = os.openpty()
    asked = 0

    async def alive() -> bool:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise OSError("database is locked")
        return True

    async def breaks(by: Confirmation) -> None:
        heard.append(by.action)
        raise RuntimeError("the trail cannot be written")

    heard: list[str] = []

    async def ask() -> None:
        lease = Lease(hold_s=0.1)
        async with world(lease=lease) as there:
            flight = Flight(await there.vehicle(), sweep(2), record=Operator("li.wei", None, alive).record)
            operator = Operator("li.wei", None, alive)
            async with attended(flight, operator):
                asking = asyncio.create_task(asked_to_start(flight, operator, None, simulate=False))
                before = there.link.counts.received
                await when(lambda: there.link.counts.received > before and asked > 2)
                assert (asking.done(), lease.live) == (False, True)
                os.write(ours, (flight.plan.hash[:6] + "\n").encode())
                await asking
            monkeypatch.setattr(flight, "pause", breaks)
            terminal = Terminal(listens=False)
            for _ in range(2):
                terminal.words.put_nowait("pause")
            obeying = asyncio.create_task(obey(flight, operator, terminal))
            await when(lambda: len(heard) == 2)
            obeying.cancel()

    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        asyncio.run(ask())
    os.close(ours)


def test_a_session_that_ends_while_the_operator_types_stops_the_start() -> None:
    async def ended() -> bool:
        return False

    async def start() -> None:
        async with world() as there:
            there.link.lease = endless(asyncio.get_running_loop().time)
            vehicle = await there.vehicle()
            plan = sweep(2)
            await upload(vehicle, plan)
            operator = Operator("li.wei", None, ended)
            flight = Flight(vehicle, plan, record=operator.record)
            with pytest.raises(NotSignedIn, match="session has ended: start is not done"):
                await flight.start(operator.decides(flight, "start"))
            assert (flight.stage, vehicle.armed) == ("uploaded", False)

    virtually(start)


def test_nothing_real_flies_without_a_drone_operator_who_signs_in(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANXUN_PASSWORD", "correct horse battery")
    data = tmp_path / "data"
    data.mkdir(mode=0o700)

    async def people() -> None:
        async with offline(data) as database, database.writing() as session:
            for name, role in (("li.wei", Role.DRONE_OPERATOR), ("wang", Role.GRID_WORKER)):
                await create_user(session, Clock(), name, "correct horse battery", role)

    asyncio.run(people())
    link = ("--link", "udp:127.0.0.1:0", "--data", data)
    assert isinstance(run("fly", plan, *link).exception, NotSignedIn)
    assert isinstance(run("fly", plan, *link, "--operator", "wang").exception, NotAllowed)
    assert isinstance(run("fly", plan, *link, "--operator", "nobody").exception, NotSignedIn)

    async def decide() -> None:
        async with world() as there, signed_in("li.wei", data, simulate=False) as operator:
            vehicle = await there.vehicle()
            flight = Flight(vehicle, sweep(2), record=operator.record)
            assert await operator.alive()
            operator.remark = "; although max_height"
            await operator.record(operator.decides(flight, "start"), "start sweep on vehicle 1")
            async with offline(data) as database, database.writing() as session:
                entry = (await audit.newest(session, 1))[0]
                account = await accounts.account_named(session, "li.wei")
                assert account is not None
                await accounts.end_sessions_of(session, account.id)
            assert (entry.actor, entry.role, entry.action) == ("li.wei", "drone_operator", "patrol.start")
            assert (entry.subject, entry.reason) == (sweep(2).hash, "start sweep on vehicle 1; although max_height")
            with pytest.raises(NotSignedIn):
                await operator.record(operator.decides(flight, "start"), "start sweep on vehicle 1")
            assert not await operator.alive()  # an administrator ended the session: the heartbeat ends with it

    asyncio.run(decide())


def test_addresses_keys_and_silence_are_said_in_a_sentence(plan: Path, tmp_path: Path) -> None:
    assert isinstance(run("upload", plan).exception, BadAddress)
    (tmp_path / "key").write_text("00")
    (tmp_path / "key").chmod(0o600)
    bad = run("upload", plan, "--link", "udp:127.0.0.1:0", "--signing-key", tmp_path / "key")
    assert isinstance(bad.exception, BadKey)
    SigningKey.made(tmp_path / "good")
    wrong = run("upload", plan, "--link", "tcp:127.0.0.1:1", "--signing-key", tmp_path / "good")
    assert isinstance(wrong.exception, NoVehicle)
    assert run("status").exit_code == 2
