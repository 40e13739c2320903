"""Every fault of what is given is named, so many at a time; what is written can be read again, however it came."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.auth.roles import Role
from api.cli import town as town_cli
from tests.api.house import Served, overwrite
from tests.api.stored import copied
from tests.town.test_importing import feature, square
from tests.town.test_over_http import _workers, collection

CSV = {"Content-Type": "text/csv"}


def rosters(count: int, unit: str, first: date = date(2026, 1, 1)) -> str:
    days = (first + timedelta(days=n) for n in range(count))
    return "unit,shift,username,date\n" + "".join(f"{unit},early,,{day}\n" for day in days)


def faults(served: Served, path: str, query: dict[str, Any], **sent: Any) -> list[list[dict[str, Any]]]:
    """Page by page."""
    found, cursor = [], None
    while True:
        answer = served.client(Role.ADMINISTRATOR).put(
            path, params=query | ({"cursor": cursor} if cursor else {}), **sent
        )
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert problem["detail"].startswith(f"{problem['count']} fault(s): ")
        found.append(problem["errors"])
        if (cursor := problem["next"]) is None:
            assert sum(map(len, found)) == problem["count"]
            return found


def test_all_faults_of_a_roster_are_told_a_thousand_at_a_time(shared: Served) -> None:
    dry = {"dry_run": True}
    pages = faults(shared, "/town/roster", dry, content=rosters(2500, "nowhere"))
    assert [len(page) for page in pages] == [1000, 1000, 500]
    assert [one["at"] for page in pages for one in page] == [f"row {n}" for n in range(2, 2502)]
    unread = "unit,shift,username,date\n" + "west,early,,soon\n" * 1001
    assert [len(page) for page in faults(shared, "/town/roster", dry, content=unread)] == [1000, 1]


def test_all_faults_of_units_and_departments_are_told_too(shared: Served) -> None:
    seen = {"If-Match": shared.client(Role.ADMINISTRATOR).get("/town/departments").headers["ETag"]}
    many = [{"id": f"d{n}", "name": "x", "units": [f"u{m}" for m in range(300)]} for n in range(5)]
    pages = faults(shared, "/town/departments", {}, json={"items": many}, headers=seen)
    assert [len(page) for page in pages] == [1000, 500]
    units = collection(*(feature(f"u{n}", "grid", "none", square(n, 0, 1, 1)) for n in range(1100)))
    pages = faults(shared, "/town/units", {"datum": "WGS-84", "dry_run": True}, content=units)
    assert len(pages[0]) == 1000
    assert {one["kind"] for page in pages for one in page} == {"parent"}


def test_a_cursor_of_faults_that_was_never_given_is_refused(shared: Served) -> None:
    query = {"dry_run": True, "cursor": "mine"}
    answer = shared.client(Role.ADMINISTRATOR).put("/town/roster", params=query, content=rosters(1, "west"))
    assert answer.status_code == 400


def test_a_roster_that_files_have_made_long_can_be_read(served: Served) -> None:
    centre = served.client(Role.COMMAND_CENTRE)
    for year in (2026, 2032, 2038):
        file = rosters(1800, "west", date(year, 1, 1))
        assert overwrite(centre, "/town/roster", content=file, headers=CSV).status_code == 200
    assert len(centre.get("/town/units/west/roster").raise_for_status().json()["entries"]) == 5400


@pytest.mark.parametrize(
    ("command", "text", "fault"),
    [
        ("departments", "id,name\nfire,\n", "row 2: name must be 1 to 128 letters; got ''"),
        ("departments", f"id,name\nfire,{'x' * 129}\n", "row 2: name must be 1 to 128 letters"),
        ("departments", "id,name\n" + "".join(f"d{n},x\n" for n in range(1001)), "row 1002: a town has at most 1000"),
        (
            "team",
            "unit,username,part\n" + "".join(f"west,w{n},helper\n" for n in range(201)),
            "west: a team has at most 200",
        ),
    ],
    ids=["no name", "long name", "departments", "members"],
)
def test_a_command_writes_nothing_that_could_not_be_read_over_http(
    applied_site: Path, tmp_path: Path, command: str, text: str, fault: str
) -> None:
    copied(applied_site, tmp_path / "data")
    asyncio.run(_workers(tmp_path / "data", *(f"w{n}" for n in range(201))))
    file = tmp_path / "given.csv"
    file.write_text(text, encoding="utf-8")
    told = CliRunner().invoke(town_cli.app, [command, str(file), "--data", str(tmp_path / "data")])
    assert told.exit_code == 1
    assert fault in told.stdout
    assert told.stdout.splitlines()[-1] == "1 fault(s); nothing was stored"
