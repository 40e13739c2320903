"""Every route, as nobody, as every role, and as the neighbour grid's worker."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.auth.roles import PEOPLE, WHOLE_SITE, Role
from api.auth.tokens import make_token
from tests.api.house import PATIENCE_S, SECRET, Served, event
from tests.api.town_life import Life, live

# As committed, and so as reviewed: a change of rights is a change of docs/openapi.json and docs/rights.md.
DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
# What must not change by an oversight in a route: said here a second time, by hand.
DOORS = {
    "POST /api/v1/clips/{event_id}/open": (Role.ADMINISTRATOR, Role.OFFICER),
    "POST /api/v1/events": (Role.WORKER,),
    "GET /api/v1/worker/site": (Role.WORKER,),
    "PUT /api/v1/worker/tiles/{camera}": (Role.WORKER,),
    "POST /api/v1/accounts": (Role.ADMINISTRATOR,),
    "PATCH /api/v1/accounts/{username}": (Role.ADMINISTRATOR,),
    "POST /api/v1/tokens": (Role.ADMINISTRATOR,),
    "POST /api/v1/tickets/{ticket_id}/confirm": (Role.ADMINISTRATOR, Role.COMMAND_CENTRE),
    "PUT /api/v1/town/units": (Role.ADMINISTRATOR,),
    "GET /metrics": (Role.ADMINISTRATOR, Role.METRICS),
    "GET /api/v1/tickets": PEOPLE,
}
# Doors without a keeper: signing in, residents' reports, an open standard, and whether the server is well.
OPEN = re.compile(r"/api/v1/(session(/ways|/elsewhere(/callback)?)?|public/.*)|/open311/v2/.*|/(healthz|readyz)")
# An auditor changes nothing but what is theirs.
OWN = re.compile(r"/api/v1/(session.*|notify/contacts/.*)")
# Names in paths that are no place in the town: one's own, an administrator's, a resident's receipt, a standard's, and
# flights, which belong to whoever may fly over the whole site.
NO_PLACE = {"username", "session_id", "token_id", "zone", "channel", "recipient", "delivery_id", "receipt", "form"} | {
    "request_id", "code", "plan_id", "flight_id", "schedule_id",
}  # fmt: skip
# What a caller must send so that the place, and not the form, is what the answer is about.
BODIES: dict[str, Any] = {
    "accept_suggestion": {"small_objects": False, "zones": []},
    "blow_whistle": {"department": "fire", "note": "come"},
    "open_clip": {"reason": "an enquiry of the police, 2026-17"},
    "merge_hazard": {"into": "none", "reason": "the same car"},
    "split_hazard": {"reason": "another car"},
    "report_false_alarm": {"reason": "gone", "note": "nothing there"},
    "suspend_ticket": {"until": "2026-11-23T00:00:00Z", "note": "parts are ordered"},
    "say_what_is_seen": {"gone": True},
    "write_roster": {"entries": []},
    "write_team": {"members": []},
    "dispatch_ticket": {"note": "x"},
    "set_contacts": {"email": "a@example.org"},
}


# Whoever may have units. A department of the west was called to nothing in the east.
OF_UNITS = [role for role in PEOPLE if role not in WHOLE_SITE]


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    found = [
        (method.upper(), path, operation)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
    ]
    return sorted(found, key=lambda one: one[:2])


def ask(client: httpx.Client, url: str, method: str, path: str) -> tuple[int, bool]:
    """The status of a bare request, and whether the door's keeper refused it: one who is let in may still err."""
    with client.stream(method, url + re.sub(r"{\w+}", "none", path)) as answer:
        if answer.status_code not in (401, 403):
            return answer.status_code, False
        answer.read()
        return answer.status_code, answer.status_code == 401 or "roles" in answer.json()


