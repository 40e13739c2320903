"""Plans that are refused over HTTP: every broken rule in `errors`, and the same ones in the picture, numbered alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from typer.testing import CliRunner

from api.cli.app import app
from api.patrols.refused import PlanRefused
from tests.api.house import Served, event
from tests.api.test_patrols import AREA, HOME, NO_FLY, area_plan, pilot

PICTURE = {"Accept": "image/svg+xml"}
BROKEN = {"name": "market", "home": HOME, "drones": 2, "rules": {"area": AREA, "min_height_m": 100}}


def texts(svg: bytes) -> list[str]:
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    return [each.text or "" for each in root.iter() if each.tag.endswith(("text", "title"))]


def test_the_picture_numbers_what_errors_names_of_all_flights(shared: Served) -> None:
    told = pilot(shared).post("/patrols/plans/area", json=BROKEN)
    assert (told.status_code, told.headers["Content-Type"]) == (422, "application/problem+json")
    errors: list[dict[str, Any]] = told.json()["errors"]
    assert len({one["plan"] for one in errors}) == 2
    drawn = pilot(shared).post("/patrols/plans/area", json=BROKEN, headers=PICTURE)
    assert (drawn.status_code, drawn.headers["Content-Type"]) == (422, "image/svg+xml")
    assert (drawn.headers["Vary"], told.headers["Vary"]) == ("Accept", "Accept")
    assert drawn.headers["Cache-Control"] == "no-store"
    said = texts(drawn.content)
    marks = [each for each in said if each in {f"{one['rule']}: {one['detail']}" for one in errors}]
    assert marks == [f"{one['rule']}: {one['detail']}" for one in errors]
    for one in errors:
        assert any(f"BROKEN {one['rule']} at {one['lon']:.6f},{one['lat']:.6f}" in each for each in said)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/problem+json"),
        ("image/*", "application/problem+json"),
        ("application/json, image/svg+xml;q=0.9", "application/problem+json"),
        ("image/svg+xml;q=0", "application/problem+json"),
        ("image/svg+xml;q=much", "application/problem+json"),
        ("IMAGE/SVG+XML, application/problem+json; q=0.5", "image/svg+xml"),
    ],
)
def test_the_picture_is_for_whoever_asks_for_it_first(shared: Served, accept: str, kind: str) -> None:
    answer = pilot(shared).post("/patrols/plans/area", json=BROKEN, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, kind)


def test_a_plan_that_was_sent_is_drawn_and_a_good_one_is_kept(shared: Served) -> None:
    (free,) = area_plan(shared)
    document = json.loads(pilot(shared).get(f"/patrols/plans/{free['id']}/file").text)
    body: dict[str, Any] = {"name": "market", "plan": document, "rules": {"no_fly": NO_FLY, "no_fly_buffer_m": 10}}
    said = texts(pilot(shared).post("/patrols/plans", json=body, headers=PICTURE).content)
    assert "school" in said
    assert any(each.startswith("BROKEN no_fly at 113.85") for each in said)
    kept = pilot(shared).post("/patrols/plans", json={**body, "rules": {}}, headers=PICTURE)
    assert (kept.status_code, kept.headers["Content-Type"]) == (201, "application/json")
    document["mission"]["items"] = []
    bare = pilot(shared).post("/patrols/plans", json={"name": "bare", "plan": document}, headers=PICTURE)
    assert any(each.startswith("BROKEN empty at") for each in texts(bare.content))


def test_what_is_no_plan_has_no_picture(shared: Served) -> None:
    for body in ({"name": "x", "home": HOME}, {"name": "x", "home": [500, 0], "rules": {"area": AREA}}):
        answer = pilot(shared).post("/patrols/plans/area", json=body, headers=PICTURE)
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")


def test_a_follow_up_that_is_refused_is_drawn_over_http_and_by_the_command(served: Served, tmp_path: Path) -> None:
    served.post(event())
    south = [[113.84, 27.61], [113.86, 27.61], [113.86, 27.6195], [113.84, 27.61]]
    fence = {"type": "Polygon", "coordinates": [south]}
    body = {"home": HOME, "height_m": 40, "rules": {"fence": fence}}
    drawn = pilot(served).post("/patrols/plans/follow-up", json=body, headers=PICTURE)
    assert any(each.startswith("BROKEN geofence at") for each in texts(drawn.content))
    (tmp_path / "fence.json").write_text(json.dumps(fence))
    plot = tmp_path / "P.svg"
    command = ["patrol", "follow-up", "--home", "113.85,27.6185", "--height", "40", "--data", str(served.data)]
    made = CliRunner().invoke(app, [*command, "--fence", str(tmp_path / "fence.json"), "--plot", str(plot)])
    assert isinstance(made.exception, PlanRefused)
    assert any(each.startswith("BROKEN geofence at") for each in texts(plot.read_bytes()))
