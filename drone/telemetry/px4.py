"""Poses from PX4's own log, timed by the UTC of its receiver.

Where a gimbal looked is taken from its own reports alone. What PX4 writes of a gimbal besides (`gimbal_controls`,
`gimbal_manager_set_attitude`, `mount_orientation`, and statuses that it makes up for a gimbal that tells nothing) is
where it was told to look, in part against the frame of the vehicle.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drone.attitude import from_quaternion
from drone.errors import BadTelemetry
from drone.telemetry.tlog import FRESH_S, angles_at, earth_frame
from drone.telemetry.track import PoseTrack, Timing, track
from drone.telemetry.ulog import Log, Table, read_log

FORMAT = "PX4 log"
Doubles = NDArray[np.float64]

_ESTIMATE, _RECEIVER, _HOME = "vehicle_global_position", "vehicle_gps_position", "home_position"
_ATTITUDE, _GIMBAL = "vehicle_attitude", "gimbal_device_attitude_status"
_SENT_TO = {_GIMBAL, "gimbal_controls", "gimbal_manager_set_attitude", "mount_orientation"}
_FIX_3D = 3
_FIRST_UTC_US = 1_262_304_000_000_000  # 2010: a receiver that tells less has no time yet
_DIFFERENT_S = 1.0


def read_px4(path: Path) -> PoseTrack:
    """The poses of a flight. Raises `BadTelemetry` where it has no place, or no time to join a video by."""
    log = read_log(path.read_bytes(), (_ESTIMATE, _RECEIVER, _HOME, _ATTITUDE, _GIMBAL))
    notes = list(log.notes)
    try:
        boot_us, places = _places(log, notes)
        ahead_us = _utc_of_boot_us(log, notes)
    except BadTelemetry as error:
        raise BadTelemetry("; ".join((str(error), *log.notes))) from error
    above_home = places[:, 2] - _home_amsl_m(log, boot_us, notes)
    gimbal = _gimbal(log, notes)
    gimbal[:, 0] = (gimbal[:, 0] + ahead_us) / 1e6
    rows = []
    for at_us, (lon, lat, amsl_m), above_m in zip(boot_us.tolist(), places.tolist(), above_home.tolist(), strict=True):
        at_s = (at_us + ahead_us) / 1e6
        rows.append((at_s, (lon, lat, amsl_m, above_m, *angles_at(gimbal, at_s))))
    return track(rows, Timing.UTC, FORMAT, notes, step_deg=1e-7)


def _places(log: Log, notes: list[str]) -> tuple[Doubles, Doubles]:
    """Microseconds since start (N,), and longitude, latitude, altitude above mean sea level (N, 3): PX4's estimate, or
    the receiver's fixes where there is none."""
    table = log.table(_ESTIMATE)
    if table is not None:
        sound = _flag(table, "lat_lon_valid", True)
        altitude = np.where(_flag(table, "alt_valid", True), _column(table, "alt"), np.nan)
        found = np.column_stack([_column(table, "lon"), _column(table, "lat"), altitude])
        if sound.any():
            return _column(table, "timestamp")[sound], found[sound]
    table = log.table(_RECEIVER)
    sound = np.zeros(0, bool) if table is None else _column(table, "fix_type") >= _FIX_3D
    if table is None or not sound.any():
        raise BadTelemetry(f"no {_ESTIMATE} and no fix in {_RECEIVER}, so the vehicle has no place")
    notes.append("PX4 had no estimate of its place: the receiver's own fixes are taken")
    if "latitude_deg" in (table.dtype.names or ()):
        columns = [_column(table, name) for name in ("longitude_deg", "latitude_deg", "altitude_msl_m")]
    else:
        columns = [_column(table, "lon") / 1e7, _column(table, "lat") / 1e7, _column(table, "alt") / 1e3]
    return _column(table, "timestamp")[sound], np.column_stack(columns)[sound]


