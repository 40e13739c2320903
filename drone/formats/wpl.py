"""`QGC WPL 110` text files (mavlink.io, "Mission File Formats"): Mission Planner's and MAVProxy's. Item 0 is home."""

from __future__ import annotations

import math

from drone.errors import BadPlan
from drone.mission import (
    FRAME_MISSION,
    FRAME_RELATIVE,
    MissionItem,
    mission_items,
    plan_items,
    refuse_endless,
    refuse_nowhere,
    refuse_unknown_heights,
)
from drone.types import PatrolPlan

_HEADER = "QGC WPL 110"


def to_wpl(plan: PatrolPlan) -> str:
    """The mission, tab-separated; fence and rally points have no place in this format. NaN is written as 0, which is
    how its readers take it."""
    lon, lat = plan.home
    home = MissionItem(16, 0, (0.0, 0.0, 0.0, 0.0, lat, lon, 0.0))
    lines = [_HEADER]
    for number, item in enumerate((home, *mission_items(plan))):
        one, two, three, four, five, six, seven = (0.0 if math.isnan(value) else value for value in item.params)
        numbers = [f"{value:.8f}" for value in (one, two, three, four, five, six)]
        lines.append("\t".join([str(number), str(int(number == 0)), str(item.frame), str(item.command), *numbers]))
        lines[-1] += f"\t{seven:.6f}\t1"
    return "\n".join(lines) + "\n"


def from_wpl(text: str, name: str = "mission") -> PatrolPlan:
    """The flight in a WPL text.

    Raises:
        BadPlan: another format, or a line that is damaged; the message names it.
    """
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != _HEADER:
        raise BadPlan(f"{name} does not begin with {_HEADER!r}")
    items = []
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split()
        if not fields:
            continue
        try:
            _, _, frame, command, one, two, three, four, five, six, seven, _ = (float(field) for field in fields)
        except ValueError as error:
            raise BadPlan(f"{name}, line {number}: twelve numbers are expected: {error}") from error
        yaw = math.nan if int(command) in (16, 21, 22) and four == 0 else four
        read = MissionItem(int(command), _frame(frame), (one, two, three, yaw, five, six, seven))
        refuse_endless(read, f"{name}, line {number}")
        items.append(read)
    if not items:
        raise BadPlan(f"{name} holds no item: the first is home")
    for number, item in enumerate(items[1:], start=1):
        refuse_unknown_heights(item, f"{name}: item {number}")
    lat, lon = items[0].params[4:6]
    refuse_nowhere(f"{name}: item 0, its home,", lon, lat)
    if (lat, lon) == (0, 0):
        raise BadPlan(f"{name} does not say its home: item 0 is at latitude 0, longitude 0. Set it before it is saved")
    return PatrolPlan(name, (lon, lat), plan_items(tuple(items[1:])))


def _frame(frame: float) -> int:
    return FRAME_RELATIVE if frame in (3, 6) else FRAME_MISSION if frame == FRAME_MISSION else int(frame)
