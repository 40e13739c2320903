"""RTCP (RFC 3550, section 6): the camera's clock from its sender reports, and our receiver reports."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_SENDER, _RECEIVER, _SOURCE, _BYE = 200, 201, 202, 203
_NTP_EPOCH = datetime(1900, 1, 1, tzinfo=UTC)
# The 32 bits of NTP's seconds begin again in 2036; cameras that were never set count from 1970 or 2000.
_NTP_ERA = 1 << 32
_NTP_1968 = 1 << 31


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`rtp_time` was the camera's RTP time at `sent_at` by its own wall clock. `arrived_s` is our monotonic clock when
    we read it, up to one nap after it came."""

    ssrc: int
    rtp_time: int
    sent_at: datetime
    arrived_s: float
    ntp_middle: int


class RtcpClock:
    """RTP time to the camera's wall time (UTC, if the camera is set right). Written by the receiving thread alone."""

    def __init__(self, clock_hz: int = 90_000) -> None:
        self._clock_hz = clock_hz
        self.newest: SenderReport | None = None
        self.reports = 0

    def saw(self, report: SenderReport) -> None:
        self.newest = report
        self.reports += 1

    def taken_at(self, pts: int) -> datetime | None:
        """When the camera says that the picture of this `Packet.pts` (as received) was taken; None before a report."""
        report = self.newest
        if report is None:
            return None
        ticks = (pts - report.rtp_time + (1 << 31)) % (1 << 32) - (1 << 31)
        return report.sent_at + timedelta(seconds=ticks / self._clock_hz)


@dataclass(frozen=True, slots=True)
class Reception:
    """What a receiver report says. `expected` and `lost` count from the beginning."""

    ssrc: int
    highest_sequence: int
    expected: int
    lost: int


def read(packet: bytes | memoryview, arrived_s: float) -> Iterator[SenderReport | int]:
    """The sender reports of a compound packet, and the SSRC of each source that says goodbye. Garbage ends it."""
    at = 0
    while at + 8 <= len(packet):
        first, kind, words, ssrc = struct.unpack_from(">BBHI", packet, at)
        end = at + 4 * (words + 1)
        if first >> 6 != 2 or end > len(packet):
            return
        if kind == _SENDER and words >= 6:
            seconds, fraction, rtp_time = struct.unpack_from(">III", packet, at + 8)
            if seconds:
                yield SenderReport(
                    ssrc, rtp_time, _wall(seconds, fraction), arrived_s, (seconds & 0xFFFF) << 16 | fraction >> 16
                )
        elif kind == _BYE and first & 0x1F:
            yield ssrc
        at = end


def _wall(seconds: int, fraction: int) -> datetime:
    era = _NTP_ERA if seconds < _NTP_1968 else 0
    return _NTP_EPOCH + timedelta(seconds=seconds + era, microseconds=fraction * 1_000_000 >> 32)


def receiver_report(
    own_ssrc: int, now: Reception, before: Reception | None, report: SenderReport | None, now_s: float
) -> bytes:
    """With the source's name, as every compound packet must have. The jitter is 0: naps hide when packets came."""
    expected = now.expected - (before.expected if before else 0)
    lost = max(0, now.lost - (before.lost if before else 0))
    fraction = min(255, lost * 256 // expected) if expected > 0 else 0
    middle, since = (report.ntp_middle, round((now_s - report.arrived_s) * 65_536)) if report else (0, 0)
    block = struct.pack(
        ">IIIIII",
        now.ssrc,
        fraction << 24 | min(now.lost, 0x7FFFFF),
        now.highest_sequence & 0xFFFFFFFF,
        0,
        middle,
        min(since, 0xFFFFFFFF),
    )
    name = b"\x01\x06sanxun\x00\x00\x00\x00"
    head = struct.pack(">BBHI", 0x81, _RECEIVER, 1 + len(block) // 4, own_ssrc)
    return head + block + struct.pack(">BBHI", 0x81, _SOURCE, 1 + len(name) // 4, own_ssrc) + name
