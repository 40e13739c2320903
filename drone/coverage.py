"""Routes that see all of an area: part by part, at the sweep angle that is shortest for each."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from drone import sweep
from drone.course import Course, joined, straightened
from drone.errors import BadArea
from drone.inside import Inside
from drone.plane import LocalPlane, Points, sag_m
from drone.relax import relaxed
from drone.tidy import KEPT, tidied
from drone.touch_up import cover_the_rest, seen_from
from drone.ways import Part, Ways, polygons

_ANGLES_DEG = tuple(float(angle) for angle in range(0, 180, 5))
_TRIED_IN_FULL = 12  # the sweep angles that look shortest are worked out leg by leg
_SWATHS_IN_FULL = 400  # fewer angles where there are many swaths: 1 km² with 50 holes is planned in a second
_SWATHS_LOOKED_AT = 60  # up to this many, angles are compared by their cells, which takes a millisecond each
_MOST_SWATHS = 5_000
_MOST_DETOURED = 1.05  # of the shortest bare sweep: a longer route is tidied, which takes seconds
_MOST_TIDIED_LONG = 1.08  # of the same: a route that tidying leaves longer is relaxed too, which takes a second
_TIDIED = 2  # routes, at most
_MOST_TIDIED = 200  # points of a route: tidying tries pairs of them
_SHUT_IN = 0.005  # of the area, that may lie in enclaves between zones
_UNSEEN_PARTS = 0.002  # slivers between zones, up to this share of the area, are not worth a way there


def over_parts(
    parts: list[Part], to_see: BaseGeometry, ways: Ways, start: Points, spacing_m: float
) -> tuple[float, Course]:
    """The parts' routes, nearest next, largest planned first: what it sees of the others is not flown over again."""
    routes: list[Points] = []
    angles: list[float] = []
    rest = to_see
    for part in _reachable(parts, ways, start) if len(parts) > 1 else parts:
        ground = rest.intersection(
            part.flyable.buffer(0.4 * spacing_m)
        )  # a rim seen at the very end of the reach costs a detour each
        if routes and ground.area < _UNSEEN_PARTS / 4 * to_see.area:
            continue
        angle, route = _shortest(polygons(ground), part, start, spacing_m)
        routes.append(straightened(route))
        angles.append(angle)
        if len(parts) > 1:
            rest = rest.difference(seen_from(route, spacing_m / 2))
    return angles[0], joined(_nearest_next(routes, start, ways), ways.way)


def _reachable(parts: list[Part], ways: Ways, start: Points) -> list[Part]:
    """Without enclaves that zones shut in, as long as they are small: what is not seen shows in the coverage."""
    corners = [np.asarray(part.flyable.exterior.coords[0]) for part in parts]
    found = [part for part, corner in zip(parts, corners, strict=True) if ways.way(start, corner) is not None]
    shut_in = sum(part.flyable.area for part in parts) - sum(part.flyable.area for part in found)
    if not found or shut_in > _SHUT_IN * sum(part.flyable.area for part in parts):
        raise BadArea(
            f"{shut_in:.0f} m² of the area cannot be reached from home without crossing a no-fly zone: plan them apart"
        )
    return found


def _nearest_next(routes: list[Points], start: Points, ways: Ways) -> list[Points]:
    ordered: list[Points] = []
    here, left = start, list(routes)
    while left:
        ends = [(index, route) for index, whole in enumerate(left) for route in (whole, whole[::-1])]
        if len(left) > 1 or ordered:
            lengths = [_length_m(ways.way(here, route[0])) for _, route in ends]
            index, route = ends[int(np.argmin(np.round(lengths, 3)))]
        else:
            index, route = ends[0]
        ordered.append(route)
        here = route[-1]
        left.pop(index)
    return ordered


def _length_m(way: Points | None) -> float:
    return math.inf if way is None else float(np.hypot(*np.diff(way, axis=0).T).sum())


def _shortest(ground: BaseGeometry, part: Part, start: Points, spacing_m: float) -> tuple[float, Points]:
    """The sweep angle and route that see enough of the ground and are shortest."""
    tried: list[_Route] = []
    best: _Route | None = None
    flyable, inside = part.flyable, part.inside
    for angle in _promising_angles(flyable, spacing_m):
        bare = _joined(sweep.order(sweep.cells(sweep.swaths(flyable, angle, spacing_m)), inside, start), inside)
        bare_m = float(LineString(bare).length)
        if best is not None and not best.rank[0] and bare_m > best.rank[1]:
            continue  # detours only make it longer
        found = _Route.of(cover_the_rest(bare, ground, flyable, inside, spacing_m), angle, bare_m, ground, spacing_m)
        tried.append(found)
        if best is None or found.rank < best.rank:
            best = found
    assert best is not None, "there is always an angle to try"
    best = _tidied(best, tried, ground, part, start, spacing_m)
    return best.angle_deg, best.points


@dataclass(frozen=True, slots=True)
class _Route:
    """`bare_m` long before the detours; the least `rank` is the best: enough seen, then short."""

    points: Points
    angle_deg: float
    bare_m: float
    rank: tuple[bool, float, float]

    @staticmethod
    def of(points: Points, angle_deg: float, bare_m: float, ground: BaseGeometry, spacing_m: float) -> _Route:
        seen = seen_from(points, spacing_m / 2).intersection(ground).area / ground.area
        rank = (seen < KEPT, round(float(LineString(points).length), 3), angle_deg)
        return _Route(points, angle_deg, bare_m, rank)


