"""What is written as a whole is written only over what was read: two who change the town at once cannot undo each
other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.auth.roles import Role
from api.client import Client, Problem
from tests.api.house import Served
from tests.town.test_importing import feature, square
from tests.town.test_over_http import collection

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
UNITS = [collection(feature("street-1", "street", None, square(0, 0, 10, 10))) for _ in range(2)]
UNITS[1] = collection(feature("street-2", "street", None, square(0, 0, 10, 10)))
ROSTER = [f"unit,shift,username,date\nwest,{shift},,2026-11-24\n".encode() for shift in ("day", "late")]
# (path, how it is read, two different contents)
WRITTEN: dict[str, tuple[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "/town/units?datum=WGS-84": ("/town/units?limit=1", ({"content": UNITS[0]}, {"content": UNITS[1]})),
    "/town/settings": (
        "/town/settings",
        ({"json": {"ledger": {"least_found": 4}}}, {"json": {"ledger": {"least_found": 5}}}),
    ),
    "/town/departments": (
        "/town/departments",
        ({"json": {"items": [{"id": "fire", "name": "Fire"}]}}, {"json": {"items": []}}),
    ),
    "/town/units/west/team": (
        "/town/units/west/team",
        ({"json": {"members": [{"username": "grid1", "part": "helper"}]}}, {"json": {"members": []}}),
    ),
    "/town/units/west/roster": (
        "/town/units/west/roster",
        ({"json": {"entries": [{"shift": "day", "date": "2026-11-24"}]}}, {"json": {"entries": []}}),
    ),
    "/notify/contacts/grid1": (
        "/notify/contacts/grid1",
        ({"json": {"phone": "13900000000"}}, {"json": {"email": "grid1@town.example"}}),
    ),
}


def write(admin: httpx.Client, path: str, sent: dict[str, Any], tag: str | None) -> httpx.Response:
    return admin.put(path, headers={"If-Match": tag} if tag else {}, **sent)


@pytest.mark.parametrize("path", WRITTEN)
def test_nobody_overwrites_what_they_have_not_seen(shared: Served, path: str) -> None:
    admin = shared.client(Role.ADMINISTRATOR)
    where, (first, second) = WRITTEN[path]
    seen = admin.get(where)
    unseen = write(admin, path, first, None)
    assert (unseen.status_code, unseen.json()["type"]) == (428, "urn:sanxun:problem:version-needed")
    assert admin.get(where).headers["etag"] == seen.headers["etag"], "it changed nothing"
    done = write(admin, path, first, seen.headers["etag"])
    assert done.status_code == 200, done.text
    now = admin.get(where)
    assert seen.headers["etag"] != now.headers["etag"] == done.headers["etag"], "who wrote need not read again"
    late = write(admin, path, second, seen.headers["etag"])
    assert (late.status_code, late.json()["type"]) == (412, "urn:sanxun:problem:version-changed")
    assert admin.get(where).text == now.text, "the second writer's would have undone the first one's"
    assert write(admin, path, second, now.headers["etag"]).status_code == 200


@pytest.mark.parametrize("where", [where for where, _ in WRITTEN.values()])
def test_what_has_not_changed_is_not_sent_again(shared: Served, where: str) -> None:
    admin = shared.client(Role.ADMINISTRATOR)
    tag = admin.get(where).headers["etag"]
    again = admin.get(where, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_a_file_of_rosters_is_written_over_what_its_dry_run_saw(shared: Served) -> None:
    centre = shared.client(Role.COMMAND_CENTRE)
    assert centre.put("/town/roster", content=ROSTER[0]).status_code == 428
    tried = centre.put("/town/roster?dry_run=true", content=ROSTER[0])
    assert (tried.json(), centre.get("/town/units/west/roster").json()) == ({"lines": 1}, {"entries": []})
    elsewhere = b"unit,shift,username,date\neast,day,,2026-11-24\n"
    seen = centre.put("/town/roster?dry_run=true", content=elsewhere).headers["etag"]
    assert write(centre, "/town/roster", {"content": elsewhere}, seen).status_code == 200
    done = write(centre, "/town/roster", {"content": ROSTER[0]}, tried.headers["etag"])
    assert done.status_code == 200, "the roster of another unit is no reason to look again"
    late = write(centre, "/town/roster", {"content": ROSTER[1]}, tried.headers["etag"])
    assert late.status_code == 412
    assert write(centre, "/town/roster", {"content": ROSTER[1]}, done.headers["etag"]).status_code == 200
    assert [one["shift"] for one in centre.get("/town/units/west/roster").json()["entries"]] == ["late"]


def test_an_import_is_written_over_what_its_dry_run_compared_it_with(shared: Served) -> None:
    admin = shared.client(Role.ADMINISTRATOR)
    url = "/town/units?datum=WGS-84"
    tried = admin.put(f"{url}&dry_run=true", content=UNITS[0])
    assert tried.headers["etag"] == admin.get("/town/units").headers["etag"]
    admin.put(url, content=UNITS[0], headers={"If-Match": tried.headers["etag"]}).raise_for_status()
    assert write(admin, url, {"content": UNITS[1]}, tried.headers["etag"]).status_code == 412


def test_the_tag_of_units_is_of_what_the_caller_may_see(shared: Served) -> None:
    tags = [shared.client(Role.GRID_WORKER, unit).get("/town/units").headers["etag"] for unit in ("west", "east")]
    assert tags[0] != tags[1]


def test_every_put_of_people_demands_the_tag() -> None:
    """So that a new one cannot be forgotten: what only programs write is known by its own id or is the newest."""
    for path, item in DOCUMENT["paths"].items():
        operation = item.get("put")
        if operation and operation["x-roles"] != ["worker"]:
            assert {"412", "428"} <= set(operation["responses"]), path
            assert "if-match" in {parameter["name"] for parameter in operation["parameters"]}, path


def test_the_typed_client_tells_the_tag(shared: Served) -> None:
    with Client(shared.url, token=shared.token(Role.ADMINISTRATOR)) as sanxun:
        settings = sanxun.read_town_settings()
        with pytest.raises(Problem, match="428"):
            sanxun.write_town_settings(body=settings)
        sanxun.read_town_settings()
        sanxun.write_town_settings(body=settings, if_match=sanxun.etag)
