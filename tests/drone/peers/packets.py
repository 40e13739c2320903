"""MAVLink packets as bytes, unsigned."""

from __future__ import annotations

from typing import Any

from drone.link.dialect import mavlink


def packed(message: Any, system: int = 1, component: int = 1) -> bytes:
    return bytes(message.pack(mavlink.MAVLink(None, system, component)))


def beat(system: int = 1, mode: int = 4, *, kind: int = 2, autopilot: int = 3) -> bytes:
    """A heartbeat: of an ArduCopter in its mode `guided`, unless told otherwise."""
    return packed(mavlink.MAVLink_heartbeat_message(kind, autopilot, 1, mode, 3, 3), system)
