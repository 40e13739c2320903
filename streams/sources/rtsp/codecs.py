"""How H.264 and H.265 are carried in RTP."""

from __future__ import annotations

import struct

from streams.sources.rtsp.units import Units


class H264Units(Units):
    """RFC 6184, packetization modes 0 and 1: single NAL units, STAP-A, FU-A."""

    _VCL, _KEY, _SEI, _SETS = 0b111110, 1 << 5, 1 << 6, 0b11 << 7
    _AUD, _FILLER, _STAP_A, _FU_A = 9, 12, 24, 28

    def _payload(self, buffer: bytearray, view: memoryview, start: int, stop: int) -> None:
        kind = buffer[start] & 0x1F
        if kind == self._FU_A:
            if stop - start < 2:
                self._damaged = True
                return
            fu = buffer[start + 1]
            head = bytes((buffer[start] & 0xE0 | fu & 0x1F,)) if fu & 0x80 else b""
            self._middle = bytes((buffer[start], fu & 0x1F))
            self._fragment(fu & 0x1F, head, fu >= 0x80, fu & 0x40 != 0, view, start + 2, stop)
        elif kind == self._STAP_A:
            self._aggregate(buffer, view, start + 1, stop)
        elif kind > 23 or kind == 0:
            self._damaged = True
        elif kind not in (self._AUD, self._FILLER):
            self._unit(kind, view, start, stop)

    def _aggregate(self, buffer: bytearray, view: memoryview, at: int, stop: int) -> None:
        while at + 2 < stop:
            size = buffer[at] << 8 | buffer[at + 1]
            at += 2
            if size == 0 or at + size > stop:
                self._damaged = True
                return
            kind = buffer[at] & 0x1F
            if kind not in (self._AUD, self._FILLER):
                self._unit(kind, view, at, at + size)
            at += size

    def _recovers(self, message: bytes) -> bool:
        return _recovers_at_once(message)


class H265Units(Units):
    """RFC 7798 without decoding order numbers: single NAL units, aggregation packets, fragmentation units."""

    _VCL, _KEY, _SETS = (1 << 32) - 1, 0xFF << 16, 0b111 << 32
    _FIRST_SLICE_AT = 2
    _RUN = struct.Struct(">HHHHQ3s")
    _AUD, _FILLER, _AP, _FU = 35, 38, 48, 49

    def _payload(self, buffer: bytearray, view: memoryview, start: int, stop: int) -> None:
        kind = buffer[start] >> 1 & 0x3F
        if stop - start < 3:
            self._damaged = True
        elif kind == self._FU:
            fu = buffer[start + 2]
            head = bytes((buffer[start] & 0x81 | (fu & 0x3F) << 1, buffer[start + 1])) if fu & 0x80 else b""
            self._middle = bytes((buffer[start], buffer[start + 1], fu & 0x3F))
            self._fragment(fu & 0x3F, head, fu >= 0x80, fu & 0x40 != 0, view, start + 3, stop)
        elif kind == self._AP:
            self._aggregate(buffer, view, start + 2, stop)
        elif kind > 47:
            self._damaged = True
        elif kind not in (self._AUD, self._FILLER):
            self._unit(kind, view, start, stop)

    def _aggregate(self, buffer: bytearray, view: memoryview, at: int, stop: int) -> None:
        while at + 2 < stop:
            size = buffer[at] << 8 | buffer[at + 1]
            at += 2
            if size < 2 or at + size > stop:
                self._damaged = True
                return
            kind = buffer[at] >> 1 & 0x3F
            if kind not in (self._AUD, self._FILLER):
                self._unit(kind, view, at, at + size)
            at += size


def _recovers_at_once(sei: bytes) -> bool:
    """Whether a message of type 6 (H.264, D.1.8) with recovery_frame_cnt 0 is in it; that is one set bit.

    A greater count is intra refresh, where no single picture is a beginning.
    """
    at = 0
    while at + 2 < len(sei):
        kind = size = 0
        while at < len(sei) and sei[at] == 0xFF:
            kind, at = kind + 255, at + 1
        kind, at = kind + (sei[at] if at < len(sei) else 0), at + 1
        while at < len(sei) and sei[at] == 0xFF:
            size, at = size + 255, at + 1
        size, at = size + (sei[at] if at < len(sei) else 0), at + 1
        if kind == 6 and at < len(sei):
            return bool(sei[at] & 0x80)
        at += size
    return False


def units_for(codec: str, sets: tuple[bytes, ...], clock_hz: int) -> Units:
    """For FFmpeg's name of a codec."""
    return (H264Units if codec == "h264" else H265Units)(sets, clock_hz)
