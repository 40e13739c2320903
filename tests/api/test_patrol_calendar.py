"""Drones that share one patrol, and flights on several batteries, in the calendar of recurring schedules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from api.cli.app import app
from tests.api.house import Served
from tests.api.test_patrols import AREA, HOME, pilot

DAY = {"start": "2026-11-23", "days": 1, "limit": 200}
NINE = 9 * 60


def second_pilot(served: Served) -> None:
    made = CliRunner().invoke(app, ["user", "add", "second", "--role", "drone-operator", "--data", str(served.data)])
    assert made.exit_code == 0, made.output


def shared(served: Served, **more: Any) -> list[dict[str, Any]]:
    body = {"name": "market", "home": HOME, "rules": {"area": AREA}, "drones": 2, **more}
    made = pilot(served).post("/patrols/plans/area", json=body)
    assert made.status_code == 201, made.text
    found: list[dict[str, Any]] = made.json()["items"]
    return found


def scheduled(served: Served, plan: dict[str, Any], minute: int, vehicle: int, operator: str) -> str:
    body = {
        "plan_id": plan["id"],
        "vehicle": vehicle,
        "operator": operator,
        "weekdays": [0],
        "minute": minute,
        "first": "2026-11-23",
    }
    made = pilot(served).post("/patrols/schedules", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def clashes(served: Served) -> list[list[str]]:
    """Why, of each pair, which is told at both."""
    seen = pilot(served).get("/patrols/calendar", params=DAY).json()["items"]
    return [clash["why"] for one in seen for clash in one["conflicts"]]


def end(served: Served, schedule: str) -> None:
    assert pilot(served).post(f"/patrols/schedules/{schedule}/end").json()["ended"]


def test_drones_that_share_a_patrol_are_flown_beside_each_other_as_it_was_planned(served: Served) -> None:
    second_pilot(served)
    one, two = shared(served)
    assert (one["starts_after_s"], two["starts_after_s"] % 60, one["apart_m"]) == (0, 0, 10)
    later = NINE + round(two["starts_after_s"]) // 60
    scheduled(served, one, NINE, 1, "pilot")
    for minute, operator, why in (
        (later, "second", []),
        (NINE, "second", ["airspace"]),  # both climb over home at once
        (later, "pilot", ["operator"]),  # nobody flies two
    ):
        beside = scheduled(served, two, minute, 2, operator)
        assert clashes(served) == [why, why] if why else not clashes(served), (minute, operator)
        end(served, beside)
    # As high as the first, from the same home: in its way however long after, until it is down.
    scheduled(served, one, later, 2, "second")
    assert clashes(served) == [["airspace"]] * 2


def test_flights_of_one_drone_follow_each_other_with_the_time_that_a_new_battery_takes(served: Served) -> None:
    flights = shared(served, drones=1, rules={"area": AREA, "endurance_min": 6})
    assert len(flights) == 2
    after = round(flights[1]["starts_after_s"]) // 60
    scheduled(served, flights[0], NINE, 1, "pilot")
    second = scheduled(served, flights[1], NINE + after, 1, "pilot")
    assert clashes(served) == []
    end(served, second)
    scheduled(served, flights[1], NINE + after - 1, 1, "pilot")
    assert clashes(served) == [["vehicle", "operator"]] * 2


def test_files_of_a_shared_patrol_are_scheduled_from_the_command_line(served: Served, tmp_path: Path) -> None:
    """The files are kept apart from each other: that they share a patrol is seen by where and when they fly."""
    second_pilot(served)
    area = tmp_path / "market.geojson"
    area.write_text(json.dumps(AREA), encoding="utf-8")
    home = ",".join(map(str, HOME))

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, ["patrol", *arguments])

    made = run("plan", "--area", str(area), "--home", home, "--drones", "2", "-o", str(tmp_path / "P.plan"), "--json")
    after_min = round(json.loads(made.stdout)["flights"][1]["starts_after_s"]) // 60
    into = ("--days", "mon", "--first", "2026-11-23", "--data", str(served.data))

    def add(drone: int, operator: str, at: str) -> None:
        whose = ("--vehicle", str(drone), "--operator", operator, "--at", at)
        done = run("schedule", "add", str(tmp_path / f"P-drone{drone}.plan"), *whose, *into)
        assert done.exit_code == 0, done.exception

    add(1, "pilot", "09:00")
    add(2, "second", f"09:{after_min:02}")
    listed = run("schedule", "list", "--start", "2026-11-23", "--days", "1", "--data", str(served.data))
    assert listed.exit_code == 0, listed.stdout
    assert [line[:20] for line in listed.stdout.splitlines()] == [f"Mon 2026-11-23 09:{n:02}" for n in (0, after_min)]
    add(2, "second", "09:00")
    listed = run("schedule", "list", "--start", "2026-11-23", "--days", "1", "--data", str(served.data))
    assert listed.exit_code == 1
    assert "airspace" in listed.stdout
