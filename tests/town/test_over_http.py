"""The town over HTTP and by command, on a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.auth import repository
from api.auth.models import Account
from api.auth.roles import Role
from api.cli import town as town_cli
from api.house import offline
from tests.api.house import Served, event, overwrite
from tests.town.test_importing import csv_text, feature, square, workbook

runner = CliRunner()
GEO = {"Content-Type": "application/geo+json"}


def collection(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


# cam-1 of the site stands at 113.85, 27.62, in the site file's grid "west" and in "m2" of this town.
TOWN = (
    feature("street-1", "street", None, square(0, 0, 10, 10)),
    feature("com-1", "community", "street-1", square(0, 0, 10, 10)),
    feature("g-1", "grid", "com-1", square(0, 0, 10, 10)),
    feature("m1", "micro_grid", "g-1", square(0, 0, 4, 10)),
    feature("m2", "micro_grid", "g-1", square(4, 0, 6, 10)),
)


@pytest.fixture
def town(served: Served) -> Served:
    """A server with four levels imported beside the two micro-grids of its site file."""
    admin = served.client(Role.ADMINISTRATOR)
    answer = overwrite(admin, "/town/units?datum=WGS-84", content=collection(*TOWN), headers=GEO)
    assert answer.status_code == 200, answer.text
    assert answer.json()["added"] == [one["properties"]["id"] for one in TOWN]
    return served


async def _workers(data: Path, *usernames: str, grids: Sequence[str] = ()) -> None:
    async with offline(data) as database, database.writing() as session:
        for username in usernames:
            # No password fits this: hashing one takes longer than the test.
            await repository.add(
                session,
                Account(
                    username=username,
                    name=username,
                    role=Role.GRID_WORKER.value,
                    grids=list(grids),
                    password_hash="",
                    created_at=datetime(2026, 11, 1, tzinfo=UTC),
                ),
            )


def test_units_places_scope_and_faults(town: Served) -> None:
    admin, centre = town.client(Role.ADMINISTRATOR), town.client(Role.COMMAND_CENTRE)
    page = centre.get("/town/units?limit=3").json()
    rest = centre.get("/town/units", params={"limit": 200, "cursor": page["next"]}).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [
        *("street-1", "com-1", "g-1", "m1", "m2"),
        *("west", "east"),
    ]
    assert centre.get("/town/units?parent=g-1").json()["items"][0]["path"] == ["street-1", "com-1", "g-1", "m1"]
    place = centre.get("/town/at?lon=113.85&lat=27.65&datum=WGS-84&radius_m=2000").json()
    assert place["unit"]["id"] == "m2"
    assert set(place["near"]) == {"m1", "m2", "west"}
    assert centre.get("/town/at?lon=113.85&lat=27.65").status_code == 422, "no place without its datum"
    assert "m2" in {one["id"] for one in centre.get("/site").json()["grids"]}, "pages know its name"
    worker = town.client(Role.GRID_WORKER, "m1")
    assert [one["id"] for one in worker.get("/site").json()["grids"]] == ["m1"]
    assert [one["id"] for one in worker.get("/town/units").json()["items"]] == ["m1"]
    assert worker.get("/town/units/m2").status_code == 404
    assert worker.get("/town/at?lon=113.85&lat=27.65&datum=WGS-84").json() == {"unit": None, "near": []}
    bad = collection(*TOWN[:4], feature("west", "micro_grid", "g-1", square(4, 0, 3, 10)))
    answer = overwrite(admin, "/town/units?datum=WGS-84", content=bad, headers=GEO)
    assert answer.status_code == 422
    assert {(one["kind"], one["unit"]) for one in answer.json()["errors"]} == {("gap", "g-1"), ("id", "west")}
    assert overwrite(centre, "/town/units?datum=WGS-84", content=bad, headers=GEO).status_code == 403


def test_a_gap_is_let_pass_on_purpose_and_a_dry_run_stores_nothing(town: Served) -> None:
    admin = town.client(Role.ADMINISTRATOR)
    gap = collection(*TOWN[:4])
    url = "/town/units?datum=WGS-84&accept=gap"
    tried = admin.put(f"{url}&dry_run=true", content=gap, headers=GEO).json()
    assert (tried["removed"], tried["dry_run"], [one["kind"] for one in tried["accepted"]]) == (["m2"], True, ["gap"])
    assert admin.get("/town/units/m2").status_code == 200
    asyncio.run(_workers(town.data, "ann", grids=["m2"]))
    gone = overwrite(admin, url, content=gap, headers=GEO).json()
    assert (gone["removed"], gone["still_named"]) == (["m2"], ["m2"]), "ann would see nothing any more"
    assert admin.get("/town/units/m2").status_code == 404
    assert admin.get("/town/at?lon=113.85&lat=27.65&datum=WGS-84").json()["unit"]["id"] == "west"
    assert overwrite(admin, "/town/units?datum=WGS-84&accept=ring", content=gap, headers=GEO).status_code == 422


def test_teams_rosters_and_duty(town: Served) -> None:
    centre, admin = town.client(Role.COMMAND_CENTRE), town.client(Role.ADMINISTRATOR)
    asyncio.run(_workers(town.data, "ann", "bo", "cai"))

    def duty(unit: str, at: str) -> list[str]:
        found: list[str] = centre.get(f"/town/units/{unit}/duty", params={"at": at}).json()["usernames"]
        return found

    monday = "2026-11-23T09:00:00+08:00"
    everyone = duty("m1", monday)
    assert set(everyone) >= {"ann", "bo", "cai"}, "nobody is named: whoever has the whole site"
    team = {"members": [{"username": "cai", "part": "helper"}, {"username": "bo", "part": "officer"}]}
    assert overwrite(centre, "/town/units/g-1/team", json=team).json() == {"lines": 2}
    assert duty("m1", monday) == ["bo", "cai"], "a micro-grid has its grid's team"
    two = {"members": [{"username": "ann", "part": "officer"}, {"username": "bo", "part": "officer"}]}
    assert "officer of g-1 stands in members[0]" in overwrite(centre, "/town/units/g-1/team", json=two).json()["detail"]
    sheet = [
        ["网格编号", "班次", "账号", "星期", "日期"],
        ["g-1", "day", "ann", "Mon-Fri", ""],
        ["g-1", "late", "bo", "Mon-Sun", ""],
        ["g-1", "day", "cai", "", "2026-11-24"],
    ]
    answer = overwrite(centre, "/town/roster", content=workbook(sheet))
    assert (answer.status_code, answer.json()) == (200, {"lines": 3})
    assert duty("m1", monday) == ["ann"]
    assert duty("m1", "2026-11-24T09:00:00+08:00") == ["cai"]
    assert duty("m1", "2026-11-24T17:00:00+08:00") == ["bo"]
    assert duty("m1", "2026-11-24T05:00:00+08:00") == [], "a roster that names nobody: nobody is on duty"
    of_m1 = town.client(Role.COMMAND_CENTRE, "m1")
    refused = overwrite(of_m1, "/town/roster", content=b"unit,shift,username,days\nm1,day,cai,Mon\ng-1,day,zoe,Mon\n")
    assert refused.status_code == 404, "one line of a unit that is not theirs, and none takes effect"
    assert of_m1.get("/town/units/m1/roster").json() == {"entries": []}
    bad = overwrite(centre, "/town/roster", content=b"unit,shift,username,days\ng-9,noon,zoe,someday\n")
    assert {fault["what"].split()[0] for fault in bad.json()["errors"]} == {"there", "shift", "days"}
    assert town.client(Role.GRID_WORKER, "m1").put("/town/units/m1/team", json=team).status_code == 403
    settings = admin.get("/town/settings").json()
    settings["shifts"] = [{"name": "day", "starts": "06:00", "ends": "18:00"}]
    assert overwrite(admin, "/town/settings", json=settings).status_code == 200
    assert duty("m1", "2026-11-23T17:59:00+08:00") == ["ann"]


def test_departments(town: Served) -> None:
    admin = town.client(Role.ADMINISTRATOR)
    body = {"items": [{"id": "fire", "name": "消防", "units": ["com-1"], "kinds": ["fire_lane"], "answer_minutes": 15}]}
    assert overwrite(admin, "/town/departments", json=body).json() == {"lines": 1}
    assert town.client(Role.GRID_WORKER, "m1").get("/town/departments").json() == body
    wrong = {"items": [{"id": "fire", "name": "x", "units": ["nowhere"]}]}
    assert "no unit 'nowhere'" in overwrite(admin, "/town/departments", json=wrong).json()["detail"]
    listed = runner.invoke(town_cli.app, ["departments", "--data", str(town.data)])
    assert "15 min  com-1" in listed.stdout


def test_cameras_find_their_units_anew_and_an_apply_keeps_them(town: Served) -> None:
    from api.site.offline import write_site
    from streams.site import parse_site
    from tests.api.house import SITE, event

    town.post(event())
    assert town.tickets()[0]["grid"] == "m2"
    write_site(town.data, parse_site(SITE.replace("dwell_s = 10", "dwell_s = 20")))
    town.post(event("i-2"))
    assert {ticket["grid"] for ticket in town.tickets()} == {"m2"}


def test_the_commands_check_import_and_list(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path / "data")]
    file, bad = tmp_path / "town.geojson", tmp_path / "bad.geojson"
    file.write_text(collection(*TOWN), encoding="utf-8")
    bad.write_text(collection(*TOWN[:3], feature("m1", "micro_grid", "g-1", square(0, 0, 11, 10))), encoding="utf-8")
    assert runner.invoke(town_cli.app, ["check", str(file), "--datum", "WGS-84"]).stdout == "ok in 5 units\n"
    found = runner.invoke(town_cli.app, ["check", str(bad), "--datum", "WGS-84"])
    assert found.exit_code == 1
    assert "feature 4, m1: outside:" in found.stdout
    refused = runner.invoke(town_cli.app, ["import", str(bad), "--datum", "WGS-84", *data])
    assert (refused.exit_code, refused.stdout.splitlines()[-1]) == (1, "1 fault(s); nothing was stored")
    taken = runner.invoke(town_cli.app, ["import", str(file), "--datum", "WGS-84", *data])
    assert taken.stdout == "5 added, 0 changed, 0 removed, 0 unchanged\n"
    again = runner.invoke(town_cli.app, ["import", str(file), "--datum", "WGS-84", *data])
    assert again.stdout == "0 added, 0 changed, 0 removed, 5 unchanged\n"
    listed = runner.invoke(town_cli.app, ["list", "--under", "g-1", "--level", "micro_grid", *data])
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["m1", "m2"]
    roster = tmp_path / "roster.csv"
    roster.write_text(csv_text([["unit", "shift", "username", "days"], ["m1", "day", "nobody", "Mon"]]))
    assert runner.invoke(town_cli.app, ["roster", str(roster), *data]).exit_code == 1


def test_a_mute_of_the_unit_above_is_seen_by_those_beneath_it(town: Served) -> None:
    window = {"reason": "a fair", "ends_at": "2026-11-22T10:00:00Z", "unit": "com-1"}
    made = town.client(Role.COMMAND_CENTRE).post("/mutes", json=window)
    assert made.status_code == 201, made.text
    for unit, sees in (("m2", 1), ("street-1", 1), ("east", 0)):
        found = town.client(Role.GRID_WORKER, unit).get("/mutes").json()["items"]
        assert len(found) == sees, unit


def test_a_centre_of_one_part_sends_nothing_elsewhere(served: Served) -> None:
    served.post(event())
    [ticket] = served.tickets()
    west = served.client(Role.COMMAND_CENTRE, "west")
    path = f"/tickets/{ticket['id']}/dispatch"
    assert west.post(path, json={"unit": "east"}).status_code == 403
    assert west.get(f"/tickets/{ticket['id']}").json()["grid"] == ticket["grid"]
    assert west.post(path, json={"unit": "west"}).status_code == 200
