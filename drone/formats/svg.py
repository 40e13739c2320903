"""A plan as a picture, to be looked at: area, zones with their buffer, fence, ways, where the vehicle goes when the
link is lost, and every broken rule and caution numbered on the map and named under it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from drone.check.returns import drawn
from drone.check.terms import Broken, Rules, Verdict
from drone.formats.canvas import Canvas
from drone.keep_out import near, on_plane
from drone.plane import LocalPlane, Points
from drone.types import FenceCircle, FencePolygon, Land, PatrolPlan

_FLIGHT_COLOURS = ("#0b5fff", "#b4009e", "#00796b", "#5b3df5", "#7a7a00", "#444444")
_SAFE, _UNSAFE, _BROKEN = "#66727e", "#c96a00", "#d40000"
_MOST_RETURNS = 28  # drawn of all plans, and 8 of each at least; all are looked at
_MOST_NUMBERS = 60
_MOST_TOLD = 40
_MOST_NAMED = 20  # flights
_BARE = Rules(max_height_m=None)


def to_svg(plans: Sequence[PatrolPlan], rules: Rules = _BARE, verdicts: Sequence[Verdict] = ()) -> str:
    """North up, metres to scale. Survey legs are full lines, transits and ways home dashed, returns on loss of the link
    dotted, orange where they cross something. Zones are those of the rules, and of the plans where the rules have
    none."""
    drawing = _Drawing(plans, rules)
    drawing.ground()
    for number, plan in enumerate(plans):
        drawing.returns(plan)
        drawing.flight(plan, _FLIGHT_COLOURS[number % len(_FLIGHT_COLOURS)])
    drawing.legend()
    drawing.told([one for verdict in verdicts for one in verdict.broken], "BROKEN", _BROKEN)
    drawing.told([one for verdict in verdicts for one in verdict.cautions], "caution", _UNSAFE)
    return drawing.canvas.svg()


class _Drawing:
    def __init__(self, plans: Sequence[PatrolPlan], rules: Rules) -> None:
        self._plans, self._rules = plans, rules
        places = np.array([place for plan in plans for place in _places(plan)])
        self._plane = LocalPlane((float(places[:, 0].mean()), float(places[:, 1].mean())))
        west, south = places.min(axis=0) - 0.01
        east, north = places.max(axis=0) + 0.01
        given = rules.zones or tuple(dict.fromkeys(zone for plan in plans for zone in plan.no_fly))
        self._zones = near(given, (float(west), float(south), float(east), float(north)))
        self._safe = self._unsafe = False
        corners = [self._plane.to_metres(places)]
        if rules.area is not None:
            corners.append(self._plane.to_metres(np.asarray(rules.area.exterior.coords)))
        for plan in plans:
            corners += [shapely.get_coordinates(self._fence(part)) for part in plan.fence if part.inclusion]
        self.canvas = Canvas(np.vstack(corners))

    def ground(self) -> None:
        """What lies below the ways."""
        if self._rules.area is not None:
            self.canvas.polygon(self._on_plane(self._rules.area), "#eef3e6", "#6b8e23")
        for zone in self._zones:
            shape = on_plane(zone, self._plane)
            buffer_m = self._rules.buffer_m if zone.kind == "no_fly" else self._rules.people_buffer_m
            if buffer_m:
                self.canvas.polygon(shape.buffer(buffer_m), "none", "#d33", "5 4")
            self.canvas.polygon(shape, *(("#f7c6c6", "#d33") if zone.kind == "no_fly" else ("#fbe3b8", "#c98a00")))
            self.canvas.text(_middle(shape), zone.name, 11, "#8a1f1f", dx=-3 * len(zone.name), dy=4)
        if self._rules.fence is not None:
            self.canvas.polygon(self._on_plane(self._rules.fence), "none", "#222", "10 4")
        for part in dict.fromkeys(part for plan in self._plans for part in plan.fence):
            self.canvas.polygon(self._fence(part), "none", "#555" if part.inclusion else "#a33", "3 3")

    def returns(self, plan: PatrolPlan) -> None:
        """Where the vehicle goes when the link is lost, from places spread over the plan."""
        safe, unsafe = drawn(plan, self._rules, max(8, _MOST_RETURNS // len(self._plans)))
        for ways, colour in ((safe, _SAFE), (unsafe, _UNSAFE)):
            for way in ways:
                self.canvas.line(self._plane.to_metres(np.array(way)), colour, 1.4, "1.5 4")
        self._safe |= bool(safe)
        self._unsafe |= bool(unsafe)

    def flight(self, plan: PatrolPlan, colour: str) -> None:
        home, *points = self._plane.to_metres(np.array(_places(plan)[: 1 + len(plan.waypoints)]))
        every = -(-len(points) // _MOST_NUMBERS) or 1
        before = home
        for number, (point, waypoint) in enumerate(zip(points, plan.waypoints, strict=True), start=1):
            transit = waypoint.transit or number == 1
            self.canvas.line(np.stack([before, point]), colour, *((1.2, "6 4") if transit else (1.8, "")))
            before = point
        self.canvas.line(np.stack([before, self._landing(plan, home)]), colour, 1.2, "6 4")
        for number, point in enumerate(points, start=1):
            self.canvas.dot(point, colour)
            if (number - 1) % every == 0 or number == len(points):
                self.canvas.text(point, str(number), 9, "#333")
        for number, rally in enumerate(plan.rally, start=1):
            at = self._plane.to_metres(np.array([(rally.lon, rally.lat)]))[0]
            self.canvas.triangle(at, "#00796b")
            self.canvas.text(at, f"rally {number}", 12, dx=10, dy=4)
        self.canvas.square(home, "#111")
        self.canvas.text(home, "home", 12, dx=10, dy=4)

    def legend(self) -> None:
        """What the lines mean, and what is done when the link is lost."""
        flown = '<path d="M0,0 h34" stroke="#0b5fff" stroke-width="1.8"/>'
        away = '<path d="M0,0 h34" stroke="#0b5fff" stroke-width="1.2" stroke-dasharray="6 4"/>'
        self.canvas.under("legs that are looked from; waypoints are numbered in the order they are flown", key=flown)
        self.canvas.under("ways out, home and in between, which look at nothing", key=away)
        if len(self._plans) > 1:
            for number, plan in enumerate(self._plans[:_MOST_NAMED]):
                colour = _FLIGHT_COLOURS[number % len(_FLIGHT_COLOURS)]
                self.canvas.under(plan.name, key=f'<path d="M0,0 h34" stroke="{colour}" stroke-width="3"/>')
        rallies = max((len(plan.rally) for plan in self._plans), default=0)
        to = "home" if not rallies else f"the nearest of home and {rallies} rally point{'s' if rallies > 1 else ''}"
        least_m = self._rules.return_height_m
        high = "as high as it is" + (f", and at least {least_m:g} m above home" if least_m is not None else "")
        if self._safe:
            self.canvas.under(
                f"link lost: a vehicle that is set to return flies straight to {to}, {high}", key=_dots(_SAFE)
            )
        if self._unsafe:
            self.canvas.under(
                "link lost: from there that way leaves a fence, crosses a zone or meets the ground", key=_dots(_UNSAFE)
            )

    def told(self, entries: Sequence[Broken], word: str, colour: str) -> None:
        for number, one in enumerate(entries[:_MOST_TOLD], start=1):
            at = self._plane.to_metres(np.array([[one.lon, one.lat]]))[0]
            self.canvas.mark(at, number, colour, f"{one.rule}: {one.detail}")
            key = (
                f'<circle cx="17" cy="0" r="8" fill="{colour}"/><text x="17" y="4" font-size="11" font-weight="bold" '
                f'fill="white" text-anchor="middle">{number}</text>'
            )
            self.canvas.under(f"{word} {one.rule} at {one.lon:.6f},{one.lat:.6f}: {one.detail}", colour, key)
        if len(entries) > _MOST_TOLD:
            self.canvas.under(f"and {len(entries) - _MOST_TOLD} more", colour)

    def _landing(self, plan: PatrolPlan, home: Points) -> Points:
        land = next(((item.lon, item.lat) for item in plan.items if isinstance(item, Land)), None)
        return home if land is None else np.asarray(self._plane.to_metres(np.array([land]))[0])

    def _fence(self, part: FencePolygon | FenceCircle) -> Polygon:
        if isinstance(part, FenceCircle):
            centre = Point(self._plane.to_metres(np.array([(part.lon, part.lat)]))[0])
            return centre.buffer(part.radius_m, quad_segs=16)
        return Polygon(self._plane.to_metres(np.array(part.ring)))

    def _on_plane(self, shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, self._plane.to_metres)


def _places(plan: PatrolPlan) -> list[tuple[float, float]]:
    ways = [plan.home, *((one.lon, one.lat) for one in plan.waypoints)]
    return [*ways, *((one.lon, one.lat) for one in plan.rally)]


def _middle(shape: Polygon) -> Points:
    inside = shape.representative_point()
    return np.array([inside.x, inside.y])


def _dots(colour: str) -> str:
    return f'<path d="M0,0 h34" stroke="{colour}" stroke-width="1.6" stroke-dasharray="1.5 4"/>'
