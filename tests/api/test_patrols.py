"""Patrols over HTTP: plans that keep the rules, flights that a person sends, schedules that clash, follow-ups."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from geographiclib.geodesic import Geodesic
from typer.testing import CliRunner

from api.auth.roles import Role
from api.cli.app import app
from api.cli.patrol.flying import sent_up
from api.cli.patrol.over_http import signed_in_at
from api.errors import NotAllowed, WrongState
from api.kit.cursor import encode_cursor
from api.patrols.checklist import ITEMS
from drone.fly.errors import NotReady
from drone.fly.flight import Flight
from drone.fly.kept import read_state
from drone.link.upload import upload
from drone.qgc import from_plan, to_plan
from tests.api.house import Served, event
from tests.api.stored import change, rows
from tests.drone.peers.flights import down, flown_m, watched
from tests.drone.peers.plans import sweep
from tests.drone.peers.world import endless, virtually, world

HOME = [113.85, 27.6185]
AREA = {
    "type": "Polygon",
    "coordinates": [[[113.85, 27.62], [113.853, 27.62], [113.853, 27.622], [113.85, 27.622], [113.85, 27.62]]],
}
SCHOOL = [[113.8513, 27.6208], [113.8516, 27.6208], [113.8516, 27.6211], [113.8513, 27.6211], [113.8513, 27.6208]]
NO_FLY = {
    "type": "Feature",
    "properties": {"name": "school"},
    "geometry": {"type": "Polygon", "coordinates": [SCHOOL]},
}


def pilot(served: Served) -> httpx.Client:
    return served.client(Role.DRONE_OPERATOR)


def area_plan(served: Served, **rules: Any) -> list[dict[str, Any]]:
    body = {"name": "market", "home": HOME, "rules": {"area": AREA, **rules}}
    made = pilot(served).post("/patrols/plans/area", json=body)
    assert made.status_code == 201, made.text
    found: list[dict[str, Any]] = made.json()["items"]
    return found


def signed_in(served: Served, passwords: dict[str, str], username: str = "pilot") -> httpx.Client:
    client = served.client()
    answer = client.post("/session", json={"username": username, "password": passwords[username]})
    assert answer.status_code == 200, answer.text
    return client


def trail(served: Served) -> list[tuple[str, str, str]]:
    return rows(served.data, "SELECT actor, action, subject FROM audit WHERE action LIKE 'patrol.%' ORDER BY seq")


def test_a_plan_is_made_kept_and_given_out_as_a_file(shared: Served) -> None:
    plans = area_plan(shared, no_fly=NO_FLY, no_fly_buffer_m=10, endurance_min=6)
    assert len(plans) > 1
    assert {plan["batch"] for plan in plans} == {plans[0]["batch"]}
    assert all(plan["duration_s"] <= 6 * 60 * 0.8 + 0.1 for plan in plans)
    text = pilot(shared).get(f"/patrols/plans/{plans[0]['id']}/file").text
    assert from_plan(text).hash == plans[0]["hash"]
    features = pilot(shared).get(f"/patrols/plans/{plans[0]['id']}/map").json()["features"]
    assert {one["properties"]["role"] for one in features} >= {"home", "flight", "waypoint", "fence"}


def test_a_plan_that_breaks_a_rule_is_refused_with_the_place(shared: Served) -> None:
    (free,) = area_plan(shared)
    document = json.loads(pilot(shared).get(f"/patrols/plans/{free['id']}/file").text)
    body = {"name": "market", "plan": document, "rules": {"no_fly": NO_FLY, "no_fly_buffer_m": 10}}
    checked = pilot(shared).post("/patrols/checks", json=body).json()
    assert not checked["ok"]
    refused = pilot(shared).post("/patrols/plans", json=body)
    assert refused.status_code == 422
    errors = refused.json()["errors"]
    assert [one["rule"] for one in errors] == [one["rule"] for one in checked["broken"]]
    west = Geodesic.WGS84.Inverse(errors[0]["lat"], errors[0]["lon"], 27.62095, 113.85145)["s12"]
    assert west < 45
    kept = pilot(shared).post("/patrols/plans", json={"name": "market", "plan": document, "rules": {"area": AREA}})
    assert (kept.status_code, kept.json()["hash"]) == (201, free["hash"])


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({}, "is missing"),
        ({"area": {"type": "Point", "coordinates": [1, 2]}}, "found Point"),
        ({"area": AREA, "no_fly": {"type": "Point"}}, "expected a GeoJSON"),
        ({"area": AREA, "max_height_m": 50}, "at most 50 m"),
        ({"area": AREA, "endurance_min": 2}, "2 min are allowed"),
    ],
)
def test_what_cannot_be_planned_says_why(shared: Served, rules: dict[str, Any], says: str) -> None:
    body = {"name": "x", "home": HOME, "rules": rules}
    answer = pilot(shared).post("/patrols/plans/area", json=body)
    assert answer.status_code == 422
    assert says in answer.text


def test_only_a_signed_in_operator_with_a_full_checklist_sends_a_vehicle(
    served: Served, passwords: dict[str, str]
) -> None:
    (plan,) = area_plan(served)
    person = signed_in(served, passwords)
    flight = person.post("/patrols/flights", json={"plan_id": plan["id"], "vehicle": 7}).json()
    path = f"/patrols/flights/{flight['id']}"
    start = {"action": "start", "plan_hash": plan["hash"]}
    early = person.post(f"{path}/decisions", json=start)
    assert early.status_code == 409
    assert "battery" in early.text
    answers = {item.value: {"ok": True} for item in ITEMS}
    bad = {**answers, "weather": {"ok": False, "note": "gusts of 14 m/s"}}
    assert person.post(f"{path}/checklist", json={"answers": bad}).json()["state"] == "no_go"
    assert person.post(f"{path}/decisions", json=start).status_code == 409
    assert person.post(f"{path}/checklist", json={"answers": answers}).json()["state"] == "go"
    assert pilot(served).post(f"{path}/decisions", json=start).status_code == 403  # a token is no person
    centre = signed_in(served, passwords, "centre")
    assert centre.post(f"{path}/decisions", json=start).status_code == 403
    other = person.post(f"{path}/decisions", json={**start, "plan_hash": "0" * 64})
    assert other.status_code == 409
    decision = person.post(f"{path}/decisions", json=start)
    assert decision.status_code == 201, decision.text
    assert (decision.json()["operator"], decision.json()["vehicle"]) == ("pilot", 7)
    assert person.post(f"{path}/decisions", json=start).status_code == 409  # it flies
    decided = ["start", "resume", "pause", "pause", "resume", "return", "return", "land", "land"]
    again = person.post("/patrols/flights", json={"plan_id": plan["id"], "vehicle": 7}).json()
    person.post(f"/patrols/flights/{again['id']}/checklist", json={"answers": answers})
    assert (
        person.post(f"/patrols/flights/{again['id']}/decisions", json=start).status_code == 409
    )  # so does its vehicle
    # What a vehicle did not answer is said again, and each time it is on record.
    for action in decided[1:]:
        assert person.post(f"{path}/decisions", json={**start, "action": action}).status_code == 201
    ended = person.post(f"{path}/end").json()
    assert ended["state"] == "ended"
    assert [one["action"] for one in ended["decisions"]] == decided
    assert ended["checklist"]["weather"]["by"] == "pilot"
    written = [(actor, action) for actor, action, subject in trail(served) if subject == flight["id"]]
    moves = [("pilot", f"patrol.{action}") for action in decided]
    assert [one for one in written if one in moves] == moves


def test_schedules_show_what_cannot_both_be_flown(served: Served) -> None:
    (plan,) = area_plan(served)
    body = {
        "plan_id": plan["id"],
        "vehicle": 1,
        "operator": "pilot",
        "weekdays": [0, 2],
        "minute": 9 * 60,
        "first": "2026-11-23",
        "skipped": ["2026-12-02"],
    }
    client = pilot(served)
    first = client.post("/patrols/schedules", json=body).json()
    second = client.post("/patrols/schedules", json={**body, "minute": 9 * 60 + 5, "vehicle": 2})
    third = client.post("/patrols/schedules", json={**body, "minute": 9 * 60 + 8, "weekdays": [2]})
    seen = client.get("/patrols/calendar", params={"start": "2026-11-23", "days": 14, "limit": 200}).json()["items"]
    mine = [one for one in seen if one["schedule"] == first["id"]]
    starts = [one["starts_at"] for one in mine]
    # Mondays and Wednesdays at nine in the site's zone, Asia/Shanghai; one Wednesday is left out.
    assert starts == [f"2026-11-{day}T01:00:00.000Z" for day in (23, 25, 30)]
    why = {clash["schedule"]: clash["why"] for one in mine for clash in one["conflicts"]}
    assert why[second.json()["id"]] == ["operator", "airspace"]
    assert set(why[third.json()["id"]]) >= {"vehicle", "operator"}
    theirs = [clash["schedule"] for one in seen if one["schedule"] == third.json()["id"] for clash in one["conflicts"]]
    assert first["id"] in theirs, "told at both"
    assert client.post(f"/patrols/schedules/{first['id']}/end").json()["ended"]
    left = client.get("/patrols/schedules").json()["items"]
    assert first["id"] not in {one["id"] for one in left}
    assert client.post("/patrols/schedules", json={**body, "last": "2026-11-01"}).status_code == 422
    unknown = client.post("/patrols/schedules", json={**body, "operator": "centre"})
    assert (unknown.status_code, "no drone operator" in unknown.text) == (422, True)
    assert not any(one["grounded"] for one in left)
    change(served.data, "UPDATE account SET role = 'officer' WHERE username = 'pilot'")
    after = client.get("/patrols/schedules").json()["items"]
    assert after
    assert all(one["grounded"] for one in after)


def test_a_calendar_has_no_page_and_no_day_that_the_server_cannot_answer(served: Served) -> None:
    (plan,) = area_plan(served)
    client = pilot(served)
    when = {"operator": "pilot", "weekdays": list(range(7)), "minute": 0, "first": "2026-11-23"}
    client.post("/patrols/schedules", json={"plan_id": plan["id"], "vehicle": 1, **when}).raise_for_status()
    for start, days, cursor in (("9999-12-31", 92, None), ("0001-01-01", 2, None), ("2026-11-23", 1, encode_cursor(5)),
                                ("2026-11-23", 1, encode_cursor(2**63 - 1))):  # fmt: skip
        asked: dict[str, str | int] = {"start": start, "days": days} | ({"cursor": cursor} if cursor else {})
        assert client.get("/patrols/calendar", params=asked).status_code == 200, asked


@pytest.mark.parametrize("kind", ["follow-up", "area"])
def test_a_home_that_autopilots_take_for_none_is_refused(served: Served, kind: str) -> None:
    served.post(event())
    for home in ([0.0, 0.0], [1e-9, -1e-9]):
        body = {"home": home} | ({"name": "x", "rules": {"area": AREA}} if kind == "area" else {})
        answer = pilot(served).post(f"/patrols/plans/{kind}", json=body)
        assert (answer.status_code, "takes for none" in answer.json()["detail"]) == (422, True), answer.text


def test_a_follow_up_keeps_inside_the_fence(served: Served) -> None:
    served.post(event())
    south = [[113.84, 27.61], [113.86, 27.61], [113.86, 27.6195], [113.84, 27.61]]
    body = {"home": HOME, "height_m": 40, "rules": {"fence": {"type": "Polygon", "coordinates": [south]}}}
    refused = pilot(served).post("/patrols/plans/follow-up", json=body)
    assert refused.status_code == 422
    south[2:3] = [[113.86, 27.63], [113.84, 27.63]]
    (plan,) = pilot(served).post("/patrols/plans/follow-up", json=body).json()["items"]
    assert plan["tickets"]


def test_a_follow_up_looks_at_what_is_not_solved(served: Served) -> None:
    client = pilot(served)
    body = {"home": HOME, "height_m": 40}
    assert client.post("/patrols/plans/follow-up", json=body).status_code == 404
    served.post(event())
    (ticket,) = served.tickets()
    (plan,) = client.post("/patrols/plans/follow-up", json=body).json()["items"]
    assert plan["tickets"] == [ticket["id"]]
    flown = from_plan(client.get(f"/patrols/plans/{plan['id']}/file").text)
    (stop,) = flown.waypoints
    away = Geodesic.WGS84.Inverse(stop.lat, stop.lon, 27.62, 113.85)["s12"]
    assert away == pytest.approx(30, abs=0.1)
    served.client(Role.COMMAND_CENTRE).post(f"/tickets/{ticket['id']}/void", json={"note": "an exercise"})
    if served.tickets()[0]["state"] == "voided":
        assert client.post("/patrols/plans/follow-up", json=body).status_code == 404
    assert client.post("/patrols/plans/follow-up", json={**body, "within_m": 100}).status_code == 404


def test_what_a_drone_raised_is_looked_at_again_from_where_it_was_seen(served: Served) -> None:
    spot = {"lon": 113.851, "lat": 27.6195, "semi_major_m": 2.0, "semi_minor_m": 1.0, "bearing_deg": 0.0}
    why = {"seen_from_deg": 200.0, "seen_down_deg": 55.0, "seen_away_m": 36.6, "seen_cm_px": 8.0}
    served.post(event(source="drone", place=spot, why=why))
    (plan,) = pilot(served).post("/patrols/plans/follow-up", json={"home": HOME}).json()["items"]
    (stop,) = from_plan(pilot(served).get(f"/patrols/plans/{plan['id']}/file").text).waypoints
    there = Geodesic.WGS84.Inverse(27.6195, 113.851, stop.lat, stop.lon)
    assert there["azi1"] % 360 == pytest.approx(200, abs=0.5)
    assert (there["s12"], stop.height_above_home_m) == (pytest.approx(21, abs=0.2), pytest.approx(30, abs=0.2))
    assert [one["rule"] for one in plan["cautions"]] == []
    (other,) = pilot(served).post("/patrols/plans/follow-up", json={"home": HOME, "height_m": 80}).json()["items"]
    assert [one["rule"] for one in other["cautions"]] == ["not_as_seen"]


def test_a_flight_carries_the_number_of_the_decision_that_the_server_keeps(
    served: Served, passwords: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANXUN_PASSWORD", passwords["pilot"])
    (kept,) = area_plan(served)
    plan = from_plan(pilot(served).get(f"/patrols/plans/{kept['id']}/file").text, kept["name"])
    assert plan.hash == kept["hash"]

    async def send() -> str:
        async with world() as there, signed_in_at(served.url, "pilot", plan.hash) as operator:
            vehicle = await there.vehicle()
            flight = Flight(vehicle, plan, record=operator.record)
            with pytest.raises(WrongState, match="no open flight"):
                await flight.start(operator.decides(flight, "start"))
            person = await asyncio.to_thread(signed_in, served, passwords)
            body = {"plan_id": kept["id"], "vehicle": vehicle.system}
            path = f"/patrols/flights/{person.post('/patrols/flights', json=body).json()['id']}"
            with pytest.raises(NotAllowed, match="not answered with yes: airframe"):
                await flight.start(operator.decides(flight, "start"))
            assert not vehicle.armed
            person.post(f"{path}/checklist", json={"answers": {item.value: {"ok": True} for item in ITEMS}})
            with pytest.raises(NotReady, match="from the plan's home"):
                await sent_up(flight, operator)
            told = person.get(path).json()
            assert [one["id"] for one in told["decisions"]] == [flight.state.reference]
            assert (told["state"], await operator.alive()) == ("ended", True)
            return str(told["id"])

    flight_id = asyncio.run(send())
    assert ("pilot", "patrol.start", flight_id) in trail(served)


def test_the_command_flies_by_the_servers_decisions_to_the_end(
    served: Served, passwords: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A real server is asked in real time while the flight is simulated as fast as it can."""
    monkeypatch.setenv("SANXUN_PASSWORD", passwords["pilot"])
    path = tmp_path / "sweep.plan"
    path.write_text(to_plan(sweep(1)), encoding="utf-8")
    person = signed_in(served, passwords)
    body = {"name": "sweep", "plan": json.loads(path.read_text(encoding="utf-8"))}
    kept = pilot(served).post("/patrols/plans", json=body).json()
    flight = (
        f"/patrols/flights/{person.post('/patrols/flights', json={'plan_id': kept['id'], 'vehicle': 1}).json()['id']}"
    )
    fly = ["patrol", "fly", str(path), "--simulate", "--speed-up", "1e6", "--operator", "pilot", "--api", served.url]
    refused = CliRunner().invoke(app, [*fly, "--json"])
    assert isinstance(refused.exception, NotAllowed), refused.output
    person.post(f"{flight}/checklist", json={"answers": {item.value: {"ok": True} for item in ITEMS}})
    flown = CliRunner().invoke(app, [*fly, "--json"])
    assert flown.exit_code == 0, (flown.output, flown.exception)
    facts, told = json.loads(flown.stdout), person.get(flight).json()
    progress = told["progress"]
    assert (progress["stage"], progress["finished"], progress["legs"], progress["silent"]) == ("landed", True, 4, False)
    assert (progress["length_m"], progress["flown_m"]) == (facts["length_m"], facts["flown_m"])
    assert person.post(f"{flight}/progress", json={"stage": "flying"}).status_code == 409  # it has ended
    assert (facts["stage"], facts["finished"], facts["hash"]) == ("landed", True, kept["hash"])
    assert [(one["id"], one["action"]) for one in told["decisions"]] == [(facts["reference"], "start")]
    assert told["state"] == "ended"


