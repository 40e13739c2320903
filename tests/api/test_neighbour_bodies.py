"""Somebody of the west, whose request names the east in its body or its file: refused, and nothing has changed."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.auth.roles import WHOLE_SITE, Role
from tests.api.house import Served, event, overwrite
from tests.api.town_life import EAST, Life, live

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
REFUSED = (403, 404, 422)
LATER = "2026-11-23T00:00:00Z"
CENTRE, WORKER, PILOT = Role.COMMAND_CENTRE, Role.GRID_WORKER, Role.DRONE_OPERATOR


@dataclass(frozen=True)
class Case:
    """One request of somebody of the west. `{…}` in path and texts are filled in from what there is: the east's by its
    name in `Life.ids`, the caller's own by ``my_ticket`` and ``my_hazard``."""

    name: str
    operation: str
    role: Role
    body: Any = None
    content: bytes | None = None
    path: dict[str, str] = field(default_factory=dict)


MINE = {"ticket_id": "{my_ticket}", "hazard_id": "{my_hazard}"}
SAME = {"into": "{hazard_id}", "reason": "the same car", "anyway": True}
WHISTLE = {"note": "come and see"}
THEIRS = WHISTLE | {"department": "east-only"}
MUTE = {"reason": "works", "ends_at": LATER}
RING = [[113.85, 27.62], [113.853, 27.62], [113.853, 27.622], [113.85, 27.622], [113.85, 27.62]]
POINT = {"name": "Theirs", "radius_m": 30, **EAST}
NAMED = b"unit,shift,username,days\nwest,day,grid1,Mon-Fri\neast,day,grid1,Mon-Fri\n"
CASES = [
    Case("the ticket goes to their unit", "dispatch_ticket", CENTRE, {"unit": "east"}, path=MINE),
    Case("up to their unit, by the centre", "escalate_ticket", CENTRE, {"unit": "east"}, path=MINE),
    Case("up to their unit", "escalate_ticket", WORKER, {"unit": "east"}, path=MINE),
    Case("a whistle for a department of theirs", "blow_whistle", WORKER, THEIRS, path=MINE),
    Case("the same, by the centre", "blow_whistle", CENTRE, THEIRS, path=MINE),
    Case("mine is theirs", "merge_hazard", WORKER, SAME, path=MINE),
    Case("mine is theirs, by the centre", "merge_hazard", CENTRE, SAME, path=MINE),
    Case("their camera is mute", "make_mute", CENTRE, MUTE | {"camera": "cam-2"}),
    Case("their zone is mute", "make_mute", CENTRE, MUTE | {"camera": "cam-2", "zone": "gate"}),
    Case("their unit is mute", "make_mute", CENTRE, MUTE | {"unit": "east"}),
    Case("a code in their streets", "make_report_point", CENTRE, POINT),
    Case("their line in a file of rosters", "import_roster", CENTRE, content=NAMED),
    Case("a plan of their tickets", "plan_follow_up", PILOT, {"home": [113.95, 27.62], "tickets": ["{ticket_id}"]}),
    Case("the same, by the centre", "plan_follow_up", CENTRE, {"home": [113.95, 27.62], "tickets": ["{ticket_id}"]}),
    Case("a plan of the whole town's", "prepare_patrol_flight", PILOT, {"plan_id": "{plan_id}", "vehicle": 1}),
    Case("the same, every week", "make_patrol_schedule", PILOT, {
        "plan_id": "{plan_id}", "vehicle": 1, "operator": "pilot", "weekdays": [0], "minute": 540,
        "first": "2026-11-23",
    }),
]  # fmt: skip


# Fields of a body that name a place or a thing in one.
PLACES = {"unit", "units", "camera", "zone", "into", "department", "tickets", "lon", "lat", "where"}
PLACES |= {"plan_id", "plan", "area"}
# What somebody of the west may well send about the east, and why.
FREE = {
    "make_report": "a hazard may be reported by anybody anywhere, without an account too",
    "propose_report": "a photo is looked at, and nothing is kept",
    "check_patrol_plan": "a question, which stores nothing",
    "tell_patrol_progress": "where a vehicle is whose flight is named in the address",
    "keep_patrol_plan": "a draft of one's own, which nobody else of a part of the town sees",
    "plan_patrol_over_area": "the same",
    "plan_patrol_along_line": "the same",
    "plan_patrol_round_area": "the same",
    "plan_patrol_to_places": "the same",
    "accept_suggestion": "its camera is in the path; its zones lie in that camera's picture",
    "import_town": "an administrator's, who has the whole site",
}


