"""Patrols along lines: a road with the camera on one side of it, and the edge of an area."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon
from shapely.geometry.polygon import orient

from drone.airspace import Airspace
from drone.area import KeepOut
from drone.assemble import rounded
from drone.battery import Battery
from drone.course import Course, over_batteries
from drone.errors import BadArea
from drone.plane import Points
from drone.types import Gimbal, PatrolPlan, Photo, Place, PlanItem, Return, Takeoff, Video, Waypoint

Side = Literal["left", "right", "both"]


@dataclass(frozen=True, slots=True)
class Look:
    """How a line is flown: `offset_m` to the far side of it, the camera across it at `pitch_deg` (0 level, -90 down).

    `every_m` takes pictures; None records video.
    """

    height_m: float
    speed_m_s: float
    offset_m: float = 15.0
    pitch_deg: float = -30.0
    every_m: float | None = None

    def __post_init__(self) -> None:
        if not (0 < self.height_m <= 500 and 0 < self.speed_m_s <= 40):
            raise BadArea(
                "the height must be above 0 and at most 500 m, the speed above 0 and at most 40 m/s, got "
                f"{self.height_m:g} m and {self.speed_m_s:g} m/s"
            )
        if not (math.isfinite(self.offset_m) and 0 <= self.offset_m <= 500):
            raise BadArea(f"the offset must be from 0 to 500 m, got {self.offset_m:g}")
        if not -90 <= self.pitch_deg <= 0:
            raise BadArea(f"the pitch must be from -90 (down) to 0 (level), got {self.pitch_deg:g}")


def corridor(
    line: Sequence[Place],
    look: Look,
    home: Place,
    side: Side = "both",
    *,
    name: str = "corridor",
    keep_out_of: KeepOut = KeepOut(),  # noqa: B008 frozen
    battery: Battery = Battery(),  # noqa: B008 frozen
    drones: int = 1,
) -> tuple[PatrolPlan, ...]:
    """Along a road, the camera square to it on its `left` or `right` as drawn: front walls and the wires on them. The
    drone keeps `offset_m` to the other side. `both`: there on one side and back on the other.

    Raises:
        BadArea: a line of fewer than two places, or one that folds when it is offset.
        PlanRefused: no way, or no battery.
    """
    if len(line) < 2:
        raise BadArea("a corridor needs a line of two places or more")
    air = Airspace.around(line, home, keep_out_of, look.height_m)
    road = LineString(air.plane.to_metres(np.array(line)))
    passes = []
    for number, this in enumerate(("right", "left") if side == "both" else (side,)):
        # Looking right, the drone flies left of the line: shapely's positive offset.
        moved = road.offset_curve(look.offset_m if this == "right" else -look.offset_m, join_style="mitre")
        if not isinstance(moved, LineString) or moved.is_empty:
            raise BadArea(
                f"the line bends too sharply for an offset of {look.offset_m:g} m: lower it, or split the line"
            )
        points = np.asarray(moved.coords)
        turn = 90.0 if this == "right" else -90.0
        passes.append((points[::-1], -turn) if number else (points, turn))
    return _flown(passes, look, air, home, name, battery, drones)


def perimeter(
    area: Polygon,
    look: Look,
    home: Place,
    *,
    inwards: bool = True,
    name: str = "perimeter",
    keep_out_of: KeepOut = KeepOut(),  # noqa: B008 frozen
    battery: Battery = Battery(),  # noqa: B008 frozen
    drones: int = 1,
) -> tuple[PatrolPlan, ...]:
    """Once round an area, `offset_m` inside its edge, counter-clockwise, looking inwards or out.

    Raises:
        BadArea: nothing is left of the area at that offset.
        PlanRefused: no way, or no battery.
    """
    corners = [(float(lon), float(lat)) for lon, lat in area.exterior.coords]
    air = Airspace.around(corners, home, keep_out_of, look.height_m)
    inner = Polygon(air.plane.to_metres(np.array(corners))).buffer(-max(look.offset_m, 0.1), join_style="mitre")
    if not isinstance(inner, Polygon) or inner.is_empty:
        raise BadArea(f"an offset of {look.offset_m:g} m leaves no single ring inside the area: lower it")
    ring = np.asarray(orient(inner, 1).exterior.coords)
    start = int(np.argmin(np.hypot(*(ring[:-1] - air.home).T)))
    closed = np.vstack([np.roll(ring[:-1], -start, axis=0), ring[start]])
    return _flown([(closed, -90.0 if inwards else 90.0)], look, air, home, name, battery, drones)


def _flown(
    passes: list[tuple[Points, float]], look: Look, air: Airspace, home: Place, name: str, battery: Battery, drones: int
) -> tuple[PatrolPlan, ...]:
    course, turns = _course(passes, air)
    pieces = over_batteries(course, air.home, air.way, battery, look.speed_m_s, look.height_m, drones)
    plans = []
    for number, piece in enumerate(pieces, start=1):
        title = name if len(pieces) == 1 else f"{name} {number} of {len(pieces)}"
        plans.append(_plan(title, home, piece, turns, look, air))
    return tuple(air.fenced(plan) for plan in plans)


def _course(passes: list[tuple[Points, float]], air: Airspace) -> tuple[Course, list[tuple[LineString, float]]]:
    """One course over all passes, round zones where they bar the line, and which turn of the camera holds on which."""
    points: list[Points] = []
    transit: list[bool] = []
    turns = []
    for line, turn in passes:
        free = air.free(line)
        for piece in free:
            if points:
                way = air.needed_way(points[-1], piece[0])
                points += list(way[1:])
                transit += [True] * (len(way) - 1)
                points += list(piece[1:])
                transit += [False] * (len(piece) - 1)
            else:
                points += list(piece)
                transit += [True, *[False] * (len(piece) - 1)]
            turns.append((LineString(piece), turn))
    return Course(np.array(points), np.array(transit)), turns


def _plan(
    name: str, home: Place, piece: Course, turns: list[tuple[LineString, float]], look: Look, air: Airspace
) -> PatrolPlan:
    items: list[PlanItem] = [Takeoff(look.height_m)]
    recording = False
    here = air.home
    for place, there, transit in zip(air.plane.to_degrees(piece.points), piece.points, piece.transit, strict=True):
        yaw: float | None = None
        if not transit:
            east, north = there - here
            middle = shapely.points((here + there) / 2)
            turn = min(turns, key=lambda one: float(one[0].distance(middle)))[1]
            yaw = round((math.degrees(math.atan2(east, north)) + turn) % 360, 1)
        if transit and recording:
            items.append(_camera(look, on=False))
            recording = False
        if not transit:
            items.append(Gimbal(look.pitch_deg, yaw))
        if not transit and not recording:
            items.append(_camera(look, on=True))
            recording = True
        spot = rounded((place[0], place[1]))
        items.append(Waypoint(*spot, look.height_m, look.speed_m_s, yaw, transit=bool(transit)))
        here = there
    if recording:
        items.append(_camera(look, on=False))
    return PatrolPlan(name, rounded(home), (*items, Return()))


def _camera(look: Look, *, on: bool) -> PlanItem:
    if look.every_m is None:
        return Video(on)
    return Photo(look.every_m if on else 0.0)