def test_whoever_takes_up_a_flying_vehicle_ends_its_flight_at_the_server(
    served: Served, passwords: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Killed in flight and watched on by another process, which decides nothing: the server's flight was never ended,
    and its vehicle refused another start."""
    monkeypatch.setenv("SANXUN_PASSWORD", passwords["pilot"])
    plan, path = sweep(1), tmp_path / "flight.json"
    person = signed_in(served, passwords)
    body = {"name": "sweep", "plan": json.loads(to_plan(plan))}
    kept = pilot(served).post("/patrols/plans", json=body).json()
    made = person.post("/patrols/flights", json={"plan_id": kept["id"], "vehicle": 1}).json()
    where = f"/patrols/flights/{made['id']}"
    person.post(f"{where}/checklist", json={"answers": {item.value: {"ok": True} for item in ITEMS}})

    async def fly() -> None:
        async with world() as there:
            there.link.lease = endless(asyncio.get_running_loop().time)
            vehicle = await there.vehicle()
            await upload(vehicle, plan)
            async with signed_in_at(served.url, "pilot", plan.hash) as first:
                flight_id = await first.takes_up(vehicle.system)
                flown = Flight(vehicle, plan, record=first.record, path=path, flight_id=flight_id)
                await flown.start(first.decides(flown, "start"))
                with watched(flown):
                    assert await flown_m(flown, 20.0)
            async with signed_in_at(served.url, "pilot", plan.hash) as second:
                before = read_state(path)
                assert before.flight_id == made["id"]
                again = Flight.going_on(vehicle, before, record=second.record, path=path)
                assert await second.takes_up(vehicle.system, before.flight_id) == made["id"]
                await down(again)
                await second.ended()
            async with signed_in_at(served.url, "pilot", plan.hash) as third:
                with pytest.raises(WrongState, match="no open flight"):
                    await third.takes_up(vehicle.system)
                await third.landed("a flight that no server kept")

    virtually(fly)
    assert person.get(where).json()["state"] == "ended"
    assert read_state(path).flight_id == made["id"]
