"""Fences: what leaves those that everything stays inside of, or enters those that everything stays out of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from drone.check.scene import SLACK_M, Scene, first_of
from drone.check.terms import Broken

_FINE_M = 1.0  # geofences are simplified by as much
NEAR_M = 5.0  # wind, and GNSS without correction


def left(scene: Scene) -> list[Broken]:
    """Each leg that leaves or enters one, as they are flown."""
    inside, outside = scene.fences
    shapes = np.array([leg.shape for leg in scene.legs])
    rows: list[tuple[int, str, BaseGeometry]] = []
    for name, shape in inside:
        wide = shape.buffer(SLACK_M)
        shapely.prepare(wide)
        beyond = np.flatnonzero(~shapely.covers(wide, shapes))
        rows += [(int(row), f"leaves {name}", shapes[row].difference(wide)) for row in beyond]
    for name, shape in outside:
        narrow = shape.buffer(-SLACK_M)
        shapely.prepare(narrow)
        within = np.flatnonzero(shapely.intersects(narrow, shapes))
        rows += [(int(row), f"enters {name}", shapes[row].intersection(narrow)) for row in within]
    found = []
    for row, how, part in sorted(rows, key=lambda one: one[0]):
        leg = scene.legs[row]
        found.append(scene.broken("geofence", leg, first_of(leg, part), f"{leg.says} {how}"))
    return found


def nearly_left(scene: Scene) -> Iterator[Broken]:
    """What runs so near to the plan's own fence that wind may carry the vehicle across it, once: there the autopilot
    breaks the patrol off. The operator's geofence goes up as that, or narrower."""
    inside = [shape for part, shape in scene.own_fences if part.inclusion]
    if not inside or not scene.legs:
        return
    edges = shapely.union_all([shape.boundary for shape in inside])
    away_m = shapely.distance(edges, np.array([leg.shape for leg in scene.legs]))
    nearest = int(np.argmin(away_m))
    if away_m[nearest] >= NEAR_M:
        return
    leg = scene.legs[nearest]
    band = edges.buffer(NEAR_M)
    near_m = sum(float(one.shape.intersection(band).length) for one in scene.legs)
    at = Point(shapely.shortest_line(leg.shape, edges).coords[0])
    yield scene.broken(
        "geofence",
        leg,
        at,
        f"{leg.says} comes within {away_m[nearest]:.1f} m of the fence that goes up with it, and {near_m:.0f} m of the "
        f"way within {NEAR_M:g} m: wind may carry the vehicle across, and there it breaks off",
    )


def beyond(scene: Scene) -> Iterator[Broken]:
    """What of the geofence the vehicle itself does not know: its own fence, the widest of several, reaches beyond."""
    if scene.rules.fence is None:
        return
    border = scene.on_plane(scene.rules.fence)
    own, islands = (
        shapely.union_all([shape for part, shape in scene.own_fences if part.inclusion is inclusion])
        for inclusion in (True, False)
    )
    outside = own.difference(islands).difference(border.buffer(_FINE_M))
    if not own.is_empty and outside.is_empty:
        return
    leg = scene.legs[0]
    farthest = max((Point(xy) for xy in shapely.get_coordinates(outside)), key=border.distance, default=leg.shape)
    told = (
        "no fence goes up with the plan: the vehicle knows nothing of the geofence"
        if own.is_empty
        else f"the fence that goes up with the plan reaches {farthest.distance(border):.0f} m beyond the geofence, and "
        "the vehicle would turn back there alone: plan with this geofence"
    )
    yield scene.broken("geofence", leg, Point(shapely.get_coordinates(farthest)[0]), told)


def rally(scene: Scene) -> Iterator[Broken]:
    """A rally point is where the autopilot flies by itself when something is wrong."""
    inside, outside = scene.fences
    kept_m = scene.rules.clearance_m
    for number, point in enumerate(scene.plan.rally, start=1):
        at = Point(scene.at(point.lon, point.lat))
        wrong = [f"lies in or too near to zone {one.zone.name!r}" for one in scene.barred if at.within(one.wide)]
        wrong += [f"lies outside {name}" for name, shape in inside if not at.within(shape)]
        wrong += [f"lies in {name}" for name, shape in outside if at.within(shape)]
        above_m = point.height_above_home_m - float(scene.ground.above_home_m(np.array([[at.x, at.y]]))[0])
        if scene.ground.known and above_m < kept_m - SLACK_M:
            wrong.append(f"is {above_m:.0f} m above the ground, {kept_m:g} m are to be kept")
        if wrong:
            told = scene.broken("rally", scene.legs[0], at, f"rally point {number} {wrong[0]}")
            yield replace(told, height_m=point.height_above_home_m)
