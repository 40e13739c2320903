"""Mute and maintenance windows over HTTP: kept and said, quiet, and over by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from api.auth.roles import Role
from api.mutes import commands
from tests.api.house import Served, event
from tests.local import until

UNTIL = "2026-11-22T10:00:00.000Z"  # two hours from the beginning of a test


def centre(served: Served) -> httpx.Client:
    return served.client(Role.COMMAND_CENTRE)


def mute(served: Served, **body: Any) -> dict[str, Any]:
    made = centre(served).post("/mutes", json={"reason": "road works", "ends_at": UNTIL, **body})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def hazard(served: Served, hazard_id: str = "i-1") -> dict[str, Any]:
    found: dict[str, Any] = centre(served).get(f"/hazards/{hazard_id}").json()
    return found


def test_what_is_raised_under_a_mute_is_kept_and_said(served: Served) -> None:
    """Dispatch 4134: snoozing hides nothing. It is on the wall, with who muted it until when, and has no ticket."""
    window = mute(served, camera="cam-1")
    served.post(event())
    assert served.tickets() == []
    held = {"id": window["id"], "purpose": "mute", "reason": "road works", "by": "token:command_centre", "until": UNTIL}
    assert hazard(served)["muted"] == held
    seen = served.client(Role.GRID_WORKER).get("/mutes").json()["items"]
    assert [(one["id"], one["holds"], one["hazards"]) for one in seen] == [(window["id"], True, 1)]
    ended = centre(served).post(f"/mutes/{window['id']}/end").json()
    assert (ended["holds"], ended["ended_by"]) == (False, "token:command_centre")
    [ticket] = served.tickets()
    assert (ticket["hazard_id"], ticket["state"]) == ("i-1", "dispatched")
    assert "was muted until now" in ticket["history"][-1]["note"]
    assert hazard(served)["muted"] is None
    assert centre(served).post(f"/mutes/{window['id']}/end").status_code == 200, "twice is once"


def test_a_mute_ends_by_itself(served: Served) -> None:
    mute(served, camera="cam-1", zone="aisle", kinds=["illegal_parking"])
    served.post(event(), event("i-2", hazard="fire_lane"))
    assert [ticket["hazard_id"] for ticket in served.tickets()] == ["i-2"]
    served.time.pass_s(2 * 3600)
    assert centre(served).get("/mutes").json()["items"] == []
    assert centre(served).get("/mutes", params={"past": True}).json()["items"][0]["holds"] is False
    until(lambda: len(served.tickets()) == 2)  # the round comes by every 2 s


def test_what_a_long_mute_holds_back_keeps_nothing_else_waiting(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "_AT_ONCE", 1)
    mute(served, camera="cam-1")
    short, also = mute(served, camera="cam-2"), mute(served, camera="cam-2", kinds=["wiring"])
    served.post(event(), *(event(f"i-{n}", camera="cam-2") for n in (2, 3)))
    served.post(event("i-4", camera="cam-2", hazard="wiring"))
    centre(served).post(f"/mutes/{short['id']}/end")
    assert {ticket["hazard_id"] for ticket in served.tickets()} == {"i-2", "i-3"}
    assert hazard(served, "i-4")["muted"]["id"] == also["id"]
    centre(served).post(f"/mutes/{also['id']}/end")
    assert {ticket["hazard_id"] for ticket in served.tickets()} == {"i-2", "i-3", "i-4"}


def test_what_went_away_meanwhile_rings_nobody(served: Served) -> None:
    window = mute(served, unit="west", purpose="maintenance")
    served.post(event(), event(change="cleared"))
    centre(served).post(f"/mutes/{window['id']}/end")
    assert served.tickets() == []
    assert hazard(served)["state"] == "cleared"


def test_a_mute_silences_neither_people_nor_other_places(served: Served) -> None:
    mute(served, unit="west")
    where = {"lon": 113.86, "lat": 27.63, "datum": "WGS-84", "accuracy_m": 5.0}
    report = served.client(Role.GRID_WORKER).post("/reports", json={"where": where, "kind": "rubbish"}).json()
    assert report["ticket_state"] == "dispatched"
    served.post(event("i-2", camera="cam-2"))
    assert len(served.tickets()) == 2


def test_a_person_who_sees_a_muted_thing_opens_its_ticket(served: Served) -> None:
    """Dispatch 4134: snooze and dedupe do not fight: merged into what is muted, a word of people still counts."""
    mute(served, unit="west")
    place = {"lon": 113.86, "lat": 27.63, "semi_major_m": 5.0, "semi_minor_m": 5.0, "bearing_deg": 0.0}
    served.post(event("d-1", camera="drone-1", source="drone", place=place))
    assert served.tickets() == []
    where = {"lon": 113.86, "lat": 27.63, "datum": "WGS-84", "accuracy_m": 5.0}
    report = served.client(Role.GRID_WORKER).post("/reports", json={"where": where, "kind": "illegal_parking"}).json()
    assert report["merged_into"] == "d-1"
    assert [ticket["hazard_id"] for ticket in served.tickets()] == ["d-1"]


@pytest.mark.parametrize(
    "body",
    [
        {"camera": "cam-1", "unit": "west"},
        {},
        {"zone": "aisle"},
        {"camera": "cam-1", "ends_at": "2026-11-22T07:00:00Z"},
        {"camera": "cam-1", "ends_at": "2027-11-22T08:00:00Z"},
        {"camera": "cam-1", "reason": " "},
        {"unit": "west", "kinds": ["rubbish"]},
    ],
    ids=["two targets", "none", "a zone of nothing", "ended before", "a year", "no reason", "people's kinds"],
)
def test_what_no_mute_can_mean_is_refused(shared: Served, body: dict[str, Any]) -> None:
    refused = centre(shared).post("/mutes", json={"reason": "works", "ends_at": UNTIL, **body})
    assert refused.status_code == 422, refused.text


def test_thirty_days_are_those_of_a_desk_whose_clock_is_ahead(served: Served) -> None:
    ends = served.time.at + timedelta(days=30, seconds=0.5)
    made = mute(served, camera="cam-1", ends_at=ends.isoformat())
    assert datetime.fromisoformat(made["ends_at"]) == ends


def test_only_the_centre_mutes_and_it_is_on_record(shared: Served) -> None:
    body = {"reason": "works", "ends_at": UNTIL, "camera": "cam-2"}
    assert shared.client(Role.GRID_WORKER).post("/mutes", json=body).status_code == 403
    assert centre(shared).post("/mutes", json={**body, "camera": "gone"}).status_code == 404
    made = mute(shared, camera="cam-2")
    assert shared.client(Role.GRID_WORKER, "west").get("/mutes").json()["items"] == []
    assert [one["id"] for one in shared.client(Role.GRID_WORKER, "east").get("/mutes").json()["items"]] == [made["id"]]
