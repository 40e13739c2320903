"""A plan as the integer items that are sent: mission, fence and rally points, numbered by the autopilot's habit."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass

from drone.link.dialect import FENCE, MISSION, RALLY, mavlink
from drone.link.modes import Autopilot
from drone.mission import FRAME_MISSION, FRAME_RELATIVE, MissionItem, mission_items
from drone.types import FencePolygon, PatrolPlan, Place

# The frames of MISSION_ITEM_INT as the standard wants them; what is read back may use the older numbers (compare.py).
_FRAMES = {0: mavlink.MAV_FRAME_GLOBAL_INT, FRAME_RELATIVE: mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT, 10: 11}


@dataclass(frozen=True, slots=True)
class WireItem:
    """One MISSION_ITEM_INT: `x` latitude and `y` longitude in 1e-7 degrees where `has_place`, else parameters 5 and 6;
    `z` metres in the frame, else parameter 7."""

    command: int
    frame: int
    params: tuple[float, float, float, float]
    x: int
    y: int
    z: float

    @property
    def has_place(self) -> bool:
        return self.frame != FRAME_MISSION


@dataclass(frozen=True, slots=True)
class Missions:
    """What one plan puts on a vehicle. `first` is the number of the plan's first mission item: on ArduPilot item 0 is
    home, which it writes over, so everything moves by one."""

    plan_hash: str
    first: int
    mission: tuple[WireItem, ...]
    fence: tuple[WireItem, ...]
    rally: tuple[WireItem, ...]

    def of(self, kind: int) -> tuple[WireItem, ...]:
        return {MISSION: self.mission, FENCE: self.fence, RALLY: self.rally}[kind]

    @property
    def hash(self) -> str:
        """SHA-256 over the items as they are sent: the same plan on another autopilot has another."""
        sent = [[[i.command, i.frame, [repr(p) for p in i.params], i.x, i.y, repr(i.z)] for i in self.of(kind)]
                for kind in (MISSION, FENCE, RALLY)]  # fmt: skip
        return hashlib.sha256(json.dumps(sent, separators=(",", ":")).encode()).hexdigest()


def missions_of(plan: PatrolPlan, autopilot: Autopilot) -> Missions:
    """The plan for that autopilot. Jumps of plans from other programs are renumbered with their targets."""
    first = 1 if autopilot is Autopilot.ARDUPILOT else 0
    items = tuple(_shifted(wire_item(item), first) for item in mission_items(plan))
    home = (_home(plan.home),) if first else ()
    return Missions(plan.hash, first, (*home, *items), _fence(plan), _rally(plan))


def wire_item(item: MissionItem) -> WireItem:
    one, two, three, four, five, six, seven = item.params
    if not item.has_place:
        return WireItem(item.command, item.frame, (one, two, three, four), _whole(five), _whole(six), seven)
    frame = _FRAMES.get(item.frame, item.frame)
    return WireItem(item.command, frame, (one, two, three, four), round(five * 1e7), round(six * 1e7), seven)


def _whole(param: float) -> int:
    return 0 if math.isnan(param) else round(param)


def _shifted(item: WireItem, by: int) -> WireItem:
    if item.command != mavlink.MAV_CMD_DO_JUMP or not by:
        return item
    target, *rest = item.params
    return WireItem(item.command, item.frame, (target + by, *rest), item.x, item.y, item.z)  # type: ignore[arg-type]


def _home(home: Place) -> WireItem:
    return _point(mavlink.MAV_CMD_NAV_WAYPOINT, home, 0.0, mavlink.MAV_FRAME_GLOBAL_INT)


def _point(command: int, place: Place, first: float, frame: int, height_m: float = 0.0) -> WireItem:
    lon, lat = place
    return WireItem(command, frame, (first, 0.0, 0.0, 0.0), round(lat * 1e7), round(lon * 1e7), height_m)


def _fence(plan: PatrolPlan) -> tuple[WireItem, ...]:
    found: list[WireItem] = []
    for part in plan.fence:
        if isinstance(part, FencePolygon):
            command = (
                mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION
                if part.inclusion
                else mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION
            )
            found += [_point(command, place, len(part.ring), mavlink.MAV_FRAME_GLOBAL_INT) for place in part.ring]
        else:
            command = (
                mavlink.MAV_CMD_NAV_FENCE_CIRCLE_INCLUSION
                if part.inclusion
                else mavlink.MAV_CMD_NAV_FENCE_CIRCLE_EXCLUSION
            )
            found.append(_point(command, (part.lon, part.lat), part.radius_m, mavlink.MAV_FRAME_GLOBAL_INT))
    return tuple(found)


def _rally(plan: PatrolPlan) -> tuple[WireItem, ...]:
    relative = mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT
    return tuple(
        _point(mavlink.MAV_CMD_NAV_RALLY_POINT, (point.lon, point.lat), 0.0, relative, point.height_above_home_m)
        for point in plan.rally
    )
