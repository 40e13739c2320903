"""Plans of every kind over HTTP: held to the ground that the server knows, the same as the commands make, given out in
every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from defusedxml import ElementTree
from typer.testing import CliRunner

from api.auth.roles import Role
from api.cli.app import app
from drone.check.carried import carried
from drone.formats.files import read
from drone.qgc import from_plan
from tests.api.house import FakeTime, Served, serving
from tests.api.stored import change, copied, rows
from tests.api.test_patrols import AREA, HOME, NO_FLY, area_plan, pilot
from tests.drone.hills import hill, tile


def test_plans_are_made_and_held_above_the_ground_that_the_server_knows(tmp_path: Path, applied_site: Path) -> None:
    """A hill of 100 m in the area's corner, and on the way there from home."""
    (tmp_path / "dem").mkdir()
    tile(tmp_path / "dem", hill(150, 60, 100.0, 250.0))
    data, fake = tmp_path / "data", FakeTime()
    copied(applied_site, data)
    body = {"name": "hill", "home": HOME, "rules": {"area": AREA, "return_height_m": 200}}
    with serving(data, fake, terrain=tmp_path / "dem") as url:
        house = Served(url, data, fake)
        try:
            (made,) = pilot(house).post("/patrols/plans/area", json=body).json()["items"]
            text = pilot(house).get(f"/patrols/plans/{made['id']}/file").text
            highest = max(point.height_above_home_m for point in from_plan(text).waypoints)
            assert 110 < highest <= 170
            level = {**body, "rules": {**body["rules"], "terrain": False}}  # type: ignore[dict-item]
            (flat,) = pilot(house).post("/patrols/plans/area", json=level).json()["items"]
            document = json.loads(pilot(house).get(f"/patrols/plans/{flat['id']}/file").text)
            checked = pilot(house).post("/patrols/checks", json={"name": "flat", "plan": document}).json()
            assert checked["above"] == "ground"
            assert "ground" in {one["rule"] for one in checked["broken"]}
            refused = pilot(house).post("/patrols/plans", json={"name": "flat", "plan": document})
            assert refused.status_code == 422
            assert "ground" in {one["rule"] for one in refused.json()["errors"]}
        finally:
            house.close()


def test_ground_is_not_promised_where_the_server_knows_none(shared: Served) -> None:
    rules: dict[str, Any] = {"area": AREA, "terrain": True}
    answer = pilot(shared).post("/patrols/plans/area", json={"name": "x", "home": HOME, "rules": rules})
    assert (answer.status_code, "its setting `terrain`" in answer.text) == (422, True)


@pytest.mark.parametrize("field", ["clearance_m", "return_height_m"])
def test_heights_of_the_ground_rules_are_heights(shared: Served, field: str) -> None:
    body = {"name": "x", "home": HOME, "rules": {"area": AREA, field: -1}}
    assert pilot(shared).post("/patrols/plans/area", json=body).status_code == 422


def test_the_file_that_is_given_out_carries_the_rules_and_what_is_sent_is_held_to_its_own(shared: Served) -> None:
    rules = {"area": AREA, "no_fly": NO_FLY, "no_fly_buffer_m": 12, "endurance_min": 20, "max_height_m": 90}
    (made,) = area_plan(shared, **{name: value for name, value in rules.items() if name != "area"})
    text = pilot(shared).get(f"/patrols/plans/{made['id']}/file").text
    own = carried(text, "market")
    assert own is not None
    assert ([zone.name for zone in own.zones], own.buffer_m, own.max_height_m) == (["school"], 12, 90)
    assert own.battery.endurance_s == 20 * 60
    # Somebody moves a waypoint into the zone that only the file names, and sends it without a word of rules.
    document = json.loads(text)
    moved = next(item for item in document["mission"]["items"] if item["command"] == 16)
    moved["params"][4:6] = [27.6209, 113.85145]
    body = {"name": "moved", "plan": document}
    checked = pilot(shared).post("/patrols/checks", json=body).json()
    assert "no_fly" in {one["rule"] for one in checked["broken"]}
    assert pilot(shared).post("/patrols/plans", json=body).status_code == 422


