"""Tracks of a receiver alone, without a camera's angles: GPX 1.0 and 1.1, and NMEA 0183 (RMC and GGA sentences)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from drone.errors import BadTelemetry
from drone.telemetry.track import PoseTrack, Timing, track

_NAN = float("nan")
_SENTENCE = re.compile(r"\$([^*\r\n]+)\*([0-9A-Fa-f]{2})")
_MINUTE_DEG = 1 / 60


def read_gpx(text: str) -> PoseTrack:
    """Every timed point of a GPX file, whatever its tracks and segments. Raises `BadTelemetry`."""
    try:
        root = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadTelemetry(f"GPX: not readable as XML: {error}") from error
    rows, untimed, decimals = [], 0, 0
    for point in root.iter():
        if _name(point) not in ("trkpt", "rtept", "wpt"):
            continue
        at = _time(_child(point, "time"))
        try:
            lon, lat = float(point.attrib["lon"]), float(point.attrib["lat"])
        except (KeyError, ValueError):
            at = None
        if at is None:
            untimed += 1
            continue
        decimals = max(decimals, len(point.attrib["lat"].partition(".")[2]))
        rows.append((at.timestamp(), _row(lon, lat, _number(_child(point, "ele")))))
    notes = [f"{untimed} points without a time or a place were left out"] if untimed else []
    return track(rows, Timing.UTC, "GPX", notes, step_deg=10.0 ** -min(decimals, 9))


def read_nmea(text: str) -> PoseTrack:
    """The fixes of a receiver's sentences. Heights are of the GGA sentence of the same second. Raises
    `BadTelemetry`."""
    heights: dict[str, float] = {}
    fixes: list[tuple[datetime, float, float, str]] = []
    damaged, decimals = 0, 0
    for found in _SENTENCE.finditer(text):
        body, told = found.groups()
        if _parity(body) != int(told, 16):
            damaged += 1
            continue
        parts = body.split(",")
        if parts[0][-3:] == "GGA" and len(parts) > 9 and parts[6] not in ("", "0"):
            heights[parts[1]] = _number(parts[9])
        elif parts[0][-3:] == "RMC" and len(parts) > 9 and parts[2] == "A":
            at = _rmc_time(parts[1], parts[9])
            lat, lon = _degrees(parts[3], parts[4]), _degrees(parts[5], parts[6])
            decimals = max(decimals, len(parts[3].partition(".")[2]))
            if at is None or lat is None or lon is None:
                damaged += 1
            else:
                fixes.append((at, lon, lat, parts[1]))
    rows = [(at.timestamp(), _row(lon, lat, heights.get(clock, _NAN))) for at, lon, lat, clock in fixes]
    notes = [f"{damaged} damaged sentences were left out"] if damaged else []
    return track(rows, Timing.UTC, "NMEA", notes, step_deg=_MINUTE_DEG * 10.0**-decimals)


def _row(lon: float, lat: float, altitude_m: float) -> tuple[float, ...]:
    return lon, lat, altitude_m, _NAN, _NAN, _NAN, _NAN


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _child(point: Element, name: str) -> str | None:
    return next((child.text for child in point if _name(child) == name), None)


def _time(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC)  # GPX times are UTC (schema 1.1)


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return _NAN


def _rmc_time(clock: str, day: str) -> datetime | None:
    try:
        when = time(int(clock[:2]), int(clock[2:4]), int(clock[4:6]), int(float(f"0{clock[6:] or '.0'}") * 1_000_000))
        return datetime.combine(date(2000 + int(day[4:6]), int(day[2:4]), int(day[:2])), when, UTC)
    except ValueError:
        return None


def _degrees(text: str, side: str) -> float | None:
    """Degrees of `ddmm.mmmm` or `dddmm.mmmm`."""
    found = re.fullmatch(r"(\d{2,3})(\d{2}(?:\.\d+)?)", text)
    if found is None or side not in ("N", "S", "E", "W"):
        return None
    degrees = int(found[1]) + float(found[2]) * _MINUTE_DEG
    return -degrees if side in "SW" else degrees


def _parity(body: str) -> int:
    total = 0
    for byte in body.encode("ascii", "replace"):
        total ^= byte
    return total
