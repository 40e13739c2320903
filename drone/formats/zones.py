"""No-fly zones from GeoJSON (RFC 7946), ED-269 and ED-318 JSON, and KML.

Zones of limited times or with authorisation to be asked for count as closed at all times: this reader cannot ask.
Limits above sea level cannot be compared with heights above ground; there a zone counts from the ground and upwards.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from drone.errors import BadArea
from drone.formats import kml
from drone.plane import LocalPlane
from drone.types import Place, Zone

Kind = Literal["no_fly", "people"]
Rings = tuple[tuple[Place, ...], ...]
Limits = tuple[float | None, float | None]  # floor and ceiling, metres above ground

_OPEN = {"NO_RESTRICTION", "NO_RESTRICTIONS"}
_FEET_M = 0.3048
_CIRCLE_CORNERS = 48


def read_zones(text: str, source: str = "no-fly zones", kind: Kind = "no_fly") -> tuple[Zone, ...]:
    """All zones of a file's text, every part of a MultiPolygon one; `source` names the file in errors.

    Raises:
        BadArea: no such format, or a feature that is no surface; the message names the feature. Nothing is skipped
            silently but zones that say that they restrict nothing.
    """
    if text.lstrip("\ufeff \r\n\t").startswith("<"):
        return tuple(Zone(name, kind, rings) for name, rings in kml.surfaces(text, source))
    try:
        document = json.loads(text.lstrip("\ufeff"))
    except ValueError as error:
        raise BadArea(f"{source} is neither JSON nor KML: {error}") from error
    found: list[Zone] = []
    for number, feature in enumerate(_features(document, source), start=1):
        name = _name(feature, number)
        try:
            found += _zones(feature, name, kind)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
            raise BadArea(f"{source}, {name}: {error}") from error
    return tuple(found)


def _features(document: Any, source: str) -> list[dict[str, Any]]:
    if isinstance(document, dict):
        if isinstance(document.get("features"), list):
            return [feature for feature in document["features"] if isinstance(feature, dict)]
        if document.get("type") == "Feature":
            return [document]
        if document.get("type") in ("Polygon", "MultiPolygon", "GeometryCollection"):
            return [{"type": "Feature", "geometry": document, "properties": {}}]
    raise BadArea(f"{source}: expected a GeoJSON FeatureCollection, Feature or Polygon, ED-269, ED-318 or KML")


def _name(feature: dict[str, Any], number: int) -> str:
    properties = feature.get("properties") or {}
    for said in (properties.get("name"), feature.get("name"), properties.get("identifier"), feature.get("id")):
        if isinstance(said, list) and said and isinstance(said[0], dict):  # ED-318: a text per language
            said = said[0].get("text")
        if isinstance(said, str | int) and str(said).strip():
            return str(said).strip()
    return f"feature {number}"


def _zones(feature: dict[str, Any], name: str, kind: Kind) -> Iterator[Zone]:
    properties = feature.get("properties") or {}
    if feature.get("restriction") in _OPEN or properties.get("type") in _OPEN:
        return
    geometry = feature.get("geometry")
    if isinstance(geometry, list):  # ED-269: volumes, each a surface with limits
        for volume in geometry:
            floor, ceiling = _limits(volume, "lowerLimit", "upperLimit", "VerticalReference", "uomDimensions")
            for rings in _surfaces(volume["horizontalProjection"], {}):
                yield Zone(name, kind, rings, floor, ceiling)
        return
    if geometry is None:
        raise ValueError("it has no geometry")
    own = _metres(properties.get("floor_m")), _metres(properties.get("ceiling_m"))
    for part, (floor, ceiling) in _layered(geometry, own):
        for rings in _surfaces(part, properties):
            yield Zone(name, kind, rings, floor, ceiling)


def _layered(geometry: dict[str, Any], otherwise: Limits) -> Iterator[tuple[dict[str, Any], Limits]]:
    """ED-318: each geometry of a collection may have a layer of its own; one that has none has the collection's."""
    layer = geometry.get("layer") or {}
    limits = _limits(layer, "lower", "upper", "Reference", "uom") if layer else otherwise
    if geometry.get("type") != "GeometryCollection":
        yield geometry, limits
        return
    for part in geometry["geometries"]:
        yield from _layered(part, limits)


def _limits(volume: dict[str, Any], lower: str, upper: str, reference: str, unit: str) -> Limits:
    factor = _FEET_M if str(volume.get(unit, "m")).lower() == "ft" else 1.0
    found: list[float | None] = []
    for key, side in ((lower, "lower"), (upper, "upper")):
        value = _metres(volume.get(key))
        above_ground = volume.get(side + reference) == "AGL"
        found.append(value * factor if value is not None and above_ground else None)
    return found[0], found[1]


def _metres(value: Any) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"a height of {value} m")
    return number


def _surfaces(geometry: dict[str, Any], properties: dict[str, Any]) -> Iterator[Rings]:
    extent = geometry.get("extent") or {}
    match geometry.get("type"):
        case "Polygon":
            yield _rings(geometry["coordinates"])
        case "MultiPolygon":
            for polygon in geometry["coordinates"]:
                yield _rings(polygon)
        case "GeometryCollection":  # of ED-269, whose volumes have the limits
            for part in geometry["geometries"]:
                yield from _surfaces(part, properties)
        case "Circle":
            yield circle(place(geometry["center"]), float(geometry["radius"]))
        case "Point" if extent.get("subType") == "Circle":
            yield circle(place(geometry["coordinates"]), float(extent["radius"]))
        case "Point" if "radius" in properties or "radius_m" in properties:
            yield circle(place(geometry["coordinates"]), float(properties.get("radius_m") or properties["radius"]))
        case other:
            raise ValueError(f"expected a Polygon, MultiPolygon or circle, found {other or 'no type'}")


def _rings(coordinates: list[Any]) -> Rings:
    if not coordinates:
        raise ValueError("the polygon has no outline")
    return tuple(ring(points) for points in coordinates)


def ring(points: list[Any]) -> tuple[Place, ...]:
    """Places without the last where it repeats the first.

    Raises:
        ValueError: fewer than three, or no places.
    """
    places = [place(point) for point in points]
    if len(places) > 1 and places[0] == places[-1]:
        places.pop()
    if len(places) < 3:
        raise ValueError(f"an outline needs three corners, found {len(places)}")
    return tuple(places)


def place(point: Any) -> Place:
    """Longitude and latitude of a GeoJSON position.

    Raises:
        ValueError: no such place, most often latitude first.
    """
    lon, lat = float(point[0]), float(point[1])
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -85 <= lat <= 85):
        raise ValueError(f"[{lon:g}, {lat:g}] is no place in longitude, latitude (longitude comes first)")
    return lon, lat


def circle(centre: Place, radius_m: float) -> Rings:
    """A polygon that holds the whole circle."""
    if not (math.isfinite(radius_m) and 0 < radius_m <= 200_000):
        raise ValueError(f"a radius of {radius_m:g} m")
    turns = np.arange(_CIRCLE_CORNERS) * 2 * math.pi / _CIRCLE_CORNERS
    corners = radius_m / math.cos(math.pi / _CIRCLE_CORNERS) * np.column_stack([np.cos(turns), np.sin(turns)])
    return (tuple((float(lon), float(lat)) for lon, lat in LocalPlane(centre).to_degrees(corners)),)
