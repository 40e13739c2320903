"""After "done" over HTTP: the camera looks again, and only what it sees, or a second person, ends it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from api.auth.roles import Role
from api.evidence.photos import picture_wh
from api.hazards.looks import Look, LookRule, Outcome, Sees, decide
from streams.delivery.events import utc_text
from tests.api.house import Served, event, jpeg

DONE = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
RULE = LookRule(timedelta(seconds=60))


def status(served: Served, *cameras: str) -> dict[str, Any]:
    report = [{"camera": camera, "state": "live", "since": "2026-11-22T07:00:00Z"} for camera in cameras]
    answer = served.client(Role.WORKER).post("/worker/status", json={"worker": "w", "cameras": report})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def looks(served: Served, sees: str, *after_s: float, still: bool = False) -> int:
    picture = base64.b64encode(jpeg(80, 60)).decode() if still else None
    body = [
        {
            "incident_id": "i-1",
            "captured_at": utc_text(DONE + timedelta(seconds=seconds)),
            "sees": sees,
            "still_jpeg": picture,
        }
        for seconds in after_s
    ]
    answer = served.client(Role.WORKER).post("/worker/looks", json={"looks": body})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["decided"])


@pytest.fixture
def done(served: Served) -> dict[str, Any]:
    """A ticket of camera cam-1 that its worker says is done, at `DONE`."""
    served.post(event())
    [ticket] = served.tickets()
    worker = served.client(Role.GRID_WORKER)
    worker.post(f"/tickets/{ticket['id']}/accept")
    assert worker.post(f"/tickets/{ticket['id']}/close", json={}).json()["state"] == "verifying"
    return ticket


def read(served: Served, ticket: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = served.client(Role.GRID_WORKER).get(f"/tickets/{ticket['id']}").json()
    return found


def test_the_cameras_worker_is_asked_to_look_again(served: Served, done: dict[str, Any]) -> None:
    assert status(served, "cam-2")["looks"] == []
    [asked] = status(served, "cam-1")["looks"]
    assert (asked["incident_id"], asked["zone"], asked["hazard"]) == ("i-1", "aisle", "illegal_parking")
    assert (asked["xyxy"], asked["source_wh"]) == ([100.0, 50.0, 300.0, 200.0], [960, 540])
    assert (asked["since"], asked["picture"]) == ("2026-11-22T08:00:00.000Z", False)
    served.time.pass_s(58)
    assert status(served, "cam-1")["looks"][0]["picture"] is True


def test_clear_looks_close_it(served: Served, done: dict[str, Any]) -> None:
    assert looks(served, "clear", -2, 2, 4) == 0, "a look from before it was said to be done says nothing"
    assert looks(served, "clear", 2, 4) == 0, "sent again they count once"
    assert read(served, done)["state"] == "verifying"
    assert looks(served, "clear", 6) == 1
    closed = read(served, done)
    assert (closed["state"], closed["hazard_state"]) == ("closed", "cleared")
    assert closed["history"][-1]["by"] == "camera cam-1"
    assert status(served, "cam-1")["looks"] == []


def test_still_there_comes_back_with_the_new_picture(served: Served, done: dict[str, Any]) -> None:
    """GoAlert 1919: said to be done is not the end of it."""
    before = read(served, done)["still_url"]
    assert looks(served, "there", 2, 20, 40) == 0, "whoever is driving off has a minute"
    served.time.pass_s(62)
    assert looks(served, "there", 62, still=True) == 1
    back = read(served, done)
    assert (back["state"], back["hazard_state"]) == ("returned", "open")
    assert back["still_url"] != before
    assert "there still" in back["history"][-1]["note"]
    pictures = served.client(Role.GRID_WORKER).get("/hazards/i-1/pictures").json()["items"]
    assert [one["purpose"] for one in pictures] == ["still", "look"]
    assert pictures[1]["url"] == back["still_url"]
    assert picture_wh(served.client(Role.GRID_WORKER).get(back["still_url"].removeprefix("/api/v1")).content) == (
        80,
        60,
    )


def test_where_no_camera_can_look_a_colleague_confirms(served: Served, done: dict[str, Any]) -> None:
    def says(client: httpx.Client, gone: bool) -> httpx.Response:
        return client.post("/hazards/i-1/seen", json={"gone": gone, "note": "walked by"})

    status(served, "cam-1")
    colleague = served.client(Role.GRID_WORKER, "west")
    assert says(colleague, True).status_code == 409, "the camera is live, and looks by itself"
    served.time.pass_s(11)
    assert says(served.client(Role.GRID_WORKER), True).status_code == 403, "not who said that it was done"
    assert says(served.client(Role.GRID_WORKER, "east"), True).status_code == 404
    assert says(colleague, False).status_code == 200
    back = read(served, done)
    assert (back["state"], back["history"][-1]["by"]) == ("returned", "token:grid_worker-west")
    served.client(Role.GRID_WORKER).post(f"/tickets/{done['id']}/accept")
    served.client(Role.GRID_WORKER).post(f"/tickets/{done['id']}/close", json={})
    assert says(colleague, True).json()["state"] == "cleared"
    assert read(served, done)["state"] == "closed"
    assert says(colleague, True).status_code == 409


@pytest.fixture(params=["drone", "vehicle"])
def passed(served: Served, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The same of a camera that comes by now and then."""
    place = {"lon": 113.85, "lat": 27.62, "semi_major_m": 2.0, "semi_minor_m": 1.0, "bearing_deg": 0.0}
    served.post(event(source=request.param, place=place))
    [ticket] = served.tickets()
    worker = served.client(Role.GRID_WORKER)
    worker.post(f"/tickets/{ticket['id']}/accept")
    assert worker.post(f"/tickets/{ticket['id']}/close", json={}).json()["state"] == "verifying"
    return ticket


