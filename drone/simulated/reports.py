"""What the simulated vehicle says of itself, by MAVLink message number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from drone.link.dialect import mavlink

if TYPE_CHECKING:
    from drone.simulated.copter import SimulatedCopter

MODES = {"guided": 4, "mission": 3, "hold": 17, "return": 6, "land": 9}  # ArduCopter's numbers
STEP_MS = 100
GROUND_MM = 10_100  # above the sea


def heartbeat(copter: SimulatedCopter) -> Any:
    flags = mavlink.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED | (128 if copter.armed else 0)
    kind = (mavlink.MAV_TYPE_QUADROTOR, mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA)
    return mavlink.MAVLink_heartbeat_message(*kind, flags, MODES[copter.mode], 4 if copter.armed else 3, 3)


def position(copter: SimulatedCopter) -> Any:
    lon, lat = copter.body.place
    east, north = copter.body.velocity
    height_mm = round(copter.body.height_m * 1000)
    speeds = (round(north * 100), round(east * 100), round(-copter.body.climb_m_s * 100))
    return mavlink.MAVLink_global_position_int_message(
        copter.steps * STEP_MS, round(lat * 1e7), round(lon * 1e7), height_mm + GROUND_MM, height_mm, *speeds, 0
    )


def attitude(copter: SimulatedCopter) -> Any:
    """It never turns: the nose points north, however it flies."""
    return mavlink.MAVLink_attitude_message(copter.steps * STEP_MS, 0, 0, 0, 0, 0, 0)


def picture(copter: SimulatedCopter, number: int) -> Any:
    lon, lat = copter.body.place
    place = (round(lat * 1e7), round(lon * 1e7))
    height = copter.body.height_m
    return mavlink.MAVLink_camera_feedback_message(0, 0, 0, number, *place, height, height, 0, 0, 0, 0, 0)


def gimbal(copter: SimulatedCopter) -> Any:
    yaw_deg, pitch_deg, of_earth = copter.camera.looks(copter.body)
    yaw, pitch = math.radians(yaw_deg) / 2, math.radians(pitch_deg) / 2
    sy, cy, sp, cp = math.sin(yaw), math.cos(yaw), math.sin(pitch), math.cos(pitch)
    earth, nose = mavlink.GIMBAL_DEVICE_FLAGS_YAW_IN_EARTH_FRAME, mavlink.GIMBAL_DEVICE_FLAGS_YAW_IN_VEHICLE_FRAME
    turned = [cy * cp, -sy * sp, cy * sp, sy * cp]
    return mavlink.MAVLink_gimbal_device_attitude_status_message(
        0, 0, copter.steps * STEP_MS, earth if of_earth else nose, turned, 0, 0, 0, 0
    )


def battery(copter: SimulatedCopter) -> Any:
    share = round(copter.battery_share * 100)
    return mavlink.MAVLink_sys_status_message(0, 0, 0, 0, 11_000, -1, share, 0, 0, 0, 0, 0, 0)


def landed(copter: SimulatedCopter) -> Any:
    return mavlink.MAVLink_extended_sys_state_message(0, 2 if copter.body.height_m > 0.1 else 1)


def home(copter: SimulatedCopter) -> Any:
    lat, lon = round(copter.home[1] * 1e7), round(copter.home[0] * 1e7)
    return mavlink.MAVLink_home_position_message(lat, lon, GROUND_MM, 0, 0, 0, [1, 0, 0, 0], 0, 0, 0)


def current(copter: SimulatedCopter) -> Any:
    return mavlink.MAVLink_mission_current_message(copter.flyer.current or 0)


REPORTS: dict[int, Callable[[SimulatedCopter], Any]] = {
    0: heartbeat,
    1: battery,
    30: attitude,
    33: position,
    42: current,
    242: home,
    245: landed,
    285: gimbal,
}
