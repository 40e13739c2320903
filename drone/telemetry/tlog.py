"""Poses from a ground station's log of MAVLink packets.

The yaw of a gimbal is of the vehicle's or of the earth's frame by its flags; where neither is set it is the earth's
with the yaw lock and the vehicle's without (MAVLink, GIMBAL_DEVICE_ATTITUDE_STATUS). Roll and pitch are against the
horizon in both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drone.attitude import apart_deg, from_quaternion
from drone.errors import BadTelemetry
from drone.telemetry.track import PoseTrack, Timing, track

FORMAT = "MAVLink tlog"
YAW_LOCK, YAW_IN_VEHICLE_FRAME, YAW_IN_EARTH_FRAME = 16, 32, 64
FRESH_S = 1.0
_NAN = float("nan")
_WANTED = (
    "GLOBAL_POSITION_INT",
    "ATTITUDE",
    "GIMBAL_DEVICE_ATTITUDE_STATUS",
    "MOUNT_ORIENTATION",
    "MOUNT_STATUS",
)


def read_tlog(path: Path, system: int | None = None) -> PoseTrack:
    """The poses of one vehicle, timed by UTC as the ground station wrote it: the one named, or the one that told most
    positions. Raises `BadTelemetry`."""
    by_system: dict[int, list[Any]] = {}
    for message in _messages(path):
        by_system.setdefault(int(message.get_srcSystem()), []).append(message)
    told = {one: sum(m.get_type() == _WANTED[0] for m in messages) for one, messages in by_system.items()}
    if not any(told.values()):
        raise BadTelemetry(f"{path.name}: no GLOBAL_POSITION_INT in it, so no vehicle has a place")
    chosen = max(told, key=lambda one: told[one]) if system is None else system
    if not told.get(chosen):
        raise BadTelemetry(f"{path.name}: vehicle {chosen} told no position; there are {sorted(told)}")
    notes = [f"vehicle {chosen} of {sorted(told)}"] if len(told) > 1 else []
    return poses(by_system[chosen], notes)


def poses(messages: list[Any], notes: list[str] | None = None) -> PoseTrack:
    """The poses that one vehicle's messages tell; each has its UNIX time as `_timestamp`."""
    positions = [m for m in messages if m.get_type() == "GLOBAL_POSITION_INT"]
    gimbal = _gimbal(messages)
    rows = []
    for one in positions:
        at_s = float(one._timestamp)
        place = one.lon / 1e7, one.lat / 1e7, one.alt / 1e3, one.relative_alt / 1e3
        rows.append((at_s, (*place, *angles_at(gimbal, at_s))))
    said = list(notes or ())
    if not len(gimbal):
        said.append("no gimbal told its angles")
    return track(rows, Timing.UTC, FORMAT, said, step_deg=1e-7)


def _messages(path: Path) -> list[Any]:
    from pymavlink import mavutil

    try:
        log = mavutil.mavlogfile(str(path), robust_parsing=True)
    except OSError as error:
        raise BadTelemetry(f"cannot read {path.name}: {error.strerror}") from error
    try:
        found = []
        while (message := log.recv_match(type=list(_WANTED))) is not None:
            found.append(message)
        return found
    finally:
        log.close()


def _gimbal(messages: list[Any]) -> NDArray[np.float64]:
    """Time, yaw, pitch, roll (K, 4) in the earth frame; without what needs a heading that is not known."""
    rows: list[tuple[float, float, float, float]] = []
    heading, heading_s = _NAN, -np.inf
    for one in messages:
        kind, at_s = one.get_type(), float(one._timestamp)
        if kind == "ATTITUDE":
            heading, heading_s = float(np.degrees(one.yaw)), at_s
            continue
        nose = heading if at_s - heading_s <= FRESH_S else _NAN
        angles = _of(one, nose)
        if angles is not None and not np.isnan(angles).any():
            rows.append((at_s, *angles))
    return np.array(rows, np.float64).reshape(-1, 4)


def _of(one: Any, nose_deg: float) -> tuple[float, float, float] | None:
    match one.get_type():
        case "GIMBAL_DEVICE_ATTITUDE_STATUS":
            yaw, pitch, roll = from_quaternion(*one.q)
            return (yaw if earth_frame(one.flags) else yaw + nose_deg), pitch, roll
        case "MOUNT_ORIENTATION":
            # The field came later: of senders without it, and in MAVLink 1, it reads 0. Who looks north says so twice.
            told = not np.isnan(one.yaw_absolute) and one.yaw_absolute != 0
            return (one.yaw_absolute if told else one.yaw + nose_deg), one.pitch, one.roll
        case "MOUNT_STATUS":
            return one.pointing_c / 100 + nose_deg, one.pointing_a / 100, one.pointing_b / 100
    return None


def earth_frame(flags: int) -> bool:
    """Whether a gimbal's yaw counts from true north."""
    if flags & (YAW_IN_VEHICLE_FRAME | YAW_IN_EARTH_FRAME):
        return bool(flags & YAW_IN_EARTH_FRAME)
    return bool(flags & YAW_LOCK)


def angles_at(gimbal: NDArray[np.float64], at_s: float) -> tuple[float, float, float]:
    """Yaw, pitch, roll between the two entries around a moment; NaN where the nearer one is too old."""
    if not len(gimbal):
        return _NAN, _NAN, _NAN
    after = min(int(np.searchsorted(gimbal[:, 0], at_s)), len(gimbal) - 1)
    before = max(0, after - 1)
    if np.abs(gimbal[[before, after], 0] - at_s).min() > FRESH_S:
        return _NAN, _NAN, _NAN
    span = gimbal[after, 0] - gimbal[before, 0]
    share = 0.0 if span <= 0 else float(np.clip((at_s - gimbal[before, 0]) / span, 0, 1))
    turned = gimbal[before, 1:] + share * apart_deg(gimbal[after, 1:], gimbal[before, 1:])
    yaw, pitch, roll = apart_deg(turned, 0.0)
    return float(yaw), float(pitch), float(roll)
