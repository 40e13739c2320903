"""Every route, as nobody and as every role, against one table."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.auth.roles import CENTRE, FALSE_ALARM_EXPORTERS, PEOPLE, SEAL_OPENERS, SEAL_WATCHERS, SETTLERS, Role
from api.settings import Settings
from tests.api.house import SECRET, Served, event

ANYBODY = None
# Whoever stands here gets past the door of that route; everybody else gets 401 or 403.
TABLE: dict[str, tuple[Role, ...] | None] = {
    "POST /api/v1/session": ANYBODY,
    "GET /api/v1/session": tuple(Role),
    "DELETE /api/v1/session": ANYBODY,
    "GET /api/v1/cameras": PEOPLE,
    "GET /api/v1/hazards": PEOPLE,
    "GET /api/v1/hazards/{hazard_id}": PEOPLE,
    "GET /api/v1/tickets": PEOPLE,
    "GET /api/v1/tickets/{ticket_id}": PEOPLE,
    "POST /api/v1/tickets/{ticket_id}/accept": SETTLERS,
    "POST /api/v1/tickets/{ticket_id}/close": SETTLERS,
    "POST /api/v1/tickets/{ticket_id}/false-alarm": SETTLERS,
    "GET /api/v1/false-alarms": FALSE_ALARM_EXPORTERS,
    "GET /api/v1/false-alarms/export": FALSE_ALARM_EXPORTERS,
    "POST /api/v1/tickets/{ticket_id}/confirm": CENTRE,
    "POST /api/v1/tickets/{ticket_id}/return": CENTRE,
    "GET /api/v1/evidence/{evidence_id}.jpg": PEOPLE,
    "GET /api/v1/stream": PEOPLE,
    "GET /api/v1/camera-troubles": PEOPLE,
    "POST /api/v1/cameras/{camera}/accept-view": CENTRE,
    "POST /api/v1/cameras/{camera}/zones/{zone}/approve-wiring": CENTRE,
    "GET /api/v1/suggestions": CENTRE,
    "GET /api/v1/cameras/{camera}/suggestion": CENTRE,
    "GET /api/v1/cameras/{camera}/suggestion/picture.jpg": CENTRE,
    "POST /api/v1/cameras/{camera}/suggestion": (Role.ADMINISTRATOR, Role.WORKER),
    "POST /api/v1/cameras/{camera}/suggestion/accept": CENTRE,
    "DELETE /api/v1/cameras/{camera}/suggestion": CENTRE,
    "GET /api/v1/site": PEOPLE,
    "GET /api/v1/tickets/counts": PEOPLE,
    "GET /api/v1/hazards/{hazard_id}/clips": PEOPLE,
    "POST /api/v1/clips/{event_id}/open": SEAL_OPENERS,
    "GET /api/v1/clips/{event_id}/openings": SEAL_WATCHERS,
    "POST /api/v1/events": (Role.WORKER,),
    "PUT /api/v1/worker/events/{event_id}/clip": (Role.WORKER,),
    "PUT /api/v1/worker/events/{event_id}/still": (Role.WORKER,),
    "GET /api/v1/worker/site": (Role.WORKER,),
    "POST /api/v1/worker/status": (Role.WORKER,),
    "PUT /api/v1/worker/tiles/{camera}": (Role.WORKER,),
    "GET /healthz": ANYBODY,
    "GET /metrics": (Role.ADMINISTRATOR, Role.METRICS),
}


def routes(document: dict[str, Any]) -> set[str]:
    return {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}


def ask(client: httpx.Client, url: str, route: str) -> int:
    """The status of a bare request: a route that lets the caller in may still find it wanting."""
    method, path = route.split(" ")
    with client.stream(method, url + re.sub(r"{\w+}", "none", path)) as answer:
        return answer.status_code


def test_the_table_names_every_route(tmp_path: Any) -> None:
    document = create_app(Settings(data=tmp_path)).openapi()
    assert routes(document) == set(TABLE)
    ids = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z_]+", name) for name in ids)


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "nobody")
def test_each_route_lets_in_whom_the_table_names(shared: Served, role: Role | None) -> None:
    client = shared.client(role)
    wrong = []
    for route, allowed in TABLE.items():
        status = ask(client, shared.url, route)
        refused = status == (401 if role is None else 403)
        if refused is not (allowed is not ANYBODY and role not in allowed):
            wrong.append(f"{route} answered {status}")
    assert not wrong, "\n".join(wrong)


def test_a_made_up_token_is_nobody(served: Served) -> None:
    for secret in ("sxt_" + "A" * 43, "sxs_" + "A" * 43, "x", "sxt_"):
        answer = served.client().get("/tickets", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert secret not in answer.text or len(secret) < 5


@pytest.mark.parametrize("role", PEOPLE)
def test_no_answer_to_a_person_holds_a_cameras_password(served: Served, role: Role) -> None:
    served.post(event())
    status = {
        "camera": "cam-1",
        "state": "down",
        "since": "2026-11-22T08:00:00Z",
        "error": f"401 for rtsp://viewer:{SECRET}@192.0.2.7/stream1",
    }
    worker = served.client(Role.WORKER)
    assert worker.post("/worker/status", json={"worker": "w", "cameras": [status]}).status_code == 200
    client = served.client(role)
    [ticket] = client.get("/tickets").json()["items"]
    for path in ("/cameras", "/hazards", "/tickets", f"/tickets/{ticket['id']}", f"/hazards/{ticket['hazard_id']}"):
        text = client.get(path).text
        assert SECRET not in text
        assert "w0rd" not in text
    [camera] = [c for c in client.get("/cameras").json()["items"] if c["id"] == "cam-1"]
    assert camera["url"] == "rtsp://***@192.0.2.7/stream1"
    assert camera["health"]["state"] == "down"
    assert "***" in camera["health"]["error"]


def test_unknown_paths_of_the_api_are_problems_also_for_browsers(served: Served) -> None:
    for path in ("/api/v1/nope", "/api/nope", "/api/v1/tickets/1/fly", "/api/"):
        answer = httpx.get(served.url + path, headers={"Accept": "text/html"}, trust_env=False)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_answers_carry_the_security_headers(served: Served) -> None:
    for path in ("/healthz", "/api/v1/tickets", "/", "/static/none.js"):
        headers = httpx.get(served.url + path, trust_env=False).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; img-src 'self' blob: data:")
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
