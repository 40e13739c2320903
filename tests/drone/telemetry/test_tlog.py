"""tlogs, written by pymavlink as a ground station would: above all whose yaw a gimbal tells."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drone.errors import BadTelemetry
from drone.telemetry import read_telemetry
from drone.telemetry.track import ABOVE_HOME, AMSL, LAT, LON, PITCH, YAW

BEGAN_S = 1_777_622_400.0
NOSE_DEG = 40.0


def quaternion(yaw_deg: float, pitch_deg: float) -> list[float]:
    yaw, pitch = np.radians(yaw_deg) / 2, np.radians(pitch_deg) / 2
    return [
        float(np.cos(yaw) * np.cos(pitch)),
        float(-np.sin(yaw) * np.sin(pitch)),
        float(np.cos(yaw) * np.sin(pitch)),
        float(np.sin(yaw) * np.cos(pitch)),
    ]


def write(path: Path, gimbal: Any, *, attitude: bool = True, systems: tuple[int, ...] = (1,)) -> Path:
    """Ten seconds of a vehicle that flies north at 60 m, its nose to 40 degrees, `gimbal(link)` told each second."""
    from pymavlink.dialects.v20 import common

    with path.open("wb") as file:
        for system in systems:
            link = common.MAVLink(None, srcSystem=system, srcComponent=1)
            for second in range(10 if system == 1 else 3):
                lat = 347_500_000 + second * 900
                told = [
                    common.MAVLink_attitude_message(second * 1000, 0, 0, np.radians(NOSE_DEG), 0, 0, 0)
                    if attitude
                    else None,
                    gimbal(common),
                    common.MAVLink_global_position_int_message(
                        second * 1000, lat, 1_136_500_000, 170_250, 60_100, 0, 0, 0, 4000
                    ),
                ]
                stamp = struct.pack(">Q", int((BEGAN_S + second) * 1e6))
                for message in told:
                    if message is not None:
                        file.write(stamp + message.pack(link))
    return path


def device(flags: int, yaw_deg: float) -> Any:
    return lambda common: common.MAVLink_gimbal_device_attitude_status_message(
        0, 0, 0, flags, quaternion(yaw_deg, -45.0), 0, 0, 0, 0
    )


@pytest.mark.parametrize(
    ("flags", "told", "expected"),
    [
        (32, 10.0, NOSE_DEG + 10),  # in the vehicle's frame, by its flag
        (64, 10.0, 10.0),  # in the earth's, by its flag
        (16, 10.0, 10.0),  # neither flag, yaw lock: the earth's
        (0, 10.0, NOSE_DEG + 10),  # neither flag, no lock: the vehicle's
        (32 | 16, 10.0, NOSE_DEG + 10),  # a frame's flag says more than the lock
    ],
)
def test_the_yaw_is_of_the_frame_that_the_flags_name(tmp_path: Path, flags: int, told: float, expected: float) -> None:
    found = read_telemetry(write(tmp_path / "a.tlog", device(flags, told)))
    assert found.values[5, [YAW, PITCH]] == pytest.approx([expected, -45.0], abs=0.01)


def test_positions_and_both_heights(tmp_path: Path) -> None:
    found = read_telemetry(write(tmp_path / "a.tlog", device(64, 0.0)))
    assert len(found) == 10
    assert found.values[1, [LON, LAT, AMSL, ABOVE_HOME]] == pytest.approx([113.65, 34.75009, 170.25, 60.1])
    assert found.span_s == (BEGAN_S, BEGAN_S + 9)


def test_a_vehicles_frame_without_a_heading_says_nothing(tmp_path: Path) -> None:
    assert not read_telemetry(write(tmp_path / "a.tlog", device(32, 10.0), attitude=False)).has_gimbal
    assert read_telemetry(write(tmp_path / "b.tlog", device(64, 10.0), attitude=False)).has_gimbal


def test_mounts_of_older_autopilots(tmp_path: Path) -> None:
    def status(common: Any) -> Any:
        return common.MAVLink_mount_orientation_message(0, 0.0, -45.0, 10.0, float("nan"))

    def absolute(common: Any) -> Any:
        return common.MAVLink_mount_orientation_message(0, 0.0, -45.0, 10.0, 77.0)

    def before_there_was_one(common: Any) -> Any:
        return common.MAVLink_mount_orientation_message(0, 0.0, -45.0, 10.0, 0.0)

    for gimbal in (status, before_there_was_one):
        assert read_telemetry(write(tmp_path / "a.tlog", gimbal)).values[5, YAW] == pytest.approx(50.0, abs=0.01)
    assert not read_telemetry(write(tmp_path / "c.tlog", before_there_was_one, attitude=False)).has_gimbal
    assert read_telemetry(write(tmp_path / "b.tlog", absolute)).values[5, YAW] == pytest.approx(77.0, abs=0.01)


def test_of_several_vehicles_the_one_that_told_most(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tlog", device(64, 0.0), systems=(1, 7))
    assert len(read_telemetry(path)) == 10
    assert len(read_telemetry(path, system=7)) == 3
    with pytest.raises(BadTelemetry, match="vehicle 9"):
        read_telemetry(path, system=9)


def test_a_log_without_positions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tlog"
    path.write_bytes(b"\x00" * 500)
    with pytest.raises(BadTelemetry, match="GLOBAL_POSITION_INT"):
        read_telemetry(path)
