"""Units from a GeoJSON FeatureCollection (RFC 7946), and units as one."""

from __future__ import annotations

import json
from typing import Any

from shapely.geometry import MultiPolygon

from api.town.given import Fault, FaultKind, GivenUnit, level_of, polygons_of

_WHAT = "properties must have id, level (street, community, grid or micro_grid), parent and name"


def read_geojson(text: bytes | str) -> tuple[list[GivenUnit], list[Fault], str | None]:
    """Units, faults, and the datum that a member ``datum`` of the collection names."""
    try:
        collection = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [], [Fault(FaultKind.FILE, "file", "", f"is not JSON: {str(error)[:200]}")], None
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        return [], [Fault(FaultKind.FILE, "file", "", "must be a GeoJSON FeatureCollection")], None
    features = collection.get("features")
    if not isinstance(features, list) or not features:
        return [], [Fault(FaultKind.FILE, "file", "", "has no features")], None
    faults = _crs_faults(collection)
    units: list[GivenUnit] = []
    for n, feature in enumerate(features, 1):
        unit, wrong = _unit(feature, f"feature {n}")
        faults += wrong
        units += [unit] if unit else []
    datum = collection.get("datum")
    return units, faults, datum if isinstance(datum, str) else None


def _crs_faults(collection: dict[str, Any]) -> list[Fault]:
    """An old `crs` member that names a projection says that these are not degrees."""
    crs = collection.get("crs")
    if crs is None:
        return []
    name = str(crs.get("properties", {}).get("name", "")) if isinstance(crs, dict) else str(crs)
    if any(known in name for known in ("CRS84", "4326", "4490")):
        return []
    return [Fault(FaultKind.DATUM, "file", "", f"crs names {name[:80]!r}: write lon, lat in degrees")]


def _unit(feature: Any, at: str) -> tuple[GivenUnit | None, list[Fault]]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return None, [Fault(FaultKind.FILE, at, "", _WHAT)]
    unit_id = _text(properties.get("id", feature.get("id")))
    faults: list[Fault] = []
    level = level_of(_text(properties.get("level")))
    if level is None:
        faults.append(Fault(FaultKind.LEVEL, at, unit_id, f"level is {_text(properties.get('level'))!r}; {_WHAT}"))
    geometry = feature.get("geometry")
    shape: MultiPolygon | None = None
    try:
        if not isinstance(geometry, dict):
            raise ValueError("has no geometry")
        shape = polygons_of(geometry.get("coordinates"), str(geometry.get("type")))
    except ValueError as error:
        faults.append(Fault(FaultKind.RING, at, unit_id, str(error)))
    return (
        GivenUnit(
            at,
            unit_id,
            level,
            _text(properties.get("parent")) or None,
            _text(properties.get("name")),
            _text(properties.get("calendar")) or None,
            shape,
        ),
        faults,
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