@pytest.fixture(scope="module")
def life(shared: Served) -> dict[str, str]:
    found: Life = live(shared)
    departments = [{"id": "fire", "name": "Fire"}, {"id": "east-only", "name": "Theirs", "units": ["east"]}]
    overwrite(shared.client(Role.ADMINISTRATOR), "/town/departments", json={"items": departments}).raise_for_status()
    shared.post(event("west-1"))
    [mine] = [one for one in shared.tickets() if one["hazard_id"] == "west-1"]
    pilot, around = shared.client(PILOT), {"area": {"type": "Polygon", "coordinates": [RING]}}
    plan = pilot.post("/patrols/plans/area", json={"name": "market", "home": RING[0], "rules": around})
    return found.ids | {"my_ticket": mine["id"], "my_hazard": "west-1", "plan_id": plan.json()["items"][0]["id"]}


def state(house: Served) -> dict[str, str]:
    """Everything that a request could have changed, as the administrator reads it."""
    admin, paths = house.client(Role.ADMINISTRATOR), []
    for path, item in DOCUMENT["paths"].items():
        of_themselves = path.endswith("/stream") or path in ("/metrics", "/readyz", "/healthz")
        if "get" in item and "{" not in path and not of_themselves and not path.endswith(("/town/at", "/export")):
            paths.append(path)
    paths += [f"/api/v1/town/units/{unit}/{part}" for unit in ("east", "west") for part in ("roster", "team")]
    return {path: admin.get(httpx.URL(house.url).join(path)).text for path in paths}


def filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(one, ids) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, ids) for one in value]
    return value.format(**ids) if isinstance(value, str) else value


def send(house: Served, case: Case, ids: dict[str, str]) -> httpx.Response:
    method, path = next(
        (method.upper(), path)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if operation["operationId"] == case.operation
    )
    url = house.url + path.format(**filled(case.path, ids))
    client = house.client(case.role, "west")
    return client.request(
        method,
        url,
        json=filled(case.body, ids),
        content=case.content,
        headers={"If-Match": "*", "X-Captured-At": LATER},
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.operation}: {case.name}")
def test_a_body_that_names_the_neighbours_is_refused(shared: Served, life: dict[str, str], case: Case) -> None:
    shared.client(case.role, "west")  # made here: a new client is a new token on the list
    before = state(shared)
    answer = send(shared, case, life)
    assert answer.status_code in REFUSED, f"{answer.status_code} {answer.text[:300]}"
    assert answer.headers["content-type"] == "application/problem+json"
    assert "required" not in answer.text, "refused for its form, and not for the place"
    after = state(shared)
    assert [path for path in before if before[path] != after[path]] == []


def test_the_same_in_the_callers_own_place_is_done(shared: Served, life: dict[str, str]) -> None:
    """So that the test above is about the place."""
    own = [
        Case("", "make_mute", CENTRE, MUTE | {"camera": "cam-1"}),
        Case("", "make_report_point", CENTRE, POINT | {"lon": 113.85}),
        Case("", "import_roster", CENTRE, content=NAMED.replace(b"east,day,grid1,Mon-Fri\n", b"")),
        Case("", "escalate_ticket", WORKER, {"note": "this needs keys"}, path=MINE),
        Case("", "blow_whistle", WORKER, WHISTLE | {"department": "fire"}, path=MINE),
        Case("", "dispatch_ticket", CENTRE, {"unit": "west"}, path=MINE),
    ]
    for case in own:
        answer = send(shared, case, life)
        assert answer.is_success, f"{case.operation}: {answer.status_code} {answer.text[:300]}"


def _fields(node: Any, seen: tuple[str, ...] = ()) -> set[str]:
    """The names of all properties of a schema, however deep."""
    if isinstance(node, list):
        return {name for one in node for name in _fields(one, seen)}
    if not isinstance(node, dict):
        return set()
    name = str(node.get("$ref", "")).rsplit("/", 1)[-1]
    inside = _fields(DOCUMENT["components"]["schemas"][name], (*seen, name)) if name and name not in seen else set()
    return inside | set(node.get("properties", {})) | {one for value in node.values() for one in _fields(value, seen)}


def test_every_body_that_names_a_place_is_tried() -> None:
    """So that a new one cannot pass by. Administrators and programs have the whole site."""
    whole_site = {Role.ADMINISTRATOR.value, Role.WORKER.value}
    naming = {
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        if set(operation.get("x-roles", ())) - whole_site and PLACES & _fields(operation.get("requestBody"))
    }
    assert naming - {case.operation for case in CASES} - set(FREE) == set()


@pytest.mark.parametrize("role", WHOLE_SITE)
def test_no_token_promises_units_that_it_does_not_keep_to(shared: Served, role: Role) -> None:
    body = {"name": "watcher", "role": role.value, "grids": ["west"]}
    refused = shared.client(Role.ADMINISTRATOR).post("/tokens", json=body)
    assert (refused.status_code, "whole town" in refused.json()["detail"]) == (422, True)
