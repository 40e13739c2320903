"""An area from GeoJSON (RFC 7946), in WGS-84 longitude and latitude."""

from __future__ import annotations

import json
import math
from typing import Any

from shapely.geometry import Polygon
from shapely.validation import explain_validity

from drone.errors import BadArea

_WIDEST_DEG = 1.0
_ONE_BY_ONE = "plan one area at a time, each in a file of its own"


def read_area(text: str, source: str = "the area") -> Polygon:
    """The one polygon in a GeoJSON text: a Polygon, a Feature of one, or a FeatureCollection with one Feature. Faults
    are those of `source`.

    Raises:
        BadArea: anything else, or a ring that is not simple; the message names the fault.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadArea(f"{source} is not JSON: {error}") from error
    try:
        rings = _rings(document)
        polygon = Polygon([_position(point) for point in rings[0]], [[_position(p) for p in r] for r in rings[1:]])
    except (TypeError, ValueError, IndexError) as error:
        raise BadArea(f"{source}: its coordinates are not rings of [longitude, latitude]: {error}") from error
    except BadArea as error:
        raise BadArea(f"{source}: {error}") from None
    return checked(polygon, source)


def checked(polygon: Polygon, source: str = "the area") -> Polygon:
    """`polygon`, found fit to be flown over.

    Raises:
        BadArea: a ring that crosses itself, no area, or wider than a degree.
    """
    if not polygon.is_valid:
        raise BadArea(f"{source}: its outline is not simple: {explain_validity(polygon)}")
    if polygon.is_empty or polygon.area == 0:
        raise BadArea(f"{source} is empty: its outline needs three corners that are not in one line")
    west, south, east, north = polygon.bounds
    if max(east - west, north - south) > _WIDEST_DEG:
        raise BadArea(
            f"{source} spans {east - west:.2f}° by {north - south:.2f}°, at most {_WIDEST_DEG:g}° is planned: split it "
            "(and are its coordinates longitude first?)"
        )
    return polygon


def _rings(document: Any) -> list[Any]:
    kind = document.get("type") if isinstance(document, dict) else None
    match kind:
        case "FeatureCollection" if len(document.get("features", [])) == 1:
            return _rings(document["features"][0])
        case "FeatureCollection":
            raise BadArea(f"expected one feature, found {len(document.get('features', []))}: {_ONE_BY_ONE}")
        case "Feature":
            return _rings(document.get("geometry"))
        case "Polygon" if document.get("coordinates"):
            return list(document["coordinates"])
        case "MultiPolygon" if len(document.get("coordinates", [])) == 1:
            return list(document["coordinates"][0])
        case "MultiPolygon" if document.get("coordinates"):
            raise BadArea(f"expected one polygon, found {len(document['coordinates'])} in one: {_ONE_BY_ONE}")
        case _:
            raise BadArea(f"expected a GeoJSON Polygon, or one Feature with one, found {kind or 'something else'}")


def _position(point: Any) -> tuple[float, float]:
    lon, lat = float(point[0]), float(point[1])
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -85 <= lat <= 85):
        raise ValueError(f"[{lon}, {lat}] is no place in longitude, latitude (to 85°)")
    return lon, lat
