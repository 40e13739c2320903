"""Telemetry that DJI drones write beside a clip as subtitles, in the dialects of a decade.

What a file means is taken from its own words, entry by entry, for a clip may hold several dialects: brackets
(`[latitude : 31.45] [longtitude : 74.39]`, misspelt so by DJI), or `GPS (lon, lat, satellites)` with or without
`G.PRY (pitch, roll, yaw)`. Where the third value of GPS is in metres (`0.0M`, Matrice), latitude comes first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from drone.telemetry.track import PoseTrack, Timing, track

FORMAT = "DJI SRT"
_NAN = float("nan")
# A 35-mm equivalent is taken by the width: by the diagonal a 16:9 crop comes out a tenth too wide. It is rounded, and
# what the video crops is not in it.
_HALF_FULL_FRAME_MM, _FOCAL_DOUBT = 18.0, 0.06
_N = r"([-+]?\d+(?:[.,]\d+)?)"
_CUE = re.compile(r"(\d+):(\d\d):(\d\d)[,.](\d+)\s*-->")
_WALL = re.compile(r"(\d{4})[-.](\d{1,2})[-.](\d{1,2})\s+(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d{1,3}))?")
_LAT = re.compile(rf"\blatitude\s*:\s*{_N}", re.IGNORECASE)
_LON = re.compile(rf"\blongt?itude\s*:\s*{_N}", re.IGNORECASE)
_GPS = re.compile(r"\bGPS\s*\(([^)]*)\)")
_PRY = re.compile(r"G\.PRY\s*\(([^)]*)\)")
_REL = re.compile(rf"\brel_alt\s*:\s*{_N}|\bBAROMETER\s*:\s*{_N}|\bHb\s*:\s*{_N}|,\s*H\s+{_N}\s*m")
_ABS = re.compile(rf"\babs_alt\s*:\s*{_N}")
_ALTITUDE = re.compile(rf"\baltitude\s*:\s*{_N}", re.IGNORECASE)
_GB = re.compile(rf"\bgb_yaw\s*:\s*{_N}\s+gb_pitch\s*:\s*{_N}\s+gb_roll\s*:\s*{_N}")
_FOCAL = re.compile(rf"\bfocal_len\s*:\s*{_N}")
_ZOOM = re.compile(rf"\bdzoom_ratio\s*:\s*{_N}")
_DOUBTFUL = "the altitude has no named datum: state the ground's height above sea level by the same datum"


def read_srt(text: str) -> PoseTrack:
    """The poses of such a file. Raises `BadTelemetry` where not one entry has a position."""
    rows: list[tuple[float, tuple[float, ...]]] = []
    wall: list[datetime | None] = []
    decimals, focals, damaged, doubtful = 0, [], 0, False
    first_wall: datetime | None = None
    for entry in _entries(text):
        moment = _moment(entry)
        first_wall = first_wall or moment
        time_s = _time_s(entry, moment, first_wall)
        place = _place(entry)
        if time_s is None or place is None:
            damaged += 1
            continue
        lon, lat, digits = place
        altitude = _first(_ABS, entry)
        if np.isnan(altitude) and not np.isnan(altitude := _first(_ALTITUDE, entry)):
            doubtful = True
        rows.append((time_s, (lon, lat, altitude, _first(_REL, entry), *_gimbal(entry))))
        wall.append(moment)
        decimals = max(decimals, digits)
        if not np.isnan(focal := _focal_mm(entry)):
            focals.append(focal)
    notes = [f"{damaged} damaged entries were left out"] if damaged else []
    notes += [_DOUBTFUL] if doubtful else []
    if focals and max(focals) > 1.01 * min(focals):
        notes.append("the lens zooms: state its view, places are right for one focal length alone")
    return track(
        rows,
        Timing.MEDIA,
        FORMAT,
        notes,
        step_deg=10.0**-decimals,
        began_at=next(
            (at - timedelta(seconds=row[0]) for row, at in zip(rows, wall, strict=True) if at is not None), None
        ),
        view_deg=math.degrees(2 * math.atan(_HALF_FULL_FRAME_MM / float(np.median(focals)))) if focals else None,
        focal_doubt=_FOCAL_DOUBT,
    )


def _entries(text: str) -> Iterator[str]:
    """What stands between two entry numbers, which are lines of digits alone; times may be missing."""
    lines: list[str] = []
    for line in text.lstrip("\ufeff").splitlines():
        if line.strip().isdigit():
            if lines:
                yield "\n".join(lines)
            lines = []
        elif line.strip():
            lines.append(line)
    if lines:
        yield "\n".join(lines)


def _time_s(entry: str, moment: datetime | None, first: datetime | None) -> float | None:
    """Media time: of the subtitle, or by the wall clock from the first entry where subtitles carry none."""
    if cue := _CUE.search(entry):
        hours, minutes, seconds, fraction = cue.groups()
        return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")
    return None if moment is None or first is None else (moment - first).total_seconds()


def _moment(entry: str) -> datetime | None:
    """The drone's clock, in a zone that the file does not name."""
    found = _WALL.search(entry)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction = found.groups()
    thousandths = int((fraction or "0").ljust(3, "0"))
    try:
        return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), thousandths * 1000)
    except ValueError:
        return None


def _place(entry: str) -> tuple[float, float, int] | None:
    """Longitude, latitude and how many decimals they have; None where either is missing or cut off."""
    lat, lon = _LAT.search(entry), _LON.search(entry)
    if lat is not None and lon is not None:
        # A number that ends where the entry ends may have been cut off in its middle.
        if max(lat.end(), lon.end()) == len(entry):
            return None
        return _number(lon[1]), _number(lat[1]), _decimals(lat[1])
    found = _GPS.search(entry)
    parts = _parts(found[1]) if found else []
    if len(parts) < 2 or not all(re.fullmatch(_N, part) for part in parts[:2]):
        return None
    one, other = (_number(part) for part in parts[:2])
    digits = max(_decimals(part) for part in parts[:2])
    if len(parts) > 2 and parts[2].upper().endswith("M"):
        one, other = other, one
    return one, other, digits


def _parts(inside: str) -> list[str]:
    """Values between brackets: decimal commas stand without a space behind them."""
    separator = r",\s*" if "." in inside or not re.search(r",\s", inside) else r",\s+"
    return [part.strip() for part in re.split(separator, inside)]


def _gimbal(entry: str) -> tuple[float, float, float]:
    """Yaw, pitch, roll in the earth frame, NaN where not told."""
    if found := _GB.search(entry):
        yaw, pitch, roll = (_number(part) for part in found.groups())
        return yaw, pitch, roll
    found = _PRY.search(entry)
    parts = _parts(found[1].replace("°", "")) if found else []
    if len(parts) != 3 or not all(re.fullmatch(_N, part) for part in parts):
        return _NAN, _NAN, _NAN
    pitch, roll, yaw = (_number(part) for part in parts)
    return yaw, pitch, roll


def _focal_mm(entry: str) -> float:
    """35-mm equivalent: older drones write tenths of a millimetre without a point."""
    found = _FOCAL.search(entry)
    if found is None:
        return _NAN
    focal = _number(found[1]) / (10 if "." not in found[1] and _number(found[1]) >= 100 else 1)
    zoom = _first(_ZOOM, entry)
    return focal * (1.0 if np.isnan(zoom) or zoom <= 0 else zoom)


def _first(pattern: re.Pattern[str], entry: str) -> float:
    found = pattern.search(entry)
    return _NAN if found is None else _number(next(group for group in found.groups() if group is not None))


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _decimals(text: str) -> int:
    return len(text.replace(",", ".").partition(".")[2])
