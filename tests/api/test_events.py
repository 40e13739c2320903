"""Events in: each once in effect, whatever the order and however often it is sent."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.auth.roles import Role
from tests.api.house import Served, event


def test_a_raised_event_becomes_one_hazard_and_one_dispatched_ticket(served: Served) -> None:
    assert served.post(event()) == {"accepted": ["i-1-raised"], "duplicates": []}
    [ticket] = served.tickets()
    [hazard] = served.client(Role.COMMAND_CENTRE).get("/hazards").json()["items"]
    assert (ticket["state"], ticket["kind"], ticket["hazard_id"]) == ("dispatched", "illegal_parking", "i-1")
    assert (ticket["camera_name"], ticket["zone_name"], ticket["grid"]) == ("East gate", "The aisle", "west")
    assert (ticket["lon"], ticket["lat"], ticket["datum"]) == (113.85, 27.62, "WGS-84")
    assert ticket["created_at"] == "2026-11-22T08:00:00.000Z"
    assert ticket["respond_by"] == "2026-11-22T08:05:00.000Z"
    assert [step["to"] for step in ticket["history"]] == ["received", "registered", "dispatched"]
    assert (hazard["ticket_id"], hazard["state"]) == (ticket["id"], "open")
    assert hazard["raised_at"] == "2026-11-22T08:00:00.250Z"
    assert hazard["why"] == {"dwell_s": 10.0}


def test_the_same_event_again_is_a_duplicate_and_changes_nothing(served: Served) -> None:
    served.post(event())
    before = served.tickets()
    assert served.post(event()) == {"accepted": [], "duplicates": ["i-1-raised"]}
    assert served.tickets() == before


def test_an_event_twice_in_one_request_is_taken_once(served: Served) -> None:
    assert served.post(event(), event()) == {"accepted": ["i-1-raised"], "duplicates": ["i-1-raised"]}
    assert len(served.tickets()) == 1


def test_many_senders_of_the_same_events_at_once_make_one_ticket_each(served: Served) -> None:
    bodies = [event(f"i-{n}", still_jpeg=None) for n in range(12)]
    served.token(Role.WORKER)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: served.post(*bodies), range(6)))
    accepted = list(itertools.chain.from_iterable(answer["accepted"] for answer in answers))
    assert sorted(accepted) == sorted(body["event_id"] for body in bodies)
    assert sorted(t["hazard_id"] for t in served.tickets()) == sorted(body["incident_id"] for body in bodies)


@pytest.mark.parametrize("together", [True, False], ids=["in one request", "in two requests"])
def test_an_all_clear_that_overtakes_its_raising_takes_effect_when_that_comes(served: Served, together: bool) -> None:
    cleared, raised = event(change="cleared"), event()
    if together:
        served.post(cleared, raised)
    else:
        served.post(cleared)
        assert served.tickets() == []
        served.post(raised)
    [ticket] = served.tickets()
    assert (ticket["hazard_state"], ticket["state"]) == ("cleared", "dispatched")
    [hazard] = served.client(Role.COMMAND_CENTRE).get("/hazards", params={"state": "cleared"}).json()["items"]
    assert hazard["cleared_at"] == "2026-11-22T08:05:00.000Z"


def test_an_all_clear_bumps_the_version_of_a_ticket_that_waits_for_its_person(served: Served) -> None:
    served.post(event())
    [before] = served.tickets()
    served.post(event(change="cleared"))
    [after] = served.tickets()
    assert after["version"] > before["version"]
    assert (after["state"], after["hazard_state"]) == ("dispatched", "cleared")
    assert after["history"][-1]["command"] == "clear"


def test_an_event_of_a_camera_that_is_gone_is_kept(served: Served) -> None:
    served.post(event(camera="removed", zone="removed"))
    [ticket] = served.tickets()
    assert (ticket["camera_name"], ticket["grid"], ticket["lon"]) == ("removed", None, None)
    assert "not in the site any more" in ticket["history"][-1]["note"]


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"xyxy": [1, 2, 3]}, "events[1].xyxy[3]"),
        ({"xyxy": [9, 2, 3, 4]}, "events[1]"),
        ({"confidence": 1.5}, "events[1].confidence"),
        ({"confidence": True}, "events[1].confidence"),
        ({"captured_at": "2026-11-22T08:00:00"}, "events[1].captured_at"),
        ({"captured_at": 1_700_000_000}, "events[1].captured_at"),
        ({"hazard": "littering"}, "events[1].hazard"),
        ({"event": "begun"}, "events[1].event"),
        ({"surprise": 1}, "events[1].surprise"),
        ({"event_id": ""}, "events[1].event_id"),
        ({"still_jpeg": "aGVsbG8="}, "events[1].still_jpeg"),
        ({"still_jpeg": "?"}, "events[1].still_jpeg"),
        ({"source_wh": [0, 540]}, "events[1].source_wh[0]"),
        ({"why": {"dwell_s": [62.0]}}, "events[1].why.dwell_s"),
        ({"why": {"model": "long" * 17}}, "events[1].why.model"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_malformed_event_is_named_and_nothing_of_its_batch_is_kept(
    served: Served, change: dict[str, Any], at: str
) -> None:
    body = {"events": [event("good"), event("bad", **change)]}
    answer = served.client(Role.WORKER).post("/events", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert any(fault["at"].startswith(at) for fault in answer.json()["errors"])
    assert served.tickets() == []
    assert served.post(event("good"))["accepted"] == ["good-raised"]


@pytest.mark.parametrize("count", [0, 101])
def test_a_request_holds_one_to_a_hundred_events(served: Served, count: int) -> None:
    events = [event(f"i-{n}", still_jpeg=None) for n in range(count)]
    assert served.client(Role.WORKER).post("/events", json={"events": events}).status_code == 422


def test_the_still_is_what_was_sent_and_only_for_those_signed_in(served: Served) -> None:
    served.post(event())
    [ticket] = served.tickets()
    answer = served.client(Role.GRID_WORKER).get(ticket["still_url"].removeprefix("/api/v1"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert answer.headers["cache-control"].startswith("private")
    assert served.client().get(ticket["still_url"].removeprefix("/api/v1")).status_code == 401


def test_a_body_beyond_the_bound_is_refused(served: Served) -> None:
    client = served.client(Role.WORKER)
    pieces = (b"x" * 1_000_000 for _ in range(17))
    answer = client.put("/worker/tiles/cam-1", content=pieces, headers={"X-Captured-At": "2026-11-22T08:00:00Z"})
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:sanxun:problem:too-large")
