"""A plan as MAVLink mission items, and back: what is uploaded, and what `.plan` and WPL files hold.

Numbers are those of MAVLink's common.xml. Parameters of items without a position are all floats; those with one keep
latitude and longitude in degrees here, and whoever sends them makes 1e-7 integers of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from drone.errors import BadPlan
from drone.types import (
    Circle,
    Gimbal,
    Land,
    Other,
    PatrolPlan,
    Photo,
    PlanItem,
    Return,
    Roi,
    RoiEnd,
    Takeoff,
    Video,
    Waypoint,
)

WAYPOINT, LOITER_TURNS, RETURN, LAND, TAKEOFF = 16, 18, 20, 21, 22
SPEED, ROI, ROI_NONE, TRIGGER_DISTANCE = 178, 195, 197, 206
GIMBAL, PICTURE, VIDEO_START, VIDEO_STOP = 1000, 2000, 2500, 2501
FRAME_MISSION, FRAME_RELATIVE = 2, 3
FLOWN_TO = frozenset({16, 17, 18, 19, 21, 22, 23, 24, 25, 31, 82, 84, 85, 94})  # NAV commands that have a place
_OVER_GROUND = (0, 1)  # SPEED_TYPE: through the air, over the ground; others are of climbing and descending
_YAW_LOCK = 16.0  # GIMBAL_MANAGER_FLAGS_YAW_LOCK: yaw from north, not from the nose
NAN = math.nan


@dataclass(frozen=True, slots=True)
class MissionItem:
    """`params` are MAVLink's seven: 5 is latitude, 6 longitude (degrees), 7 height above home where `has_place`.

    NaN stands for "no change" and only where both PX4 and ArduPilot take it: parameter 4 of waypoints, take-off, land.
    """

    command: int
    frame: int
    params: tuple[float, float, float, float, float, float, float]
    transit: bool = False  # of a waypoint; no autopilot gets it

    @property
    def has_place(self) -> bool:
        return self.frame != FRAME_MISSION


def mission_items(plan: PatrolPlan) -> tuple[MissionItem, ...]:
    """The plan's items in order, with the take-off and return that it means. Home (ArduPilot's item 0) is not among
    them. Speed changes are items of their own, before the waypoint that they hold for."""
    found: list[MissionItem] = []
    speed: float | None = None
    items = _whole(plan)
    for item in items:
        if isinstance(item, Waypoint) and item.speed_m_s != speed:
            speed = item.speed_m_s
            found.append(_plain(SPEED, 1, speed, -1))
        found.append(_lowered(item, plan))
    return tuple(found)


def _whole(plan: PatrolPlan) -> tuple[PlanItem, ...]:
    items = plan.items
    if not any(isinstance(item, Takeoff) for item in items) and plan.waypoints:
        items = (Takeoff(plan.waypoints[0].height_above_home_m), *items)
    return items if items and isinstance(items[-1], Land | Return) else (*items, Return())


def _lowered(item: PlanItem, plan: PatrolPlan) -> MissionItem:
    lon, lat = plan.home
    match item:
        case Takeoff(height):
            return _placed(TAKEOFF, 0, 0, 0, NAN, lat, lon, height)
        case Waypoint():
            yaw = NAN if item.yaw_deg is None else item.yaw_deg
            placed = _placed(WAYPOINT, item.hold_s, 0, 0, yaw, item.lat, item.lon, item.height_above_home_m)
            return replace(placed, transit=item.transit)
        case Circle():
            radius = item.radius_m if item.clockwise else -item.radius_m
            return _placed(LOITER_TURNS, item.turns, 0, radius, 0, item.lat, item.lon, item.height_above_home_m)
        case Gimbal(pitch, yaw_or_ahead):
            # Rates of 0, not NaN: ArduPilot refuses NaN here (INVALID_PARAM3).
            locked = 0.0 if yaw_or_ahead is None else _YAW_LOCK
            return _plain(GIMBAL, pitch, yaw_or_ahead or 0.0, 0, 0, locked)
        case Roi():
            return _placed(ROI, 0, 0, 0, 0, item.lat, item.lon, item.height_above_home_m)
        case RoiEnd():
            return _plain(ROI_NONE)
        case Photo(None):
            return _plain(PICTURE, 0, 0, 1)
        case Photo(every_m):
            return _plain(TRIGGER_DISTANCE, every_m or 0.0)
        case Video(on):
            return _plain(VIDEO_START if on else VIDEO_STOP)
        case Land():
            return _placed(LAND, 0, 0, 0, NAN, item.lat, item.lon, 0)
        case Return():
            return _plain(RETURN)
        case Other():
            one, two, three, four, five, six, seven = (NAN if value is None else value for value in item.params)
            return MissionItem(item.command, item.frame, (one, two, three, four, five, six, seven))


def _plain(command: int, *params: float) -> MissionItem:
    one, two, three, four, five, six, seven = (*map(float, params), *[0.0] * (7 - len(params)))
    return MissionItem(command, FRAME_MISSION, (one, two, three, four, five, six, seven))


def _placed(command: int, *params: float) -> MissionItem:
    one, two, three, four, five, six, seven = map(float, params)
    return MissionItem(command, FRAME_RELATIVE, (one, two, three, four, five, six, seven))


def refuse_unknown_heights(item: MissionItem, says: str) -> None:
    """Raises `BadPlan` for what is flown to at a height that is not above home: no check could hold it to a rule."""
    if item.command not in FLOWN_TO:
        return
    if item.frame not in (FRAME_RELATIVE, 6):
        datum = {0: "above sea level", 5: "above sea level", 10: "above terrain", 11: "above terrain"}
        raise BadPlan(
            f"{says} has its height in frame {item.frame}, {datum.get(item.frame, 'which is no height')}: "
            "heights above home (frame 3) are checked"
        )
    lat, lon, height_m = item.params[4:]
    refuse_nowhere(says, lon, lat)
    if not math.isfinite(height_m):
        raise BadPlan(f"{says} has no height")


def refuse_endless(item: MissionItem, says: str) -> None:
    """Raises `BadPlan` for a number that is infinite: 1e400 is one to JSON."""
    if any(math.isinf(value) for value in item.params):
        raise BadPlan(f"{says} has an infinite parameter")


def refuse_nowhere(what: str, lon: float, lat: float) -> None:
    """Raises `BadPlan` for what is no place on the globe, most often one with its numbers the other way round."""
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise BadPlan(f"{what} is at latitude {lat:g}, longitude {lon:g}")


def plan_items(mission: tuple[MissionItem, ...], speed_m_s: float = 5.0) -> tuple[PlanItem, ...]:
    """The plan's items that `mission` stands for; what is not understood is carried through as `Other`.

    `speed_m_s` holds until the mission sets one.
    """
    found: list[PlanItem] = []
    speed = speed_m_s
    for item in mission:
        if item.command == SPEED and item.params[0] in _OVER_GROUND and item.params[1] > 0:
            speed = item.params[1]
        else:
            found.append(_raised(item, speed))
    return tuple(found)


def _raised(item: MissionItem, speed_m_s: float) -> PlanItem:
    first, second, third, fourth, lat, lon, height = item.params
    relative = item.frame in (FRAME_RELATIVE, 6)
    match item.command:
        case 22 if relative:
            return Takeoff(height)
        case 16 if relative:
            yaw = None if math.isnan(fourth) else fourth
            hold_s = 0.0 if math.isnan(first) else first
            return Waypoint(lon, lat, height, speed_m_s, yaw, hold_s, item.transit)
        case 18 if relative and third and not math.isnan(first + third):  # of 0 it is the vehicle's own, not known here
            return Circle(lon, lat, height, abs(third), first, third >= 0)
        case 195 if relative:
            return Roi(lon, lat, height)
        case 197:
            return RoiEnd()
        case 1000 if not math.isnan(first + second):
            locked = not math.isnan(lat) and int(lat) & int(_YAW_LOCK)  # the fifth parameter is its flags
            return Gimbal(first, second if locked else None)
        case 206 if not math.isnan(first):
            return Photo(first)
        case 2000 if third == 1:
            return Photo()
        case 2500 | 2501:
            return Video(item.command == VIDEO_START)
        case 21 if relative:
            return Land(lon, lat)
        case 20:
            return Return()
    return Other(item.command, item.frame, tuple(None if math.isnan(p) else p for p in item.params))
