"""KML 2.2 (OGC 07-147r2): surfaces and places read, plans written for Google Earth."""

from __future__ import annotations

import math
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from drone.errors import BadArea
from drone.formats.elements import all_of, text_of
from drone.types import Land, PatrolPlan, Place

_NAMESPACE = "http://www.opengis.net/kml/2.2"
Rings = tuple[tuple[Place, ...], ...]


def surfaces(text: str, source: str = "the KML") -> list[tuple[str, Rings]]:
    """Every polygon with its placemark's name, outline first, then holes; first points are not repeated.

    Raises:
        BadArea: no KML, no polygon in it, or coordinates that are none.
    """
    found = []
    for number, mark in enumerate(_placemarks(text, source), start=1):
        name = text_of(mark, "name") or f"placemark {number}"
        try:
            for polygon in all_of(mark, "Polygon"):
                outer = [_ring(text_of(ring, "coordinates")) for ring in all_of(polygon, "outerBoundaryIs")]
                inner = [_ring(text_of(ring, "coordinates")) for ring in all_of(polygon, "innerBoundaryIs")]
                if len(outer) != 1:
                    raise ValueError("a Polygon needs one outerBoundaryIs")
                found.append((name, (outer[0], *inner)))
        except ValueError as error:
            raise BadArea(f"{source}, {name}: {error}") from error
    if not found:
        raise BadArea(f"{source} holds no Polygon")
    return found


def points(text: str, source: str = "the KML") -> list[tuple[str, Place]]:
    """Every point with its placemark's name."""
    try:
        return [
            (text_of(mark, "name") or f"placemark {number}", _places(text_of(point, "coordinates"))[0])
            for number, mark in enumerate(_placemarks(text, source), start=1)
            for point in all_of(mark, "Point")
        ]
    except (ValueError, IndexError) as error:
        raise BadArea(f"{source}: {error}") from error


def lines(text: str, source: str = "the KML") -> list[tuple[str, tuple[Place, ...]]]:
    """Every line string with its placemark's name."""
    try:
        return [
            (text_of(mark, "name") or f"placemark {number}", tuple(_places(text_of(line, "coordinates"))))
            for number, mark in enumerate(_placemarks(text, source), start=1)
            for line in all_of(mark, "LineString")
        ]
    except ValueError as error:
        raise BadArea(f"{source}: {error}") from error


def _placemarks(text: str, source: str) -> list[Any]:
    try:
        root = ElementTree.fromstring(text.lstrip("\ufeff \r\n\t").encode())
    except (ElementTree.ParseError, DefusedXmlException) as error:
        raise BadArea(f"{source} is no KML: {error}") from error
    return list(all_of(root, "Placemark"))


def _ring(text: str) -> tuple[Place, ...]:
    places = _places(text)
    if len(places) > 1 and places[0] == places[-1]:
        places.pop()
    if len(places) < 3:
        raise ValueError(f"an outline needs three corners, found {len(places)}")
    return tuple(places)


def _places(text: str) -> list[Place]:
    found = []
    for entry in text.split():
        lon, lat = (float(part) for part in entry.split(",")[:2])
        if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -85 <= lat <= 85):
            raise ValueError(f"{entry} is no place in longitude, latitude (longitude comes first)")
        found.append((lon, lat))
    return found


def to_kml(plan: PatrolPlan) -> str:
    """The flight as a line at its heights above home, with home, the way out, and the way to where it lands."""
    root = Element("kml", xmlns=_NAMESPACE)
    document = SubElement(root, "Document")
    SubElement(document, "name").text = plan.name
    home = (*plan.home, 0.0)
    flown = [(w.lon, w.lat, w.height_above_home_m) for w in plan.waypoints]
    _mark(document, "home", "Point", [home])
    _mark(document, "flight", "LineString", flown)
    if flown:
        _mark(document, "way out", "LineString", [(*plan.home, flown[0][2]), flown[0]])
        landing = next(((item.lon, item.lat) for item in plan.items if isinstance(item, Land)), plan.home)
        _mark(document, "way home", "LineString", [flown[-1], (*landing, flown[-1][2])])
    for zone in plan.no_fly:
        _surface(document, zone.name, zone.rings)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _mark(document: Element, name: str, kind: str, places: list[tuple[float, float, float]]) -> None:
    mark = SubElement(document, "Placemark")
    SubElement(mark, "name").text = name
    shape = SubElement(mark, kind)
    SubElement(shape, "altitudeMode").text = "relativeToGround"
    SubElement(shape, "coordinates").text = " ".join(f"{lon:.7f},{lat:.7f},{high:g}" for lon, lat, high in places)


def _surface(document: Element, name: str, rings: Rings) -> None:
    mark = SubElement(document, "Placemark")
    SubElement(mark, "name").text = name
    polygon = SubElement(mark, "Polygon")
    for index, ring in enumerate(rings):
        boundary = SubElement(polygon, "innerBoundaryIs" if index else "outerBoundaryIs")
        text = " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat in (*ring, ring[0]))
        SubElement(SubElement(boundary, "LinearRing"), "coordinates").text = text
