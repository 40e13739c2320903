"""What of a plan breaks the rules."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from drone import keep_out
from drone.battery import DESCENT_M_S, flight_s
from drone.check import fences, heights
from drone.check.outside import strays
from drone.check.path import Leg
from drone.check.returns import returns
from drone.check.scene import SLACK_M, Barred, Scene, end_of, first_of, near_plan
from drone.check.terms import Broken, Rules, Verdict
from drone.check.understood import ALLOWED, name_of, not_understood
from drone.types import Other, PatrolPlan

__all__ = ["check", "near_plan"]


def check(plan: PatrolPlan, rules: Rules) -> Verdict:
    """Hold a plan against the rules.

    Raises:
        BadArea: a zone whose outline is no outline, or a terrain that ends before the plan does.
    """
    scene = Scene(plan, rules)
    unsafe, cautions = returns(scene)
    broken = [
        *_empty(scene),
        *_zones(scene),
        *_turns(scene),
        *_area(scene),
        *fences.left(scene),
        *fences.rally(scene),
        *heights.limits(scene),
        *heights.clearance(scene),
        *_endurance(scene),
        *_elsewhere(scene),
        *unsafe,
    ]
    return Verdict(
        broken=tuple(broken),
        cautions=(*cautions, *fences.nearly_left(scene), *fences.beyond(scene)),
        length_m=math.fsum(leg.length_m for leg in scene.legs),
        duration_s=_duration_s(scene),
    )


def _zones(scene: Scene) -> Iterator[Broken]:
    for leg in scene.legs:
        for barred in scene.barred:
            if not leg.shape.intersects(barred.wide):
                continue
            inside = leg.shape.intersection(barred.wide)
            if not _at_height(scene, leg, barred, inside):
                continue
            at = first_of(leg, inside)
            near = leg.shape.distance(barred.shape)
            how = f"comes within {near:.1f} m of" if near > 0 else "crosses"
            keep = f", {barred.buffer_m:g} m are to be kept" if near > 0 else f" for {inside.length:.0f} m"
            yield scene.broken(barred.zone.kind, leg, at, f"{leg.says} {how} {barred.named}{keep}")


def _at_height(scene: Scene, leg: Leg, barred: Barred, part: BaseGeometry | None = None) -> bool:
    """Whether a zone's heights, which are above ground, are those of the leg, or of its `part`."""
    above_m = scene.ground.profile(leg, part).heights_m
    return barred.holds(float(above_m.min()), float(above_m.max()))


def _turns(scene: Scene) -> Iterator[Broken]:
    """A corner that is cut may cross what both of its legs keep off."""
    for before, after in pairwise(scene.legs):
        if before.hold_s or not (before.length_m and after.length_m) or "circle" in (before.kind, after.kind):
            continue
        corner = Point(before.shape.coords[-1])
        start = before.shape.interpolate(-min(keep_out.CUT_M, before.length_m / 2))
        end = after.shape.interpolate(min(keep_out.CUT_M, after.length_m / 2))
        cut = Polygon([start, corner, end])
        for barred in scene.barred:
            if not cut.intersects(barred.shape) or not _at_height(scene, before, barred):
                continue
            if before.shape.intersects(barred.wide) or after.shape.intersects(barred.wide):
                continue  # said of the leg
            detail = f"the turn after {before.says} may be cut through zone {barred.zone.name!r}: hover there first"
            yield scene.broken("turn", before, corner, detail)


def _area(scene: Scene) -> Iterator[Broken]:
    if scene.rules.area is None:
        return
    bare = scene.on_plane(scene.rules.area)
    area = bare.buffer(SLACK_M)
    # Of a plan that marks its transits, the ways out and home are some; of others only where home lies outside.
    marked = any(point.transit for point in scene.plan.waypoints)
    home_inside = not marked and bool(scene.legs) and area.intersects(scene.legs[0].shape)
    for leg in scene.legs:
        if leg.kind in ("climb", "descent", "transit") or (leg.kind in ("out", "home") and not home_inside):
            continue
        outside = leg.shape.difference(area)
        if not outside.is_empty:
            detail = f"{leg.says} leaves the area for {outside.length:.1f} m"
            yield scene.broken("area", leg, first_of(leg, outside), detail)
    if not home_inside:
        flown = [leg for leg in scene.legs if leg.kind not in ("climb", "descent")]
        zones = shapely.union_all([barred.wide for barred in scene.barred])
        for stray in strays(flown, bare, zones):
            detail = f"{stray.leg.says} lies outside the area for {stray.shape.length:.1f} m, {stray.why}"
            yield scene.broken("area", stray.leg, first_of(stray.leg, stray.shape), detail)


