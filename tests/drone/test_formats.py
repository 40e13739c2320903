"""Plans in other programs' formats, and zones from others' files. MAVSDK reads what we write."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from drone.area import Flight, KeepOut, plan_area
from drone.check.rules import check
from drone.check.terms import Rules
from drone.errors import BadArea, BadPlan
from drone.formats.files import read, written
from drone.formats.zones import read_zones
from drone.mission import mission_items
from drone.qgc import from_plan, to_plan
from drone.types import (
    Circle,
    FenceCircle,
    FencePolygon,
    Gimbal,
    Land,
    Other,
    PatrolPlan,
    Photo,
    PlanItem,
    Rally,
    Return,
    Roi,
    RoiEnd,
    Takeoff,
    Video,
    Waypoint,
)
from tests.drone.estate import AREA, HOME, RAIL, WALL, YARD, at
from tests.local import free_port

WPL_HOME = b"QGC WPL 110\n0 1 0 16 0 0 0 0 27.6 113.8 100 1\n"
EVERYTHING = PatrolPlan(
    "everything",
    HOME,
    (
        Takeoff(60.0),
        Gimbal(-45.0, 90.0),
        Video(True),
        Waypoint(*at(10, 20), 60.0, 8.0, yaw_deg=270.0, hold_s=2.0),
        Photo(12.5),
        Waypoint(*at(90, 20), 55.5, 6.5, transit=True),
        Photo(0.0),
        Photo(),
        Roi(*at(50, 50), 3.0),
        Circle(*at(50, 50), 40.0, 25.0, 1.5, clockwise=False),
        RoiEnd(),
        Gimbal(-90.0),
        Video(False),
        Other(530, 2, (0.0, 2.0, None, None, None, None, None)),
        Land(*at(5, 5)),
    ),
    fence=(FencePolygon((at(-300, -300), at(300, -300), at(300, 300)), True), FenceCircle(*at(9, 9), 5.0, False)),
    rally=(Rally(*at(1, 2), 30.0),),
)


def plan_with(home: list[float] | None = None, ring: list[list[float]] | None = None) -> bytes:
    document = json.loads(to_plan(EVERYTHING))
    if home is not None:
        document["mission"]["plannedHomePosition"] = home
    if ring is not None:
        document["geoFence"]["polygons"] = [{"inclusion": True, "polygon": ring, "version": 1}]
    return json.dumps(document).encode()


def kmz_with(old: str, new: str) -> bytes:
    """A route to one waypoint with something else in its wayline file."""
    whole = written(PatrolPlan("x", at(0, 0), (Takeoff(40.0), Waypoint(113.85, 27.62, 40.0, 5.0), Return())), "x.kmz")
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        text = archive.read("wpmz/waylines.wpml").decode()
    assert old in text
    found = BytesIO()
    with zipfile.ZipFile(found, "w") as archive:
        archive.writestr("wpmz/waylines.wpml", text.replace(old, new))
    return found.getvalue()


def test_everything_in_a_plan_comes_back_from_its_file() -> None:
    found = from_plan(to_plan(EVERYTHING), "everything")
    assert found.hash == EVERYTHING.hash
    assert found.items == EVERYTHING.items


@pytest.mark.parametrize(
    ("items", "says"),
    [
        ((Land(*at(200, 0)),), "lands 199 m from home"),
        ((Circle(*at(50, 50), 40.0, 25.0, 1.0), Return()), "flies circles"),
        ((Other(19, 3, (30.0, None, None, None, at(50, 50)[1], at(50, 50)[0], 40.0)), Return()), "of another kind"),
    ],
    ids=["landing", "circle", "loiter"],
)
def test_a_dji_route_that_would_be_another_flight_is_not_written(items: tuple[PlanItem, ...], says: str) -> None:
    plan = PatrolPlan("x", at(0, 0), (Takeoff(40.0), Waypoint(*at(100, 0), 40.0, 5.0), *items))
    with pytest.raises(BadPlan, match=says):
        written(plan, "x.kmz")


@pytest.mark.parametrize(
    ("command", "frame", "params", "breaks"),
    [
        (1000, 2, [None, 0, 0, 0, 16, 0, 0], False),
        (1000, 2, [-90, 0, 0, 0, None, 0, 0], False),
        (206, 2, [None, 0, 1, 0, 0, 0, 0], False),
        (18, 3, [1, 0, None, None, *at(50, 0)[::-1], 40], True),
        (18, 3, [1, 0, 0, None, *at(50, 0)[::-1], 40], True),
        (18, 3, [None, 0, 20, None, *at(50, 0)[::-1], 40], True),
        (178, 2, [2, 1.5, -1, 0, 0, 0, 0], True),
    ],
    ids=["no pitch", "no flags", "no distance", "no radius", "its own radius", "no turns", "speed of climbing"],
)
def test_parameters_that_are_left_out_are_carried_through_or_told(
    command: int, frame: int, params: list[float | None], breaks: bool
) -> None:
    """QGroundControl writes null for what stays as it is; a circle of radius 0 has the vehicle's own."""
    document = json.loads(
        to_plan(PatrolPlan("x", at(0, 0), (Takeoff(40.0), Waypoint(*at(99, 0), 40.0, 5.0), Return())))
    )
    item = {"command": command, "frame": frame, "params": params, "type": "SimpleItem", "doJumpId": 3}
    document["mission"]["items"].insert(-1, item)
    found = from_plan(json.dumps(document))
    assert len(found.hash) == 64
    assert ["unchecked"] * breaks == [one.rule for one in check(found, Rules()).broken]


