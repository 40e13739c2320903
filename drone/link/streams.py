"""What a flight needs to hear, and how often; an autopilot that does not know the request sends at its own rates."""

from __future__ import annotations

from drone.link.commands import Command, tell
from drone.link.dialect import mavlink
from drone.link.errors import CommandRefused, NoAnswer
from drone.link.vehicle import Vehicle

# A place counts as flown once a heartbeat after it says so: at 8 m/s a tenth of a second is 0.8 m.
RATES_HZ = {
    mavlink.MAVLINK_MSG_ID_HEARTBEAT: 10.0,
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: 5.0,
    mavlink.MAVLINK_MSG_ID_GIMBAL_DEVICE_ATTITUDE_STATUS: 5.0,  # without it no picture has a place
    mavlink.MAVLINK_MSG_ID_ATTITUDE: 5.0,  # and a gimbal's yaw that counts from the nose needs this
    mavlink.MAVLINK_MSG_ID_MISSION_CURRENT: 2.0,
    mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: 1.0,
    mavlink.MAVLINK_MSG_ID_HOME_POSITION: 0.2,
}


async def ask_for_streams(vehicle: Vehicle) -> tuple[str, ...]:
    """The names of the messages that the vehicle would not send at the rate asked for."""
    refused: list[str] = []
    for number, rate_hz in RATES_HZ.items():
        interval = Command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, (float(number), 1e6 / rate_hz))
        try:
            await tell(vehicle, interval)
        except (CommandRefused, NoAnswer):
            refused.append(mavlink.mavlink_map[number].msgname)
    return tuple(refused)
