"""The chain over HTTP and in the running server: rounds, whistles, suspension, notices."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from api.auth.roles import Role
from tests.api.house import Served, event, overwrite


def give(client: httpx.Client, ticket: dict[str, Any], command: str, **body: Any) -> httpx.Response:
    return client.post(f"/tickets/{ticket['id']}/{command}", json=body)


def until(found: Callable[[], dict[str, Any]], holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What the server's own round has made of it, within a minute of real time."""
    deadline = time.monotonic() + 60
    while not holds(now := found()):
        assert time.monotonic() < deadline, f"the round did not come: {now}"
        time.sleep(0.05)
    return now


def test_the_server_escalates_expires_and_resumes_by_itself(served: Served, ticket: dict[str, Any]) -> None:
    worker = served.client(Role.GRID_WORKER)

    def now() -> dict[str, Any]:
        found: dict[str, Any] = worker.get(f"/tickets/{ticket['id']}").json()
        return found

    assert (ticket["owner"], ticket["cause"], ticket["dispatched_to"]) == ("unit", "to micro-grid west", ["grid1"])
    served.time.pass_s(301)
    late = until(now, lambda found: found["respond_overdue"])
    assert (late["escalated_to"], late["owner"], late["state"]) == ("*", "centre", "dispatched")
    at_work = give(worker, ticket, "accept").json()
    assert (at_work["owner"], at_work["responded_at"]) == ("person", at_work["changed_at"])
    served.time.pass_s(31 * 60)
    again = until(now, lambda found: found["state"] != "working")
    assert (again["state"], again["assignee"], again["history"][-2]["command"]) == ("dispatched", None, "expire")
    ends = served.time.at.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    assert give(worker, ticket, "suspend", note="later", until=ends).status_code == 422
    later = f"{served.time.at.date().isoformat()}T23:00:00Z"
    stopped = give(worker, ticket, "suspend", note="waits for the tow truck", until=later).json()
    assert (stopped["state"], stopped["due_at"], stopped["commands"]) == ("suspended", f"{later[:-1]}.000Z", ["resume"])
    assert stopped["rectify_left_s"] > 0
    served.time.pass_s(16 * 3600)
    resumed = until(now, lambda found: found["state"] == "dispatched")
    assert resumed["rectify_left_s"] is None
    assert [step["command"] for step in resumed["history"][-2:]] == ["resume", "dispatch"]


def test_a_department_is_whistled_for_and_answers(served: Served, ticket: dict[str, Any]) -> None:
    administrator, worker = served.client(Role.ADMINISTRATOR), served.client(Role.GRID_WORKER)
    departments = [
        {"id": "traffic", "name": "交警大队", "answer_minutes": 15},
        {"id": "power", "name": "电力", "kinds": ["wiring"]},
    ]
    assert overwrite(administrator, "/town/departments", json={"items": departments}).status_code == 200
    assert give(worker, ticket, "whistle", department="power", note="wires").status_code == 422
    blown = give(worker, ticket, "whistle", department="traffic", note="the driver does not answer").json()
    assert (blown["state"], blown["answer_by"], blown["commands"]) == ("called", "2026-11-22T08:15:00.000Z", [])
    assert give(worker, ticket, "whistle", department="traffic", note="again").json()["id"] == blown["id"]
    centre = served.client(Role.COMMAND_CENTRE)
    assert centre.post(f"/whistles/{blown['id']}/refuse", json={}).status_code == 422
    refused = centre.post(f"/whistles/{blown['id']}/refuse", json={"note": "no patrol is free"}).json()
    assert (refused["state"], refused["passed_to"]) == ("refused", "*")
    [listed] = centre.get("/whistles", params={"ticket": ticket["id"]}).json()["items"]
    assert listed == refused
    assert worker.post(f"/whistles/{blown['id']}/report").status_code == 403
    assert centre.post(f"/whistles/{blown['id']}/report").status_code == 409
    assert give(worker, ticket, "whistle", department="traffic", note="please").status_code == 409
    assert served.client(Role.GRID_WORKER, "east").get("/whistles").json()["items"] == []

    def ids(ticket_open: bool) -> list[str]:
        found = centre.get("/whistles", params={"ticket_open": ticket_open}).json()["items"]
        return [one["id"] for one in found]

    assert (ids(True), ids(False)) == ([blown["id"]], [])
    give(centre, ticket, "void", note="a drill")
    assert (ids(True), ids(False)) == ([], [blown["id"]])


def test_an_older_update_never_overwrites_a_newer(served: Served, ticket: dict[str, Any]) -> None:
    """FixMyStreet #4007, #5298, #5350: an update sent again, in the wrong order, or older than what is there."""
    worker, centre = served.client(Role.GRID_WORKER), served.client(Role.COMMAND_CENTRE)
    seen = worker.get(f"/tickets/{ticket['id']}").headers["etag"]
    moved = give(centre, ticket, "dispatch", unit="east", note="it stands over there").json()
    assert (moved["grid"], moved["escalated_to"]) == ("east", None)
    assert [one["id"] for one in served.tickets(Role.GRID_WORKER, "east")] == [ticket["id"]]
    assert served.tickets(Role.GRID_WORKER, "west") == []
    old = worker.post(f"/tickets/{ticket['id']}/escalate", json={"note": "up"}, headers={"If-Match": seen})
    assert old.status_code == 412
    voided = give(centre, ticket, "void", note="a drill").json()
    assert give(centre, ticket, "void", note="a drill").json() == voided, "sent again, it changes nothing"
    assert give(worker, ticket, "accept").status_code == 409


def test_side_commands_are_offered_apart_and_to_whom_they_are_for(served: Served, ticket: dict[str, Any]) -> None:
    offered = {
        role: served.client(role).get(f"/tickets/{ticket['id']}").json()["side_commands"]
        for role in (Role.GRID_WORKER, Role.COMMAND_CENTRE, Role.DRONE_OPERATOR)
    }
    assert offered[Role.GRID_WORKER] == ["escalate", "whistle", "suspend"]
    assert offered[Role.COMMAND_CENTRE] == ["dispatch", "escalate", "whistle", "suspend", "void"]
    assert offered[Role.DRONE_OPERATOR] == []
    assert give(served.client(Role.GRID_WORKER), ticket, "void", note="no").status_code == 403
    assert give(served.client(Role.COMMAND_CENTRE), ticket, "dispatch", unit="nowhere").status_code == 422


def test_what_is_suspended_stays_so_when_it_is_seen_again(served: Served, ticket: dict[str, Any]) -> None:
    """Dispatch #4134: snoozing and deduplication fought each other."""
    worker = served.client(Role.GRID_WORKER)
    give(worker, ticket, "suspend", note="waits for the tow truck", until="2026-11-22T12:00:00Z")
    served.post(event("i-2", zone="overlapping"))
    [still] = served.tickets()
    assert (still["id"], still["state"], still["due_at"]) == (ticket["id"], "suspended", "2026-11-22T12:00:00.000Z")
    assert still["history"][-1]["command"] == "merge", "the sighting is attached, not lost"