def test_a_plan_over_two_countries_is_drawn() -> None:
    far = PatrolPlan("x", at(0, 0), (Takeoff(40.0), Waypoint(135.0, 35.0, 40.0, 5.0), Return()))
    ElementTree.fromstring(written(far, "x.svg", Rules()))


def test_a_drawn_way_home_leads_to_where_it_lands() -> None:
    plan = PatrolPlan("x", at(0, 0), (Takeoff(40.0), Waypoint(*at(100, 0), 40.0, 5.0), Land(*at(200, 0))))
    lon, lat = at(200, 0)
    assert f"{lon:.7f},{lat:.7f},40" in written(plan, "x.kml").decode()


def test_mavsdk_reads_our_plans_as_they_were_meant(tmp_path: Path) -> None:
    area = plan_area(AREA, Flight(60, 40, 8), HOME, keep_out_of=KeepOut((YARD, RAIL, WALL), 10)).plan
    paths = [tmp_path / "area.plan", tmp_path / "everything.plan", tmp_path / "broken.plan"]
    for path, text in zip(paths, [to_plan(area), to_plan(EVERYTHING), "{}"], strict=True):
        path.write_text(text)
    port = free_port(socket.SOCK_DGRAM)
    judge = [sys.executable, "-m", "tests.drone.peers.mavsdk_judge", str(port), *map(str, paths)]
    said = subprocess.run(judge, capture_output=True, text=True, timeout=300, check=True).stdout
    flown, all_of_it, broken = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert "error" in broken
    for plan, found in ((area, flown), (EVERYTHING, all_of_it)):
        meant = mission_items(plan)
        assert [item["command"] for item in found["mission"]] == [item.command for item in meant]
        for got, item in zip(found["mission"], meant, strict=True):
            if item.command in (16, 22):
                assert got["x"] == pytest.approx(item.params[4] * 1e7, abs=1.5)  # it cuts off, we round
                assert got["y"] == pytest.approx(item.params[5] * 1e7, abs=1.5)
                assert (got["frame"], got["z"]) == (3, pytest.approx(item.params[6]))
        corners = sum(len(part.ring) if isinstance(part, FencePolygon) else 1 for part in plan.fence)
        assert len(found["fence"]) == corners
        assert len(found["rally"]) == len(plan.rally)


@pytest.mark.parametrize("name", ["x.waypoints", "x.kmz", "x.plan"])
def test_other_formats_keep_the_way(name: str) -> None:
    plan = PatrolPlan("x", HOME, (Takeoff(60), Waypoint(*at(1, 2), 60, 8), Waypoint(*at(9, 2), 50, 8), Return()))
    found = read(written(plan, name), name)
    assert [(round(w.lon, 7), round(w.lat, 7), w.height_above_home_m) for w in found.waypoints] == [
        (round(w.lon, 7), round(w.lat, 7), w.height_above_home_m) for w in plan.waypoints
    ]
    assert {w.speed_m_s for w in found.waypoints} == {8.0}
    assert written(plan, name) == written(plan, name)