def test_plans_kept_before_their_files_carried_rules_get_them_from_what_was_asked_for(served: Served) -> None:
    (made,) = area_plan(served, no_fly=NO_FLY, no_fly_buffer_m=12)
    ((text,),) = rows(served.data, f"SELECT document FROM patrol_plan WHERE id = '{made['id']}'")
    old = json.loads(text)
    del old["sanxunRules"]
    change(served.data, "UPDATE patrol_plan SET document = :bare WHERE id = :id", bare=json.dumps(old), id=made["id"])
    own = carried(pilot(served).get(f"/patrols/plans/{made['id']}/file").text, "market")
    assert own is not None
    assert (own.buffer_m, [zone.name for zone in own.zones]) == (12, ["school"])


ROAD = {"type": "LineString", "coordinates": [[113.8502, 27.6202], [113.8515, 27.6204], [113.8528, 27.6203]]}
STACKS = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Point", "coordinates": place}}
        for name, place in (("east", [113.8525, 27.6215]), ("west", [113.8505, 27.6205]))
    ],
}
LENS = "13.2x8.8mm,f8.8mm,5472x3648"
RULES: dict[str, Any] = {"no_fly": NO_FLY, "no_fly_buffer_m": 10, "endurance_min": 9, "wind_m_s": 2}
# A kind, what it flies, what the body says and what the command line says of the same.
KINDS: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("area", AREA, {"spacing_m": 50}, ["--spacing", "50"]),
    ("area", AREA, {"camera": {"spec": LENS, "gsd_cm": 1.5}}, ["--camera", LENS, "--gsd", "1.5"]),
    ("area", AREA, {"landing": [113.8498, 27.6186]}, ["--landing", "113.8498,27.6186"]),
    ("area", AREA, {"drones": 2, "separation_m": 12}, ["--drones", "2", "--separation", "12"]),
    ("corridor", ROAD, {"side": "left", "offset_m": 20}, ["--kind", "corridor", "--side", "left", "--offset", "20"]),
    ("corridor", ROAD, {"rally": [[113.851, 27.6195]]}, ["--kind", "corridor", "--rally", "113.851,27.6195"]),
    ("perimeter", AREA, {"pitch_deg": -45}, ["--kind", "perimeter", "--pitch", "-45"]),
    ("perimeter", AREA, {"drones": 3, "height_m": 40}, ["--kind", "perimeter", "--drones", "3", "--height", "40"]),
    ("places", STACKS, {"away_m": 25, "hold_s": 3}, ["--kind", "places", "--away", "25", "--hold", "3"]),
    ("places", STACKS, {"orbit": True, "away_m": 20, "height_m": 45},
     ["--kind", "orbits", "--away", "20", "--height", "45"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "shape", "said", "options"), KINDS, ids=[f"{one[0]} {next(iter(one[2]))}" for one in KINDS]
)
def test_a_plan_is_the_same_over_http_and_from_the_command_line(
    shared: Served, tmp_path: Path, kind: str, shape: dict[str, Any], said: dict[str, Any], options: list[str]
) -> None:
    given, zones = tmp_path / "shape.geojson", tmp_path / "zones.geojson"
    given.write_text(json.dumps(shape), encoding="utf-8")
    zones.write_text(json.dumps(NO_FLY), encoding="utf-8")
    flown = {"corridor": {"line": shape}, "places": {"places": shape}}.get(kind, {})
    rules = {**RULES, "area": shape} if not flown else RULES
    body = {"name": "x", "home": HOME, "rules": rules, **flown, **said}
    made = pilot(shared).post(f"/patrols/plans/{kind}", json=body)
    assert made.status_code == 201, made.text
    plan = ["patrol", "plan", "--area", str(given), "--home", ",".join(map(str, HOME)), "--no-fly", str(zones)]
    plan += ["--no-fly-buffer", "10", "--endurance", "9", "--wind", "2", *options, "-o", str(tmp_path / "P.plan")]
    printed = CliRunner().invoke(app, [*plan, "--json"])
    assert printed.exit_code == 0, printed.exception
    facts = json.loads(printed.stdout)
    assert [one["hash"] for one in made.json()["items"]] == [one["hash"] for one in facts["flights"]]
    told = [(one["drone"], one["starts_after_s"]) for one in facts["flights"]]
    assert [(one["drone"], one["starts_after_s"]) for one in made.json()["items"]] == told
    assert {one["apart_m"] for one in made.json()["items"]} == {facts["apart_m"]}
    files = sorted(tmp_path.glob("P*.plan"))
    assert len(files) == facts["batteries"]
    for row, path in zip(made.json()["items"], files, strict=True):
        sent = pilot(shared).get(f"/patrols/plans/{row['id']}/file").text
        assert json.loads(sent) == json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        ("corridor", {"line": AREA}, "expected one LineString"),
        ("corridor", {"line": ROAD, "rules": {"no_fly": {"type": "Polygon", "coordinates": [[[113.849, 27.617],
         [113.851, 27.617], [113.851, 27.619], [113.849, 27.619]]]}}}, "home lies in no-fly zone"),
        ("perimeter", {}, "`rules.area` is the area"),
        ("places", {"places": {"type": "FeatureCollection", "features": []}}, "holds no Point"),
        ("places", {"places": STACKS, "rules": {"max_height_m": 50}}, "at most 50 m"),
        ("area", {"rules": {"area": AREA}, "camera": {"spec": "phantom"}}, "a camera is given as"),
        ("area", {"rules": {"area": AREA}, "drones": 7, "separation_m": 12}, "fly up to 132 m"),
        ("area", {"rules": {"area": AREA}, "drones": 2, "separation_m": 4}, "separation_m"),
        ("area", {"rules": {"area": AREA}, "rally": [[113.8514, 27.6209]]}, ""),
        ("area", {"rules": {"area": AREA}, "rally": [[113.8487, 27.6225]]}, ""),
        ("area", {"rules": {"area": AREA, "no_fly": NO_FLY}, "rally": [[113.8514, 27.6209]]}, "rally point 1"),
    ],
    ids=["no line", "home shut in", "no area", "no place", "too high", "no camera", "drones too high",
         "drones too near", "rally", "rally beside it", "rally in a zone"],
)  # fmt: skip
def test_what_cannot_be_flown_is_refused_over_http_too(
    shared: Served, kind: str, body: dict[str, Any], says: str
) -> None:
    answer = pilot(shared).post(f"/patrols/plans/{kind}", json={"name": "x", "home": HOME, **body})
    assert (answer.status_code, says in answer.text) == (422 if says else 201, True), answer.text


