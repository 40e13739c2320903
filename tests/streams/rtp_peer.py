"""Pictures as RTP packets, in every way in which cameras pack them (RFC 6184, RFC 7798): the sending side of tests."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.streams.builders import pictures
from vision.types import Picture

START = b"\x00\x00\x00\x01"
_START_CODE = re.compile(rb"\x00\x00\x00?\x01")


@dataclass(frozen=True)
class Unit:
    """One access unit: its NAL units without start codes, its RTP time."""

    nals: tuple[bytes, ...]
    timestamp: int
    is_key: bool

    @property
    def annexb(self) -> bytes:
        return b"".join(START + nal for nal in self.nals)


@dataclass
class Packer:
    """Turns units into RTP packets. `markers`: right, never, nal (on every NAL unit) or packet (on every one)."""

    codec: str = "h264"
    mtu: int = 200
    markers: str = "right"
    aggregate: bool = False
    payload_type: int = 96
    ssrc: int = 0x1234
    sequence: int = 65_500
    repeat_sets: bool = False
    _head: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        self._head = 1 if self.codec == "h264" else 2

    def pack(self, unit: Unit) -> list[bytes]:
        payloads: list[tuple[bytes, bool]] = []
        for group in self._groups(list(unit.nals)):
            pieces = list(self._pieces(group))
            payloads += [(piece, i == len(pieces) - 1) for i, piece in enumerate(pieces)]
        made = []
        for i, (payload, ends_nal) in enumerate(payloads):
            last = i == len(payloads) - 1
            marker = {"right": last, "never": False, "nal": ends_nal, "packet": True}[self.markers]
            made.append(self.packet(payload, unit.timestamp, marker))
        return made

    def packet(self, payload: bytes, timestamp: int, marker: bool) -> bytes:
        kind = self.payload_type | (0x80 if marker else 0)
        head = struct.pack(">BBHII", 0x80, kind, self.sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self.ssrc)
        self.sequence += 1
        return head + payload

    def _groups(self, nals: list[bytes]) -> Iterator[list[bytes]]:
        """What goes into one packet, where it fits."""
        group: list[bytes] = []
        for nal in nals:
            if not self.aggregate or sum(map(len, group)) + len(nal) + 2 * len(group) > self.mtu - 8:
                if group:
                    yield group
                group = []
            group.append(nal)
        if group:
            yield group

    def _pieces(self, group: list[bytes]) -> Iterator[bytes]:
        if len(group) > 1:
            head = b"\x78" if self.codec == "h264" else b"\x60\x01"
            yield head + b"".join(struct.pack(">H", len(nal)) + nal for nal in group)
            return
        nal = group[0]
        if len(nal) <= self.mtu:
            yield nal
            return
        kind = nal[0] & 0x1F if self.codec == "h264" else nal[0] >> 1 & 0x3F
        head = bytes((nal[0] & 0xE0 | 28,)) if self.codec == "h264" else bytes((nal[0] & 0x81 | 49 << 1, nal[1]))
        body = nal[self._head :]
        for at in range(0, len(body), self.mtu):
            ends = (0x80 if at == 0 else 0) | (0x40 if at + self.mtu >= len(body) else 0)
            yield head + bytes((ends | kind,)) + body[at : at + self.mtu]


def interleaved(packet: bytes, channel: int = 0) -> bytes:
    return struct.pack(">cBH", b"$", channel, len(packet)) + packet


def units_of(path: Path) -> list[Unit]:
    """The access units of a file in decoding order, parameter sets in every key frame."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        to_annexb = av.BitStreamFilterContext(f"{stream.codec_context.name}_mp4toannexb", stream)
        found = []
        for packet in container.demux(stream):
            if not packet.size:
                continue
            assert packet.pts is not None
            assert packet.time_base is not None
            # So near the wrap of 32 bits that every stream of a second has it.
            timestamp = round(packet.pts * packet.time_base * 90_000) + 0xFFFF_0000
            is_key = packet.is_keyframe  # the filter empties the packet
            for whole in to_annexb.filter(packet):
                nals = tuple(nal for nal in _START_CODE.split(bytes(whole)) if nal)
                found.append(Unit(nals, timestamp, is_key))
    return found


def encode_h265(path: Path, count: int, size_wh: tuple[int, int] = (320, 240)) -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx265", rate=25)
        stream.pix_fmt, (stream.width, stream.height) = "yuv420p", size_wh
        stream.options = {"preset": "ultrafast", "x265-params": "keyint=10:min-keyint=10:bframes=2:log-level=none"}
        for number, shown in enumerate(pictures(count, size_wh)):
            frame = av.VideoFrame.from_ndarray(shown, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def noise(count: int, size_wh: tuple[int, int]) -> Iterator[Picture]:
    """Pictures that take many packets."""
    rng = np.random.default_rng(5)
    return (rng.integers(0, 255, (size_wh[1], size_wh[0], 3), np.uint8) for _ in range(count))


def without(unit: Unit, *kinds: int, codec: str = "h264") -> Unit:
    """The unit without its NAL units of these types."""
    kept = (nal for nal in unit.nals if (nal[0] & 0x1F if codec == "h264" else nal[0] >> 1 & 0x3F) not in kinds)
    return replace(unit, nals=tuple(kept))
