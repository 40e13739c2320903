"""A plan as a picture: area, zones with their buffer, fence, ways and numbered waypoints. To be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from drone.check.terms import Broken
from drone.keep_out import on_plane
from drone.plane import LocalPlane, Points
from drone.types import FencePolygon, PatrolPlan

_WIDTH_PX, _MARGIN_PX = 1000, 30
_FLIGHT_COLOURS = ("#0b5fff", "#b4009e", "#00796b", "#c75b00", "#5b3df5", "#7a7a00")


def to_svg(
    plans: Sequence[PatrolPlan],
    area: Polygon | None = None,
    buffer_m: float = 0.0,
    broken: Sequence[Broken] = (),
) -> str:
    """North up, metres to scale, a bar of 100 m. Survey legs are full lines, transits and ways home dashed; broken
    rules are red crosses."""
    places = np.array([place for plan in plans for place in (plan.home, *((w.lon, w.lat) for w in plan.waypoints))])
    plane = LocalPlane((float(places[:, 0].mean()), float(places[:, 1].mean())))
    corners = plane.to_metres(places)
    if area is not None:
        corners = np.vstack([corners, plane.to_metres(np.asarray(area.exterior.coords))])
    draw = _Draw(corners)
    if area is not None:
        draw.polygon(_project(area, plane), "#eef3e6", "#6b8e23")
    for zone in {zone for plan in plans for zone in plan.no_fly}:
        shape = on_plane(zone, plane)
        draw.polygon(shape.buffer(buffer_m), "none", "#d33", dashed=True)
        draw.polygon(shape, "#f7c6c6", "#d33")
    for part in plans[0].fence if plans else ():
        if isinstance(part, FencePolygon) and part.inclusion:
            draw.polygon(Polygon(plane.to_metres(np.array(part.ring))), "none", "#555", dashed=True)
    for number, plan in enumerate(plans):
        draw.flight(plan, plane, _FLIGHT_COLOURS[number % len(_FLIGHT_COLOURS)])
    for one in broken:
        draw.cross(plane.to_metres(np.array([[one.lon, one.lat]]))[0], f"{one.rule}: {one.detail}")
    return draw.text()


def _project(area: Polygon, plane: LocalPlane) -> Polygon:
    rings = [plane.to_metres(np.asarray(ring.coords)) for ring in (area.exterior, *area.interiors)]
    return Polygon(rings[0], rings[1:])


class _Draw:
    def __init__(self, corners: Points) -> None:
        self._low = corners.min(axis=0) - 50
        size = corners.max(axis=0) + 50 - self._low
        self._scale = (_WIDTH_PX - 2 * _MARGIN_PX) / float(size.max())
        self._high = float(size[1]) * self._scale + 2 * _MARGIN_PX
        self._wide = float(size[0]) * self._scale + 2 * _MARGIN_PX
        self._parts: list[str] = []

    def _at(self, points: Points) -> Points:
        moved = (np.atleast_2d(points) - self._low) * self._scale + _MARGIN_PX
        return np.column_stack([moved[:, 0], self._high - moved[:, 1]])

    def _path(self, points: Points, close: bool = False) -> str:
        return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in self._at(points)) + (" Z" if close else "")

    def polygon(self, shape: BaseGeometry, fill: str, stroke: str, dashed: bool = False) -> None:
        for part in getattr(shape, "geoms", [shape]):
            rings = " ".join(self._path(np.asarray(r.coords)[:-1], True) for r in (part.exterior, *part.interiors))
            dash = ' stroke-dasharray="5 4"' if dashed else ""
            self._parts.append(f'<path d="{rings}" fill="{fill}" fill-rule="evenodd" stroke="{stroke}"{dash}/>')

    def flight(self, plan: PatrolPlan, plane: LocalPlane, colour: str) -> None:
        home = plane.to_metres(np.array([plan.home]))[0]
        points = plane.to_metres(np.array([(w.lon, w.lat) for w in plan.waypoints]))
        before = home
        for number, (point, waypoint) in enumerate(zip(points, plan.waypoints, strict=True), start=1):
            self.line(before, point, colour, dashed=waypoint.transit or number == 1)
            x, y = self._at(point)[0]
            self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>')
            self._parts.append(f'<text x="{x + 4:.1f}" y="{y - 3:.1f}" font-size="9" fill="#333">{number}</text>')
            before = point
        self.line(before, home, colour, dashed=True)
        x, y = self._at(home)[0]
        self._parts.append(f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="#111"/>')
        self._parts.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" font-size="12">home</text>')

    def line(self, start: Points, end: Points, colour: str, dashed: bool) -> None:
        dash = ' stroke-dasharray="6 4" stroke-width="1"' if dashed else ' stroke-width="1.8"'
        self._parts.append(f'<path d="{self._path(np.stack([start, end]))}" fill="none" stroke="{colour}"{dash}/>')

    def cross(self, at: Points, says: str) -> None:
        x, y = self._at(at)[0]
        d = f"M{x - 7:.1f},{y - 7:.1f} L{x + 7:.1f},{y + 7:.1f} M{x - 7:.1f},{y + 7:.1f} L{x + 7:.1f},{y - 7:.1f}"
        self._parts.append(f'<path d="{d}" stroke="#e00" stroke-width="3"><title>{escape(says)}</title></path>')

    def text(self) -> str:
        bar = f"M{_MARGIN_PX},{self._high - 12:.1f} h{100 * self._scale:.1f}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self._wide:.0f}" height="{self._high:.0f}" '
            f'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>\n'
            + "\n".join(self._parts)
            + f'\n<path d="{bar}" stroke="#111" stroke-width="3"/>'
            f'<text x="{_MARGIN_PX}" y="{self._high - 18:.1f}" font-size="11">100 m</text></svg>\n'
        )
