"""Which mission items the rules understand: what they make the vehicle do is flown through by `drone.check.path`, or
moves nothing but its camera. Numbers and names are those of MAVLink's common.xml."""

from __future__ import annotations

import math

from drone.types import Other

LOITER_TURNS, LOITER_TIME = 18, 19
NAV_DELAY, CONDITION_DELAY = 93, 112
_CHANGE_SPEED = 178
_KEEP_SPEED = -1.0
_UP_AND_DOWN = (2.0, 3.0)  # SPEED_TYPE
_RELATIVE = (3, 6)
# Flown through or told of as items of their own, wherever they have the form that autopilots fly.
_OWN = {16: "waypoint", 20: "return", 21: "land", 22: "take-off"}
_MOVES_NOTHING = {
    80: "NAV_ROI",
    115: "CONDITION_YAW",
    195: "DO_SET_ROI_LOCATION",
    196: "DO_SET_ROI_WPNEXT_OFFSET",
    197: "DO_SET_ROI_NONE",
    201: "DO_SET_ROI",
    202: "DO_DIGICAM_CONFIGURE",
    203: "DO_DIGICAM_CONTROL",
    204: "DO_MOUNT_CONFIGURE",
    205: "DO_MOUNT_CONTROL",
    206: "DO_SET_CAM_TRIGG_DIST",
    214: "DO_SET_CAM_TRIGG_INTERVAL",
    530: "SET_CAMERA_MODE",
    531: "SET_CAMERA_ZOOM",
    532: "SET_CAMERA_FOCUS",
    534: "SET_CAMERA_SOURCE",
    600: "JUMP_TAG",
    1000: "DO_GIMBAL_MANAGER_PITCHYAW",
    1001: "DO_GIMBAL_MANAGER_CONFIGURE",
    2000: "IMAGE_START_CAPTURE",
    2001: "IMAGE_STOP_CAPTURE",
    2003: "DO_TRIGGER_CONTROL",
    2500: "VIDEO_START_CAPTURE",
    2501: "VIDEO_STOP_CAPTURE",
}
# Names of what is met most among those that are not understood.
_NAMED = {
    17: "NAV_LOITER_UNLIM",
    18: "NAV_LOITER_TURNS",
    19: "NAV_LOITER_TIME",
    31: "NAV_LOITER_TO_ALT",
    32: "DO_FOLLOW",
    34: "DO_ORBIT",
    35: "DO_FIGURE_EIGHT",
    82: "NAV_SPLINE_WAYPOINT",
    84: "NAV_VTOL_TAKEOFF",
    85: "NAV_VTOL_LAND",
    90: "NAV_GUIDED_LIMITS",
    92: "NAV_GUIDED_ENABLE",
    94: "NAV_PAYLOAD_PLACE",
    176: "DO_SET_MODE",
    177: "DO_JUMP",
    178: "DO_CHANGE_SPEED",
    179: "DO_SET_HOME",
    183: "DO_SET_SERVO",
    186: "DO_CHANGE_ALTITUDE",
    189: "DO_LAND_START",
    192: "DO_REPOSITION",
    193: "DO_PAUSE_CONTINUE",
    207: "DO_FENCE_ENABLE",
    208: "DO_PARACHUTE",
    211: "DO_GRIPPER",
    601: "DO_JUMP_TAG",
}
ALLOWED = (
    "allowed are take-off 22, waypoints 16, circles 18, timed loiters 19, return 20 and land 21 at heights above home, "
    "delays 93 and 112 in seconds, speed 178, and of camera, gimbal and heading "
    + ", ".join(str(command) for command in sorted(_MOVES_NOTHING))
)


def held_s(item: Other) -> float:
    """How long a delay holds the vehicle where it is."""
    return max(0.0, item.params[0] or 0.0) if item.command in (NAV_DELAY, CONDITION_DELAY) else 0.0


def not_understood(item: Other) -> str | None:
    """Why no rule can be said to be kept by a plan with this item; None where one can."""
    command, first = item.command, item.params[0]
    if command in (NAV_DELAY, CONDITION_DELAY):
        timed = first is not None and math.isfinite(first) and first >= 0
        return None if timed else "it waits for a time of day, or for ever: how long is not known"
    if command == _CHANGE_SPEED:
        if first in _UP_AND_DOWN:
            return "how fast it climbs or descends from there on is not counted"
        # Any speed above 0 is the speed of the waypoints that follow.
        kept = item.params[1] is None or item.params[1] == _KEEP_SPEED
        return None if kept else "the speed that it goes back to is not known"
    if command in (LOITER_TURNS, LOITER_TIME):
        placed = item.frame in _RELATIVE and None not in item.params[4:7]
        timed = first is None or (math.isfinite(first) and first >= 0)
        # Of no radius turns have the vehicle's own; timed loiters are hovered by multicopters, whatever their radius.
        round_it = command == LOITER_TIME or (first is not None and item.params[2])
        return None if placed and timed and round_it else "where it circles, or how long, is not known"
    if command in _OWN:
        return f"a {_OWN[command]} of this form (frame {item.frame}) is not flown as it stands"
    if command in _MOVES_NOTHING:
        return None
    return "where it leads is not checked"


def name_of(command: int) -> str:
    return _NAMED.get(command) or _MOVES_NOTHING.get(command) or _OWN.get(command) or "command unknown here"
