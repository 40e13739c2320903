"""Imports name every fault, and where it is."""

from __future__ import annotations

import io
import json
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook

from api.errors import Unprocessable
from api.kit.gcj02 import gcj02_to_wgs84 as one_to_wgs84
from api.kit.gcj02 import wgs84_to_gcj02
from api.town.datum import gcj02_to_wgs84
from api.town.given import FaultKind
from api.town.importing import Checked, read_units, with_names

A, B, STEP = 113.8, 27.6, 0.01


def square(x: float, y: float, wide: float = 1, high: float = 1) -> list[list[float]]:
    west, south, east, north = A + x * STEP, B + y * STEP, A + (x + wide) * STEP, B + (y + high) * STEP
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def feature(unit: str, level: str, parent: str | None, ring: list[list[float]]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"id": unit, "level": level, "parent": parent, "name": unit.upper()},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def town() -> list[dict[str, Any]]:
    """A street of 4 × 1, two communities of 2 × 1, the first cut into two grids."""
    return [
        feature("s", "street", None, square(0, 0, 4)),
        feature("c1", "community", "s", square(0, 0, 2)),
        feature("c2", "community", "s", square(2, 0, 2)),
        feature("g1", "grid", "c1", square(0, 0)),
        feature("g2", "grid", "c1", square(1, 0)),
    ]


def checked(features: list[dict[str, Any]], datum: str = "WGS-84") -> Checked:
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return with_names(read_units(content, datum), {}, ())


def faults(features: list[dict[str, Any]]) -> list[tuple[str, str, FaultKind]]:
    return [(fault.at, fault.unit, fault.kind) for fault in checked(features).faults]


def test_a_whole_town_has_no_fault() -> None:
    assert faults(town()) == []


def with_ring(n: int, ring: list[list[float]]) -> list[dict[str, Any]]:
    made = town()
    made[n]["geometry"]["coordinates"] = [ring]
    return made


def test_an_overlap_is_named_once_with_both_units_and_its_place() -> None:
    [fault] = checked(with_ring(3, square(0, 0, 1.2))).faults
    assert (fault.at, fault.unit, fault.kind) == ("feature 4", "g1", FaultKind.OVERLAP)
    assert "g2 (feature 5)" in fault.what
    assert fault.lon == pytest.approx(A + 1.1 * STEP, abs=0.1 * STEP)
    # A fifth of 987 m by 1113 m.
    assert 215_000 < float(fault.what.split()[0]) < 225_000


def test_a_gap_is_named_with_its_area_and_place() -> None:
    [fault] = checked(with_ring(4, square(1.5, 0, 0.5))).faults
    assert (fault.at, fault.unit, fault.kind) == ("feature 2", "c1", FaultKind.GAP)
    assert fault.what.startswith("no grid covers")
    assert fault.lon == pytest.approx(A + 1.25 * STEP, abs=0.25 * STEP)


def test_a_unit_outside_its_parent_is_named() -> None:
    found = faults(with_ring(2, square(2, 0, 2, 1.5)))
    assert found == [("feature 3", "c2", FaultKind.OUTSIDE)]


def test_a_hole_between_the_highest_units_is_a_gap() -> None:
    ring = [(0, 0, 3, 1), (0, 1, 1, 1), (2, 1, 1, 1), (0, 2, 3, 1)]
    found = checked([feature(f"s{n}", "street", None, square(*at)) for n, at in enumerate(ring)]).faults
    assert [(fault.kind, fault.at) for fault in found] == [(FaultKind.GAP, "file")]
    assert found[0].lon == pytest.approx(A + 1.5 * STEP, abs=0.5 * STEP)


def test_a_strip_as_narrow_as_a_stroke_of_the_pen_is_no_fault() -> None:
    metre = 1 / 987 / 1  # of a step, east to west
    assert faults(with_ring(3, square(0, 0, 1 + 0.3 * metre))) == []
    assert [kind for _, _, kind in faults(with_ring(3, square(0, 0, 1 + 2 * metre)))] == [FaultKind.OVERLAP]


@pytest.mark.parametrize(
    ("ring", "word"),
    [
        ([[A, B], [A + STEP, B + STEP], [A + STEP, B], [A, B + STEP], [A, B]], "Self-intersection"),
        ([[A, B], [A + STEP, B], [A + STEP, B + STEP]], "not closed"),
        ([[A, B], [A + STEP, B], [A, B]], "2 corners"),
        ([[B, A], [B, A + 1], [B + 1, A], [B, A]], "is it lat, lon"),
        ([[3.8e7, 3e6], [3.9e7, 3e6], [3.9e7, 3e6 + 1], [3.8e7, 3e6]], "in metres"),
        ([[A, B], [A, "x"], [A, B]], "degrees"),
        ([[A, float("nan")], [A, B], [A, B]], "degrees"),
    ],
    ids=["crosses itself", "open", "a line", "lat, lon", "projected", "text", "not a number"],
)
def test_an_invalid_ring_is_named(ring: list[list[Any]], word: str) -> None:
    features = [feature("s", "street", None, ring)]
    [fault] = checked(features).faults
    assert (fault.at, fault.unit, fault.kind) == ("feature 1", "s", FaultKind.RING)
    assert word in fault.what


