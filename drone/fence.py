"""The fence that goes up with a plan: round the area and its ways, and the no-fly zones as islands in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from drone.plane import LocalPlane, Points
from drone.types import FencePolygon

_ROOM_M = 30.0  # autopilots act when the line is crossed: room for wind and for GNSS without correction
_MOST_CORNERS = 40


def fence(
    ground: Polygon, paths: Sequence[Points], zones: Sequence[Polygon], plane: LocalPlane
) -> tuple[FencePolygon, ...]:
    """An inclusion 30 m round `ground` and `paths` (metres, from home and back), and each zone beside them as an
    exclusion. Of zones that are too fine for an autopilot's memory the simplified outline, a little wider."""
    lines = [LineString(path) for path in paths]
    around = shapely.union_all([ground, *lines]).buffer(_ROOM_M, join_style="mitre", mitre_limit=2)
    outline = _few_corners(Polygon(around.exterior))  # one piece: every path starts at home and meets the area
    found = [_part(outline, plane, inclusion=True)]
    for zone in zones:
        shape = _few_corners(Polygon(zone.exterior))
        if shape.intersects(around) and not any(line.intersects(shape) for line in lines):
            found.append(_part(shape, plane, inclusion=False))
    return tuple(found)


def _few_corners(shape: Polygon) -> Polygon:
    """A polygon that holds `shape`, with few enough corners."""
    found: BaseGeometry = shape
    slack_m = 1.0
    while shapely.get_num_coordinates(found) > _MOST_CORNERS and slack_m < 500:
        found = shape.buffer(slack_m, join_style="mitre").simplify(slack_m * 0.95)
        slack_m *= 2
    assert isinstance(found, Polygon), "a polygon widened stays one"
    return found


def _part(shape: Polygon, plane: LocalPlane, *, inclusion: bool) -> FencePolygon:
    corners = plane.to_degrees(np.asarray(shape.exterior.coords)[:-1])
    return FencePolygon(tuple((round(float(lon), 7), round(float(lat), 7)) for lon, lat in corners), inclusion)