def test_a_plan_is_given_out_in_every_format(shared: Served) -> None:
    (made,) = area_plan(shared, no_fly=NO_FLY, no_fly_buffer_m=12)
    path = f"/patrols/plans/{made['id']}/file"
    whole = read(pilot(shared).get(path).content, "x.plan")
    for form in ("plan", "waypoints", "kmz"):
        answer = pilot(shared).get(path, params={"format": form})
        assert answer.headers["content-disposition"].endswith(f'{made["id"]}.{form}"')
        assert len(read(answer.content, f"x.{form}").waypoints) == len(whole.waypoints)
    features = pilot(shared).get(path, params={"format": "geojson"}).json()["features"]
    assert {"no_fly", "link_lost"} <= {one["properties"]["role"] for one in features}
    home = whole.home
    for one in features:
        if one["properties"]["role"] == "link_lost":
            assert all(way[1] == pytest.approx(home, abs=1e-6) for way in one["geometry"]["coordinates"])
    for form, kind in (("kml", "application/vnd.google-earth.kml+xml"), ("svg", "image/svg+xml")):
        answer = pilot(shared).get(path, params={"format": form})
        assert answer.headers["content-type"].startswith(kind)
        assert ElementTree.fromstring(answer.text) is not None
    assert pilot(shared).get(path, params={"format": "exe"}).status_code == 422


@pytest.mark.parametrize("kind", ["area", "corridor", "perimeter", "places"])
def test_only_who_plans_patrols_plans_them(shared: Served, kind: str) -> None:
    said: dict[str, Any] = {"corridor": {"line": ROAD}, "places": {"places": STACKS}}.get(kind, {})
    body = {"name": "x", "home": HOME, "rules": {} if said else {"area": AREA}, **said}
    planners = {Role.DRONE_OPERATOR: 201, Role.COMMAND_CENTRE: 201, Role.OFFICER: 403, Role.GRID_WORKER: 403}
    for role, status in planners.items():
        assert shared.client(role).post(f"/patrols/plans/{kind}", json=body).status_code == status, role
