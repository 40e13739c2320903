"""Heights above ground where the ground is not flat: SRTM `.hgt` files, and plans that follow them.

An `.hgt` file is one degree of big-endian int16 metres above sea level, north row first, named for its south-west
corner (USGS, SRTM documentation, 2.1); -32768 is void.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from drone.errors import BadArea
from drone.plane import LocalPlane
from drone.relief import VOID, Patches, between_posts, cut
from drone.types import Circle, Land, PatrolPlan, Place, PlanItem, Rally, Roi, Takeoff, Waypoint

_NAME = re.compile(r"^([NS])(\d{2})([EW])(\d{3})$", re.IGNORECASE)
_NEAR_DEG = 0.5
_EVERY_M = 15.0
_OFF_BY_M = 2.5  # at the samples; 3 m between them


@dataclass(frozen=True, slots=True)
class Terrain:
    """Tiles by their south-west corner; `height_amsl_m` interpolates between posts."""

    tiles: dict[tuple[int, int], npt.NDArray[np.int16]]

    def height_amsl_m(self, place: Place) -> float:
        """Ground above sea level at a place.

        Raises:
            BadArea: no tile holds the place, or the tile has no height there.
        """
        lon, lat = place
        corner = (math.floor(lon), math.floor(lat))
        if corner not in self.tiles:
            raise BadArea(f"no terrain is given for {lon:.4f},{lat:.4f}: its tile begins at {corner[0]},{corner[1]}")
        tile = self.tiles[corner]
        last = len(tile) - 1
        column, row = (lon - corner[0]) * last, (corner[1] + 1 - lat) * last
        west, north = min(int(column), last - 1), min(int(row), last - 1)
        posts = tile[north : north + 2, west : west + 2].astype(np.float64)
        if (posts == VOID).any():
            raise BadArea(f"the terrain has no height at {lon:.4f},{lat:.4f}")
        east, south = column - west, row - north
        upper, lower = posts @ np.array([1 - east, east])
        return float(upper * (1 - south) + lower * south)

    def heights_amsl_m(self, lon: npt.NDArray[np.float64], lat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The same of places (N,) at once; NaN where no tile holds one, or its tile has no height there."""
        found = np.full(np.shape(lon), np.nan)
        known = np.isfinite(lon) & np.isfinite(lat)
        west, south = np.floor(np.where(known, lon, 0.0)), np.floor(np.where(known, lat, 0.0))
        for corner, tile in self.tiles.items():
            mine = known & (west == corner[0]) & (south == corner[1])
            if mine.any():
                last = len(tile) - 1
                column, row = (lon[mine] - corner[0]) * last, (corner[1] + 1 - lat[mine]) * last
                found[mine] = between_posts(tile, column, row)
        return found

    def around(self, west: float, south: float, east: float, north: float) -> Patches:
        return cut(self.tiles, (west, south, east, north))


def read_terrain(path: Path, near: Place | None = None) -> Terrain:
    """One `.hgt` file, or all in a folder; of a folder that holds a province, those within half a degree of `near`.

    Raises:
        BadArea: none, a name that is no corner, or a file that is no square.
    """
    files = sorted(path.glob("*.[hH][gG][tT]")) if path.is_dir() else [path]
    if not files:
        raise BadArea(f"{path} holds no .hgt file")
    if near is not None:
        files = [file for file in files if _reaches(_corner(file), near)]
    return Terrain(dict(_tile(file) for file in files))


def _corner(path: Path) -> tuple[int, int]:
    named = _NAME.match(path.stem)
    if not named:
        raise BadArea(f"{path.name} is not named for its south-west corner, as N27E113.hgt is")
    north = int(named[2]) * (1 if named[1].upper() == "N" else -1)
    east = int(named[4]) * (1 if named[3].upper() == "E" else -1)
    return east, north


def _reaches(corner: tuple[int, int], place: Place) -> bool:
    return all(-_NEAR_DEG <= at - low <= 1 + _NEAR_DEG for at, low in zip(place, corner, strict=True))


def _tile(path: Path) -> tuple[tuple[int, int], npt.NDArray[np.int16]]:
    corner = _corner(path)
    heights = np.frombuffer(path.read_bytes(), ">i2")
    side = math.isqrt(len(heights))
    if side < 2 or side * side != len(heights):
        raise BadArea(f"{path.name} is no square of heights: {len(heights)} of them")
    return corner, heights.astype(np.int16).reshape(side, side)


def over_ground(plan: PatrolPlan, terrain: Terrain, most_m: float = math.inf) -> PatrolPlan:
    """The plan with its heights taken as above the ground below: waypoints, rally points and places looked at are
    raised by what the ground lies above home, and more waypoints are put in where a straight leg would be off by over
    3 m.

    The ways out and home are flown as high above the highest ground under them: the climb ends there, and whatever is
    lower is gone down to, or climbed from, over the first and the last waypoint. Where that would be more than `most_m`
    above the ground somewhere on such a way, it follows the ground instead, over waypoints of its own.
    """
    home_m = terrain.height_amsl_m(plan.home)
    plane = LocalPlane(plan.home)
    items: list[PlanItem] = []
    before: Waypoint | None = None
    for item in plan.items:
        if not isinstance(item, Waypoint):
            items.append(_lifted(item, terrain, home_m))
            continue
        legs = [item] if before is None else _between(before, item, plane, terrain)
        for point in legs:
            rise = terrain.height_amsl_m((point.lon, point.lat)) - home_m
            items.append(replace(point, height_above_home_m=round(point.height_above_home_m + rise, 2)))
        before = item
    rally = tuple(_lifted(point, terrain, home_m) for point in plan.rally)
    return replace(plan, items=tuple(_out_and_home(plan, items, plane, terrain, most_m)), rally=rally)


