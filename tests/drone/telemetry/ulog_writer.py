"""A writer of PX4 logs for tests, by the format's description; pyulog reads what it writes."""

from __future__ import annotations

import struct

import numpy as np

from drone.telemetry.ulog import MAGIC

SYNC = bytes.fromhex("2f731320250cbb12")
FIELDS = {
    "vehicle_gps_position": "uint64_t time_utc_usec;int32_t lat;int32_t lon;int32_t alt;"
    "int32_t timestamp_time_relative;uint8_t fix_type",
    "vehicle_global_position": "double lat;double lon;float alt;uint8_t[4] _padding0",
    "home_position": "double lat;double lon;float alt;bool valid_alt",
    "vehicle_attitude": "float[4] q",
    "gimbal_device_attitude_status": "float[4] q;uint16_t device_flags;bool received_from_mavlink",
}


class Writer:
    """`marks` are the places of the synchronisation marks in `content`."""

    def __init__(self, needs: int = 0) -> None:
        self.content = MAGIC + b"\x01" + bytes(8)
        self.marks: list[int] = []
        self._count = 0
        self.message("B", bytes(8) + bytes([needs]) + bytes(7 + 24))

    def format(self, name: str, fields: str) -> None:
        self.message("F", f"{name}:{fields};".encode())

    def add(self, name: str) -> int:
        self.message("A", struct.pack("<BH", 0, self._count) + name.encode())
        self._count += 1
        return self._count - 1

    def data(self, key: int, layout: str, *values: object) -> None:
        self.message("D", struct.pack("<H", key) + struct.pack(layout, *values))

    def sync(self) -> None:
        self.marks.append(len(self.content))
        self.message("S", SYNC)

    def appended(self, cut: int, again: int) -> bytes:
        """The log cut off at `cut`, with all from `again` on appended, as after a crash."""
        flags = bytes(8) + b"\x01" + bytes(7) + struct.pack("<3Q", cut, 0, 0)
        return self.content[:19] + flags + self.content[59:cut] + self.content[again:]

    def message(self, kind: str, body: bytes) -> None:
        self.content += struct.pack("<HB", len(body), ord(kind)) + body


def quaternion(yaw_deg: float, pitch_deg: float) -> list[float]:
    """w, x, y, z."""
    yaw, pitch = np.radians(yaw_deg) / 2, np.radians(pitch_deg) / 2
    return [
        float(np.cos(yaw) * np.cos(pitch)),
        float(-np.sin(yaw) * np.sin(pitch)),
        float(np.cos(yaw) * np.sin(pitch)),
        float(np.sin(yaw) * np.cos(pitch)),
    ]


class Log(Writer):
    """What a flight's log holds of one vehicle, a message a call."""

    def __init__(self) -> None:
        super().__init__()
        for name, fields in FIELDS.items():
            self.format(name, f"uint64_t timestamp;{fields}")
        self._receiver, self._estimate, self._home, self._attitude, self._gimbal = map(self.add, FIELDS)

    def receiver(self, at_us: int, utc_us: int) -> None:
        self.data(self._receiver, "<QQiiiiB", at_us, utc_us, 347_500_000, 1_136_500_000, 170_000, 0, 3)

    def estimate(self, at_us: int, lat: float, lon: float, amsl_m: float) -> None:
        self.data(self._estimate, "<Qddf", at_us, lat, lon, amsl_m)

    def home(self, at_us: int, amsl_m: float) -> None:
        self.data(self._home, "<Qddf?", at_us, 34.75, 113.65, amsl_m, True)

    def attitude(self, at_us: int, nose_deg: float) -> None:
        self.data(self._attitude, "<Q4f", at_us, *quaternion(nose_deg, 3.0))

    def gimbal(self, at_us: int, q: list[float], flags: int, *, measured: bool) -> None:
        self.data(self._gimbal, "<Q4fH?", at_us, *q, flags, measured)


def flight(
    *,
    flags: int,
    yaw_deg: float,
    nose_deg: float | None = 40.0,
    measured: bool = True,
    utc_s: float = 1_777_622_400.0,
) -> Log:
    """Ten seconds, from 20 s after the start on, of a vehicle that flies north 60 m above home, its gimbal 45° down."""
    log = Log()
    log.home(19_000_000, 110.0)
    for second in range(10):
        log.sync()
        at_us = (20 + second) * 1_000_000
        if nose_deg is not None:
            log.attitude(at_us, nose_deg)
        log.gimbal(at_us, quaternion(yaw_deg, -45.0), flags, measured=measured)
        log.receiver(at_us, int(utc_s * 1e6) + at_us if utc_s else 0)
        log.estimate(at_us, 34.75 + second * 1e-4, 113.65, 170.0)
    return log
