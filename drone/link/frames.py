"""MAVLink frames in bytes: found, their checksum checked, decoded (mavlink.io, "Packet Serialization").

pymavlink's own parser is left out: it sets its clocks for signatures before it knows whether a packet is genuine.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from drone.link.dialect import mavlink

V1, V2 = 0xFE, 0xFD
SIGNED = 0x01
SIGNATURE_BYTES = 13  # link id, 6 of timestamp, 6 of signature


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole frame whose checksum is right; `raw` is as it came, its signature included."""

    system: int
    component: int
    message_id: int
    sequence: int
    signed: bool
    raw: bytes


class Splitter:
    """Finds the frames in a stream of bytes; rubbish between them is skipped and counted."""

    def __init__(self) -> None:
        self._held = b""
        self.bad_checksums = 0
        self.unknown = 0
        self.rubbish_bytes = 0

    def feed(self, data: bytes, *, whole: bool = False) -> list[Frame]:
        """The frames that are complete with `data`. `whole` (datagrams): what is left over belongs to nothing."""
        held = self._held + data
        frames: list[Frame] = []
        at = 0
        while at < len(held):
            length = _length(held, at)
            if length == 0:
                self.rubbish_bytes += 1
                at += 1
            elif length < 0 or at + length > len(held):
                break  # more has to come
            else:
                at += self._take(held[at : at + length], frames)
        self._held = b"" if whole else held[at:]
        self.rubbish_bytes += len(held) - at if whole else 0
        return frames

    def _take(self, raw: bytes, frames: list[Frame]) -> int:
        """How many bytes are done with: one where the frame is bad, so that a genuine one inside it is still found."""
        frame = _header(raw)
        kind = mavlink.mavlink_map.get(frame.message_id)
        if kind is None:
            self.unknown += 1  # without its definition the checksum cannot be known
            return len(raw)
        if _checksum(raw, kind.crc_extra) != _sent_checksum(raw):
            self.bad_checksums += 1
            return 1
        frames.append(frame)
        return len(raw)


def decode(frame: Frame) -> Any:
    """The message in a frame; signatures are somebody else's matter. Raises `mavlink.MAVError`."""
    return _DECODER.decode(bytearray(frame.raw))


def without_signature(raw: bytes) -> bytes:
    """The frame as if it had never been signed: for logs, which hold no signatures."""
    if raw[0] != V2 or not raw[2] & SIGNED:
        return raw
    bare = bytearray(raw[:-SIGNATURE_BYTES])
    bare[2] &= ~SIGNED
    return _with_checksum(bare)


def marked_signed(raw: bytes) -> bytes:
    """An unsigned version-2 frame with the flag of a signed one, its checksum made anew."""
    marked = bytearray(raw)
    marked[2] |= SIGNED
    return _with_checksum(marked)


def _with_checksum(raw: bytearray) -> bytes:
    number = raw[7] | raw[8] << 8 | raw[9] << 16
    crc = mavlink.x25crc([*raw[1:-2], mavlink.mavlink_map[number].crc_extra]).crc
    return bytes(raw[:-2]) + struct.pack("<H", crc)


def _length(held: bytes, at: int) -> int:
    """Bytes of the frame at `at`; 0 where none begins, -1 where that cannot be told yet."""
    if held[at] == V1:
        return held[at + 1] + 8 if at + 1 < len(held) else -1
    if held[at] != V2:
        return 0
    if at + 2 >= len(held):
        return -1
    if held[at + 2] & ~SIGNED:
        return 0  # a flag that nobody knows: such a frame must be dropped
    return held[at + 1] + 12 + (SIGNATURE_BYTES if held[at + 2] & SIGNED else 0)


def _header(raw: bytes) -> Frame:
    if raw[0] == V1:
        return Frame(raw[3], raw[4], raw[5], raw[2], False, raw)
    number = raw[7] | raw[8] << 8 | raw[9] << 16
    return Frame(raw[5], raw[6], number, raw[4], bool(raw[2] & SIGNED), raw)


def _checksum(raw: bytes, extra: int) -> int:
    end = -2 - (SIGNATURE_BYTES if raw[0] == V2 and raw[2] & SIGNED else 0)
    crc: int = mavlink.x25crc([*raw[1:end], extra]).crc
    return crc


def _sent_checksum(raw: bytes) -> int:
    end = len(raw) - (SIGNATURE_BYTES if raw[0] == V2 and raw[2] & SIGNED else 0)
    return raw[end - 2] | raw[end - 1] << 8


# No key is ever given to it: it only takes payloads apart.
_DECODER = mavlink.MAVLink(None)
