"""Where the vehicle goes by itself when something is wrong: straight to the nearest of home and rally points, from any
point of the plan. What those ways cross.

The height of such a way is that of the leg, or the return height where that is more (ArduCopter's RTL_ALT, PX4's
RTL_RETURN_ALT): both climb first where they are lower. Near home both may come back lower than that, down to the height
that they had, so zones are looked at from the one to the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from drone.check.path import Leg
from drone.check.scene import SLACK_M, Scene
from drone.check.terms import Broken, Rules
from drone.plane import Points
from drone.types import PatrolPlan, Place

EVERY_M = 20.0
_GROUND_EVERY_M = 15.0
_MOST_PIECES, _AT_ONCE = 10_000, 200
Way = tuple[Place, Place]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WaysBack:
    """Pieces of the flight of up to 20 m, and where each would be returned from to: metres (N, 2). `legs` are indices
    into the scene's. `heights_m` are above home, before any climb, `shares_m` how much of the way each stands for."""

    legs: npt.NDArray[np.int64]
    starts: Points
    ends: Points
    targets: Points
    heights_m: Doubles
    shares_m: Doubles

    def __len__(self) -> int:
        return len(self.legs)

    def swept(self) -> npt.NDArray[np.object_]:
        """(N,) shapes: all that the straight ways from anywhere on a piece pass over."""
        return np.asarray(shapely.convex_hull(shapely.multipoints(np.stack([self.starts, self.ends, self.targets], 1))))


def ways_back(scene: Scene) -> WaysBack:
    """From everywhere between take-off and landing. The flight's own way home is none of them: it is a leg."""
    safe = [scene.plan.home, *((rally.lon, rally.lat) for rally in scene.plan.rally)]
    targets = scene.plane.to_metres(np.array(safe))
    rows: list[tuple[int, Points, Points, Points, float, float]] = []
    # What a piece sweeps over is exact however long it is: a file with waypoints in two countries costs no hours.
    every_m = max(EVERY_M, math.fsum(leg.length_m for leg in scene.legs) / _MOST_PIECES)
    for index, leg in enumerate(scene.legs):
        if leg.kind in ("climb", "descent") or not leg.length_m:
            continue
        away_m = np.append(np.arange(0.0, leg.length_m, every_m), leg.length_m)
        points = np.array([leg.shape.interpolate(float(at_m)).coords[0] for at_m in away_m])
        heights_m = leg.heights_m[0] + away_m / leg.length_m * (leg.heights_m[1] - leg.heights_m[0])
        nearest = np.argmin(np.hypot(*(points[:, None] - targets[None]).transpose(2, 0, 1)), axis=1)
        for here in range(len(points) - 1):
            nearby = {int(nearest[here]), int(nearest[here + 1])}
            for target in sorted(nearby):
                if leg.kind == "home" and target == 0:
                    continue
                low_m = float(min(heights_m[here : here + 2]))
                share_m = float(away_m[here + 1] - away_m[here]) / len(nearby)
                rows.append((index, points[here], points[here + 1], targets[target], low_m, share_m))
    if not rows:
        none = np.zeros((0, 2))
        return WaysBack(np.zeros(0, np.int64), none, none, none, np.zeros(0), np.zeros(0))
    legs, starts, ends, towards, low, shares = zip(*rows, strict=True)
    return WaysBack(
        np.array(legs, np.int64), np.array(starts), np.array(ends), np.array(towards), np.array(low), np.array(shares)
    )


@dataclass(frozen=True, slots=True)
class Crossing:
    """What returns from some pieces of the flight cross; `rows` are those of the `WaysBack`. `sure` is broken whatever
    the operator sets the vehicle to: the ground; the rest can be made good by hovering."""

    rows: npt.NDArray[np.int64]
    what: str
    remedy: str
    sure: bool = False


def crossings(scene: Scene, ways: WaysBack) -> list[Crossing]:
    """Zones, fences and ground that straight returns meet, each once: an exclusion that goes up with the plan for one
    of its zones is told as the zone, and the part of the geofence that goes up as the geofence."""
    if not len(ways):
        return []
    swept = ways.swept()
    zones = list(_zones(scene, ways, swept))
    told = [set(zone.rows.tolist()) for zone in zones]
    fences: list[Crossing] = []
    for fence in _fences(scene, swept):
        rows = set(fence.rows.tolist())
        if not any(rows <= known for known in told):
            fences.append(fence)
            told.append(rows)
    found = [*zones, *fences, *(_ground(scene, ways) if scene.ground.known else [])]
    return [one for one in found if len(one.rows)]


_ELSE = "set a rally point on the near side, or the autopilot to hover"


