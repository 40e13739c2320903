"""The programs of docs/tour run to their end, and their list is whole."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.auth.bootstrap import bootstrap_users
from api.auth.roles import Role
from tests.api.house import Served

TOUR = Path(__file__).resolve().parents[2] / "docs" / "tour"
HERE = {"lon": 113.85, "lat": 27.62, "datum": "WGS-84"}
sys.path.insert(0, str(TOUR))

from patrol_house import Tour  # noqa: E402 (beside the programs, which find it so)


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
    for who in ("WeCom", "DingTalk", "Feishu", "SMS to 13800000000"):
        assert f"{who}: signature good" in told
    assert "is waiting until" in told


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
    assert re.search(r"ALTERED: \d+ entries", told)


def test_what_is_kept_goes_when_its_time_is_over() -> None:
    told = run("27_retention.py")
    states = re.findall(r"its picture: (\d+); files: {'evidence': (\d), 'sealed': (\d)}", told)
    assert states == [("200", "1", "1"), ("200", "1", "0"), ("404", "0", "0")]


def test_the_towns_provider_lets_in_and_a_neighbours_things_are_not_there() -> None:
    told = run("52_rights.py")
    assert "anna is grid_worker of ['west']" in told
    east = next(line for line in told.splitlines() if line.startswith("  of the east"))
    assert (east.count("404"), east.count("200")) == (4, 0)
    assert "the list has ['west']" in told
    assert "5 guesses, then 429" in told


@pytest.fixture(scope="module")
def now_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server by the real clock, which a tour that waits needs: its address and the administrator's password."""
    house = Tour(tmp_path_factory.mktemp("tours"))
    password = bootstrap_users(house.data)["admin"]
    with house.served():
        yield house.url, password


@pytest.mark.parametrize(
    ("name", "args", "told"),
    [
        ("10_town.py", (), "nobody is on duty in micro-grid tour-m1, grid tour-g1"),
        ("25_evidence.py", (), "as it is kept, \\d+ bytes, has it any: False"),
        ("20_tickets.py", (), "refused: passed to \\*"),
        ("30_reports.py", (), "after 0 s 1 of 1 hold\n  after 5 s 0 of 1 hold"),
        ("50_sign_in.py", (), "by totp, here"),
        ("70_ledger.py", ("--out", "{folder}/week.xlsx"), "tour-g1 is orange: 1 open, 1 or more"),
    ],
    ids=lambda value: value if str(value).endswith(".py") else "",
)
def test_the_tours_run_one_after_another(
    now_served: tuple[str, str], tmp_path: Path, name: str, args: tuple[str, ...], told: str
) -> None:
    url, password = now_served
    if name == "20_tickets.py":  # it takes a ticket that waits
        with httpx.Client(base_url=f"{url}/api/v1", timeout=60, trust_env=False) as api:
            api.post("/session", json={"username": "admin", "password": password}).raise_for_status()
            api.post("/reports", json={"where": HERE, "kind": "rubbish", "words": "a bag"}).raise_for_status()
    options = [one.format(folder=tmp_path) for one in args]
    assert re.search(told, run(name, "--url", url, *options, password=password))


def test_the_tours_of_town_and_habits_run_on_any_server(served: Served, passwords: dict[str, str]) -> None:
    given = ("--url", served.url, "--user", "admin")
    town = run("10_town.py", *given, password=passwords["admin"])
    assert "(200: it was there already): 412" in town
    for kind in ("overlap  tour-m0", "gap      tour-g2", "ring     tour-m3"):
        assert kind in town
    assert "the place is known to 40 m and may lie in tour-m0, tour-m1" in town
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