def _duration_s(scene: Scene, until: int | None = None) -> float:
    """Climbs and descents by their own heights, and a steep leg as long as its climb or descent takes. `until` so many
    legs, with a descent from there."""
    wind_m_s = scene.rules.battery.wind_m_s
    up_and_down = [leg for leg in scene.legs[:until] if leg.kind in ("climb", "descent")]
    flown = [leg for leg in scene.legs[:until] if leg.kind not in ("climb", "descent")]
    vertical_s = math.fsum(leg.vertical_s for leg in up_and_down)
    if until is not None:
        vertical_s += max(0.0, scene.legs[until - 1].heights_m[1]) / DESCENT_M_S
    hold_s = math.fsum(leg.hold_s for leg in scene.legs[:until])
    points = [np.asarray(leg.shape.coords) for leg in flown if leg.length_m]
    level_s = 0.0
    if points:
        path = np.vstack([points[0][:1], *(piece[1:] for piece in points)])
        speeds = np.concatenate(
            [np.full(len(np.asarray(g.shape.coords)) - 1, g.speed_m_s) for g in flown if g.length_m]
        )
        level_s = flight_s(path, speeds, 0.0, wind_m_s)
    steeper_s = math.fsum(max(0.0, leg.vertical_s - _along_s(leg, wind_m_s)) for leg in flown)
    return vertical_s + level_s + steeper_s + hold_s


def _along_s(leg: Leg, wind_m_s: float) -> float:
    """Of its length alone, in the worst wind."""
    return leg.length_m * leg.speed_m_s / (leg.speed_m_s**2 - wind_m_s**2) if leg.length_m else 0.0


def _endurance(scene: Scene) -> Iterator[Broken]:
    battery = scene.rules.battery
    usable_s, needed_s = battery.usable_s, _duration_s(scene)
    if needed_s <= usable_s + 0.5:
        return
    last = next((n for n in range(1, len(scene.legs) + 1) if _duration_s(scene, n) > usable_s), len(scene.legs))
    leg = scene.legs[last - 1]
    yield scene.broken(
        "endurance",
        leg,
        end_of(leg),
        f"the flight takes {needed_s / 60:.1f} min, {usable_s / 60:.1f} min may be used of "
        f"{battery.endurance_s / 60:g} min ({battery.reserve:.0%} stay in reserve): they end on {leg.says}",
    )


def _empty(scene: Scene) -> Iterator[Broken]:
    """A plan that goes nowhere keeps every rule and is no patrol: mostly a file that lost its items."""
    if not any(leg.kind in ("out", "leg", "transit", "circle") for leg in scene.legs):
        detail = "the plan has no waypoint: nothing is flown"
        yield scene.broken("empty", scene.legs[0], Point(scene.legs[0].shape.coords[0]), detail)


def _elsewhere(scene: Scene) -> Iterator[Broken]:
    """What would be flown by items that are not understood is not known, so no rule can be said to be kept."""
    for number, item in enumerate(scene.plan.items, start=1):
        why = not_understood(item) if isinstance(item, Other) else None
        if why is None or not isinstance(item, Other):
            continue
        before = next((leg for leg in reversed(scene.legs) if leg.item < number), scene.legs[0])
        detail = f"item {number} is command {item.command} ({name_of(item.command)}): {why}; {ALLOWED}"
        at = before.shape if isinstance(before.shape, Point) else end_of(before)
        yield replace(scene.broken("unchecked", before, at, detail), item=number)
