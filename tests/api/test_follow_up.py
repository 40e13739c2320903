"""`sanxun patrol follow-up` on a data folder, with the rules that `plan` knows, and the drone whose looks count."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.errors import Unprocessable
from api.patrols import repository
from drone.check.carried import carried
from drone.qgc import from_plan
from tests.api.house import Served, event
from tests.api.test_patrols import HOME, pilot
from tests.drone.hills import hill, tile

Run = Callable[..., dict[str, Any]]
WHY = {"seen_from_deg": 200.0, "seen_down_deg": 55.0, "seen_away_m": 36.6, "seen_cm_px": 8.0}
HERE = {"lon": 113.851, "lat": 27.6195, "semi_major_m": 2.0, "semi_minor_m": 1.0, "bearing_deg": 0.0}
THERE = {**HERE, "lon": 113.8525, "lat": 27.6205}


@pytest.fixture
def two_drones(served: Served) -> Served:
    """Two things, each found by the drone of another camera id."""
    served.post(event("i-1", source="drone", camera="cam-1", place=HERE, why=WHY))
    served.post(event("i-2", source="drone", camera="cam-2", zone="aisle", place=THERE, why=WHY))
    assert len(served.tickets()) == 2
    return served


@pytest.fixture
def run(two_drones: Served, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("plans")

    def follow_up(*options: object) -> dict[str, Any]:
        whole = ["patrol", "follow-up", "--home", ",".join(map(str, HOME)), "--data", str(two_drones.data)]
        made = CliRunner().invoke(app, [*whole, "-o", str(folder / "P.plan"), "--json", *map(str, options)])
        if made.exception is not None:
            raise made.exception
        facts: dict[str, Any] = json.loads(made.stdout)
        return facts | {"file": folder / "P.plan"}

    return follow_up


def shape(path: Path, kind: str, *corners: tuple[float, float]) -> Path:
    ring = [list(corner) for corner in (*corners, corners[0])]
    if kind == "kml":
        text = " ".join(f"{lon},{lat},0" for lon, lat in ring)
        outer = f"<outerBoundaryIs><LinearRing><coordinates>{text}</coordinates></LinearRing></outerBoundaryIs>"
        path.write_text(f"<kml><Placemark><name>fair</name><Polygon>{outer}</Polygon></Placemark></kml>")
    else:
        path.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    return path


def test_older_tickets_of_all_the_town_do_not_crowd_out_those_near_home(
    run: Run, two_drones: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a city's tickets the first 500 were looked at, and of those the near ones taken."""
    monkeypatch.setattr(repository, "MOST_TICKETS", 1)
    with pytest.raises(Unprocessable, match="over 1 tickets are unsolved within 5000 m of home: say a smaller"):
        run()
    made = run("--home", f"{THERE['lon']},{THERE['lat'] + 0.0005}", "--within", 60)
    assert len(made["tickets"]) == 1, "the older one lies farther off"


def test_zones_of_people_a_geofence_and_the_ground_hold_for_a_follow_up_too(run: Run, tmp_path: Path) -> None:
    fair = shape(tmp_path / "fair.kml", "kml", (113.8513, 27.6188), (113.8518, 27.6188), (113.8518, 27.6208),
                 (113.8513, 27.6208))  # fmt: skip
    wide = shape(tmp_path / "wide.json", "", (113.84, 27.61), (113.86, 27.61), (113.86, 27.63), (113.84, 27.63))
    (tmp_path / "dem").mkdir()
    tile(tmp_path / "dem", hill(250, 50, 30.0, 150.0))
    drawn = tmp_path / "P.svg"
    made = run("--people", fair, "--fence", wide, "--dem", tmp_path / "dem", "--return-height", 150, "--plot", drawn)
    assert ">fair</text>" in drawn.read_text(encoding="utf-8")
    own = carried(made["file"].read_text(encoding="utf-8"), "P.plan")
    assert own is not None
    assert [(zone.name, zone.kind) for zone in own.zones] == [("fair", "people")]
    assert (own.fence is not None, own.terrain is not None, own.return_height_m) == (True, True, 150)
    assert len(made["tickets"]) == 2
    level = run("--people", fair)
    assert max(w["height_above_home_m"] for w in made["waypoints"]) > max(
        w["height_above_home_m"] for w in level["waypoints"]
    )
    narrow = shape(tmp_path / "narrow.json", "", (113.84, 27.61), (113.86, 27.61), (113.86, 27.619), (113.84, 27.619))
    with pytest.raises(Unprocessable, match="geofence"):
        run("--fence", narrow)


