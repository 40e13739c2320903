"""The file that QGroundControl opens, and the GeoJSON that an area comes in."""

from __future__ import annotations

import json

import pytest

from drone.errors import BadArea, BadPlan
from drone.geojson import read_area
from drone.qgc import from_plan, to_plan
from drone.types import PatrolPlan, Waypoint

PLAN = PatrolPlan(
    "lane",
    (113.85, 27.62),
    (Waypoint(113.851, 27.621, 60, 8), Waypoint(113.852, 27.622, 60, 8), Waypoint(113.853, 27.623, 50, 6)),
)
RING = [[0, 0], [0.001, 0], [0.001, 0.001], [0, 0]]


def test_a_plan_takes_off_flies_in_order_and_returns() -> None:
    document = json.loads(to_plan(PLAN))
    items = document["mission"]["items"]
    assert (document["fileType"], document["version"], document["mission"]["version"]) == ("Plan", 1, 2)
    assert document["mission"]["plannedHomePosition"][:2] == [27.62, 113.85]
    assert [item["command"] for item in items] == [22, 178, 16, 16, 178, 16, 20]
    assert [item["doJumpId"] for item in items] == [1, 2, 3, 4, 5, 6, 7]
    assert [item["params"][4:] for item in items if item["command"] == 16] == [
        [27.621, 113.851, 60],
        [27.622, 113.852, 60],
        [27.623, 113.853, 50],
    ]
    assert {item["frame"] for item in items if item["command"] in (16, 22)} == {3}
    assert [item["params"][1] for item in items if item["command"] == 178] == [8, 6]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"Altitude": 40}, "says Altitude 40 m and carries 60 m"),
        ({"AltitudeMode": 2}, "AltitudeMode 2, and carries one above home"),
        ({"AltitudeMode": 3}, "AltitudeMode 3"),
    ],
    ids=["two heights", "above sea level", "above terrain"],
)
def test_an_item_that_says_two_heights_is_refused(change: dict[str, float], says: str) -> None:
    document = json.loads(to_plan(PLAN))
    assert len(from_plan(json.dumps(document)).waypoints) == 3
    document["mission"]["items"][2] |= change
    with pytest.raises(BadPlan, match=says):
        from_plan(json.dumps(document))


@pytest.mark.parametrize(
    "document",
    [
        {"type": "Polygon", "coordinates": [RING]},
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [RING]}},
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "geometry": {"type": "MultiPolygon", "coordinates": [[RING]]}}],
        },
    ],
)
def test_one_polygon_is_read_from_any_of_its_forms(document: dict[str, object]) -> None:
    assert list(read_area(json.dumps(document)).exterior.coords) == [tuple(map(float, point)) for point in RING]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "something else"),
        ('{"type": "Point", "coordinates": [1, 2]}', "found Point"),
        ('{"type": "FeatureCollection", "features": []}', "expected one feature, found 0"),
        ('{"type": "FeatureCollection", "features": [{}, {}]}', "found 2: plan one area at a time, each in a file"),
        (json.dumps({"type": "MultiPolygon", "coordinates": [[RING], [RING]]}), "found 2 in one: plan one area at"),
        ('{"type": "Polygon", "coordinates": []}', "found Polygon"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}', "not rings"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], ["x", 1], [1, 0]]]}', "not rings"),
        ('{"type": "Polygon", "coordinates": [[[27, 113], [28, 113], [28, 114], [27, 113]]]}', "no place"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [0.1, 0.1], [0.1, 0], [0, 0.1], [0, 0]]]}', "not simple"),
        ('{"type": "Polygon", "coordinates": [[[0, 0], [0.1, 0.1], [0.2, 0.2], [0, 0]]]}', "not simple|empty"),
    ],
)
def test_what_is_no_area_is_refused_and_named(text: str, says: str) -> None:
    with pytest.raises(BadArea, match=says):
        read_area(text)
