"""Merging over HTTP: what camera, drone, vehicle and people say of one thing is one hazard, and can be taken apart."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from api.auth.roles import Role
from api.hazards import repository
from api.site.offline import write_site
from streams.site import parse_site
from tests.api.corner import EAST_1_M, Corner
from tests.api.house import SITE, FakeTime, Served, event, serving


def test_a_drone_and_a_vehicle_see_one_thing(corner: Corner) -> None:
    """Keep 958: deduping loses nothing. Dispatch 3564: a duplicate adds to the open case."""
    corner.post(corner.drone("d"))
    version = corner.tickets()[0]["version"]
    corner.post(corner.vehicle("v"))
    [hazard] = corner.hazards()
    assert (hazard["id"], [one["id"] for one in hazard["sightings"]]) == ("d", ["v"])
    [ticket] = corner.tickets()
    assert ticket["version"] > version
    assert ticket["history"][-1]["note"].startswith("also seen by vehicle car-1: same kind, place and time; 5 m apart")
    [merge] = corner.get(f"/hazards/{corner.number}-v/merges").json()["items"]
    assert (merge["by"], merge["why"]["radius_m"], merge["undone_at"]) == ("system", 12, None)
    assert corner.get(hazard["sightings"][0]["still_url"].removeprefix("/api/v1")).status_code == 200
    assert {one["id"] for one in corner.hazards(sightings=True)} == {"d", "v"}


def test_distance_is_per_kind(corner: Corner) -> None:
    """FixMyStreet 4456: 30 m apart are two parked cars and one gathering."""
    corner.post(corner.drone("p-1"), corner.vehicle("p-2", 30))
    assert len(corner.tickets()) == 2
    corner.post(corner.drone("g-1", hazard="gathering"), corner.vehicle("g-2", 30, hazard="gathering"))
    assert len(corner.tickets()) == 3


def test_a_hazard_is_there_while_one_that_passes_by_last_saw_it(corner: Corner) -> None:
    corner.post(corner.drone("d"), corner.vehicle("v"))
    corner.post(corner.drone("d", change="cleared"))
    assert corner.hazards()[0]["state"] == "open"
    corner.post(corner.vehicle("v", change="cleared"))
    assert corner.hazards()[0]["state"] == "cleared"
    assert corner.tickets()[0]["history"][-1]["command"] == "clear"


def test_pages_are_told_of_both_tickets_by_their_own_ids(corner: Corner) -> None:
    corner.post(corner.drone("d"), corner.vehicle("v", 60))
    ids = {ticket["id"] for ticket in corner.tickets()}
    told: set[str] = set()
    centre = corner.served.client(Role.COMMAND_CENTRE)
    with centre.stream("GET", "/stream") as answer:
        lines = answer.iter_lines()
        next(lines)  # it has begun
        body = {"into": f"{corner.number}-d", "reason": "the red lorry"}
        corner.served.client(Role.ADMINISTRATOR).post(f"/hazards/{corner.number}-v/merge", json=body)
        topic = ""
        for line in lines:
            topic = line.removeprefix("event: ") if line.startswith("event: ") else topic
            if topic == "ticket" and line.startswith("data: "):
                told.add(json.loads(line.removeprefix("data: "))["id"])
                if len(told) == 2:
                    break
    assert told == ids


def test_a_poll_for_hazards_is_unchanged_until_what_it_shows_has_changed(corner: Corner) -> None:
    """Also where a sighting of it lies in another's grid."""
    served = corner.served
    corner.post(corner.drone("d"))
    served.post(event(f"{corner.number}-far", camera="cam-2", zone="gate"))
    worker = served.client(Role.GRID_WORKER, "west")

    def poll(tag: str = "") -> httpx.Response:
        return worker.get("/hazards", headers={"If-None-Match": tag} if tag else {})

    tag = poll().headers["etag"]
    assert (poll(tag).status_code, poll(tag).content) == (304, b"")
    assert corner.give("far", "merge", into="d", reason="one lorry").status_code == 200
    merged = poll(tag)
    assert merged.status_code == 200
    served.post(event(f"{corner.number}-far", "cleared", camera="cam-2", zone="gate"))
    cleared = poll(merged.headers["etag"])
    assert (cleared.status_code, cleared.json()["items"][0]["sightings"][0]["state"]) == (200, "cleared")
    assert poll(cleared.headers["etag"]).status_code == 304


def test_a_neighbours_worker_sees_and_merges_nothing(corner: Corner) -> None:
    corner.post(corner.drone("d"), corner.vehicle("v"))
    neighbour = corner.served.client(Role.GRID_WORKER, "east")
    head, sighting = f"/hazards/{corner.number}-d", f"/hazards/{corner.number}-v"
    for path in (head, sighting, f"{sighting}/merges", f"{sighting}/nearby"):
        assert neighbour.get(path).status_code == 404
    assert neighbour.post(f"{sighting}/split", json={"reason": "mine"}).status_code == 404
    seen = neighbour.get("/hazards", params={"sightings": True}).json()["items"]
    assert [one["id"] for one in seen if one["id"].startswith(f"{corner.number}-")] == []


