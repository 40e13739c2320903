"""Whether what a vehicle holds is what was sent, by each autopilot's own habits of storing it.

An autopilot stores less than it is sent: whole seconds, whole degrees of a gimbal, centimetres, other numbers for the
same frame. Each tolerance here is how an autopilot stores that value; nothing that changes the flight passes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from drone.link.dialect import FENCE, MISSION, mavlink, name_of
from drone.link.items import WireItem
from drone.link.modes import Autopilot

HEIGHT_M = 0.02  # ArduPilot keeps centimetres
PLACE_UNITS = 1  # of 1e-7 degrees: 1.1 cm
MOST_TOLD = 8
# Read back as one of each group: INT and older numbers of one frame; without a place, ArduPilot answers 0 for 2.
_SAME_FRAME = ({0, 5}, {3, 6}, {10, 11}, {0, 2})
_NAV_WITHOUT_PLACE = frozenset({mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH})


@dataclass(frozen=True, slots=True)
class _Rule:
    """Which parameters of a command fly, and how exactly each is kept; `place` False: it may come back empty."""

    params: tuple[tuple[int, float], ...] = ((0, 1e-3), (1, 1e-3), (2, 1e-3), (3, 1e-3))
    place: bool = True


_ANY = _Rule()
_RULES: dict[int, _Rule] = {
    # hold in whole seconds; acceptance and pass-by radius and yaw are not kept by Copter
    mavlink.MAV_CMD_NAV_WAYPOINT: _Rule(((0, 0.5),)),
    mavlink.MAV_CMD_NAV_TAKEOFF: _Rule((), place=False),
    mavlink.MAV_CMD_NAV_LAND: _Rule(()),
    mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH: _Rule((), place=False),
    mavlink.MAV_CMD_NAV_LOITER_TURNS: _Rule(((0, 0.01), (2, 0.5))),
    mavlink.MAV_CMD_DO_CHANGE_SPEED: _Rule(((0, 1e-3), (1, 0.011))),
    mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW: _Rule(((0, 0.51), (1, 0.51))),
    mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST: _Rule(((0, 0.011), (2, 1e-3))),
    mavlink.MAV_CMD_DO_SET_ROI_LOCATION: _Rule(()),
    mavlink.MAV_CMD_DO_SET_ROI_NONE: _Rule(()),
    mavlink.MAV_CMD_IMAGE_START_CAPTURE: _Rule(((1, 0.1), (2, 1e-3))),
    mavlink.MAV_CMD_VIDEO_START_CAPTURE: _Rule(()),
    mavlink.MAV_CMD_VIDEO_STOP_CAPTURE: _Rule(()),
    mavlink.MAV_CMD_NAV_FENCE_CIRCLE_INCLUSION: _Rule(((0, 0.01),)),
    mavlink.MAV_CMD_NAV_FENCE_CIRCLE_EXCLUSION: _Rule(((0, 0.01),)),
    mavlink.MAV_CMD_NAV_RALLY_POINT: _Rule(()),
}


def differences(
    sent: tuple[WireItem, ...], found: tuple[WireItem, ...], autopilot: Autopilot, kind: int
) -> tuple[str, ...]:
    """One sentence for each difference that matters, at most `MOST_TOLD`; none: the vehicle holds the plan."""
    if len(sent) != len(found):
        return (f"{len(sent)} items were sent, the vehicle holds {len(found)}",)
    skipped = 1 if autopilot is Autopilot.ARDUPILOT and kind == MISSION else 0  # home, which it writes over
    told = [
        f"item {number} ({name_of('MAV_CMD', ours.command).removeprefix('MAV_CMD_')}): {difference}"
        for number, (ours, theirs) in enumerate(zip(sent, found, strict=True))
        if number >= skipped
        for difference in _differ(ours, theirs, kind)
    ]
    return tuple(told[:MOST_TOLD])


def _differ(ours: WireItem, theirs: WireItem, kind: int) -> list[str]:
    if ours.command != theirs.command:
        return [f"came back as {name_of('MAV_CMD', theirs.command)}"]
    rule = _RULES.get(ours.command, _ANY)
    told = [
        f"parameter {index + 1} is {theirs.params[index]:g}, sent {ours.params[index]:g}"
        for index, tolerance in rule.params
        if not _same(ours.params[index], theirs.params[index], tolerance)
    ]
    if not _same_frame(ours.frame, theirs.frame):
        told.append(f"frame {theirs.frame}, sent {ours.frame}")
    if rule.place:
        told += _differ_in_place(ours, theirs)
    if kind != FENCE and not _same(ours.z, theirs.z, HEIGHT_M) and ours.command not in _NAV_WITHOUT_PLACE:
        told.append(f"height or parameter 7 is {theirs.z:.2f}, sent {ours.z:.2f}")
    return told


def _differ_in_place(ours: WireItem, theirs: WireItem) -> list[str]:
    away = max(abs(ours.x - theirs.x), abs(ours.y - theirs.y))
    if away <= (PLACE_UNITS if ours.has_place else 0):
        return []
    if not ours.has_place:
        return [f"parameters 5 and 6 are {theirs.x}, {theirs.y}, sent {ours.x}, {ours.y}"]
    return [
        f"at {theirs.x / 1e7:.7f}, {theirs.y / 1e7:.7f}, sent {ours.x / 1e7:.7f}, {ours.y / 1e7:.7f} "
        f"({away * 0.0111:.2f} m at most)"
    ]


def _same(ours: float, theirs: float, tolerance: float) -> bool:
    """NaN ("as it is") may come back as itself or as 0."""
    if math.isnan(ours):
        return math.isnan(theirs) or theirs == 0
    return abs(ours - theirs) <= max(tolerance, 1e-6 * abs(ours))


def _same_frame(ours: int, theirs: int) -> bool:
    return ours == theirs or any({ours, theirs} <= group for group in _SAME_FRAME)
