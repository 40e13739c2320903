"""Telemetry of whatever format: what a file is, its content says, and its name only where the content does not."""

from __future__ import annotations

from pathlib import Path

from drone.errors import BadTelemetry
from drone.telemetry.dji_srt import read_srt
from drone.telemetry.gnss import read_gpx, read_nmea
from drone.telemetry.klv import KEY, read_klv
from drone.telemetry.px4 import read_px4
from drone.telemetry.tlog import read_tlog
from drone.telemetry.track import PoseTrack
from drone.telemetry.transport import holds_metadata, read_transport
from drone.telemetry.ulog import MAGIC

FORMATS = "DJI subtitles (.srt), MISB ST 0601 (.klv, .ts), MAVLink logs (.tlog), PX4 logs (.ulg), GPX and NMEA"
_HEAD = 4096
_MOST_BYTES = 512 * 1024 * 1024


def read_telemetry(path: Path, system: int | None = None) -> PoseTrack:
    """The poses of a file. `system` picks the vehicle of a log that has several. Raises `BadTelemetry` that says what
    was expected."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise BadTelemetry(f"cannot read telemetry {path}: {error.strerror}") from error
    if size > _MOST_BYTES:
        raise BadTelemetry(f"{path.name}: {size} bytes are more than any flight's telemetry")
    suffix = path.suffix.lower()
    if suffix == ".tlog":
        return read_tlog(path, system)
    if head.startswith(MAGIC) or suffix == ".ulg":
        try:
            return read_px4(path)
        except BadTelemetry as error:
            raise BadTelemetry(f"{path.name}: {error}") from error
    if head.startswith(KEY[:4]) or suffix in (".klv", ".bin"):
        return read_klv(path.read_bytes())
    if head[:1] == b"\x47" or suffix in (".ts", ".m2ts", ".mpg", ".mp4", ".mkv", ".mov"):
        if not holds_metadata(path):
            raise BadTelemetry(f"{path.name}: a video without a data track of telemetry")
        return read_transport(path)
    return _of_text(path)


def _of_text(path: Path) -> PoseTrack:
    text = path.read_bytes().decode("utf-8", "replace")
    suffix, start = path.suffix.lower(), text.lstrip("\ufeff \t\r\n")
    if suffix == ".srt" or start[:1].isdigit():
        found = read_srt
    elif suffix == ".gpx" or start.startswith("<"):
        found = read_gpx
    elif suffix in (".nmea", ".log", ".txt") or start.startswith("$"):
        found = read_nmea
    else:
        raise BadTelemetry(f"{path.name}: not a format that is known here; expected {FORMATS}")
    try:
        return found(text)
    except BadTelemetry as error:
        raise BadTelemetry(f"{path.name}: {error}") from error
