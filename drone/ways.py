"""Ways between home and the parts of an area: inside the area where that can be, else outside it, never over a zone."""

from __future__ import annotations

from dataclasses import dataclass, field

import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from drone.inside import Inside
from drone.plane import Points

_ROOM_M = 600.0


@dataclass(frozen=True, slots=True)
class Part:
    """A connected piece of an area where waypoints may lie (`flyable`), and the ways within it."""

    flyable: Polygon
    inside: Inside


@dataclass(slots=True)
class Ways:
    """`open_air` is where transits may go, `margin_m` off every edge."""

    parts: list[Part]
    open_air: Polygon | MultiPolygon
    margin_m: float
    _outside: Inside | None = field(default=None, init=False)

    def way(self, start: Points, end: Points) -> Points | None:
        """The shortest way, both ends included: within the part that holds both, else through open air."""
        ends = [Point(start), Point(end)]
        for part in self.parts:
            if all(part.flyable.distance(point) < 1e-6 for point in ends):
                way = part.inside.way(start, end)
                if way is not None:
                    return way
        return self.outside.way(start, end)

    @property
    def outside(self) -> Inside:
        if self._outside is None:
            wider = self.open_air.buffer(0.2 * self.margin_m, join_style="mitre")
            self._outside = Inside(self.open_air, wider)
        return self._outside


def open_air(
    ground: Polygon, home: Points, zones: BaseGeometry, margin_m: float, fence: BaseGeometry | None = None
) -> Polygon | MultiPolygon:
    """Where transits may go: round the area and home, off the zones and the area's holes, and within `fence`."""
    around = shapely.union_all([ground, Point(home)])
    around = shapely.union_all([around, zones.intersection(box(*around.buffer(_ROOM_M).bounds))])
    room: BaseGeometry = box(*around.buffer(_ROOM_M).bounds)
    if fence is not None:
        room = room.intersection(fence.buffer(-margin_m, join_style="mitre"))
    holes = [Polygon(ring).buffer(margin_m, join_style="mitre") for ring in ground.interiors]
    kept = [hole for hole in holes if not hole.intersects(Point(home))]  # home may lie in a courtyard
    return polygons(room.difference(shapely.union_all([zones, *kept])))


def polygons(shape: BaseGeometry) -> Polygon | MultiPolygon:
    """The parts of a shape that have an area."""
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and part.area > 0]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)