def test_what_another_drones_camera_raised_is_said_left_out_or_refused(run: Run, two_drones: Served) -> None:
    """Its looks alone are comparable with those in which the thing was found: no other's would close the ticket."""
    both = run()
    assert len(both["tickets"]) == 2
    told = {one["rule"]: one["detail"] for one in both["cautions"]}
    assert "only looks of that camera close its ticket" in told["other_camera"]
    by = {ticket["camera"]: ticket["id"] for ticket in two_drones.tickets()}
    assert run("--camera", "cam-1")["tickets"] == [by["cam-1"]]
    assert run("--camera", "cam-2")["tickets"] == [by["cam-2"]]
    with pytest.raises(Unprocessable, match=r"'drone-9' cannot tell of 2 .*by 'cam-1'; .*by 'cam-2'"):
        run("--camera", "drone-9")
    body = {"home": HOME, "camera": "cam-1", "tickets": [by["cam-2"]]}
    refused = pilot(two_drones).post("/patrols/plans/follow-up", json=body)
    assert (refused.status_code, "only its looks are comparable" in refused.text) == (422, True)
    good = pilot(two_drones).post("/patrols/plans/follow-up", json={**body, "tickets": [by["cam-1"]]})
    assert [one["tickets"] for one in good.json()["items"]] == [[by["cam-1"]]]
    assert [one["rule"] for one in good.json()["items"][0]["cautions"]] == []


def test_what_people_and_fixed_cameras_raised_is_looked_at_by_any_drone(served: Served) -> None:
    served.post(event())
    (plan,) = pilot(served).post("/patrols/plans/follow-up", json={"home": HOME, "camera": "drone-9"}).json()["items"]
    assert len(plan["tickets"]) == 1
    assert from_plan(pilot(served).get(f"/patrols/plans/{plan['id']}/file").text).waypoints


def test_two_drones_share_the_places_one_above_the_other(run: Run, two_drones: Served) -> None:
    made = run("--drones", "2", "--no-fly-buffer", "5")
    heights = [sorted({w["height_above_home_m"] for w in flight}) for flight in flights_of(made)]
    assert heights == [[29.98], [39.98]], "as low as they were seen, and the separation above that"
    assert [(one["drone"], one["starts_after_s"] % 60) for one in made["flights"]] == [(1, 0), (2, 0)]
    assert sorted(made["tickets"]) == sorted(ticket["id"] for ticket in two_drones.tickets())
    assert [path.name for path in sorted(made["file"].parent.iterdir())] == ["P-drone1.plan", "P-drone2.plan"]
    # Which of the drones has which camera nobody says: whose looks close which ticket is told of each.
    told = {one["rule"]: one["detail"] for one in made["cautions"]}
    assert "only looks of that camera close its ticket" in told["other_camera"]
    (one, two) = pilot(two_drones).get("/patrols/plans").json()["items"][:2]
    assert (one["batch"], {one["drone"], two["drone"]}) == (two["batch"], {1, 2})
    body = {"home": HOME, "drones": 2}
    over_http = pilot(two_drones).post("/patrols/plans/follow-up", json=body).json()["items"]
    assert sorted(plan["hash"] for plan in over_http) == sorted(plan["hash"] for plan in (one, two))


def test_a_drone_that_flies_so_much_higher_does_not_see_a_place_as_it_was_seen(run: Run) -> None:
    rules = [one["rule"] for one in run("--drones", "2")["cautions"]]
    assert "not_as_seen" not in rules, "40 m up instead of 30"
    rules = [one["rule"] for one in run("--drones", "2", "--separation", "25")["cautions"]]
    assert rules.count("not_as_seen") == 1, "55 m up"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--camera", "cam-1"), "camera 'cam-1' is one drone's, and 2 drones are asked for"),
        (("--max-height", "35", "--height", "30"), "drones one above the other from 30 m fly up to 40 m"),
        (("--drones", "3"), "falls into 2 flights and no more: for 3 drones it is too short"),
    ],
)
def test_what_drones_cannot_share_says_why(run: Run, options: tuple[str, ...], says: str) -> None:
    with pytest.raises(Unprocessable, match=says):
        run("--drones", "2", *options)


def flights_of(made: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The waypoints of each file."""
    files = sorted(made["file"].parent.glob("P-drone*.plan"))
    return [
        [{"height_above_home_m": w.height_above_home_m} for w in from_plan(path.read_text(encoding="utf-8")).waypoints]
        for path in files
    ]
