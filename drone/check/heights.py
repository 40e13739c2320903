"""Heights: the limits, and the ground itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from shapely.geometry import Point

from drone.check.path import Leg
from drone.check.scene import SLACK_M, Scene, end_of
from drone.check.terms import Broken
from drone.plane import Points


def limits(scene: Scene) -> Iterator[Broken]:
    """Too high and too low, each told once where it begins: at the worst place of the first leg that is. Above the
    ground where that is known, else above home."""
    low, high = scene.rules.min_height_m, scene.rules.max_height_m
    above = below = False
    for leg in scene.legs:
        profile = scene.ground.profile(leg)
        top, bottom = float(profile.heights_m.max()), float(profile.heights_m.min())
        too_high = high is not None and top > high + SLACK_M
        if too_high and not above:
            detail = f"{leg.says} is {scene.said(top)}, at most {high:g} m are allowed"
            yield scene.broken("max_height", leg, _last(profile.points, profile.heights_m == top), detail)
        if leg.kind in ("climb", "descent") or not leg.length_m:
            above = too_high
            continue
        too_low = low is not None and bottom < low - SLACK_M
        if too_low and not below:
            detail = f"{leg.says} is {scene.said(bottom)}, at least {low:g} m are asked for"
            yield scene.broken("min_height", leg, _last(profile.points, profile.heights_m == bottom), detail)
        above, below = too_high, too_low


def clearance(scene: Scene) -> Iterator[Broken]:
    """Every leg that comes too near to the ground or flies into it, where it first does. Climbs and descents end on
    it. Where the ground is not known it is taken to be as high as home: lower on a slope, it must be."""
    if not scene.ground.known:
        yield from _below_home(scene)
        return
    kept_m = scene.rules.clearance_m
    for leg in scene.legs:
        if leg.kind in ("climb", "descent") or not leg.length_m:
            continue
        profile = scene.ground.profile(leg)
        near = profile.heights_m < kept_m - SLACK_M
        if near.any():
            yield scene.broken("ground", leg, _first(profile.points, near), _told(leg, profile.heights_m, kept_m))


def _below_home(scene: Scene) -> Iterator[Broken]:
    for leg in scene.legs:
        lowest_m = min(leg.heights_m)
        if leg.kind not in ("climb", "descent") and lowest_m < -SLACK_M:
            at = end_of(leg, last=leg.heights_m[1] == lowest_m)
            detail = (
                f"{leg.says} leads {-lowest_m:.0f} m below home, and no terrain is given by which the ground is lower"
            )
            yield scene.broken("ground", leg, at, detail)


def _told(leg: Leg, heights_m: Points, kept_m: float) -> str:
    lowest_m = float(heights_m.min())
    how = f"flies {-lowest_m:.0f} m deep into" if lowest_m < 0 else f"is no more than {lowest_m:.0f} m above"
    return f"{leg.says} {how} the ground, {kept_m:g} m are to be kept"


def _first(points: Points, where: npt.NDArray[np.bool_]) -> Point:
    return Point(points[int(np.argmax(where))])


def _last(points: Points, where: npt.NDArray[np.bool_]) -> Point:
    return Point(points[int(np.flatnonzero(where)[-1])])