def _zones(scene: Scene, ways: WaysBack, swept: npt.NDArray[np.object_]) -> Iterator[Crossing]:
    high_m = np.maximum(ways.heights_m, scene.rules.return_height_m or 0.0)
    for barred in scene.barred:
        shapely.prepare(barred.wide)
        rows = np.flatnonzero(shapely.intersects(barred.wide, swept))
        if barred.zone.floor_m is not None or barred.zone.ceiling_m is not None:
            ground = [_under(scene, swept[row].intersection(barred.wide)) for row in rows]
            rows = np.array(
                [
                    row
                    for row, (low_m, top_m) in zip(rows, ground, strict=True)
                    if barred.holds(ways.heights_m[row] - top_m, high_m[row] - low_m)
                ],
                np.int64,
            )
        yield Crossing(rows, f"crosses zone {barred.zone.name!r}", _ELSE)


def _under(scene: Scene, shape: BaseGeometry) -> tuple[float, float]:
    """The lowest and the highest ground at a shape's corners, above home."""
    found = scene.ground.above_home_m(shapely.get_coordinates(shapely.segmentize(shape, EVERY_M)))
    return float(found.min()), float(found.max())


def _fences(scene: Scene, swept: npt.NDArray[np.object_]) -> Iterator[Crossing]:
    inside, outside = scene.fences
    for name, shape in inside:
        wide = shape.buffer(SLACK_M)
        shapely.prepare(wide)
        rows = np.flatnonzero(~shapely.covers(wide, swept))
        yield Crossing(rows, f"leaves {name}", _ELSE)
    for name, shape in outside:
        narrow = shape.buffer(-SLACK_M)
        shapely.prepare(narrow)
        rows = np.flatnonzero(shapely.intersects(narrow, swept))
        yield Crossing(rows, f"enters {name}", _ELSE)


def _ground(scene: Scene, ways: WaysBack) -> Iterator[Crossing]:
    """A return is level: it meets what rises to its height, less what is to be kept."""
    level_m = np.maximum(ways.heights_m, scene.rules.return_height_m or 0.0)
    starts = range(0, len(ways), _AT_ONCE)
    highest_m = np.concatenate([_highest_m(scene, ways, slice(row, row + _AT_ONCE)) for row in starts])
    needed_m = highest_m + scene.rules.clearance_m
    rows = np.flatnonzero(level_m < needed_m - SLACK_M)
    if len(rows):
        enough_m = float(np.ceil(needed_m[rows].max()))
        deep_m = float((highest_m - level_m)[rows].max())
        how = (
            f"flies {deep_m:.0f} m deep into the ground"
            if deep_m > 0
            else f"comes within {-deep_m:.0f} m of the ground"
        )
        remedy = (
            f"set the vehicle's return height (RTL_ALT, RTL_RETURN_ALT) to {enough_m:.0f} m above home and say "
            f"--return-height {enough_m:.0f}, or set rally points on the near side"
        )
        yield Crossing(rows, how, remedy, sure=True)


def drawn(plan: PatrolPlan, rules: Rules, most: int) -> tuple[list[Way], list[Way]]:
    """Some of the ways back, to be looked at: those that cross nothing, and those that do, up to `most` of each. Each
    is two places in degrees."""
    scene = Scene(plan, rules)
    ways = ways_back(scene)
    crossed = sorted({int(row) for one in crossings(scene, ways) for row in one.rows})
    safe = sorted(set(range(len(ways))) - set(crossed))
    return _some(scene, ways, safe, most), _some(scene, ways, crossed, most)


def _some(scene: Scene, ways: WaysBack, rows: list[int], most: int) -> list[Way]:
    found = []
    for row in rows[:: max(1, -(-len(rows) // most))]:
        (lon, lat), (to_lon, to_lat) = scene.plane.to_degrees(np.stack([ways.starts[row], ways.targets[row]]))
        found.append(((float(lon), float(lat)), (float(to_lon), float(to_lat))))
    return found


def _highest_m(scene: Scene, ways: WaysBack, rows: slice) -> Doubles:
    """The highest ground under each of some ways, above home."""
    starts, reach = ways.starts[rows], ways.targets[rows] - ways.starts[rows]
    longest_m = float(np.hypot(*reach.T).max())
    shares = np.linspace(0.0, 1.0, max(2, int(np.ceil(longest_m / _GROUND_EVERY_M)) + 1))
    along = starts[:, None] + shares[None, :, None] * reach[:, None]
    found: Doubles = scene.ground.above_home_m(along.reshape(-1, 2)).reshape(len(starts), -1).max(axis=1)
    return found


def returns(scene: Scene) -> tuple[list[Broken], list[Broken]]:
    """What straight returns cross, as broken rules and as cautions, each with the first place that they begin at."""
    ways = ways_back(scene)
    broken: list[Broken] = []
    cautions: list[Broken] = []
    for one in crossings(scene, ways):
        leg: Leg = scene.legs[ways.legs[one.rows[0]]]
        way_m = float(ways.shares_m[one.rows].sum())
        told = scene.broken(
            "failsafe_return",
            leg,
            Point(ways.starts[one.rows[0]]),
            f"a return straight from {way_m:.0f} m of the way, as on loss of the link, {one.what}: {one.remedy}",
        )
        (broken if one.sure or scene.rules.safe_returns else cautions).append(told)
    return broken, cautions
