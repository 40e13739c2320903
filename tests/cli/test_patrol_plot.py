"""Pictures of plans, refused ones too: each broken rule at its place, and where the vehicle goes by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from defusedxml import ElementTree
from typer.testing import CliRunner, Result

from api.cli.app import app
from drone.errors import PlanRefused

PLANS = Path(__file__).parents[2] / "docs" / "plans"
SVG = "{http://www.w3.org/2000/svg}"


def plan(*more: object) -> Result:
    shapes = ["--area", PLANS / "market.geojson", "--no-fly", PLANS / "no-fly.geojson", "--no-fly-buffer", 10]
    where = ["--home", "113.8493,27.6194"]
    return CliRunner().invoke(app, ["patrol", "plan", *map(str, [*shapes, *where, *more])])


def texts(path: Path) -> list[str]:
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    return ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]


def test_the_picture_in_the_documents_is_what_the_command_in_them_draws(tmp_path: Path) -> None:
    told = (PLANS.parent / "patrol-plans.md").read_text(encoding="utf-8")
    command = next(line for line in told.splitlines() if "--plot market.svg" in line)
    assert command.startswith("(cd docs/plans && sanxun patrol plan --area market.geojson --no-fly no-fly.geojson")
    more = command.split("--home 113.8493,27.6194")[1].split("--plot")[0].split()
    made = plan(*more, "--plot", tmp_path / "market.svg")
    assert made.exit_code == 0, made.exception
    assert (tmp_path / "market.svg").read_bytes() == (PLANS / "market.svg").read_bytes()
    said = texts(tmp_path / "market.svg")
    assert {"home", "rally 1", "school", "substation"} <= set(said)
    assert any("flies straight to the nearest of home and 1 rally point" in one for one in said)


@pytest.mark.parametrize("returns", [True, False])
def test_a_plan_that_is_refused_is_drawn_with_each_broken_rule_at_its_place(tmp_path: Path, returns: bool) -> None:
    refused = plan("--safe-returns", "-o", tmp_path / "P.plan", *(["--plot", tmp_path / "P.svg"] if returns else []))
    assert isinstance(refused.exception, PlanRefused)
    assert not (tmp_path / "P.plan").exists()
    if not returns:
        assert "--plot FILE.svg draws where" in str(refused.exception)
        return
    assert f"drawn in {tmp_path / 'P.svg'}" in str(refused.exception)
    said = texts(tmp_path / "P.svg")
    broken = [one for one in said if one.startswith("BROKEN failsafe_return at ")]
    assert len(broken) == 2
    root = ElementTree.fromstring((tmp_path / "P.svg").read_text(encoding="utf-8"))
    marks = [one for one in root.iter(f"{SVG}g") if one[0].tag == f"{SVG}title" and "#d40000" in str(one[1].attrib)]
    assert len(marks) == len(broken)
    # Home is in the south-west: the mark of what is broken first in the second arm lies right of it and above.
    home = next(one for one in root.iter(f"{SVG}text") if one.text == "home")
    x, y = (float(value) for value in re.findall(r"M([\d.]+),([\d.]+)", marks[0][1].get("d"))[0])
    assert x > float(home.get("x"))
    assert y < float(home.get("y"))


def test_returns_that_are_safe_and_those_that_are_not_look_different(tmp_path: Path) -> None:
    assert plan("--plot", tmp_path / "P.svg").exit_code == 0
    dotted = [
        one.get("stroke")
        for one in ElementTree.fromstring((tmp_path / "P.svg").read_text()).iter(f"{SVG}path")
        if one.get("stroke-dasharray") == "1.5 4"
    ]
    assert {dotted.count(colour) > 5 for colour in ("#66727e", "#c96a00")} == {True}
