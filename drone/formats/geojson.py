"""Plans as GeoJSON (RFC 7946), for maps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from drone.check.returns import drawn
from drone.check.terms import Rules
from drone.types import FencePolygon, PatrolPlan, Place, Zone

_MOST_RETURNS = 40


def to_geojson(plan: PatrolPlan, rules: Rules | None = None) -> str:
    """A FeatureCollection: the flight with its heights above home as third coordinate, home, each waypoint, rally
    points, the fence, the no-fly zones, and where the vehicle returns to when the link is lost (`link_lost`, of which
    those that `crosses` marks leave a fence, cross a zone or meet the ground). `role` in the properties says which is
    which."""
    safe, unsafe = drawn(plan, rules or Rules(zones=plan.no_fly), _MOST_RETURNS)
    flown = [[w.lon, w.lat, w.height_above_home_m] for w in plan.waypoints]
    features = [_feature("home", {"type": "Point", "coordinates": list(plan.home)}, name=plan.name, hash=plan.hash)]
    if len(flown) > 1:
        features.append(_feature("flight", {"type": "LineString", "coordinates": flown}))
    features += [
        _feature(
            "waypoint",
            {"type": "Point", "coordinates": [point.lon, point.lat, point.height_above_home_m]},
            n=number,
            speed_m_s=point.speed_m_s,
            transit=point.transit,
        )
        for number, point in enumerate(plan.waypoints, start=1)
    ]
    features += [
        _feature("fence", _polygon([part.ring]), inclusion=part.inclusion)
        for part in plan.fence
        if isinstance(part, FencePolygon)
    ]
    features += [
        _feature("rally", {"type": "Point", "coordinates": [point.lon, point.lat, point.height_above_home_m]}, n=number)
        for number, point in enumerate(plan.rally, start=1)
    ]
    features += [
        _feature(
            "link_lost", {"type": "MultiLineString", "coordinates": [list(map(list, way)) for way in ways]}, **told
        )
        for ways, told in ((safe, {"crosses": False}), (unsafe, {"crosses": True}))
        if ways
    ]
    features += [_feature(zone.kind, _polygon(list(zone.rings)), name=zone.name) for zone in plan.no_fly]
    return json.dumps({"type": "FeatureCollection", "features": features}, indent=1, ensure_ascii=False) + "\n"


def zones_to_json(zones: Sequence[Zone]) -> dict[str, Any]:
    """Zones as a FeatureCollection that `drone.formats.zones` reads the same of."""
    features = [
        _feature(zone.kind, _polygon(list(zone.rings)), name=zone.name, floor_m=zone.floor_m, ceiling_m=zone.ceiling_m)
        for zone in zones
    ]
    return {"type": "FeatureCollection", "features": features}


def _polygon(rings: list[tuple[Place, ...]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(place) for place in (*ring, ring[0])] for ring in rings]}


def _feature(role: str, geometry: dict[str, Any], **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"role": role, **properties}, "geometry": geometry}
