"""Flight modes by autopilot: the few that a patrol needs, and the numbers each autopilot gives them.

ArduPilot: `libraries/…/mode.h` of Copter. PX4: `px4_custom_mode.h`, main mode in bits 16-23, sub mode in bits 24-31;
MAVSDK's autopilot side follows PX4.
"""

from __future__ import annotations

import enum

from drone.link.dialect import mavlink

Mode = str  # "mission", "hold", "return", "land", or the autopilot's own number as text


class Autopilot(enum.Enum):
    ARDUPILOT = "ArduPilot"
    PX4 = "PX4"
    OTHER = "another autopilot"

    @classmethod
    def of(cls, number: int) -> Autopilot:
        known = {mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA: cls.ARDUPILOT, mavlink.MAV_AUTOPILOT_PX4: cls.PX4}
        return known.get(number, cls.OTHER)


# BRAKE and not LOITER: without a transmitter's throttle stick in the middle LOITER sinks.
_ARDUCOPTER = {"guided": 4, "mission": 3, "hold": 17, "return": 6, "land": 9}
_PX4_AUTO = 4
_PX4_SUB = {"mission": 4, "hold": 3, "return": 5, "land": 6}


def mode_params(autopilot: Autopilot, mode: Mode) -> tuple[float, float, float]:
    """Parameters 1 to 3 of MAV_CMD_DO_SET_MODE."""
    custom = float(mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED)
    if autopilot is Autopilot.ARDUPILOT:
        return custom, float(_ARDUCOPTER[mode]), 0.0
    return custom, float(_PX4_AUTO), float(_PX4_SUB[mode])


def mode_of(autopilot: Autopilot, custom_mode: int) -> Mode:
    """The mode that a heartbeat tells."""
    if autopilot is Autopilot.ARDUPILOT:
        found = [name for name, number in _ARDUCOPTER.items() if number == custom_mode]
    else:
        main, sub = custom_mode >> 16 & 0xFF, custom_mode >> 24 & 0xFF
        found = [name for name, number in _PX4_SUB.items() if (main, sub) == (_PX4_AUTO, number)]
    return found[0] if found else str(custom_mode)