def test_names_levels_and_parents_that_are_wrong_are_all_named() -> None:
    made = town()
    made[1]["properties"]["level"] = "quarter"
    made[3]["properties"]["parent"] = "gone"
    made[4]["properties"]["parent"] = None
    made[2]["properties"]["id"] = "c 2"
    made.append(feature("g1", "grid", "s", square(3, 0)))
    made.append(feature("c9", "community", "g2", square(1, 0)))
    found = faults(made)
    assert ("feature 2", "c1", FaultKind.LEVEL) in found
    assert ("feature 4", "g1", FaultKind.PARENT) in found
    assert ("feature 5", "g2", FaultKind.PARENT) in found
    assert ("feature 3", "c 2", FaultKind.ID) in found
    assert ("feature 6", "g1", FaultKind.ID) in found
    assert ("feature 7", "c9", FaultKind.PARENT) in found


def test_an_import_without_a_datum_is_refused_and_two_that_differ_too() -> None:
    content = json.dumps({"type": "FeatureCollection", "features": town()})
    with pytest.raises(Unprocessable, match="say which datum"):
        read_units(content.encode(), None)
    named = content.replace('"features"', '"datum": "GCJ-02", "features"', 1).encode()
    assert read_units(named, None).faults == ()
    with pytest.raises(Unprocessable, match="which is right"):
        read_units(named, "WGS-84")
    with pytest.raises(Unprocessable, match="BD-09"):
        read_units(content.encode(), "BD-09")


def test_a_town_in_gcj02_lands_where_its_wgs84_twin_lies() -> None:
    """Read as WGS-84 by mistake it would lie half a kilometre away."""
    moved = [feature("s", "street", None, [list(wgs84_to_gcj02(*corner)) for corner in square(0, 0)])]
    shape = checked(moved, "GCJ-02").shapes[0]
    np.testing.assert_allclose(shape.bounds, (A, B, A + STEP, B + STEP), atol=1e-9)
    assert abs(checked(moved).shapes[0].bounds[0] - A) > 0.004


def test_many_points_leave_gcj02_as_one_does() -> None:
    points = np.random.default_rng(3).uniform((70, -5), (140, 60), (200, 2))
    expected = [one_to_wgs84(lon, lat) for lon, lat in points]
    np.testing.assert_allclose(gcj02_to_wgs84(points), expected, rtol=0, atol=1e-12)


def rows() -> list[list[str]]:
    def corners(ring: list[list[float]]) -> str:
        return "; ".join(f"{lon} {lat}" for lon, lat in ring)

    def wkt(ring: list[list[float]]) -> str:
        return f"POLYGON(({', '.join(f'{lon} {lat}' for lon, lat in ring)}))"

    return [
        ["编号", "级别", "上级", "名称", "边界", "坐标系"],
        ["街-1", "街道", "", "丹江街道", corners(square(0, 0, 2)), "CGCS2000"],
        ["g1", "网格", "街-1", "一", wkt(square(0, 0)), "CGCS2000"],
        ["g2", "grid", "街-1", "二", corners(square(1, 0)[:-1]), "CGCS2000"],
    ]


def workbook(table: list[list[str]]) -> bytes:
    book = Workbook()
    for row in table:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_text(table: list[list[str]]) -> str:
    return "\r\n".join(",".join(f'"{cell}"' for cell in row) for row in table)


@pytest.mark.parametrize(
    "content",
    [
        workbook(rows()),
        csv_text(rows()).encode("utf-8-sig"),
        csv_text(rows()).encode("gb18030"),
    ],
    ids=["XLSX", "CSV in UTF-8", "CSV in GB 18030"],
)
def test_a_spreadsheet_with_chinese_columns_is_read(content: bytes) -> None:
    found = with_names(read_units(content, None), {}, ())
    assert found.faults == ()
    assert [unit.id for unit in found.units] == ["街-1", "g1", "g2"]
    assert found.units[0].name == "丹江街道"


def test_a_spreadsheets_faults_name_their_rows() -> None:
    table = rows()
    table[2][4] = "113.8 27.6; here 27.7"
    table[3][1] = "片区"
    assert [(fault.at, fault.kind) for fault in read_units(workbook(table), None).faults][:2] == [
        ("row 3", FaultKind.RING),
        ("row 4", FaultKind.LEVEL),
    ]
    with pytest.raises(Unprocessable, match="polygon is not among"):
        read_units(b"id,level,parent,name\n1,2,3,4\n", "WGS-84")
    with pytest.raises(Unprocessable, match="XLSX"):
        read_units(b"PK\x03\x04 no workbook", "WGS-84")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"type": "FeatureCollection"}', b"\xff\xfe\x00", b"[" * 200_000]
)
def test_what_is_no_such_file_is_refused_and_nothing_else_happens(content: bytes) -> None:
    with pytest.raises(Unprocessable) if content[:1] not in b"{[" or not content else nullcontext():
        assert read_units(content, "WGS-84").faults
