"""Inputs that break servers: each is refused or taken, none is a 5xx."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from api.auth.roles import Role
from api.settings import Settings
from tests.api.house import Served, event, sign_in

ODD: list[Any] = [
    None, True, 0, -1, 10**400, 1e308, "", "\0", "\ud800", "x" * 100_000, [], [[]], {}, {"a": 1},
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1970-01-01T00:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(event()))
def test_no_odd_value_in_an_event_is_a_server_error(shared: Served, name: str) -> None:
    worker, kind = shared.client(Role.WORKER), {"Content-Type": "application/json"}
    statuses = set()
    for value in ODD:
        body = json.dumps({"events": [event(**{name: value})]})
        statuses.add(worker.post("/events", content=body, headers=kind).status_code)
    assert statuses <= {200, 422}
    assert 422 in statuses
    assert shared.client(Role.COMMAND_CENTRE).get("/tickets", params={"limit": 200}).status_code == 200


@pytest.mark.parametrize("path", ["/reports", "/false-alarms", "/false-alarms/export", "/ledger/loop"])
def test_no_odd_time_of_a_query_is_a_server_error(shared: Served, path: str) -> None:
    centre = shared.client(Role.COMMAND_CENTRE)
    texts = [value for value in ODD if isinstance(value, str) and len(value) < 50 and value != "\ud800"]
    statuses = {text: centre.get(path, params={"since": text}).status_code for text in texts}
    assert set(statuses.values()) <= {200, 422}, statuses


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        (None, "POST", "/session"),
        (Role.WORKER, "POST", "/events"),
        (Role.WORKER, "POST", "/worker/status"),
        (Role.COMMAND_CENTRE, "POST", "/tickets/none/close"),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 20_000, b"\xff\xfe", b"null", b'"x"', b"1e999", b'{"\\ud800": NaN}', b'{"events": [[]]}']
)
def test_no_odd_body_is_a_server_error(shared: Served, role: Role | None, method: str, path: str, body: bytes) -> None:
    for kind in ("application/json", "text/plain"):
        answer = shared.client(role).request(method, path, content=body, headers={"Content-Type": kind})
        assert answer.status_code in (400, 401, 404, 422)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/tickets/%00", "/tickets/%ff", "/hazards/%F0%9F%98%80", "/evidence/..%2f..%2fx.jpg"])
def test_no_odd_path_is_a_server_error(shared: Served, path: str) -> None:
    assert shared.client(Role.COMMAND_CENTRE).get(path).status_code in (404, 422)


def test_a_form_is_told_to_be_json(shared: Served) -> None:
    answer = shared.client().post("/session", data={"username": "a", "password": "b"})
    assert answer.status_code == 422
    assert "Content-Type: application/json" in answer.json()["detail"]


def test_a_wrong_method_is_405(shared: Served) -> None:
    answer = shared.client(Role.WORKER).get("/events")
    assert (answer.status_code, answer.json()["type"]) == (405, "urn:sanxun:problem:method-not-allowed")


def test_guessing_all_at_once_gains_nothing(served: Served, passwords: dict[str, str]) -> None:
    barrier = threading.Barrier(12)

    def guess(number: int) -> int:
        with httpx.Client(base_url=f"{served.url}/api/v1", trust_env=False, timeout=90) as client:
            barrier.wait(timeout=90)
            return sign_in(client, "grid1", f"wrong password {number}").status_code

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(guess, range(12)))
    assert (statuses.count(401), statuses.count(429)) == (5, 7)
    assert sign_in(served.client(), "centre", passwords["centre"]).status_code == 200


def test_signing_in_often_and_rightly_is_not_held_against_anyone(served: Served, passwords: dict[str, str]) -> None:
    for _ in range(6):
        assert sign_in(served.client(), "grid1", passwords["grid1"]).status_code == 200


def test_every_setting_says_what_it_trades() -> None:
    for name, setting in Settings.model_fields.items():
        assert setting.description, f"{name} has no description"
        assert setting.description.endswith(".")