Placed = TypeVar("Placed", bound=PlanItem | Rally)


def _lifted(item: Placed, terrain: Terrain, home_m: float) -> Placed:
    """Rally points, circles and places looked at, raised by the ground below them; anything else as it is."""
    if not isinstance(item, Rally | Roi | Circle):
        return item
    rise = terrain.height_amsl_m((item.lon, item.lat)) - home_m
    return replace(item, height_above_home_m=round(item.height_above_home_m + rise, 2))


def _out_and_home(
    plan: PatrolPlan, items: list[PlanItem], plane: LocalPlane, terrain: Terrain, most_m: float
) -> list[PlanItem]:
    rows = [row for row, item in enumerate(items) if isinstance(item, Waypoint)]
    if not rows:
        return items
    first, last = items[rows[0]], items[rows[-1]]
    assert isinstance(first, Waypoint)
    assert isinstance(last, Waypoint)
    land = next(((item.lon, item.lat) for item in items if isinstance(item, Land)), plan.home)
    over_m, back_over_m = (plan.waypoints[end].height_above_home_m for end in (0, -1))
    begin, end = _at(first, plan.home), _at(last, land)
    out_m, out_most_m = _level(begin, first, plan.home, over_m, plane, terrain)
    back_m, back_most_m = _level(last, end, plan.home, back_over_m, plane, terrain)
    way = list(items)
    if back_most_m > most_m + _OFF_BY_M:
        flat = replace(plan.waypoints[-1], hold_s=0.0, transit=True)
        way[rows[-1] + 1 : rows[-1] + 1] = _following(flat, _at(flat, land), plan.home, plane, terrain)
    elif back_m > last.height_above_home_m + _OFF_BY_M:
        way.insert(rows[-1] + 1, replace(last, height_above_home_m=back_m, hold_s=0.0, transit=True))
    if out_most_m > most_m + _OFF_BY_M:
        flat = replace(plan.waypoints[0], hold_s=0.0, transit=True)
        way[rows[0] : rows[0]] = _following(_at(flat, plan.home), flat, plan.home, plane, terrain)[:-1]
        out_m = over_m
    else:
        if out_m > first.height_above_home_m + _OFF_BY_M:
            way.insert(rows[0], replace(first, height_above_home_m=out_m, hold_s=0.0, transit=True))
        out_m = max(out_m, first.height_above_home_m)
    return [replace(item, height_above_home_m=out_m) if isinstance(item, Takeoff) else item for item in way]


def _at(point: Waypoint, place: Place) -> Waypoint:
    return replace(point, lon=place[0], lat=place[1], hold_s=0.0, transit=True)


def _following(start: Waypoint, end: Waypoint, home: Place, plane: LocalPlane, terrain: Terrain) -> list[Waypoint]:
    """Waypoints from `start`, which is not among them, to `end`, at their heights above the ground."""
    home_m = terrain.height_amsl_m(home)
    return [
        replace(
            point,
            height_above_home_m=round(
                point.height_above_home_m + terrain.height_amsl_m((point.lon, point.lat)) - home_m, 2
            ),
        )
        for point in _between(start, end, plane, terrain)
    ]


def _level(
    start: Waypoint, end: Waypoint, home: Place, above_m: float, plane: LocalPlane, terrain: Terrain
) -> tuple[float, float]:
    """How high above home a level way is that keeps `above_m` off the highest ground under it, and how high above the
    lowest ground that is."""
    ends = plane.to_metres(np.array([(start.lon, start.lat), (end.lon, end.lat)]))
    count = max(1, math.ceil(float(np.hypot(*(ends[1] - ends[0]))) / _EVERY_M))
    places = plane.to_degrees(ends[0] + np.linspace(0, 1, count + 1)[:, None] * (ends[1] - ends[0]))
    ground_m = [terrain.height_amsl_m((float(lon), float(lat))) for lon, lat in places]
    level_m = round(max(ground_m) - terrain.height_amsl_m(home) + above_m, 2)
    return level_m, max(ground_m) - min(ground_m) + above_m


def _between(start: Waypoint, end: Waypoint, plane: LocalPlane, terrain: Terrain) -> list[Waypoint]:
    """Waypoints after `start` up to `end`: the fewest, greedily, between which the ground is straight to 3 m."""
    ends = plane.to_metres(np.array([[start.lon, start.lat], [end.lon, end.lat]]))
    count = max(1, math.ceil(float(np.hypot(*(ends[1] - ends[0]))) / _EVERY_M))
    shares = np.linspace(0, 1, count + 1)
    places = plane.to_degrees(ends[0] + shares[:, None] * (ends[1] - ends[0]))
    ground = np.array([terrain.height_amsl_m((float(lon), float(lat))) for lon, lat in places])
    wanted = ground + start.height_above_home_m + shares * (end.height_above_home_m - start.height_above_home_m)
    found, here = [], 0
    while here < count:
        there = count
        while there > here + 1:
            line = np.interp(shares[here : there + 1], shares[[here, there]], wanted[[here, there]])
            if np.abs(line - wanted[here : there + 1]).max() <= _OFF_BY_M:
                break
            there -= 1
        if there < count:
            lon, lat = (round(float(value), 7) for value in places[there])
            own = start.height_above_home_m + shares[there] * (end.height_above_home_m - start.height_above_home_m)
            found.append(replace(end, lon=lon, lat=lat, height_above_home_m=float(own), hold_s=0.0))
        here = there
    return [*found, end]
