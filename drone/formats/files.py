"""Plans in files, by the end of their names."""

from __future__ import annotations

from pathlib import PurePath

from drone.check.carried import carrying
from drone.check.rules import check
from drone.check.terms import Rules
from drone.errors import BadPlan
from drone.formats import geojson, kml, svg, wpl, wpml
from drone.qgc import from_plan, to_plan
from drone.types import PatrolPlan

WRITTEN = (".plan", ".waypoints", ".txt", ".kml", ".kmz", ".geojson", ".json", ".svg")
READ = (".plan", ".waypoints", ".txt", ".kmz")


# What of a plan a format has no place for; `.plan` has one for all of it, and pictures are not flown.
LEFT_OUT = {
    ".waypoints": "fence, rally points, and the rules that it was held to",
    ".txt": "fence, rally points, and the rules that it was held to",
    ".kml": "camera, fence, rally points, and the rules that it was held to",
    ".kmz": "camera, waiting at waypoints, fence, rally points, and the rules that it was held to",
    ".geojson": "camera, and the rules that it was held to",
    ".json": "camera, and the rules that it was held to",
}


def written(plan: PatrolPlan, path: str, rules: Rules | None = None) -> bytes:
    """The plan in the format that the name asks for; `rules` are what it carries, where the format can.

    Raises:
        BadPlan: a name that asks for none, or a plan that the format cannot say.
    """
    match PurePath(path).suffix.lower():
        case ".plan":
            return (to_plan(plan) if rules is None else carrying(to_plan(plan), rules)).encode()
        case ".waypoints" | ".txt":
            return wpl.to_wpl(plan).encode()
        case ".kml":
            return kml.to_kml(plan).encode()
        case ".kmz":
            return wpml.to_kmz(plan)
        case ".geojson" | ".json":
            return geojson.to_geojson(plan, rules).encode()
        case ".svg":
            return svg.to_svg([plan], rules or Rules(max_height_m=None), [check(plan, rules)] if rules else []).encode()
    raise BadPlan(f"{path}: plans are written as {', '.join(WRITTEN)}")


def read(data: bytes, path: str) -> PatrolPlan:
    """The plan in a file's bytes, in the format that the name says.

    Raises:
        BadPlan: another format, or a damaged file.
    """
    name = PurePath(path).name
    match PurePath(path).suffix.lower():
        case ".plan":
            return from_plan(data.decode("utf-8-sig", "replace"), name)
        case ".waypoints" | ".txt":
            return wpl.from_wpl(data.decode("utf-8-sig", "replace"), name)
        case ".kmz":
            return wpml.from_kmz(data, name)
    raise BadPlan(f"{path}: plans are read from {', '.join(READ)}")