def test_a_sighting_beyond_the_border_shows_its_picture_to_whoever_answers_for_the_thing(corner: Corner) -> None:
    """Seen 3 m west of a border by a drone, 3 m east of it by a car: one thing, the west's, with two pictures."""
    to_border_m = (113.9 - 113.86) / EAST_1_M
    west, east = ({"place": corner.place(to_border_m + east_m, 1.0)} for east_m in (-3, 3))
    corner.post(corner.drone("d") | west, corner.vehicle("v") | east)
    [head] = corner.hazards()
    assert [one["id"] for one in head["sightings"]] == ["v"]
    worker = corner.served.client(Role.GRID_WORKER, "west")
    pictures = worker.get(f"/hazards/{corner.number}-d/pictures").json()["items"]
    assert [one["hazard_id"] for one in pictures] == [f"{corner.number}-d", f"{corner.number}-v"]
    assert [worker.get(one["url"].removeprefix("/api/v1")).status_code for one in pictures] == [200, 200]
    eastern = corner.served.client(Role.GRID_WORKER, "east")
    assert [eastern.get(one["url"].removeprefix("/api/v1")).status_code for one in pictures] == [404, 200]


def test_a_closed_place_that_begins_again_is_a_linked_ticket(served: Served) -> None:
    """FixMyStreet 2839: closed ones count too. The same box of the same camera within 30 days is a recurrence."""
    served.post(event("i-1"))
    [first] = served.tickets()
    worker = served.client(Role.GRID_WORKER)
    worker.post(f"/tickets/{first['id']}/accept")
    worker.post(f"/tickets/{first['id']}/close", json={})
    served.post(event("i-1", "cleared"))
    later = {"captured_at": "2026-11-25T08:00:00.000Z", "began_at": "2026-11-25T08:00:00.000Z"}
    served.time.pass_s(3 * 86_400)
    served.post(event("i-2", **later), event("i-3", xyxy=[600.0, 50.0, 800.0, 200.0], **later))
    links = {ticket["hazard_id"]: ticket["recurrence_of"] for ticket in served.tickets()}
    assert links == {"i-1": None, "i-2": first["id"], "i-3": None}


def at(clock: str) -> dict[str, str]:
    return {"captured_at": f"2026-11-22T{clock}:00.000Z", "began_at": f"2026-11-22T{clock}:00.000Z"}


def test_a_place_that_fills_again_before_it_is_settled_is_one_ticket(served: Served) -> None:
    """A lane where vans stop all day: the one worker who is busy has one ticket of it, and not twelve."""
    served.time.pass_s(3600)
    served.post(event("i-1", **at("08:00")), event("i-1", "cleared", **at("08:05")))
    served.post(event("i-2", **at("08:07")))
    [ticket] = served.tickets()
    assert (ticket["hazard_id"], ticket["hazard_state"], ticket["state"]) == ("i-1", "open", "dispatched")
    notes = [step["note"] for step in ticket["history"]]
    words = "also seen by camera cam-1: there again before it was settled; 2 min apart; boxes overlap by 1"
    assert notes[-2:] == [words, "seen there again"] or notes[-2:] == ["seen there again", words]
    served.post(event("i-3", **at("08:08")))
    assert len(served.tickets()) == 2, "what the camera sees beside it is another thing"
    served.post(event("i-2", "cleared", **at("08:09")))
    assert {one["hazard_id"]: one["hazard_state"] for one in served.tickets()} == {"i-1": "cleared", "i-3": "open"}
    served.client(Role.GRID_WORKER).post(f"/tickets/{ticket['id']}/accept").raise_for_status()
    served.post(event("i-4", **at("08:20")))
    found = {one["hazard_id"]: (one["state"], one["hazard_state"]) for one in served.tickets()}
    assert found == {"i-1": ("working", "open"), "i-3": ("dispatched", "open")}
    whole = served.client(Role.COMMAND_CENTRE).get("/hazards/i-1").json()
    assert [one["id"] for one in whole["sightings"]] == ["i-2", "i-4"]


@pytest.mark.parametrize(
    ("clock", "more"),
    [("09:05", {}), ("08:07", {"xyxy": [600.0, 50.0, 800.0, 200.0]}), ("08:07", {"hazard": "wiring"})],
    ids=["an hour later", "elsewhere", "another kind"],
)
def test_what_is_no_filling_again_has_a_ticket_of_its_own(served: Served, clock: str, more: dict[str, object]) -> None:
    served.post(event("i-1", **at("08:00")), event("i-1", "cleared", **at("08:05")))
    served.post(event("i-2", **{**at(clock), **more}))
    assert {one["hazard_id"] for one in served.tickets()} == {"i-1", "i-2"}


