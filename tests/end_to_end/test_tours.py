"""The programs of docs/tour run to their end, and their list is whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.auth.roles import Role
from tests.api.house import Served

TOUR = Path(__file__).resolve().parents[2] / "docs" / "tour"


def run(name: str, *args: str, password: str = "") -> str:
    mine = {key: value for key, value in os.environ.items() if not key.startswith("SANXUN_")}
    mine |= {"SANXUN_PASSWORD": password} if password else {}
    command = [sys.executable, str(TOUR / name), *args]
    done = subprocess.run(command, env=mine, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def test_notices_arrive_signed_and_a_dead_one_is_sent_again() -> None:
    told = run("40_notices.py")
    assert "WRONG" not in told
    assert "mail to grid1@town.example: New ticket #1" in told
    key = re.search(r"webhook (\S+): dispatched .* answered 410", told)
    assert key, told
    assert f"webhook {key[1]}: dispatched" in told[key.end() :], "the same key when it is sent again"
    assert "is dead after 1 attempt: answered 410" in told
    assert "program (webhook): 3 sent, 0 waiting, 0 dead" in told


def test_a_server_is_run_misconfigured_and_upgraded() -> None:
    told = run("60_running.py")
    assert told.count("exit status 1") == 5, "four mistakes, and an older database with migrations off"
    assert re.search(r"seal keys are spoilt: /readyz 503 .*seal_key", told)
    assert "with them again: /readyz 200" in told
    assert re.search(r"schema \d{4} → \d{4}", told)
    assert "started, and so migrated: /readyz 200" in told


def test_a_database_is_copied_and_goes_down_and_up_with_what_is_in_it() -> None:
    told = run("65_database.py")
    assert told.count("the same as before") == 2
    assert "FAULTY" not in told
    assert "a second time: refused" in told


def test_the_tours_of_town_and_habits_run_on_any_server(served: Served, passwords: dict[str, str]) -> None:
    given = ("--url", served.url, "--user", "admin")
    town = run("10_town.py", *given, password=passwords["admin"])
    assert "a second time over what is no longer there: 412" in town
    habits = run("55_habits.py", *given, password=passwords["admin"])
    assert "without If-Match 428, an old one 412, its own 200" in habits
    assert "event: ticket" in habits
    assert len(served.client(Role.COMMAND_CENTRE).get("/report-points").json()["items"]) == 2


def test_the_list_names_every_program_and_no_other() -> None:
    listed = set(re.findall(r"\]\((\d\d_\w+\.py)\)", (TOUR / "README.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in TOUR.glob("[0-9]*.py")}


@pytest.mark.parametrize("name", sorted(path.name for path in TOUR.glob("[0-9]*.py")))
def test_every_program_says_how_it_is_run(name: str) -> None:
    assert f"python docs/tour/{name}" in (TOUR / name).read_text(encoding="utf-8").split('"""')[1]
