"""An area, a line or places to look at, from GeoJSON or KML."""

from __future__ import annotations

import json
from typing import Any

from shapely.geometry import Polygon

from drone.errors import BadArea
from drone.formats import kml
from drone.formats.zones import place
from drone.geojson import checked, read_area
from drone.types import Place


def read_polygon(text: str, source: str = "the area") -> Polygon:
    """The one polygon in a file's text.

    Raises:
        BadArea: none, several, or one that is no area.
    """
    if not _is_xml(text):
        return read_area(text, source)
    found = kml.surfaces(text, source)
    if len(found) != 1:
        names = ", ".join(repr(name) for name, _ in found)
        raise BadArea(f"{source}: expected one Polygon, found {len(found)} ({names}): plan each from a file of its own")
    ((_, rings),) = found
    return checked(Polygon(rings[0], rings[1:]), source)


def read_line(text: str, source: str = "the line") -> tuple[Place, ...]:
    """The one LineString in a file's text.

    Raises:
        BadArea: none, or several.
    """
    if _is_xml(text):
        found = [line for _, line in kml.lines(text, source)]
    else:
        found = [tuple(_places(g["coordinates"], source)) for _, g in _geometries(text, source, "LineString")]
    if len(found) != 1 or len(found[0]) < 2:
        raise BadArea(f"{source}: expected one LineString of two places or more, found {len(found)}")
    return found[0]


def read_places(text: str, source: str = "the places") -> list[tuple[str, Place]]:
    """Every Point with its name.

    Raises:
        BadArea: none.
    """
    if _is_xml(text):
        found = kml.points(text, source)
    else:
        found = []
        for name, geometry in _geometries(text, source, "Point", "MultiPoint"):
            several = geometry["type"] == "MultiPoint"
            points = _places(geometry["coordinates"] if several else [geometry["coordinates"]], source)
            found += [(f"{name} {n}" if several else name, point) for n, point in enumerate(points, start=1)]
    if not found:
        raise BadArea(f"{source} holds no Point")
    return found


def _is_xml(text: str) -> bool:
    return text.lstrip("\ufeff \r\n\t").startswith("<")


def _geometries(text: str, source: str, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        document = json.loads(text.lstrip("\ufeff"))
    except ValueError as error:
        raise BadArea(f"{source} is neither JSON nor KML: {error}") from error
    if not isinstance(document, dict):
        raise BadArea(f"{source}: expected GeoJSON, found a {type(document).__name__}")
    features = document["features"] if isinstance(document.get("features"), list) else [document]
    found = []
    for number, feature in enumerate(features, start=1):
        geometry = (feature.get("geometry") if feature.get("type") == "Feature" else feature) or {}
        if geometry.get("type") in kinds and "coordinates" in geometry:
            found.append((str((feature.get("properties") or {}).get("name") or f"place {number}"), geometry))
    return found


def _places(points: Any, source: str) -> list[Place]:
    try:
        return [place(point) for point in points]
    except (TypeError, ValueError, IndexError) as error:
        raise BadArea(f"{source}: {error}") from error
