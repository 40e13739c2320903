"""The fence that goes up with a plan: round the area and its ways, and the no-fly zones as islands in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from drone.plane import LocalPlane, Points
from drone.types import FencePolygon, PatrolPlan, Place

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


def widened(plan: PatrolPlan, places: Sequence[Place]) -> PatrolPlan:
    """The plan with its first fence wide enough for `places` too, rally points and landing: each is joined to the
    nearest of the plan's own places by a lane as wide as the room round its ways."""
    if not places or not plan.fence or not isinstance(plan.fence[0], FencePolygon) or not plan.fence[0].inclusion:
        return plan
    plane = LocalPlane(plan.home)
    own = plane.to_metres(np.array([plan.home, *((point.lon, point.lat) for point in plan.waypoints)]))
    before = shape = Polygon(plane.to_metres(np.array(plan.fence[0].ring)))
    for place in plane.to_metres(np.array(places)):
        nearest = own[int(np.argmin(np.hypot(*(own - place).T)))]
        lane = LineString([place, nearest]).buffer(_ROOM_M, join_style="mitre", cap_style="square")
        if not shape.contains(LineString([place, nearest]).buffer(1.0)):
            joined = shape.union(lane)
            assert isinstance(joined, Polygon), "every lane begins inside"
            shape = Polygon(joined.exterior)
    if shape is before:
        return plan
    part = _part(_few_corners(Polygon(shape.exterior)), plane, inclusion=True)
    return replace(plan, fence=(part, *plan.fence[1:]))
