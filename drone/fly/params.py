"""Single parameters of an autopilot, read by name."""

from __future__ import annotations

import struct

from drone.link.dialect import mavlink
from drone.link.modes import Autopilot
from drone.link.vehicle import Vehicle

TRIES = 6
ANSWER_S = 0.8


async def read_parameter(vehicle: Vehicle, *names: str) -> float | None:
    """The value, or None when the vehicle does not tell it. Of several names the one that it has: versions rename."""
    found = await read_named(vehicle, *names)
    return None if found is None else found[1]


async def read_named(vehicle: Vehicle, *names: str) -> tuple[str, float] | None:
    """The same, with the name."""
    with vehicle.inbox("PARAM_VALUE", where=lambda message: message.param_id in names) as inbox:
        for _ in range(TRIES):
            for name in names:
                wanted = name.encode()
                vehicle.send(mavlink.MAVLink_param_request_read_message(vehicle.system, vehicle.component, wanted, -1))
            message = await inbox.next(ANSWER_S)
            if message is not None:
                return message.param_id, _value(message.param_value, message.param_type, vehicle.autopilot)
    return None


def _value(raw: float, kind: int, autopilot: Autopilot) -> float:
    """PX4 puts an integer's bytes into the float, ArduPilot its value."""
    if autopilot is not Autopilot.ARDUPILOT and kind == mavlink.MAV_PARAM_TYPE_INT32:
        (value,) = struct.unpack("<i", struct.pack("<f", raw))
        return float(value)
    return float(raw)