def _tidied(
    best: _Route, tried: list[_Route], ground: BaseGeometry, part: Part, start: Points, spacing_m: float
) -> _Route:
    """Where detours made the best route much longer than the shortest bare sweep: the best that tidying makes of the
    shortest ones, with detours and without."""
    shortest_m = min(route.bare_m for route in tried)
    wanted_m = _MOST_DETOURED * shortest_m
    with_detours = sorted(tried, key=lambda route: route.rank)
    without = sorted(tried, key=lambda route: (route.bare_m, route.angle_deg))
    in_turn = {id(route): route for pair in zip(with_detours, without, strict=True) for route in pair}

    def again(route: _Route, points: Points) -> _Route:
        return _Route.of(points, route.angle_deg, route.bare_m, ground, spacing_m)

    for route in list(in_turn.values())[:_TIDIED]:
        if best.rank[1] <= wanted_m or len(route.points) > _MOST_TIDIED:
            break
        if route.rank[0]:
            continue  # not enough is seen as it is
        points = tidied(route.points, ground, part.inside, start, spacing_m, wanted_m)
        best = min(best, again(route, points), key=lambda one: one.rank)
        if best.rank[1] > _MOST_TIDIED_LONG * shortest_m:
            points = relaxed(points, ground, part.flyable, part.inside, start, spacing_m, wanted_m)
            best = min(best, again(route, points), key=lambda one: one.rank)
    return best


def margin_m(ground: Polygon, plane: LocalPlane) -> float:
    """How far waypoints stay off every edge: more than rounding and sag."""
    west, south, east, north = ground.bounds
    return 1.4 * (0.03 + sag_m(math.hypot(east - west, north - south), plane.centre[1]))


def insets(ground: Polygon, margin_m: float) -> tuple[Polygon, Polygon]:
    """Where waypoints may lie, and a little wider where legs may run."""
    parts = [
        sorted(_pieces(ground.buffer(-inset, join_style="mitre")), key=lambda part: float(part.area), reverse=True)
        for inset in (margin_m, 0.8 * margin_m)
    ]
    if not parts[0]:
        raise BadArea(f"the area is nowhere wider than {2 * margin_m:.2f} m: nothing can be flown inside it")
    lost = sum(part.area for part in parts[0][1:])
    if lost > 0.002 * ground.area:
        raise BadArea(
            f"the area falls into parts joined by necks narrower than {2 * margin_m:.2f} m: plan them one by one"
        )
    flyable = parts[0][0]
    allowed = max(parts[1], key=lambda part: float(part.intersection(flyable).area))
    return flyable, allowed


def parts_of(flyable: Polygon, allowed: Polygon, barred: BaseGeometry, margin_m: float) -> list[Part]:
    """What the zones leave of the area, largest first."""
    if barred.is_empty:
        return [Part(flyable, Inside(flyable, allowed))]
    pieces = sorted(_pieces(flyable.difference(barred)), key=lambda piece: float(piece.area), reverse=True)
    if not pieces:
        raise BadArea("the whole area lies in no-fly zones and their buffer: nothing can be flown over it")
    wider = allowed.difference(barred.buffer(-0.2 * margin_m, join_style="mitre"))
    return [Part(piece, Inside(piece, polygons(wider))) for piece in pieces]


def _pieces(shape: BaseGeometry) -> list[Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and part.area > 0]


def _promising_angles(flyable: Polygon, spacing_m: float) -> list[float]:
    """The sweep angles whose swaths, and turns counted as one spacing each, are shortest."""
    west, south, east, north = flyable.bounds
    across = math.hypot(east - west, north - south)
    if across / spacing_m > _MOST_SWATHS:
        raise BadArea(f"a spacing of {spacing_m:g} m over {across:.0f} m needs over {_MOST_SWATHS} swaths: widen it")
    costs = []
    for angle in sorted({*_ANGLES_DEG, *_edge_angles(flyable)}):
        length_m, count = sweep.length_and_count(flyable, angle, spacing_m)
        costs.append((round(length_m + count * spacing_m, 3), angle, count))
    costs.sort()
    if costs[0][2] <= _SWATHS_LOOKED_AT:
        costs = sorted((_cost_m(flyable, angle, spacing_m), angle, count) for _, angle, count in costs)
    tried = min(_TRIED_IN_FULL, max(2, _SWATHS_IN_FULL // max(1, costs[0][2])))
    return [angle for _, angle, _ in costs[:tried]]


def _cost_m(flyable: Polygon, angle: float, spacing_m: float) -> float:
    """Of the cells with their turns, each by itself, and one spacing from cell to cell."""
    cells = sweep.cells(sweep.swaths(flyable, angle, spacing_m))
    return round(sum(sweep.alone_m(cell) for cell in cells) + len(cells) * spacing_m, 3)


def _edge_angles(flyable: Polygon) -> set[float]:
    """Directions of the longest edges: along them no swath ends askew."""
    edges = np.diff(np.asarray(flyable.exterior.coords), axis=0)
    longest = edges[np.argsort(-np.hypot(*edges.T), kind="stable")[:6]]
    return {round(float(np.degrees(np.arctan2(y, x))) % 180, 3) for x, y in longest}


def _joined(points: list[Points], inside: Inside) -> Points:
    """The flying order with the ways between filled in."""
    route = [points[0]]
    for target in points[1:]:
        way = inside.way(route[-1], target)
        if way is None:
            raise BadArea("part of the area cannot be reached from the rest without leaving it: plan them one by one")
        route.extend(way[1:])
    return np.array(route)
