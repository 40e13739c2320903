"""MISB ST 0601 local sets: packets of a UAV's sensor metadata, written and read.

Keys, lengths and the running 16-bit sum are of ST 0601.8, section 6; each item's range from its table. What an item
cannot say (the lowest integer of a signed one) and what it does not carry is NaN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from drone.attitude import carried
from drone.telemetry.track import PoseTrack, Timing, track
from drone.types import Pose

FORMAT = "MISB ST 0601"
KEY = bytes.fromhex("060e2b34020b01010e01030101000000")
_CHECKSUM, _TIME, _VERSION = 1, 2, 65
_NAN = float("nan")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WROTE_VERSION = 8


@dataclass(frozen=True, slots=True)
class _Item:
    """A number that an integer of `size` bytes stands for, evenly from `low` to `high`."""

    size: int
    low: float
    high: float
    signed: bool

    @property
    def top(self) -> int:
        return int(2 ** (8 * self.size - self.signed)) - 1

    def encode(self, value: float) -> bytes:
        if not self.low - 1e-9 <= value <= self.high + 1e-9:
            raise ValueError(f"expected {self.low} to {self.high}, got {value}")
        share = value / self.high if self.signed else (value - self.low) / (self.high - self.low)
        return round(share * self.top).to_bytes(self.size, "big", signed=self.signed)

    def decode(self, data: bytes) -> float:
        if len(data) != self.size:
            return _NAN
        whole = int.from_bytes(data, "big", signed=self.signed)
        if self.signed:
            return _NAN if whole < -self.top else whole / self.top * self.high
        return whole / self.top * (self.high - self.low) + self.low


# Number of the item in the standard's table, and what it means.
HEADING, PITCH, ROLL = 5, 6, 7
LATITUDE, LONGITUDE, ALTITUDE = 13, 14, 15
VIEW_ACROSS, VIEW_DOWN = 16, 17
RELATIVE_AZIMUTH, RELATIVE_ELEVATION, RELATIVE_ROLL = 18, 19, 20
SLANT_RANGE = 21
CENTRE_LATITUDE, CENTRE_LONGITUDE, CENTRE_ELEVATION = 23, 24, 25
PITCH_FULL, ROLL_FULL = 90, 91
ITEMS: Mapping[int, _Item] = {
    HEADING: _Item(2, 0, 360, False),
    PITCH: _Item(2, -20, 20, True),
    ROLL: _Item(2, -50, 50, True),
    LATITUDE: _Item(4, -90, 90, True),
    LONGITUDE: _Item(4, -180, 180, True),
    ALTITUDE: _Item(2, -900, 19_000, False),
    VIEW_ACROSS: _Item(2, 0, 180, False),
    VIEW_DOWN: _Item(2, 0, 180, False),
    RELATIVE_AZIMUTH: _Item(4, 0, 360, False),
    RELATIVE_ELEVATION: _Item(4, -180, 180, True),
    RELATIVE_ROLL: _Item(4, 0, 360, False),
    SLANT_RANGE: _Item(4, 0, 5_000_000, False),
    CENTRE_LATITUDE: _Item(4, -90, 90, True),
    CENTRE_LONGITUDE: _Item(4, -180, 180, True),
    CENTRE_ELEVATION: _Item(2, -900, 19_000, False),
    PITCH_FULL: _Item(4, -90, 90, True),
    ROLL_FULL: _Item(4, -90, 90, True),
}


@dataclass(frozen=True, slots=True)
class Metadata:
    """One packet: UTC of the picture that it belongs to, and values by the numbers above, in degrees and metres."""

    at: datetime
    values: Mapping[int, float]

    def get(self, item: int) -> float:
        return self.values.get(item, _NAN)


def encode(metadata: Metadata) -> bytes:
    """A packet. Raises `ValueError` for a value outside its item's range, `KeyError` for an item not known here."""
    microseconds = (metadata.at - _EPOCH) // timedelta(microseconds=1)
    body = _field(_TIME, microseconds.to_bytes(8, "big"))
    for item, value in metadata.values.items():
        if not np.isnan(value):
            body += _field(item, ITEMS[item].encode(value))
    body += _field(_VERSION, bytes([_WROTE_VERSION])) + bytes([_CHECKSUM, 2])
    packet = KEY + _length(len(body) + 2) + body
    return packet + _sum(packet).to_bytes(2, "big")


def of_pose(pose: Pose, view_deg: float | None = None, ground_amsl_m: float | None = None) -> Metadata:
    """A pose as a packet carries it: the platform level and looking north, the sensor turned by the gimbal's angles."""
    told = {
        HEADING: 0.0,
        PITCH_FULL: 0.0,
        ROLL_FULL: 0.0,
        LATITUDE: pose.lat,
        LONGITUDE: pose.lon,
        ALTITUDE: pose.altitude_amsl_m,
        VIEW_ACROSS: view_deg,
        RELATIVE_AZIMUTH: None if pose.gimbal_yaw_deg is None else pose.gimbal_yaw_deg % 360,
        RELATIVE_ELEVATION: pose.gimbal_pitch_deg,
        RELATIVE_ROLL: None if pose.gimbal_roll_deg is None else pose.gimbal_roll_deg % 360,
        CENTRE_ELEVATION: ground_amsl_m,
    }
    return Metadata(pose.captured_at, {item: value for item, value in told.items() if value is not None})


