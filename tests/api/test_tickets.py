"""Tickets over HTTP: from dispatched to closed, and what is refused on the way."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from api.auth.roles import Role
from tests.api.house import Served, event, jpeg


def give(client: httpx.Client, ticket: dict[str, Any], command: str, **body: Any) -> httpx.Response:
    headers = body.pop("headers", {})
    return client.post(f"/tickets/{ticket['id']}/{command}", json=body, headers=headers)


def test_a_ticket_is_closed_by_the_cameras_all_clear(served: Served, ticket: dict[str, Any]) -> None:
    worker = served.client(Role.GRID_WORKER)
    accepted = give(worker, ticket, "accept").json()
    assert (accepted["state"], accepted["assignee"], accepted["commands"]) == (
        "working",
        "token:grid_worker",
        ["close"],
    )
    served.time.pass_s(60)
    done = give(worker, ticket, "close", note="driven away").json()
    assert (done["state"], done["hazard_state"], done["commands"]) == ("verifying", "open", [])
    served.post(event(change="cleared"))
    closed = worker.get(f"/tickets/{ticket['id']}").json()
    assert closed["state"] == "closed"
    last = closed["history"][-1]
    assert (last["by"], last["command"], last["from"], last["to"]) == ("camera cam-1", "clear", "verifying", "closed")
    assert "closed by evidence" in last["note"]
    assert closed["history"][-2]["at"] == "2026-11-22T08:01:00.000Z"


def test_done_after_the_all_clear_closes_at_once(served: Served, ticket: dict[str, Any]) -> None:
    worker = served.client(Role.GRID_WORKER)
    give(worker, ticket, "accept")
    served.post(event(change="cleared"))
    closed = give(worker, ticket, "close").json()
    assert closed["state"] == "closed"
    assert [step["command"] for step in closed["history"]][-2:] == ["close", "clear"]


def test_commands_without_a_body_are_taken(served: Served, ticket: dict[str, Any]) -> None:
    worker = served.client(Role.GRID_WORKER)
    assert worker.post(f"/tickets/{ticket['id']}/accept").status_code == 200
    assert worker.post(f"/tickets/{ticket['id']}/close").json()["state"] == "verifying"


def test_a_command_given_again_is_answered_with_the_ticket_as_it_is(served: Served, ticket: dict[str, Any]) -> None:
    worker = served.client(Role.GRID_WORKER)
    first = give(worker, ticket, "accept")
    again = give(worker, ticket, "accept", headers={"If-Match": f'"{ticket["version"]}"'})
    assert (again.status_code, again.json()) == (200, first.json())
    done = give(worker, ticket, "close")
    assert give(worker, ticket, "close").json() == done.json()
    served.post(event(change="cleared"))
    closed = worker.get(f"/tickets/{ticket['id']}").json()
    assert give(worker, ticket, "close").json() == closed


def test_what_somebody_holds_another_cannot_accept(served: Served, ticket: dict[str, Any]) -> None:
    give(served.client(Role.GRID_WORKER), ticket, "accept")
    answer = give(served.client(Role.COMMAND_CENTRE), ticket, "accept")
    assert answer.status_code == 409
    assert "token:grid_worker holds it" in answer.json()["detail"]


@pytest.mark.parametrize("command", ["close", "confirm", "return"])
def test_a_wrong_state_is_a_conflict_that_names_the_commands(
    served: Served, ticket: dict[str, Any], command: str
) -> None:
    answer = give(served.client(Role.COMMAND_CENTRE), ticket, command, note="x")
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert (problem["state"], problem["commands"]) == ("dispatched", ["accept"])


def test_the_centre_confirms_or_returns_with_a_note(served: Served, ticket: dict[str, Any]) -> None:
    centre = served.client(Role.COMMAND_CENTRE)
    give(centre, ticket, "accept")
    waiting = give(centre, ticket, "close").json()
    assert waiting["commands"] == ["confirm", "return"]
    assert give(centre, ticket, "confirm", note="  ").status_code == 422
    assert give(served.client(Role.GRID_WORKER), ticket, "confirm", note="ok").status_code == 403
    back = give(centre, ticket, "return", note="still there").json()
    assert (back["state"], back["history"][-1]["note"]) == ("returned", "still there")
    assert give(centre, ticket, "return", note="again").json() == back
    give(centre, ticket, "accept")
    give(centre, ticket, "close")
    closed = give(centre, ticket, "confirm", note="seen by eye").json()
    assert (closed["state"], closed["commands"]) == ("closed", [])
    assert give(centre, ticket, "confirm", note="again").json() == closed


def test_if_match_refuses_whoever_saw_an_older_version(served: Served, ticket: dict[str, Any]) -> None:
    worker = served.client(Role.GRID_WORKER)
    read = worker.get(f"/tickets/{ticket['id']}")
    served.post(event(change="cleared"))
    assert give(worker, ticket, "accept", headers={"If-Match": read.headers["etag"]}).status_code == 412
    fresh = worker.get(f"/tickets/{ticket['id']}").headers["etag"]
    assert give(worker, ticket, "accept", headers={"If-Match": fresh}).status_code == 200


def test_polling_answers_304_until_something_changes(served: Served, ticket: dict[str, Any]) -> None:
    worker = served.client(Role.GRID_WORKER)
    for path in ("/tickets", f"/tickets/{ticket['id']}"):
        tag = worker.get(path).headers["etag"]
        unchanged = worker.get(path, headers={"If-None-Match": tag})
        assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    tags = {path: worker.get(path).headers["etag"] for path in ("/tickets", f"/tickets/{ticket['id']}")}
    served.post(event(change="cleared"))
    for path, tag in tags.items():
        assert worker.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_pages_follow_each_other_and_miss_nothing(served: Served) -> None:
    served.post(*(event(f"i-{n}", still_jpeg=None) for n in range(7)))
    client = served.client(Role.COMMAND_CENTRE)
    for path in ("/tickets", "/hazards"):
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(4):
            page = client.get(path, params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
            seen += [item["id"] if path == "/hazards" else item["hazard_id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == [f"i-{n}" for n in reversed(range(7))]


@pytest.mark.parametrize("cursor", ["nonsense", "bjE=x", "%ff", "bi0x"])
def test_a_cursor_that_was_never_given_is_refused(shared: Served, cursor: str) -> None:
    assert shared.client(Role.COMMAND_CENTRE).get("/tickets", params={"cursor": cursor}).status_code == 400


def test_states_filter_the_list(served: Served, ticket: dict[str, Any]) -> None:
    client = served.client(Role.COMMAND_CENTRE)
    assert client.get("/tickets", params={"state": "closed"}).json()["items"] == []
    assert len(client.get("/tickets", params={"state": ["closed", "dispatched"]}).json()["items"]) == 1
    assert client.get("/tickets", params={"state": "lost"}).status_code == 422


def test_a_grid_worker_sees_the_tickets_of_the_own_grids_alone(served: Served) -> None:
    served.post(event("west"), event("east", camera="cam-2"), event("nowhere", camera="cam-3"))
    assert {t["hazard_id"] for t in served.tickets(Role.GRID_WORKER)} == {"west", "east", "nowhere"}
    assert {t["hazard_id"] for t in served.tickets(Role.COMMAND_CENTRE)} == {"west", "east", "nowhere"}
    assert [t["hazard_id"] for t in served.tickets(Role.GRID_WORKER, "west")] == ["west"]


def test_the_neighbours_worker_finds_nothing(served: Served, ticket: dict[str, Any]) -> None:
    neighbour = served.client(Role.GRID_WORKER, "east")
    still = ticket["still_url"].removeprefix("/api/v1")
    for path in (f"/tickets/{ticket['id']}", f"/hazards/{ticket['hazard_id']}", still):
        assert neighbour.get(path).status_code == 404
    for command in ("accept", "close"):
        assert give(neighbour, ticket, command).status_code == 404
    assert neighbour.get("/hazards").json()["items"] == []
    assert [camera["id"] for camera in neighbour.get("/cameras").json()["items"]] == ["cam-2"]


def test_a_photo_is_refused_where_the_kind_asks_for_none(served: Served, ticket: dict[str, Any]) -> None:
    worker = served.client(Role.GRID_WORKER)
    give(worker, ticket, "accept")
    answer = give(worker, ticket, "close", photo_jpeg=base64.b64encode(jpeg()).decode())
    assert answer.status_code == 422
    assert "takes no photo" in answer.json()["detail"]
    assert worker.get(f"/tickets/{ticket['id']}").json()["state"] == "working"


def test_closing_a_wiring_ticket_needs_a_photo_and_keeps_it_clean(served: Served) -> None:
    served.post(event(hazard="wiring"))
    [ticket] = served.tickets()
    assert ticket["closing_photo"] == "required"
    worker = served.client(Role.GRID_WORKER)
    give(worker, ticket, "accept")
    assert give(worker, ticket, "close").status_code == 422
    exif = b"\xff\xe1\x00\x13Exif\x00\x00GPSLatitude"
    photo = jpeg(640, 480)[:2] + exif + jpeg(640, 480)[2:]
    done = give(worker, ticket, "close", photo_jpeg=base64.b64encode(photo).decode()).json()
    assert done["state"] == "verifying"
    kept = worker.get(done["closing_photo_url"].removeprefix("/api/v1")).content
    assert kept.startswith(b"\xff\xd8\xff")
    assert b"Exif" not in kept
    assert b"GPSLatitude" not in kept
    corner = cv2.imdecode(np.frombuffer(kept, np.uint8), cv2.IMREAD_COLOR)[4, 4]
    assert np.abs(corner.astype(int) - (0, 0, 255)).max() < 30, "the photo was kept without passing the redaction"


def test_the_list_tells_of_a_ticket_what_the_ticket_tells(served: Served, ticket: dict[str, Any]) -> None:
    """Pages are put together from what was told before: after each step, for each role, it must be what stands now."""
    one = ticket["id"]

    def agree() -> str:
        for role in (Role.GRID_WORKER, Role.COMMAND_CENTRE, Role.AUDITOR):
            client = served.client(role)
            alone = client.get(f"/tickets/{one}").json()
            assert client.get("/tickets", params={"limit": 1}).json()["items"] == [alone]
        return str(alone["state"])

    worker, centre = served.client(Role.GRID_WORKER), served.client(Role.COMMAND_CENTRE)
    states = [agree()]
    for client, command, note in ((worker, "accept", ""), (worker, "close", ""), (centre, "return", "still there")):
        assert give(client, ticket, command, note=note).status_code == 200
        states.append(agree())
    served.post(event(change="cleared"))
    states.append(agree())
    assert states == ["dispatched", "working", "verifying", "returned", "returned"]
