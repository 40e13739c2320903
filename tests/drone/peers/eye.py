"""The MAVSDK peer's camera: where a mission points it, as GIMBAL_DEVICE_ATTITUDE_STATUS in the earth's frame."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from mavsdk.plugins.mavlink_direct_server.mavlink_direct_server import MavlinkMessage

METRES = 111_320.0
YAW_IN_EARTH_FRAME = 64


@dataclass
class Eye:
    """`roi` is east, north, up of home in metres. Ahead of the first order it looks ahead, level."""

    home: tuple[float, float]
    pitch: float = 0.0
    yaw: float | None = None
    roi: tuple[float, float, float] | None = None

    def told(self, item: Any) -> None:
        """A mission item, where it is one for the camera."""
        if item.command == 1000:
            self.pitch, self.yaw = item.param1, item.param2 if int(item.x) & 16 else None
        elif item.command == 195:
            east = (item.y / 1e7 - self.home[0]) * METRES * math.cos(math.radians(self.home[1]))
            self.roi = east, (item.x / 1e7 - self.home[1]) * METRES, item.z
        elif item.command == 197:
            self.roi = None

    def angles(self, here: tuple[float, float, float], heading: float) -> tuple[float, float]:
        """Yaw from true north and pitch up from level, radians."""
        if self.roi is None:
            return math.radians(heading if self.yaw is None else self.yaw), math.radians(self.pitch)
        east, north, up = (there - own for there, own in zip(self.roi, here, strict=True))
        return math.atan2(east, north), math.atan2(up, math.hypot(east, north))

    def message(self, here: tuple[float, float, float], heading: float, ms: int) -> MavlinkMessage:
        yaw, pitch = (angle / 2 for angle in self.angles(here, heading))
        sy, cy, sp, cp = math.sin(yaw), math.cos(yaw), math.sin(pitch), math.cos(pitch)
        told = {
            "target_system": 0,
            "target_component": 0,
            "time_boot_ms": ms,
            "flags": YAW_IN_EARTH_FRAME,
            "q": [cy * cp, -sy * sp, cy * sp, sy * cp],
            "angular_velocity_x": 0.0,
            "angular_velocity_y": 0.0,
            "angular_velocity_z": 0.0,
            "failure_flags": 0,
        }
        return MavlinkMessage("GIMBAL_DEVICE_ATTITUDE_STATUS", fields_json=json.dumps(told))
