"""What the swaths of a sweep leave unseen, tips beside slanting edges mostly, is visited by short detours."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from drone.inside import Inside
from drone.plane import Points
from drone.samples import off_legs_m

ENOUGH = 0.993
_MOST_DETOURS = 200
_LEGS_TRIED = 4
_SMALLEST = 1e-5  # of the ground: smaller unseen pieces are left

Result = tuple[Points, BaseGeometry]  # a route, and the ground that is not seen from it


def cover_the_rest(route: Points, ground: BaseGeometry, flyable: Polygon, inside: Inside, spacing_m: float) -> Points:
    """`route` with detours, until all but 0.7 % of `ground` lies within half a spacing of it."""
    reach_m = spacing_m / 2
    unseen = ground.difference(seen_from(route, reach_m))
    given_up: BaseGeometry = Point()
    for _ in range(_MOST_DETOURS):
        if unseen.area <= (1 - ENOUGH) * ground.area:
            break
        left = unseen if given_up.is_empty else unseen.difference(given_up)
        parts = shapely.get_parts(left)
        areas = shapely.area(parts)
        if not areas.size or areas.max() < _SMALLEST * ground.area:
            break
        largest = parts[int(np.argmax(areas))]
        tried: list[Result] = []
        for short_of_m in (0.5 * reach_m, 0.0):  # most corners are seen from half the reach, an odd one from itself
            detour = _detour(route, largest, flyable, inside, short_of_m)
            tried += _results(route, detour, ground, unseen, inside, reach_m) if detour else []
            if tried and min(rest.area for _, rest in tried) < unseen.area - 1e-6 * ground.area:
                break
        else:
            given_up = given_up.union(largest.buffer(0.01))
            continue
        route, unseen = min(tried, key=lambda found: round(found[1].area / ground.area, 6))
    return route


def seen_from(route: Points, reach_m: float) -> Polygon:
    """All within `reach_m` of a route: the ground that a camera with that half-width has seen."""
    line = LineString(route) if len(route) > 1 else Point(route[0])
    return line.buffer(reach_m, quad_segs=8)


def _detour(
    route: Points, part: Polygon, flyable: Polygon, inside: Inside, short_of_m: float
) -> tuple[int, Points] | None:
    """The shortest way out to see the farthest corner of `part`: the leg that it leaves, and its points from there."""
    corners = np.asarray(part.exterior.coords)
    starts, ends = (route[:-1], route[1:]) if len(route) > 1 else (route, route)
    farthest = Point(corners[int(np.argmax(off_legs_m(corners, starts, ends).min(axis=0)))])
    target = np.array(nearest_points(flyable, farthest)[0].coords[0])
    choices = []
    for index in _nearest_legs(route, target):
        way = inside.way(_leaving_point(route[index : index + 2], target), target)
        if way is not None:
            out = _shortened(way, short_of_m)
            choices.append((round(float(LineString(out).length), 6), index, out))
    return min(choices, key=lambda choice: choice[:2])[1:] if choices else None


def _results(
    route: Points,
    detour: tuple[int, Points],
    ground: BaseGeometry,
    unseen: BaseGeometry,
    inside: Inside,
    reach_m: float,
) -> list[Result]:
    """The route with the detour, and what it leaves unseen: back to where it left the leg, which loses nothing, and
    straight on to the end of the leg, which is shorter but loses sight of the rest of it."""
    index, out = detour
    rest = unseen.difference(seen_from(out, reach_m))
    if index + 1 == len(route):
        return [(np.vstack([route, out[1:]]), rest)]
    before, after = route[: index + 1], route[index + 1 :]
    found = [(np.vstack([before, out, out[-2::-1], after]), rest)]
    onward = inside.way(out[-1], after[0])
    if onward is not None and LineString(onward).length < 0.8 * LineString([*out[::-1], after[0]]).length:
        direct = np.vstack([before, out, onward[1:-1], after])
        found.insert(0, (direct, ground.difference(seen_from(direct, reach_m))))
    return found


def _nearest_legs(route: Points, target: Points) -> list[int]:
    if len(route) < 2:
        return [0]
    away = off_legs_m(target[None], route[:-1], route[1:])[:, 0]
    return [*(int(leg) for leg in np.argsort(away, kind="stable")[:_LEGS_TRIED]), len(route) - 1]


def _leaving_point(ends: Points, target: Points) -> Points:
    """The point of a leg nearest to the target: from there the detour leaves it. After the last leg, its end."""
    if len(ends) == 1:
        return np.asarray(ends[0])
    leg = LineString(ends)
    return np.array(leg.interpolate(leg.project(Point(target))).coords[0])


def _shortened(way: Points, by_m: float) -> Points:
    """`way` without its last `by_m`: a corner is seen from as far as that."""
    line = LineString(way)
    if line.length <= by_m:
        return way
    cut = shapely.line_interpolate_point(line, line.length - by_m)
    kept = [point for point in way if line.project(Point(point)) < line.length - by_m]
    return np.vstack([*kept, np.array(cut.coords)])