def test_rights_that_matter_most_are_said_twice() -> None:
    found = {f"{method} {path}": one.get("x-roles") for method, path, one in operations()}
    assert {route: found[route] for route in DOORS} == {
        route: [r.value for r in roles] for route, roles in DOORS.items()
    }
    assert [path for _, path, one in operations() if "x-roles" not in one and not OPEN.fullmatch(path)] == []
    changing = [(method, path, one) for method, path, one in operations() if method != "GET" and "x-roles" in one]
    assert [path for _, path, one in changing if "auditor" in one["x-roles"] and not OWN.fullmatch(path)] == []


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "nobody")
def test_each_route_lets_in_whom_it_says(shared: Served, role: Role | None) -> None:
    client = shared.client(role)
    wrong = []
    for method, path, operation in operations():
        roles = operation.get("x-roles")
        status, refused = ask(client, shared.url, method, path)
        if refused is not (roles is not None and role not in roles) or (role is None and status == 403):
            wrong.append(f"{method} {path} answered {status}")
        assert status < 500, f"{method} {path} answered {status}"
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def life(shared: Served) -> Life:
    return live(shared)


@pytest.mark.parametrize("role", OF_UNITS)
def test_a_neighbour_finds_nothing_by_its_address(shared: Served, life: Life, role: Role) -> None:
    """Every route with an id in its path, with the east's ids, by somebody of the west: there is no such thing."""
    client, wrong, knocked = shared.client(role, "west"), [], 0
    for method, path, operation in operations():
        names = set(re.findall(r"{(\w+)}", path)) & set(life.ids)
        if not names or role not in operation.get("x-roles", ()):
            continue
        knocked += 1
        filled = re.sub(r"{(\w+)}", lambda found: life.ids.get(found[1], "none"), path)
        body = BODIES.get(operation["operationId"])
        answer = client.request(method, shared.url + filled, json=body)
        made_up = client.request(method, shared.url + re.sub(r"{\w+}", "none", path), json=body)
        # Not found, or as empty as for an id that there never was.
        if answer.status_code not in (403, 404) and (answer.is_error or answer.text != made_up.text):
            wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:120]}")
    assert knocked >= 8
    assert not wrong, "\n".join(wrong)


def test_every_name_in_a_path_is_the_neighbours_or_no_place(life: Life) -> None:
    """So that a new route cannot pass by the test above."""
    names = {name for _, path, _ in operations() for name in re.findall(r"{(\w+)}", path)}
    assert names - set(life.ids) - NO_PLACE == set()


def test_whoever_belongs_there_finds_it(shared: Served, life: Life) -> None:
    """The same addresses, so that the test above is not about addresses that nobody finds."""
    client = shared.client(Role.GRID_WORKER, "east")
    for path in ("tickets/{ticket_id}", "hazards/{hazard_id}", "evidence/{evidence_id}.jpg", "reports/{report_id}"):
        answer = client.get("/" + path.format(**life.ids))
        assert answer.status_code == 200, f"{path}: {answer.text}"
    assert life.ids["ticket_id"] in client.get("/tickets").text


@pytest.mark.parametrize("role", OF_UNITS)
def test_a_neighbour_reads_nothing_of_it_in_any_list(shared: Served, life: Life, role: Role) -> None:
    """Every GET without an id, with all that it gives, by somebody of the west."""
    client, wrong = shared.client(role, "west"), []
    for method, path, operation in operations():
        roles = operation.get("x-roles")
        if method != "GET" or "{" in path or not roles or role not in roles or path.endswith("/stream"):
            continue
        needed = {"lon": "113.95", "lat": "27.62", "datum": "WGS-84"} if path.endswith("/town/at") else {}
        answer = client.get(shared.url + path, params=needed)
        told = [secret for secret in life.secret if secret in answer.text]
        for_people = path.startswith("/api/v1/session/")  # this is a token, and has no sessions
        if told or (answer.is_error and not for_people):
            wrong.append(f"{path}: {answer.status_code} {told or answer.text[:120]}")
    assert not wrong, "\n".join(wrong)