def test_the_next_pass_of_a_drone_or_a_car_sends_back_or_closes(served: Served, passed: dict[str, Any]) -> None:
    """Hours later, when it comes by: it is asked for as long as it may know the place."""
    served.time.pass_s(5 * 3600)
    [asked] = status(served, "cam-1")["looks"]
    assert asked["incident_id"] == "i-1"
    assert looks(served, "there", 18_000, 18_003, 18_006) == 1
    back = read(served, passed)
    assert (back["state"], back["history"][-1]["by"]) == ("returned", f"{passed['source']} cam-1")
    worker = served.client(Role.GRID_WORKER)
    worker.post(f"/tickets/{passed['id']}/accept")
    worker.post(f"/tickets/{passed['id']}/close", json={})
    assert looks(served, "clear", 18_060, 18_063, 18_066) == 1
    assert read(served, passed)["state"] == "closed"


def test_where_none_comes_by_in_two_hours_a_colleague_confirms(served: Served, passed: dict[str, Any]) -> None:
    colleague, word = served.client(Role.GRID_WORKER, "west"), {"gone": True, "note": "walked by"}
    assert colleague.post("/hazards/i-1/seen", json=word).status_code == 409, "it may come by yet"
    served.time.pass_s(2 * 3600 + 1)
    assert colleague.post("/hazards/i-1/seen", json=word).json()["state"] == "cleared"
    assert read(served, passed)["state"] == "closed"
    assert status(served, "cam-1")["looks"] == []


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        ("", Outcome.UNDECIDED),
        ("c2 c4", Outcome.UNDECIDED),
        ("c2 c4 c6", Outcome.GONE),
        ("c2 c3 c4", Outcome.UNDECIDED),
        ("c2 c4 t6", Outcome.UNDECIDED),
        ("c2 t4 c6 c8 c10", Outcome.GONE),
        ("t2 t4 t6", Outcome.UNDECIDED),
        ("t2 t4 t61", Outcome.THERE),
        ("t2 c59 t61", Outcome.UNDECIDED),
        ("c-9 c-7 c2", Outcome.UNDECIDED),
    ],
)
def test_looks_in_a_row_decide(seen: str, outcome: Outcome) -> None:
    words = {"c": Sees.CLEAR, "t": Sees.THERE}
    found = [Look(DONE + timedelta(seconds=float(one[1:])), words[one[0]]) for one in seen.split()]
    assert decide(found, DONE, RULE) is outcome
