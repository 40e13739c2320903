"""What of a plan breaks the rules."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from drone import keep_out
from drone.battery import flight_s
from drone.check.outside import strays
from drone.check.path import Leg, legs
from drone.check.terms import Broken, Rules, Verdict
from drone.check.understood import ALLOWED, name_of, not_understood
from drone.plane import LocalPlane, Points
from drone.types import FenceCircle, FencePolygon, Other, PatrolPlan, Zone

_SLACK_M = 0.001  # the writing of numbers is not held against a plan
_FAILSAFE_EVERY_M = 20.0


def check(plan: PatrolPlan, rules: Rules) -> Verdict:
    """Hold a plan against the rules.

    Raises:
        BadArea: a zone whose outline is no outline.
    """
    checker = _Checker(plan, rules)
    broken = [
        *checker.empty(),
        *checker.zones(),
        *checker.turns(),
        *checker.area(),
        *checker.fences(),
        *checker.rally(),
        *checker.heights(),
        *checker.endurance(),
        *checker.elsewhere(),
    ]
    flown = checker.legs
    return Verdict(
        broken=tuple(broken),
        cautions=tuple(checker.failsafes()),
        length_m=math.fsum(leg.length_m for leg in flown),
        duration_s=checker.duration_s(),
    )


def near_plan(zones: tuple[Zone, ...], plan: PatrolPlan) -> tuple[Zone, ...]:
    """The zones within some kilometres of a plan. Raises `BadArea` for one with its coordinates the wrong way round."""
    places = _places(plan)
    west, south = places.min(axis=0) - 0.05
    east, north = places.max(axis=0) + 0.05
    return keep_out.near(zones, (float(west), float(south), float(east), float(north)))


def _places(plan: PatrolPlan) -> Points:
    return np.array([plan.home, *((w.lon, w.lat) for w in plan.waypoints)])


@dataclass(frozen=True, slots=True)
class _Barred:
    zone: Zone
    shape: Polygon  # without buffer
    wide: BaseGeometry
    buffer_m: float


class _Checker:
    def __init__(self, plan: PatrolPlan, rules: Rules) -> None:
        self._plan, self._rules = plan, rules
        places = _places(plan)
        centre = (places.min(axis=0) + places.max(axis=0)) / 2
        self._plane = LocalPlane((float(centre[0]), float(centre[1])))
        self.legs = legs(plan, self._plane)
        self._barred = [self._bar(zone) for zone in near_plan(rules.zones, plan)]

    def _bar(self, zone: Zone) -> _Barred:
        shape = keep_out.on_plane(zone, self._plane)
        buffer_m = self._rules.buffer_m if zone.kind == "no_fly" else self._rules.people_buffer_m
        return _Barred(zone, shape, shape.buffer(buffer_m - _SLACK_M, quad_segs=32), buffer_m)

    def zones(self) -> Iterator[Broken]:
        for leg in self.legs:
            for barred in self._barred:
                if not _same_height(leg, barred.zone) or not leg.shape.intersects(barred.wide):
                    continue
                inside = leg.shape.intersection(barred.wide)
                at = _first(leg, inside)
                near = leg.shape.distance(barred.shape)
                how = f"comes within {near:.1f} m of" if near > 0 else "crosses"
                keep = f", {barred.buffer_m:g} m are to be kept" if near > 0 else f" for {inside.length:.0f} m"
                what = "no-fly zone" if barred.zone.kind == "no_fly" else "people at"
                yield self._broken(barred.zone.kind, leg, at, f"{leg.says} {how} {what} {barred.zone.name!r}{keep}")

    def turns(self) -> Iterator[Broken]:
        """A corner that is cut may cross what both of its legs keep off."""
        for before, after in pairwise(self.legs):
            if before.hold_s or not (before.length_m and after.length_m) or "circle" in (before.kind, after.kind):
                continue
            corner = Point(before.shape.coords[-1])
            start = before.shape.interpolate(-min(keep_out.CUT_M, before.length_m / 2))
            end = after.shape.interpolate(min(keep_out.CUT_M, after.length_m / 2))
            cut = Polygon([start, corner, end])
            for barred in self._barred:
                if not _same_height(before, barred.zone) or not cut.intersects(barred.shape):
                    continue
                if before.shape.intersects(barred.wide) or after.shape.intersects(barred.wide):
                    continue  # said of the leg
                detail = f"the turn after {before.says} may be cut through zone {barred.zone.name!r}: hover there first"
                yield self._broken("turn", before, corner, detail)

    def area(self) -> Iterator[Broken]:
        if self._rules.area is None:
            return
        bare = self._on_plane(self._rules.area)
        area = bare.buffer(_SLACK_M)
        # Of a plan that marks its transits, the ways out and home are some; of others only where home lies outside.
        marked = any(point.transit for point in self._plan.waypoints)
        home_inside = not marked and bool(self.legs) and area.intersects(self.legs[0].shape)
        for leg in self.legs:
            if leg.kind in ("climb", "descent", "transit") or (leg.kind in ("out", "home") and not home_inside):
                continue
            outside = leg.shape.difference(area)
            if not outside.is_empty:
                yield self._broken(
                    "area", leg, _first(leg, outside), f"{leg.says} leaves the area for {outside.length:.1f} m"
                )
        if not home_inside:
            flown = [leg for leg in self.legs if leg.kind not in ("climb", "descent")]
            zones = shapely.union_all([barred.wide for barred in self._barred])
            for stray in strays(flown, bare, zones):
                detail = f"{stray.leg.says} lies outside the area for {stray.shape.length:.1f} m, {stray.why}"
                yield self._broken("area", stray.leg, _first(stray.leg, stray.shape), detail)

    def rally(self) -> Iterator[Broken]:
        """A rally point is where the autopilot flies by itself when something is wrong."""
        inside, outside = self._fences()
        for number, rally in enumerate(self._plan.rally, start=1):
            at = Point(self._plane.to_metres(np.array([(rally.lon, rally.lat)]))[0])
            wrong = [f"lies in or too near to zone {one.zone.name!r}" for one in self._barred if at.within(one.wide)]
            wrong += [f"lies outside {name}" for name, shape in inside if not at.within(shape)]
            wrong += [f"lies in {name}" for name, shape in outside if at.within(shape)]
            if wrong:
                told = self._broken("rally", self.legs[0], at, f"rally point {number} {wrong[0]}")
                yield replace(told, height_m=rally.height_above_home_m)

    def _fences(self) -> tuple[list[tuple[str, BaseGeometry]], list[tuple[str, BaseGeometry]]]:
        """What everything stays inside of, and what out of."""
        inside: list[tuple[str, BaseGeometry]] = []
        outside: list[tuple[str, BaseGeometry]] = []
        if self._rules.fence is not None:
            inside.append(("the geofence", self._on_plane(self._rules.fence)))
        for number, part in enumerate(self._plan.fence, start=1):
            named = (f"fence {number} of the plan", self._fence_shape(part))
            (inside if part.inclusion else outside).append(named)
        return inside, outside

    def fences(self) -> Iterator[Broken]:
        inside, outside = self._fences()
        for leg in self.legs:
            for name, shape in inside:
                beyond = leg.shape.difference(shape.buffer(_SLACK_M))
                if not beyond.is_empty:
                    yield self._broken("geofence", leg, _first(leg, beyond), f"{leg.says} leaves {name}")
            for name, shape in outside:
                within = leg.shape.intersection(shape.buffer(-_SLACK_M))
                if not within.is_empty:
                    yield self._broken("geofence", leg, _first(leg, within), f"{leg.says} enters {name}")

    def heights(self) -> Iterator[Broken]:
        """Too high and too low, each told once where it begins."""
        low, high = self._rules.min_height_m, self._rules.max_height_m
        above = below = False
        for leg in self.legs:
            top, bottom = max(leg.heights_m), min(leg.heights_m)
            too_high = high is not None and top > high + _SLACK_M
            if too_high and not above:
                at = _end(leg, leg.heights_m[1] >= leg.heights_m[0])
                yield self._broken("max_height", leg, at, f"{leg.says} is {top:g} m up, at most {high:g} m are allowed")
            if leg.kind in ("climb", "descent") or not leg.length_m:
                above = too_high
                continue
            too_low = low is not None and bottom < low - _SLACK_M
            if too_low and not below:
                at = _end(leg, leg.heights_m[1] <= leg.heights_m[0])
                detail = f"{leg.says} is {bottom:g} m up, at least {low:g} m are asked for"
                yield self._broken("min_height", leg, at, detail)
            above, below = too_high, too_low

    def duration_s(self, until: int | None = None) -> float:
        flown = [leg for leg in self.legs[:until] if leg.kind not in ("climb", "descent")]
        points = [np.asarray(leg.shape.coords) for leg in flown if leg.length_m]
        top = max((max(leg.heights_m) for leg in self.legs), default=0.0)
        hold_s = math.fsum(leg.hold_s for leg in self.legs[:until])
        if not points:
            return flight_s(np.zeros((2, 2)), 1.0, top) + hold_s
        path = np.vstack([points[0][:1], *(piece[1:] for piece in points)])
        speeds = np.concatenate(
            [np.full(len(np.asarray(g.shape.coords)) - 1, g.speed_m_s) for g in flown if g.length_m]
        )
        return flight_s(path, speeds, top, self._rules.battery.wind_m_s) + hold_s

    def endurance(self) -> Iterator[Broken]:
        usable_s, needed_s = self._rules.battery.usable_s, self.duration_s()
        if needed_s <= usable_s + 0.5:
            return
        last = next((n for n in range(1, len(self.legs) + 1) if self.duration_s(n) > usable_s), len(self.legs))
        leg = self.legs[last - 1]
        whole_s = self._rules.battery.endurance_s
        yield self._broken(
            "endurance",
            leg,
            _end(leg, True),
            f"the flight takes {needed_s / 60:.1f} min, {usable_s / 60:.1f} min may be used of {whole_s / 60:g} min "
            f"({self._rules.battery.reserve:.0%} stay in reserve): they end on {leg.says}",
        )

    def empty(self) -> Iterator[Broken]:
        """A plan that goes nowhere keeps every rule and is no patrol: mostly a file that lost its items."""
        if not any(leg.kind in ("out", "leg", "transit", "circle") for leg in self.legs):
            detail = "the plan has no waypoint: nothing is flown"
            yield self._broken("empty", self.legs[0], Point(self.legs[0].shape.coords[0]), detail)

    def elsewhere(self) -> Iterator[Broken]:
        """What would be flown by items that are not understood is not known, so no rule can be said to be kept."""
        for number, item in enumerate(self._plan.items, start=1):
            why = not_understood(item) if isinstance(item, Other) else None
            if why is None or not isinstance(item, Other):
                continue
            before = next((leg for leg in reversed(self.legs) if leg.item < number), self.legs[0])
            detail = f"item {number} is command {item.command} ({name_of(item.command)}): {why}; {ALLOWED}"
            at = before.shape if isinstance(before.shape, Point) else _end(before, True)
            yield replace(self._broken("unchecked", before, at, detail), item=number)

    def failsafes(self) -> Iterator[Broken]:
        """Straight returns from along the way that would cross a zone, one caution a zone."""
        safe = [self._plan.home, *((rally.lon, rally.lat) for rally in self._plan.rally)]
        places = self._plane.to_metres(np.array(safe))
        found: dict[str, tuple[int, Leg, Point]] = {}
        for leg in self.legs:
            if leg.kind in ("climb", "descent", "home"):
                continue
            for away in np.arange(0.0, leg.length_m, _FAILSAFE_EVERY_M):
                here = leg.shape.interpolate(float(away))
                nearest = places[int(np.argmin(np.hypot(*(places - [here.x, here.y]).T)))]
                way = LineString([here, nearest])
                for barred in self._barred:
                    if _same_height(leg, barred.zone) and way.intersects(barred.wide):
                        count, first, at = found.get(barred.zone.name, (0, leg, here))
                        found[barred.zone.name] = (count + 1, first, at)
        for name, (count, leg, at) in found.items():
            yield self._broken(
                "failsafe_return",
                leg,
                at,
                f"a return straight from {count * _FAILSAFE_EVERY_M:.0f} m of the way, as on loss of the link, crosses "
                f"zone {name!r}: set a rally point on the near side, or the autopilot to hover",
            )

    def _fence_shape(self, part: FencePolygon | FenceCircle) -> BaseGeometry:
        if isinstance(part, FenceCircle):
            return Point(self._plane.to_metres(np.array([(part.lon, part.lat)]))[0]).buffer(part.radius_m, quad_segs=64)
        return Polygon(self._plane.to_metres(np.array(part.ring)))

    def _on_plane(self, shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, self._plane.to_metres)

    def _broken(self, rule: str, leg: Leg, at: Point, detail: str) -> Broken:
        (lon, lat) = self._plane.to_degrees(np.array([[at.x, at.y]]))[0]
        return Broken(rule, round(float(lon), 7), round(float(lat), 7), round(leg.height_at(at), 2), leg.item, detail)


def _same_height(leg: Leg, zone: Zone) -> bool:
    low, high = min(leg.heights_m), max(leg.heights_m)
    return (zone.floor_m is None or zone.floor_m <= high) and (zone.ceiling_m is None or zone.ceiling_m >= low)


def _first(leg: Leg, part: BaseGeometry) -> Point:
    """The place of `part` that the leg comes to first."""
    corners = [Point(xy) for xy in shapely.get_coordinates(part)]
    return min(corners, key=lambda point: float(leg.shape.project(point)) if leg.length_m else 0.0)


def _end(leg: Leg, last: bool) -> Point:
    return Point(leg.shape.coords[-1 if last else 0])
