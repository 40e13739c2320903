"""An H.264 file cut into RTP payloads (RFC 6184), ready to be sent as a camera sends."""

from __future__ import annotations

import base64
import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from streams.demo_camera.wire import CLOCK_HZ, Train
from streams.errors import SourceUnusable
from streams.sources.packets import Packet
from streams.sources.source import Source, open_source
from streams.sources.timeline import Timeline

# With RTP's 12 bytes and the 4 of interleaving this stays inside an Ethernet frame.
_MOST_PAYLOAD = 1400
_SPS, _PPS, _AUD, _FILLER, _FU_A = 7, 8, 9, 12, 28
_START_CODE = re.compile(rb"\x00\x00\x00?\x01")


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One picture. `due_s` is when it is sent and `pts_90k` when it was taken, both from the clip's beginning."""

    due_s: float
    pts_90k: int
    is_key: bool
    train: Train


@dataclass(frozen=True, slots=True)
class H264Clip:
    """Held in memory as it will be sent, some megabytes. `duration_s` includes the last picture's own time."""

    units: tuple[AccessUnit, ...]
    duration_s: float
    sps: bytes
    pps: bytes
    resolution_wh: tuple[int, int]

    def at(self, position_s: float) -> int:
        """Index of the last key frame sent at or before a position in the clip."""
        index = bisect.bisect_right(self.units, position_s, key=lambda unit: unit.due_s) - 1
        while index > 0 and not self.units[index].is_key:
            index -= 1
        return max(0, index)

    def sdp(self, name: str, host: str) -> str:
        """RFC 8866, with the parameters of RFC 6184, section 8.1."""
        sprop = ",".join(base64.b64encode(unit).decode() for unit in (self.sps, self.pps))
        fps = len(self.units) / self.duration_s
        lines = (
            "v=0",
            f"o=- 0 0 IN IP4 {host}",
            f"s={name}",
            "c=IN IP4 0.0.0.0",
            "t=0 0",
            "a=control:*",
            "a=range:npt=now-",
            "m=video 0 RTP/AVP 96",
            f"a=rtpmap:96 H264/{CLOCK_HZ}",
            f"a=fmtp:96 packetization-mode=1;profile-level-id={self.sps[1:4].hex()};sprop-parameter-sets={sprop}",
            f"a=framerate:{fps:.3f}",
            "a=control:trackID=0",
        )
        return "\r\n".join(lines) + "\r\n"


def load_clip(path: Path) -> H264Clip:
    """Raises `SourceUnusable` when the file is not H.264 with a key frame at its beginning."""
    with open_source(str(path)) as source:
        if source.codec != "h264":
            raise SourceUnusable(f"{path} holds {source.codec}: only H.264 can be served; re-encode it first")
        sets, length_size = _parameter_sets(source.extradata or b"")
        taken = [
            (packet.dts, packet.pts, packet.is_keyframe, list(_nal_units(packet.data, length_size)))
            for packet in _placed(source)
        ]
        tick_s = float(source.time_base)
        size = source.resolution_wh
    if not taken or not taken[0][2]:
        raise SourceUnusable(f"{path} must begin with a key frame to be served")
    for _, _, _, units in taken:
        for unit in units:
            sets.setdefault(unit[0] & 0x1F, unit)
    if _SPS not in sets or _PPS not in sets:
        raise SourceUnusable(f"{path} has no parameter sets: is it whole?")
    return _clip(taken, tick_s, sets[_SPS], sets[_PPS], size)


_Taken = tuple[int | None, int | None, bool, list[bytes]]


def _clip(taken: list[_Taken], tick_s: float, sps: bytes, pps: bytes, size: tuple[int, int]) -> H264Clip:
    shown = [pts if pts is not None else dts or 0 for dts, pts, _, _ in taken]
    sent = [dts if dts is not None else at for (dts, _, _, _), at in zip(taken, shown, strict=True)]
    frame_s = (max(shown) - min(shown)) * tick_s / max(1, len(taken) - 1) or 0.04
    units: list[AccessUnit] = []
    packets = 0
    for at, send, (_, _, is_key, nals) in zip(shown, sent, taken, strict=True):
        train = Train.of(_payloads(_with_sets(nals, sps, pps) if is_key else nals), packets)
        packets += len(train.heads)
        units.append(AccessUnit((send - sent[0]) * tick_s, round(at * tick_s * CLOCK_HZ), is_key, train))
    return H264Clip(tuple(units), (max(shown) - min(shown)) * tick_s + frame_s, sps, pps, size)


def _placed(source: Source) -> Iterator[Packet]:
    timeline = Timeline(source.time_base, source.frame_interval_s)
    for packet in source.packets():
        timeline.place(packet)
        yield packet


def _parameter_sets(extradata: bytes) -> tuple[dict[int, bytes], int]:
    """SPS and PPS by NAL type, and the size of the length before each NAL unit; 0 where start codes divide them."""
    if not extradata.startswith(b"\x01"):
        return {unit[0] & 0x1F: unit for unit in _by_start_code(extradata)}, 0
    # ISO/IEC 14496-15, section 5.3.3.1: AVCDecoderConfigurationRecord
    sets: dict[int, bytes] = {}
    at = 6
    for count in (extradata[5] & 0x1F, None):
        if count is None:
            count, at = extradata[at], at + 1
        for _ in range(count):
            length = int.from_bytes(extradata[at : at + 2], "big")
            unit = extradata[at + 2 : at + 2 + length]
            sets.setdefault(unit[0] & 0x1F, unit)
            at += 2 + length
    return sets, (extradata[4] & 0x03) + 1


def _nal_units(data: bytes, length_size: int) -> Iterator[bytes]:
    found = _by_length(data, length_size) if length_size else _by_start_code(data)
    return (unit for unit in found if unit and unit[0] & 0x1F not in (_AUD, _FILLER))


def _by_length(data: bytes, length_size: int) -> Iterator[bytes]:
    at = 0
    while at + length_size <= len(data):
        length = int.from_bytes(data[at : at + length_size], "big")
        at += length_size
        yield data[at : at + length]
        at += length


def _by_start_code(data: bytes) -> Iterator[bytes]:
    return (unit.rstrip(b"\x00") for unit in _START_CODE.split(data)[1:] if unit)


def _with_sets(nals: list[bytes], sps: bytes, pps: bytes) -> list[bytes]:
    """A key frame with its parameter sets before it, for whoever joins here."""
    return nals if any(unit[0] & 0x1F == _SPS for unit in nals) else [sps, pps, *nals]


def _payloads(nals: list[bytes]) -> Iterator[bytes]:
    for unit in nals:
        if len(unit) <= _MOST_PAYLOAD:
            yield unit
            continue
        # RFC 6184, section 5.8: FU indicator, FU header with start and end bit, a piece of the unit without its header
        indicator, kind, body = (unit[0] & 0xE0) | _FU_A, unit[0] & 0x1F, unit[1:]
        step = _MOST_PAYLOAD - 2
        for at in range(0, len(body), step):
            ends = (0x80 if at == 0 else 0) | (0x40 if at + step >= len(body) else 0)
            yield bytes((indicator, ends | kind)) + body[at : at + step]
