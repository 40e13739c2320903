"""`sanxun patrol plan` as an operator runs it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from drone.errors import BadArea, PlanRefused
from drone.fly.errors import NotReady
from drone.qgc import from_plan
from tests.drone.hills import hill, tile

CORNERS = [[113.850, 27.620], [113.853, 27.620], [113.853, 27.622], [113.850, 27.622], [113.850, 27.620]]


@pytest.fixture
def area(tmp_path: Path) -> Path:
    path = tmp_path / "market.geojson"
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [CORNERS]}), encoding="utf-8")
    return path


def plan(area: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["patrol", "plan", "--area", str(area), "--home", "113.8495,27.6195", *arguments])


def test_a_plan_is_printed_and_written_and_is_the_same_every_time(area: Path, tmp_path: Path) -> None:
    first, second = (plan(area, "-o", str(tmp_path / f"{name}.plan"), "--json") for name in "ab")
    assert first.exit_code == 0, first.output
    assert first.stdout == second.stdout
    facts = json.loads(first.stdout)
    assert {"waypoints", "length_m", "duration_s", "coverage", "outside_m", "hash"} <= set(facts)
    assert facts["outside_m"] == 0
    assert facts["coverage"] >= 0.99
    assert (tmp_path / "a.plan").read_bytes() == (tmp_path / "b.plan").read_bytes()
    items = json.loads((tmp_path / "a.plan").read_text(encoding="utf-8"))["mission"]["items"]
    flown = [item["params"][4:] for item in items if item["command"] == 16]
    assert flown == [[w["lat"], w["lon"], w["height_above_home_m"]] for w in facts["waypoints"]]


def test_a_plan_longer_than_the_endurance_is_refused_and_not_written(area: Path, tmp_path: Path) -> None:
    result = plan(area, "--endurance", "2", "-o", str(tmp_path / "long.plan"))
    assert isinstance(result.exception, PlanRefused)
    assert "2 min are allowed" in str(result.exception)
    assert not (tmp_path / "long.plan").exists()


@pytest.mark.parametrize("home", ["here", "113.85", "113.85;27.62"])
def test_a_home_that_is_no_place_is_refused(area: Path, home: str) -> None:
    result = CliRunner().invoke(app, ["patrol", "plan", "--area", str(area), "--home", home])
    assert isinstance(result.exception, BadArea)
    assert "LON,LAT" in str(result.exception)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--landing", "200,5"), "the landing place must be longitude, latitude in degrees, got 200, 5"),
        (("--landing", "27.6195,113.8495"), "the landing place must be longitude, latitude"),
        (("--rally", "113.85,27.62", "--rally", "0,0"), "rally point 2 is .* km from home, at most 20 km is planned"),
        (("--rally", "113.85,27.32"), "rally point 1 is 33 km from home"),
        (("--kind", "perimeter", "--home", "113.6,27.4"), "home is 3. km from the nearest place, at most 20 km"),
    ],
)
def test_places_that_no_flight_from_here_could_mean_are_refused(
    area: Path, options: tuple[str, ...], says: str
) -> None:
    refused = plan(area, *options).exception
    assert isinstance(refused, BadArea)
    assert re.search(says, str(refused))


def test_a_long_plan_is_split_and_each_part_keeps_the_rules(area: Path, tmp_path: Path) -> None:
    zone = [[113.8513, 27.6208], [113.8516, 27.6208], [113.8516, 27.6211], [113.8513, 27.6208]]
    (tmp_path / "zones.json").write_text(json.dumps({"type": "Polygon", "coordinates": [zone]}), encoding="utf-8")
    closed = ("--no-fly", str(tmp_path / "zones.json"), "--no-fly-buffer", "10", "--endurance", "6")
    result = plan(area, *closed, "-o", str(tmp_path / "P.plan"), "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    files = [str(tmp_path / f"P-{number}.plan") for number in range(1, facts["batteries"] + 1)]
    assert facts["batteries"] > 1
    assert not (tmp_path / "P.plan").exists()
    kept = CliRunner().invoke(app, ["patrol", "check", *files, "--area", str(area), *closed, "--json"])
    assert (kept.exit_code, json.loads(kept.stdout)["broken"]) == (0, [])
    low = CliRunner().invoke(app, ["patrol", "check", *files, "--max-height", "50", "--json"])
    assert low.exit_code == 1
    assert {one["rule"] for one in json.loads(low.stdout)["broken"]} == {"max_height"}
    assert all({"lon", "lat"} <= set(one["place"]) for one in json.loads(low.stdout)["broken"])


def test_check_holds_a_plan_to_the_rules_that_it_carries(area: Path, tmp_path: Path) -> None:
    """Somebody moved a waypoint into a zone that nobody names any more."""
    zone = [[113.8513, 27.6208], [113.8516, 27.6208], [113.8516, 27.6211], [113.8513, 27.6208]]
    (tmp_path / "zones.json").write_text(json.dumps({"type": "Polygon", "coordinates": [zone]}), encoding="utf-8")
    made = tmp_path / "P.plan"
    assert plan(area, "--no-fly", str(tmp_path / "zones.json"), "--no-fly-buffer", "10", "-o", str(made)).exit_code == 0
    assert CliRunner().invoke(app, ["patrol", "check", str(made)]).exit_code == 0
    document = json.loads(made.read_text(encoding="utf-8"))
    moved = next(item for item in document["mission"]["items"] if item["command"] == 16)
    moved["params"][4:6] = [27.6209, 113.85145]
    made.write_text(json.dumps(document), encoding="utf-8")
    checked = CliRunner().invoke(app, ["patrol", "check", str(made), "--json"])
    assert checked.exit_code == 1
    assert "no_fly" in {one["rule"] for one in json.loads(checked.stdout)["broken"]}


def test_check_holds_what_is_given_together_with_what_the_file_carries(area: Path, tmp_path: Path) -> None:
    """A wider buffer is one round the zones in the file, and more wind is one for its battery."""
    zone = [[113.8513, 27.6208], [113.8516, 27.6208], [113.8516, 27.6211], [113.8513, 27.6208]]
    (tmp_path / "zones.json").write_text(json.dumps({"type": "Polygon", "coordinates": [zone]}), encoding="utf-8")
    made = str(tmp_path / "P.plan")
    off = ("--no-fly", str(tmp_path / "zones.json"), "--no-fly-buffer", "10")
    assert plan(area, *off, "--endurance", "9", "-o", made).exit_code == 0
    for given, rule in (
        (("--no-fly-buffer", "40"), "no_fly"),
        (("--wind", "6"), "endurance"),
        (("--max-height", "50"), "max_height"),
    ):
        checked = CliRunner().invoke(app, ["patrol", "check", made, *given, "--json"])
        assert (checked.exit_code, {one["rule"] for one in json.loads(checked.stdout)["broken"]}) == (1, {rule})
    said = CliRunner().invoke(app, ["patrol", "check", made])
    assert said.exit_code == 0
    assert "enters fence" not in said.stdout, "a return across a zone is told by the zone's name"


def test_every_command_knows_the_ground(area: Path, tmp_path: Path) -> None:
    """A hill of 100 m half in the area: a flat plan flies into it and reaches no vehicle, one over the DEM does not."""
    (tmp_path / "dem").mkdir()
    tile(tmp_path / "dem", hill(150, 60, 100.0, 250.0))
    dem, flat, over = ("--dem", str(tmp_path / "dem")), str(tmp_path / "flat.plan"), str(tmp_path / "over.plan")
    assert plan(area, "-o", flat).exit_code == 0
    checked = CliRunner().invoke(app, ["patrol", "check", flat, *dem, "--json"])
    assert checked.exit_code == 1
    ground = [one for one in json.loads(checked.stdout)["broken"] if one["rule"] == "ground"]
    assert all(113.849 < one["place"]["lon"] < 113.854 and "the ground" in one["detail"] for one in ground)
    assert ground
    refused = CliRunner().invoke(app, ["patrol", "upload", flat, "--simulate", *dem])
    assert isinstance(refused.exception, PlanRefused)
    assert "--allow-broken ground" in str(refused.exception)
    made = plan(area, *dem, "--return-height", "200", "-o", over, "--json")
    assert made.exit_code == 0, made.exception
    assert CliRunner().invoke(app, ["patrol", "check", over, *dem]).exit_code == 0
    # It carries its ground, so no DEM is needed; and a vehicle that returns at 15 m is not good enough for it.
    assert CliRunner().invoke(app, ["patrol", "upload", over, "--simulate"]).exception.__class__ is NotReady


def test_an_area_may_be_drawn_in_kml(area: Path, tmp_path: Path) -> None:
    corners = " ".join(f"{lon},{lat},0" for lon, lat in CORNERS)
    ring = f"<outerBoundaryIs><LinearRing><coordinates>{corners}</coordinates></LinearRing></outerBoundaryIs>"
    mark = f"<Placemark><name>market</name><Polygon>{ring}</Polygon></Placemark>"
    one, two = tmp_path / "market.kml", tmp_path / "two.kml"
    for path, marks in ((one, mark), (two, mark * 2)):
        path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{marks}</Document></kml>')
    assert json.loads(plan(one, "--json").stdout)["hash"] == json.loads(plan(area, "--json").stdout)["hash"]
    assert "expected one Polygon, found 2" in str(plan(two).exception)


def test_several_drones_get_a_file_each_and_are_told_when_to_take_off(area: Path, tmp_path: Path) -> None:
    made = plan(area, "--drones", "2", "--separation", "12", "-o", str(tmp_path / "P.plan"), "--json")
    assert made.exit_code == 0, made.exception
    facts = json.loads(made.stdout)
    assert (facts["drones"], facts["apart_m"]) == (2, 12)
    assert [(one["drone"], one["climbs_to_m"]) for one in facts["flights"]] == [(1, 60), (2, 72)]
    assert facts["flights"][1]["starts_after_s"] >= 50
    files = [tmp_path / "P-drone1.plan", tmp_path / "P-drone2.plan"]
    assert [from_plan(path.read_text(encoding="utf-8")).hash for path in files] == [f["hash"] for f in facts["flights"]]
    assert "drone 2: " in plan(area, "--drones", "2").stdout


def test_files_of_an_earlier_plan_that_would_be_flown_by_mistake_are_named(area: Path, tmp_path: Path) -> None:
    output = ("-o", str(tmp_path / "P.plan"))
    assert "NOT of this plan" not in plan(area, "--drones", "3", *output).stderr
    fewer = plan(area, "--drones", "2", *output)
    assert "still there from an earlier one: P-drone3.plan" in fewer.stderr
    assert "P-drone1.plan, P-drone2.plan, P-drone3.plan" in plan(area, *output, "--json").stderr


def test_cautions_are_one_line_a_rule_with_its_places_and_json_keeps_each(area: Path, tmp_path: Path) -> None:
    """Ten zones that stand between the area and home: each is crossed by straight returns."""
    blocks = [
        {"type": "Polygon", "coordinates": [[[x, y], [x + 1e-4, y], [x + 1e-4, y + 1e-4], [x, y + 1e-4], [x, y]]]}
        for x, y in ((113.8502 + n % 5 * 5e-4, 27.6203 + n // 5 * 8e-4) for n in range(10))
    ]
    zones = tmp_path / "zones.json"
    zones.write_text(json.dumps({"type": "GeometryCollection", "geometries": blocks}), encoding="utf-8")
    made = tmp_path / "P.plan"
    said = plan(area, "--no-fly", str(zones), "-o", str(made))
    assert said.exit_code == 0, said.exception
    checked = CliRunner().invoke(app, ["patrol", "check", str(made)])
    held = CliRunner().invoke(app, ["patrol", "upload", str(made), "--simulate", "--json"])
    for text in (said.stdout, checked.stdout, held.stderr):
        (line,) = [line for line in text.splitlines() if line.strip().startswith("caution")]
        assert re.search(r"caution failsafe_return at [\d.]+,[\d.]+: .*; \d+ more of failsafe_return, at [\d.]+,", line)
    facts = json.loads(CliRunner().invoke(app, ["patrol", "check", str(made), "--json"]).stdout)
    assert len(facts["cautions"]) == len(json.loads(held.stdout)["cautions"]) > 6


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "odd.geojson is not JSON"),
        ('{"type":"Point","coordinates":[1,2]}', "odd.geojson: expected a GeoJSON Polygon.* found Point"),
        ('{"type":"FeatureCollection","features":null}', "odd.geojson: its coordinates are not rings"),
        ('{"type":"Polygon","coordinates":5}', "odd.geojson: its coordinates are not rings"),
        ('{"type":"Polygon","coordinates":[[[1,2],[3,2]]]}', "odd.geojson"),
        ("<kml><Placemark><Polygon/></Placemark></kml>", "odd.geojson"),
    ],
)
@pytest.mark.parametrize("option", ["--area", "--fence"])
def test_a_shape_that_is_none_is_refused_by_its_file(
    area: Path, tmp_path: Path, option: str, content: str, says: str
) -> None:
    odd = tmp_path / "odd.geojson"
    odd.write_text(content, encoding="utf-8")
    given = (odd,) if option == "--area" else (area, option, str(odd))
    with pytest.raises(BadArea, match=says):
        CliRunner().invoke(app, ["patrol", "plan", "--home", "113.8495,27.6195", "--area", *map(str, given)],
                           catch_exceptions=False)  # fmt: skip


def test_a_key_that_is_there_is_left_and_a_file_that_is_none_is_given_to_no_vehicle(tmp_path: Path) -> None:
    key, other = tmp_path / "drone.key", tmp_path / "other.key"
    assert "made" in CliRunner().invoke(app, ["patrol", "key", str(key)]).stdout
    before = key.read_text(encoding="ascii")
    assert "left as it is" in CliRunner().invoke(app, ["patrol", "key", str(key)]).stdout
    assert key.read_text(encoding="ascii") == before
    other.write_text("no key", encoding="ascii")
    other.chmod(0o600)
    refused = CliRunner().invoke(app, ["patrol", "key", str(other), "--link", "udp:127.0.0.1:0"])
    assert "64 hexadecimal digits" in str(refused.exception)
