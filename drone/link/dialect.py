"""MAVLink 2 messages, all of ArduPilot's and the common ones.

pymavlink chooses its wire version when it is imported: whoever imports its helpers after this gets version 2, without
which fence and rally points do not exist.
"""

from __future__ import annotations

import os

os.environ["MAVLINK20"] = "1"

from pymavlink.dialects.v20 import ardupilotmega as mavlink

MISSION = mavlink.MAV_MISSION_TYPE_MISSION
FENCE = mavlink.MAV_MISSION_TYPE_FENCE
RALLY = mavlink.MAV_MISSION_TYPE_RALLY
KINDS = {MISSION: "mission", FENCE: "fence", RALLY: "rally points"}

GROUND_SYSTEM = 255
# Who only asks who is there: neither system nor type by which autopilots know their ground station.
CALLER_SYSTEM = 254
GROUND_COMPONENT = mavlink.MAV_COMP_ID_MISSIONPLANNER


def name_of(enum: str, value: int) -> str:
    """The name of a value of a MAVLink enum, or the number where the dialect has none."""
    entry = mavlink.enums[enum].get(value)
    return entry.name if entry else str(value)


__all__ = [
    "CALLER_SYSTEM",
    "FENCE",
    "GROUND_COMPONENT",
    "GROUND_SYSTEM",
    "KINDS",
    "MISSION",
    "RALLY",
    "mavlink",
    "name_of",
]