def _utc_of_boot_us(log: Log, notes: list[str]) -> float:
    """UNIX microseconds at which the log's clock stood at 0."""
    table = log.table(_RECEIVER)
    known = np.zeros(0, bool) if table is None else _column(table, "time_utc_usec") > _FIRST_UTC_US
    if table is None or not known.any():
        raise BadTelemetry(
            f"no UTC in {_RECEIVER}: it cannot be joined with a video; its receiver must have had a fix while it logged"
        )
    read_us = _column(table, "timestamp") + _column(table, "timestamp_time_relative")
    ahead_us = (_column(table, "time_utc_usec") - read_us)[known]
    if np.ptp(ahead_us) > _DIFFERENT_S * 1e6:
        notes.append(f"the receiver's clock was put right by {np.ptp(ahead_us) / 1e6:.1f} s: its middle is taken")
    return float(np.median(ahead_us))


def _home_amsl_m(log: Log, boot_us: Doubles, notes: list[str]) -> Doubles:
    """How high home was at each moment, NaN before it was set."""
    table = log.table(_HOME)
    if table is not None:
        table = table[_flag(table, "valid_alt", True)]
    if table is None or not len(table):
        notes.append("home was never set: heights are above mean sea level alone")
        return np.full(len(boot_us), np.nan)
    latest = np.searchsorted(_column(table, "timestamp"), boot_us, side="right") - 1
    return np.where(latest >= 0, _column(table, "alt")[np.maximum(latest, 0)], np.nan)


def _gimbal(log: Log, notes: list[str]) -> Doubles:
    """Microseconds since start, yaw, pitch, roll (K, 4) in the earth frame, by the gimbal's own reports."""
    table = log.table(_GIMBAL)
    rows: list[tuple[float, float, float, float]] = []
    if table is not None:
        table = table[_flag(table, "received_from_mavlink", False)]
        noses = _nose_deg(log, _column(table, "timestamp"))
        flags = _column(table, "device_flags").astype(int)
        for at_us, q, flag, nose in zip(_column(table, "timestamp"), table["q"], flags, noses, strict=True):
            yaw, pitch, roll = from_quaternion(*(float(part) for part in q))
            rows.append((float(at_us), yaw if earth_frame(int(flag)) else yaw + float(nose), pitch, roll))
    found = np.array(rows, np.float64).reshape(-1, 4)
    found = found[~np.isnan(found).any(axis=1)]
    if not len(found):
        only = "; the log has only where one was told to look, which is left out" if _SENT_TO & log.named else ""
        notes.append(f"no gimbal told its angles{only}")
    return found


def _nose_deg(log: Log, at_us: Doubles) -> Doubles:
    """Where the vehicle's nose pointed, clockwise from north, by its latest attitude; NaN where that is too old."""
    table = log.table(_ATTITUDE)
    if table is None:
        return np.full(len(at_us), np.nan)
    told_us = _column(table, "timestamp")
    latest = np.searchsorted(told_us, at_us, side="right") - 1
    w, x, y, z = np.asarray(table["q"], np.float64)[np.maximum(latest, 0)].T
    heading = np.degrees(np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)))
    fresh = (latest >= 0) & (at_us - told_us[np.maximum(latest, 0)] <= FRESH_S * 1e6)
    return np.where(fresh, heading, np.nan)


def _column(table: Table, name: str) -> Doubles:
    """Raises `BadTelemetry` where messages lack it: microseconds of UTC are exact in a double until 2255."""
    if name not in (table.dtype.names or ()):
        raise BadTelemetry(f"its messages have no field {name}: there are {', '.join(table.dtype.names or ())}")
    return np.asarray(table[name], np.float64)


def _flag(table: Table, name: str, otherwise: bool) -> NDArray[np.bool_]:
    """Older PX4 does not write each."""
    return np.asarray(table[name], bool) if name in (table.dtype.names or ()) else np.full(len(table), otherwise)