def test_pictures_and_maps_are_well_formed() -> None:
    plan = plan_area(AREA, Flight(60, 40, 8), HOME, keep_out_of=KeepOut((YARD,), 10)).plan
    for name in ("x.kml", "x.svg"):
        ElementTree.fromstring(written(plan, name))
    features = json.loads(written(plan, "x.geojson"))["features"]
    (line,) = [f["geometry"] for f in features if f["properties"]["role"] == "flight"]
    assert line["coordinates"] == [[w.lon, w.lat, w.height_above_home_m] for w in plan.waypoints]
    assert read_zones(written(plan, "x.kml").decode(), "x.kml")[0].name == "school"
    with zipfile.ZipFile(BytesIO(written(plan, "x.kmz"))) as archive:
        assert archive.namelist() == ["wpmz/template.kml", "wpmz/waylines.wpml"]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x.plan", b"{", "not JSON"),
        ("x.plan", b'{"fileType": "Plan", "mission": {}}', "damaged"),
        ("x.plan", to_plan(EVERYTHING).replace('"frame": 3', '"frame": 0').encode(), "above sea level"),
        (
            "x.plan",
            to_plan(EVERYTHING)
            .replace('"command": 18', '"command": 19')
            .replace('"frame": 3', '"frame": 5')
            .replace('"command": 22', '"command": 206')
            .replace('"command": 16', '"command": 206')
            .encode(),
            "above sea level",
        ),
        ("x.plan", to_plan(EVERYTHING).replace("55.5", "null").encode(), "has no height"),
        ("x.waypoints", WPL_HOME + b"1 0 0 16 0 0 0 0 27.6 113.8 160 1\n", "item 1 .* above sea level"),
        ("x.waypoints", WPL_HOME + b"1 0 10 19 0 0 0 0 27.6 113.8 60 1\n", "item 1 .* above terrain"),
        ("x.waypoints", b"QGC WPL 100\n", "does not begin"),
        ("x.waypoints", b"QGC WPL 110\n0 1 2\n", "line 2: twelve numbers"),
        ("x.kmz", b"PK", "no DJI route"),
        ("x.plan", to_plan(EVERYTHING).replace("25.0", "1e400").encode(), "infinite parameter"),
        ("x.plan", plan_with(home=[113.8, 27.6, 0]), "home is at latitude 113.8, longitude 27.6"),
        ("x.plan", plan_with(ring=[[27.6, 113.8], [27.7, 113.9]]), "fence polygon 1 is no outline"),
        ("x.plan", plan_with(ring=[[27, 113], [28, 114], [28, 113], [27, 114]]), "fence polygon 1 is no outline"),
        ("x.waypoints", WPL_HOME.replace(b"27.6 113.8", b"113.8 27.6"), "its home, is at latitude 113.8"),
        ("x.waypoints", WPL_HOME.replace(b"27.6 113.8", b"0 0"), "does not say its home"),
        ("x.kmz", kmz_with("autoFlightSpeed>5<", "autoFlightSpeed>fast<"), "could not convert"),
        ("x.kmz", kmz_with("executeHeight>40<", "executeHeight>nan<"), "nan m"),
        ("x.kmz", kmz_with("113.8500000,27.6200000", "27.62,113.85"), "a waypoint is at latitude 113.85"),
        ("x.doc", b"", "plans are read from"),
    ],
)
def test_files_that_are_no_plans_say_what_is_wrong(name: str, data: bytes, says: str) -> None:
    with pytest.raises(BadPlan, match=says):
        read(data, name)


def test_each_part_of_a_collection_has_its_own_layer() -> None:
    """ED-318: on the ground round a helipad, and from 100 m on for a kilometre."""
    layer = {"uom": "m", "lowerReference": "AGL", "upperReference": "AGL"}
    pad = {"type": "Point", "coordinates": [113.85, 27.62], "extent": {"subType": "Circle", "radius": 50}}
    wide = {**pad, "extent": {"subType": "Circle", "radius": 1000}, "layer": {**layer, "lower": 328, "uom": "ft"}}
    parts = [{**pad, "layer": {**layer, "lower": 0, "upper": 120}}, wide]
    feature = {
        "type": "Feature",
        "properties": {"identifier": "HELI", "type": "PROHIBITED"},
        "geometry": {"type": "GeometryCollection", "geometries": parts},
    }
    found = read_zones(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert [(zone.floor_m, zone.ceiling_m) for zone in found] == [(0, 120), (pytest.approx(99.97, abs=0.01), None)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "expected a GeoJSON FeatureCollection"),
        ('{"type": "Feature", "properties": {"name": "pole"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}',
         "pole: expected a Polygon"),
        ('{"type": "Polygon", "coordinates": [[[27, 113], [28, 113], [28, 114]]]}', "longitude comes first"),
        ('{"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}', "three corners"),
        ('{"type": "Feature", "geometry": null}', "no geometry"),
        ("<kml><Placemark/></kml>", "no Polygon"),
        ("<kml>", "no KML"),
    ],
)  # fmt: skip
def test_zones_that_are_none_are_named_and_never_skipped(text: str, says: str) -> None:
    with pytest.raises(BadArea, match=says):
        read_zones(text, "noflies")


def test_official_files_are_read(assets: Path) -> None:
    found = {
        name: read_zones((assets / "telemetry" / f"{name}.json").read_text(encoding="utf-8"), name)
        for name in ("ed269-ch", "ed269-fi", "ed269-lu", "ed318-ie", "ed318-se")
    }
    assert [(z.name, z.floor_m, z.ceiling_m) for z in found["ed269-fi"]] == [("Helsinki-Vantaa lentoasema", 0, 50)]
    assert [z.ceiling_m for z in found["ed269-lu"]] == [120, None]  # the second is above sea level
    assert len(found["ed269-ch"]) == 5
    assert len(found["ed318-ie"][0].rings) == 2  # with its hole
    assert [z.name for z in found["ed318-se"]] == ["Example test range", "Example power plant", "Example heliport"]