def test_a_department_reads_the_tickets_that_it_was_called_to(shared: Served, life: Life) -> None:
    """The fire brigade was called to one of two in the whole town; another department to none."""
    mine = shared.client(Role.COMMAND_CENTRE).get("/whistles").json()["items"][0]["ticket_id"]
    seen: dict[str, list[int]] = {}
    for name in ("fire", "power"):
        secret = make_token(shared.data, Role.DEPARTMENT, name=f"bureau-{name}", department=name)
        headers = {"Authorization": f"Bearer {secret}"}
        with httpx.Client(base_url=f"{shared.url}/api/v1", headers=headers, trust_env=False, timeout=60) as bureau:
            tickets, hazards = (bureau.get(path).json()["items"] for path in ("/tickets", "/hazards"))
            paths = [f"/tickets/{mine}", *(tickets[0]["still_url"].removeprefix("/api/v1") for _ in tickets)]
            paths += [f"/{path.format(**life.ids)}" for path in ("tickets/{ticket_id}", "hazards/{hazard_id}")]
            paths += [f"/evidence/{life.ids['evidence_id']}.jpg", f"/reports/{life.ids['report_id']}"]
            counted = sum(bureau.get("/tickets/counts").json().values())
            seen[name] = [len(tickets), len(hazards), counted, *(bureau.get(path).status_code for path in paths)]
            ledger = bureau.get("/ledger/lines").json()["items"]
            assert [one["number"] for one in ledger] == [one["number"] for one in tickets], "the ledger tells no more"
    assert seen["fire"] == [1, 1, 1, 200, 200, 404, 404, 404, 404]
    assert seen["power"] == [0, 0, 0, 404, 404, 404, 404, 404]


def test_a_made_up_token_is_nobody(served: Served) -> None:
    for secret in ("sxt_" + "A" * 43, "sxs_" + "A" * 43, "x", "sxt_"):
        answer = served.client().get("/tickets", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert secret not in answer.text or len(secret) < 5


def test_no_answer_to_a_person_holds_a_cameras_password(served: Served) -> None:
    served.post(event())
    status = {
        "camera": "cam-1",
        "state": "down",
        "since": "2026-11-22T08:00:00Z",
        "error": f"401 for rtsp://viewer:{SECRET}@192.0.2.7/stream1",
    }
    worker = served.client(Role.WORKER)
    assert worker.post("/worker/status", json={"worker": "w", "cameras": [status]}).status_code == 200
    for role in PEOPLE:
        _reads_no_password(served.client(role, *(() if role in WHOLE_SITE else ("west",))))


def _reads_no_password(client: httpx.Client) -> None:
    tickets = client.get("/tickets").json()["items"]
    own = [path for one in tickets for path in (f"/tickets/{one['id']}", f"/hazards/{one['hazard_id']}")]
    for path in ("/cameras", "/hazards", "/tickets", *own):
        text = client.get(path).text
        assert SECRET not in text
        assert "w0rd" not in text
    [camera] = [c for c in client.get("/cameras").json()["items"] if c["id"] == "cam-1"]
    assert camera["url"] == "rtsp://***@192.0.2.7/stream1"
    assert camera["health"]["state"] == "down"
    assert "***" in camera["health"]["error"]


def test_unknown_paths_of_the_api_are_problems_also_for_browsers(served: Served) -> None:
    for path in ("/api/v1/nope", "/api/nope", "/api/v1/tickets/1/fly", "/api/", "/api"):
        answer = httpx.get(served.url + path, headers={"Accept": "text/html"}, trust_env=False, timeout=PATIENCE_S)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_answers_carry_the_security_headers(served: Served) -> None:
    for path in ("/healthz", "/api/v1/tickets", "/", "/static/none.js"):
        headers = httpx.get(served.url + path, trust_env=False, timeout=PATIENCE_S).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; img-src 'self' blob: data:")
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_an_answer_without_content_repeats_no_headers_for_it(served: Served) -> None:
    """Pages are polled all day, and a 304 changes nothing of what the browser has."""
    address = served.url + "/static/js/i18n.js"
    etag = httpx.get(address, trust_env=False, timeout=PATIENCE_S).headers["etag"]
    again = httpx.get(address, headers={"If-None-Match": etag}, trust_env=False, timeout=PATIENCE_S)
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")
    assert "content-security-policy" not in again.headers