def packets(data: bytes) -> Iterator[Metadata | None]:
    """Every local set in a stretch of bytes, None for one whose sum is wrong or that is cut off."""
    at = data.find(KEY)
    while at >= 0:
        begin = at + len(KEY)
        size, body = _read_length(data, begin)
        end = body + size
        whole = size >= 4 and end <= len(data)
        if whole and int.from_bytes(data[end - 2 : end], "big") == _sum(data[at : end - 2]):
            yield _decoded(data[body:end])
        else:
            yield None
            end = begin
        at = data.find(KEY, end)


def poses(found: Sequence[Metadata], damaged: int = 0, media_s: Sequence[float] | None = None) -> PoseTrack:
    """The poses that packets tell, timed by their own UTC, or by media time where that is given for each. Raises
    `BadTelemetry` where there are none."""
    notes = [f"{damaged} damaged packets were left out"] if damaged else []
    views = [one.get(VIEW_ACROSS) for one in found if one.get(VIEW_ACROSS) > 0]
    grounds = [one.get(CENTRE_ELEVATION) for one in found if not np.isnan(one.get(CENTRE_ELEVATION))]
    if views and max(views) > 1.01 * min(views):
        notes.append("the lens zooms: state its view, places are right for one focal length alone")
    times_s = [one.at.timestamp() for one in found] if media_s is None else media_s
    return track(
        [(at_s, _row(one)) for at_s, one in zip(times_s, found, strict=True)],
        Timing.UTC if media_s is None else Timing.MEDIA,
        FORMAT,
        notes,
        began_at=found[0].at - timedelta(seconds=media_s[0] if media_s is not None else 0.0) if found else None,
        view_deg=float(np.median(views)) if views else None,
        ground_amsl_m=float(np.median(grounds)) if grounds else None,
    )


def read_klv(data: bytes) -> PoseTrack:
    """A file of packets alone. Raises `BadTelemetry`."""
    every = list(packets(data))
    found = [one for one in every if one is not None]
    return poses(found, len(every) - len(found))


def _row(one: Metadata) -> tuple[float, ...]:
    return one.get(LONGITUDE), one.get(LATITUDE), one.get(ALTITUDE), _NAN, *_gimbal(one)


def _gimbal(one: Metadata) -> tuple[float, ...]:
    """Yaw, pitch, roll of the sensor in the earth frame. Without the platform's heading nothing says where it looks."""
    relative = one.get(RELATIVE_AZIMUTH), one.get(RELATIVE_ELEVATION), one.get(RELATIVE_ROLL)
    if np.isnan([one.get(HEADING), *relative[:2]]).any():
        return _NAN, _NAN, _NAN
    # The coarse items end at 20 and 50 degrees; a multirotor that banks more sends the full ones.
    pitch, roll = (_known(one.get(full), one.get(coarse)) for full, coarse in ((PITCH_FULL, PITCH), (ROLL_FULL, ROLL)))
    platform = one.get(HEADING), pitch, roll
    return tuple(carried(platform, (relative[0], relative[1], _known(relative[2], 0.0))).tolist())


def _known(value: float, otherwise: float) -> float:
    return value if not np.isnan(value) else 0.0 if np.isnan(otherwise) else otherwise


def _decoded(body: bytes) -> Metadata | None:
    """None where the one item that each packet must have is missing, or none that a calendar has: its time."""
    at: datetime | None = None
    values: dict[int, float] = {}
    place = 0
    while place < len(body):
        tag, place = _read_tag(body, place)
        size, place = _read_length(body, place)
        data, place = body[place : place + size], place + size
        if tag == _TIME and size == 8:
            at = _time(int.from_bytes(data, "big"))
        elif tag in ITEMS:
            values[tag] = ITEMS[tag].decode(data)
    return None if at is None else Metadata(at, values)


def _time(microseconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:  # all ones, of a receiver that has no time yet
        return None


def _read_tag(data: bytes, place: int) -> tuple[int, int]:
    """BER-OID: seven bits a byte, the highest bit says that more follow."""
    tag = 0
    while place < len(data):
        tag = tag << 7 | data[place] & 0x7F
        place += 1
        if not data[place - 1] & 0x80:
            break
    return tag, place


def _read_length(data: bytes, place: int) -> tuple[int, int]:
    """BER: the length itself below 128, else how many bytes hold it. Past the end where it is cut off."""
    if place >= len(data):
        return len(data), place
    first = data[place]
    if first < 0x80:
        return first, place + 1
    count = first & 0x7F
    return int.from_bytes(data[place + 1 : place + 1 + count], "big"), place + 1 + count


def _field(tag: int, data: bytes) -> bytes:
    return bytes([tag]) + _length(len(data)) + data


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    needed = (size.bit_length() + 7) // 8
    return bytes([0x80 | needed]) + size.to_bytes(needed, "big")


def _sum(data: bytes) -> int:
    """Of all 16-bit words from the key to the sum's own length, an odd last byte as the upper half of one."""
    return (sum(data[0::2]) * 256 + sum(data[1::2])) % 65_536
