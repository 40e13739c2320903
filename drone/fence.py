"""The fence that goes up with a plan: round the area, its ways and the straight ways back from them, never beyond the
operator's own geofence, and the no-fly zones as islands in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from drone.check.returns import ways_back
from drone.check.scene import Scene
from drone.check.terms import Rules
from drone.plane import LocalPlane, Points
from drone.types import FencePolygon, PatrolPlan

_ROOM_M = 30.0  # autopilots act when the line is crossed: room for wind and for GNSS without correction
_MOST_CORNERS = 40
_MOST_OF_GEOFENCE = 80


def fence(
    ground: Polygon, paths: Sequence[Points], zones: Sequence[Polygon], plane: LocalPlane
) -> tuple[FencePolygon, ...]:
    """An inclusion 30 m round `ground` and `paths` (metres, from home and back), and each zone beside them as an
    exclusion. Of zones that are too fine for an autopilot's memory the simplified outline, a little wider."""
    lines = [LineString(path) for path in paths]
    around = _roomy(shapely.union_all([ground, *lines]))
    outline = _few_corners(Polygon(around.exterior))  # one piece: every path starts at home and meets the area
    found = [_part(outline, plane, inclusion=True)]
    reach = around.convex_hull  # straight ways home sweep over more than is flown
    for zone in zones:
        shape = _few_corners(Polygon(zone.exterior))
        if shape.intersects(reach) and not any(line.intersects(shape) for line in lines):
            found.append(_part(shape, plane, inclusion=False))
    return tuple(found)


def fitted(plan: PatrolPlan, geofence: Polygon | None = None) -> PatrolPlan:
    """The plan with its first fence wide enough for landing, rally points and every straight way back, since a vehicle
    that comes home across its own fence may land there; but no wider than `geofence` (degrees), whose holes go up as
    exclusions."""
    if not plan.fence or not isinstance(plan.fence[0], FencePolygon) or not plan.fence[0].inclusion:
        return plan
    scene = Scene(plan, Rules())
    own = Polygon(scene.plane.to_metres(np.array(plan.fence[0].ring)))
    flown = shapely.union_all([leg.shape for leg in scene.legs])
    # A rally point that nothing of the plan is nearest to must lie inside all the same.
    lanes = [shapely.shortest_line(Point(scene.at(one.lon, one.lat)), flown) for one in plan.rally]
    needed = shapely.union_all([*ways_back(scene).swept(), flown, *lanes])
    shape = own
    if not own.covers(needed.buffer(1.0)):
        joined = shapely.union_all([own, _roomy(needed)])
        assert isinstance(joined, Polygon), "all of it hangs together at home"
        shape = _few_corners(Polygon(joined.exterior))
    more: list[FencePolygon] = []
    if geofence is not None:
        border = Polygon(shapely.transform(geofence, scene.plane.to_metres))
        shape = _within(shape, border, flown)
        holes = [Polygon(ring) for ring in border.interiors]
        more = [_part(hole, scene.plane, inclusion=False) for hole in holes if hole.intersects(shape)]
    if shape is own:
        return plan
    return replace(plan, fence=(_part(shape, scene.plane, inclusion=True), *plan.fence[1:], *more))


def _roomy(shape: BaseGeometry) -> Polygon:
    found = shape.buffer(_ROOM_M, join_style="mitre", mitre_limit=2)
    assert isinstance(found, Polygon), "what hangs together stays so"
    return found


def _within(shape: Polygon, border: Polygon, flown: BaseGeometry) -> Polygon:
    """What of a shape lies inside the operator's geofence, the part that is flown in; a little less of a border that is
    too fine for an autopilot's memory, where that leaves room for what is flown."""
    inside = Polygon(border.exterior)
    slack_m = 1.0
    while shapely.get_num_coordinates(inside) > _MOST_OF_GEOFENCE and slack_m < 20:
        narrower = Polygon(border.exterior).buffer(-slack_m, join_style="mitre").simplify(slack_m * 0.95)
        if not isinstance(narrower, Polygon) or not narrower.covers(flown):
            break
        inside = narrower
        slack_m *= 2
    parts = [one for one in shapely.get_parts(shape.intersection(inside)) if isinstance(one, Polygon) and one.area > 0]
    return max(parts, key=lambda part: float(part.intersection(flown).length), default=shape)


def _few_corners(shape: Polygon) -> Polygon:
    """A polygon that holds `shape`, with few enough corners."""
    found: BaseGeometry = shape
    slack_m = 1.0
    while shapely.get_num_coordinates(found) > _MOST_CORNERS and slack_m < 500:
        found = shape.buffer(slack_m, join_style="mitre").simplify(slack_m * 0.95)
        slack_m *= 2
    assert isinstance(found, Polygon), "a polygon widened stays one"
    return Polygon(found.exterior)


def _part(shape: Polygon, plane: LocalPlane, *, inclusion: bool) -> FencePolygon:
    corners = plane.to_degrees(np.asarray(shape.exterior.coords)[:-1])
    return FencePolygon(tuple((round(float(lon), 7), round(float(lat), 7)) for lon, lat in corners), inclusion)
