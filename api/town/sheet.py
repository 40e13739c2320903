"""Units from a spreadsheet: one a row, its boundary as WKT or as corners ``lon lat; lon lat; …``."""

from __future__ import annotations

import re

import shapely
from shapely.geometry import MultiPolygon, Polygon

from api.town.given import Fault, FaultKind, GivenUnit, level_of, ring_of
from api.town.tables import Row, read_rows

COLUMNS = ("id", "level", "parent", "name", "polygon")


def read_sheet(content: bytes) -> tuple[list[GivenUnit], list[Fault], str | None]:
    """Units, faults, and the datum where a column ``datum`` names the same one in every row."""
    units: list[GivenUnit] = []
    faults: list[Fault] = []
    rows = read_rows(content, COLUMNS)
    for row in rows:
        unit, wrong = _unit(row)
        units.append(unit)
        faults += wrong
    if not rows:
        faults.append(Fault(FaultKind.FILE, "file", "", "has no rows"))
    named = {row["datum"] for row in rows if row["datum"]}
    if len(named) > 1:
        text = ", ".join(sorted(named))
        faults.append(Fault(FaultKind.DATUM, "file", "", f"names several datums: {text}; import one file for each"))
    return units, faults, named.pop() if len(named) == 1 else None


def _unit(row: Row) -> tuple[GivenUnit, list[Fault]]:
    faults: list[Fault] = []
    level = level_of(row["level"])
    if level is None:
        what = f"level must be street, community, grid or micro_grid (街道, 社区, 网格, 微网格); got {row['level']!r}"
        faults.append(Fault(FaultKind.LEVEL, row.at, row["id"], what))
    shape: MultiPolygon | None = None
    try:
        shape = boundary(row["polygon"])
    except ValueError as error:
        faults.append(Fault(FaultKind.RING, row.at, row["id"], str(error)))
    given = GivenUnit(row.at, row["id"], level, row["parent"] or None, row["name"], row["calendar"] or None, shape)
    return given, faults


def boundary(text: str) -> MultiPolygon:
    """A cell with a boundary. Raises ValueError."""
    if not text:
        raise ValueError("polygon is empty: write WKT, or corners as lon lat; lon lat; …")
    if re.match(r"\s*(MULTI)?POLYGON", text, re.IGNORECASE):
        return _wkt(text)
    corners = []
    for n, part in enumerate(filter(None, (piece.strip() for piece in re.split("[;；\\n]", text))), 1):
        numbers = re.split(r"[\s,，]+", part)
        try:
            lon, lat = (float(number) for number in numbers)
        except ValueError:
            raise ValueError(f"corner {n} must be lon and lat in degrees; got {part[:40]!r}") from None
        corners.append([lon, lat])
    return MultiPolygon([Polygon(ring_of(corners, "the boundary", closed=False))])


def _wkt(text: str) -> MultiPolygon:
    try:
        shape = shapely.from_wkt(text)
    except shapely.GEOSException as error:
        raise ValueError(f"polygon is not WKT: {str(error)[:120]}") from None
    polygons = [shape] if isinstance(shape, Polygon) else list(getattr(shape, "geoms", ()))
    if not polygons or shape.is_empty:
        raise ValueError("polygon is empty")
    for polygon in polygons:
        for ring in (polygon.exterior, *polygon.interiors):
            ring_of([list(corner[:2]) for corner in ring.coords], "a ring of the boundary")
    return MultiPolygon(polygons)