def test_what_filled_again_is_taken_apart_and_stays_so(served: Served) -> None:
    served.post(event("i-1", **at("08:00")), event("i-1", "cleared", **at("08:05")))
    served.post(event("i-2", **at("08:07")))
    centre = served.client(Role.COMMAND_CENTRE)
    centre.post("/hazards/i-2/split", json={"reason": "another van"}).raise_for_status()
    found = {one["hazard_id"]: one["hazard_state"] for one in served.tickets()}
    assert found == {"i-1": "cleared", "i-2": "open"}
    served.post(event("i-2", "cleared", **at("08:09")), event("i-5", **at("08:10")))
    assert [one["id"] for one in centre.get("/hazards/i-2").json()["sightings"]] == ["i-5"], "the last one there"


def test_a_zone_with_a_place_merges_with_what_a_phone_sees(tmp_path: Path) -> None:
    """A camera's own point is where it hangs: a phone's report near it is proposed. A zone's place makes it sure."""
    placed = SITE.replace("dwell_s = 10", "dwell_s = 10\nlon = 113.8503\nlat = 27.62\nradius_m = 12")
    write_site(tmp_path, parse_site(placed))
    where = {"lon": 113.85035, "lat": 27.62, "datum": "WGS-84", "accuracy_m": 8.0}
    with serving(tmp_path, FakeTime()) as url:
        served = Served(url, tmp_path, FakeTime())
        served.post(event("i-1"))
        report = served.client(Role.GRID_WORKER).post("/reports", json={"where": where, "kind": "illegal_parking"})
        [hazard] = served.client(Role.COMMAND_CENTRE).get("/hazards").json()["items"]
        served.close()
    assert (hazard["id"], hazard["lon"], report.json()["merged_into"]) == ("i-1", 113.8503, "i-1")


def test_what_is_over_does_not_crowd_out_what_is_open(corner: Corner, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy kerb: more than are compared have come and gone there since."""
    corner.post(corner.drone("d"))
    names, most = ("event_id", "incident_id"), 20
    monkeypatch.setattr(repository, "_MOST_CANDIDATES", most)
    for n in range(0, most + 20, 20):
        gone = [corner.vehicle(f"v-{k}", 60, still_jpeg=None) for k in range(n, n + 20)]
        both = [*gone, *(one | {"event": "cleared", "event_id": f"{one['event_id']}-over"} for one in gone)]
        corner.served.post(*[one | {name: f"{corner.number}-{one[name]}" for name in names} for one in both])
    corner.post(corner.vehicle("late"))
    assert corner.get(f"/hazards/{corner.number}-late").json()["merged_into"] == f"{corner.number}-d"


def test_nothing_that_is_there_is_merged_into_what_has_ended(corner: Corner) -> None:
    """A closed ticket answers for nothing: merged into it, an open one would be nobody's."""
    corner.post(corner.drone("d"), corner.vehicle("v", 60))
    [ended, _] = corner.tickets()
    centre = corner.served.client(Role.COMMAND_CENTRE)
    assert centre.post(f"/tickets/{ended['id']}/void", json={"note": "a drill"}).status_code == 200
    refused = corner.give("v", "merge", into="d", reason="the red lorry")
    assert (refused.status_code, "has ended" in refused.text) == (409, True)
    assert [ticket["state"] for ticket in corner.tickets()] == ["voided", "dispatched"]
    assert corner.give("d", "merge", into="v", reason="the red lorry").status_code == 200, "the other way round"


def test_merged_into_what_is_muted_there_is_one_ticket(corner: Corner) -> None:
    corner.post(corner.drone("v", 60))
    centre = corner.served.client(Role.COMMAND_CENTRE)
    window = {"reason": "works", "ends_at": "2026-11-22T10:00:00Z", "unit": "west"}
    mute = centre.post("/mutes", json=window).json()
    corner.post(corner.vehicle("d"))
    merged = corner.give("v", "merge", into="d", reason="the red lorry")
    centre.post(f"/mutes/{mute['id']}/end")
    assert (merged.status_code, merged.json()["muted"]) == (200, None)
    found = {ticket["hazard_id"]: ticket["state"] for ticket in corner.tickets()}
    assert found == {"v": "merged", "d": "dispatched"}


def test_what_a_machine_sees_of_a_report_makes_it_a_case(corner: Corner) -> None:
    """What a machine or a grid worker saw needs no look of the command centre, and nobody may reject it unseen."""
    served, place = corner.served, corner.place()
    body = {"name": "Hall", "lon": place["lon"], "lat": place["lat"], "datum": "WGS-84", "radius_m": 10}
    point = served.client(Role.COMMAND_CENTRE).post("/report-points", json=body).json()
    told = {"point": point["id"], "kind": "illegal_parking"}
    assert served.client().post("/public/reports", json=told).status_code == 201
    ticket = served.tickets()[0]
    assert ticket["state"] == "received"
    corner.post(corner.drone("d"))
    [hazard] = corner.hazards(sightings=True)
    assert hazard["merged_into"] == ticket["hazard_id"]
    now = served.tickets()[0]
    assert (now["id"], now["state"]) == (ticket["id"], "dispatched")
