"""Bytes of an RTSP connection to RTSP messages, RTCP and video packets (RFC 2326, section 10.12)."""

from __future__ import annotations

import struct
from collections import deque

from streams.sources.rtsp import rtcp
from streams.sources.rtsp.messages import BadMessage, Message, parse, starts_message
from streams.sources.rtsp.metadata import Beside
from streams.sources.rtsp.units import Units

# '$', channel, length; then RTP: version and flags, marker and type, sequence, timestamp, SSRC
_FRAME = struct.Struct(">BBHBBHII")
_DOLLAR = 0x24
_FIRST_BYTES = 64 << 10
# One frame is up to 64 KiB. Larger buffers would only stay resident after the first burst, once for each camera.
_MOST_BYTES = 256 << 10


class Receiver:
    """Owns the buffer that the socket is drained into, and what was found in it. Belongs to the receiving thread.

    Before SETUP was answered no channel is known, and frames that come nevertheless are passed over.
    """

    def __init__(self, first_bytes: int = _FIRST_BYTES) -> None:
        self.messages: deque[Message] = deque()
        self.clock = rtcp.RtcpClock()
        self.junk_bytes = 0
        self.ended = False
        self.beside: Beside | None = None
        self._units: Units | None = None
        self._payload_type = self._channel = self._control = -1
        self._filled = 0
        self._buffer = bytearray(first_bytes)
        self._view = memoryview(self._buffer)

    @classmethod
    def large(cls) -> Receiver:
        """With room for many of the largest datagrams at once."""
        return cls(_MOST_BYTES)

    def expect(self, units: Units, payload_type: int, channel: int, control_channel: int, clock_hz: int) -> None:
        """From now on the video comes on `channel`, RTCP on `control_channel`."""
        self._units, self._payload_type = units, payload_type
        self._channel, self._control = channel, control_channel
        self.clock = rtcp.RtcpClock(clock_hz)

    @property
    def units(self) -> Units | None:
        return self._units

    def space(self) -> memoryview:
        """Where the next bytes belong; never empty."""
        return self._view[self._filled :]

    def took(self, count: int, now_s: float) -> None:
        """`count` bytes have been written to `space()`."""
        self._filled += count
        full = self._filled == len(self._buffer)
        used = self._walk(now_s)
        if self._units is not None:
            self._units.settle()
        rest = self._filled - used
        self._view[:rest] = bytes(self._view[used : self._filled])
        self._filled = rest
        if full and len(self._buffer) < _MOST_BYTES:
            larger = bytearray(2 * len(self._buffer))
            larger[:rest] = self._view[:rest]
            self._buffer, self._view = larger, memoryview(larger)

    def _walk(self, now_s: float) -> int:
        """Take what is whole from the buffer's beginning; returns how many bytes that were."""
        # Runs some hundred times a second and camera: everything in local names, no object for a packet.
        buffer, view, filled = self._buffer, self._view, self._filled
        unpack, channel_of_video, kind_of_video = _FRAME.unpack_from, self._channel, self._payload_type
        units, tag, flags = self._units, _DOLLAR << 8 | self._channel, 0x8000 | self._payload_type
        at = 0
        while filled - at >= _FRAME.size:
            dollar, channel, length, first, second, sequence, timestamp, ssrc = unpack(buffer, at)
            # What is interleaved begins with version 2, RTP and RTCP alike.
            if dollar != _DOLLAR or (first >> 6 != 2 and length):
                step = self._other(at)
                if not step:
                    break
                at += step
                continue
            end = at + 4 + length
            if end > filled:
                break
            if channel == channel_of_video:
                if length >= 12 and second & 0x7F == kind_of_video and units is not None:
                    if first == 0x80:
                        units.add(buffer, view, at + 16, end, sequence, timestamp, second >= 0x80, ssrc)
                        if units.open:
                            end = units.run(buffer, view, end, filled, tag, flags)
                    else:
                        start, stop = self._payload(at + 4, end, first)
                        units.add(buffer, view, start, stop, sequence, timestamp, second >= 0x80, ssrc)
            elif channel == self._control:
                self._report(bytes(view[at + 4 : end]), now_s)
            elif self.beside is not None:
                self._took_beside(self.beside, channel, at, end, now_s)
            at = end
        else:
            at += self._short(at, now_s)
        return at

    def _took_beside(self, beside: Beside, channel: int, at: int, end: int, now_s: float) -> None:
        if channel == beside.control:
            for found in rtcp.read(bytes(self._view[at + 4 : end]), now_s):
                if isinstance(found, rtcp.SenderReport):
                    beside.clock.saw(found)
        elif channel == beside.channel and end - at >= _FRAME.size:
            _, _, _, first, second, sequence, timestamp, _ = _FRAME.unpack_from(self._buffer, at)
            if second & 0x7F == beside.payload_type:
                start, stop = self._payload(at + 4, end, first)
                shown = self._units.newest_pts if self._units is not None else None
                beside.add(bytes(self._view[start:stop]), sequence, timestamp, second >= 0x80, shown)

    def _payload(self, at: int, end: int, first: int) -> tuple[int, int]:
        """Where an RTP packet's payload is, past contributing sources, extension and padding (RFC 3550, 5.1)."""
        start = at + 12 + 4 * (first & 0x0F)
        if first & 0x10 and start + 4 <= end:
            start += 4 + 4 * (self._buffer[start + 2] << 8 | self._buffer[start + 3])
        if first & 0x20:
            end -= self._buffer[end - 1]
        return (start, end) if start <= end else (end, end)

    def _short(self, at: int, now_s: float) -> int:
        """Less than a video packet's head is left: a goodbye has 8 bytes, an answer may be cut anywhere."""
        used = 0
        while at + used < self._filled:
            here = at + used
            frame = bytes(self._view[here : self._filled])
            if frame[0] != _DOLLAR or (len(frame) > 4 and frame[4] >> 6 != 2 and frame[2:4] != b"\0\0"):
                step = self._other(here)
            else:
                step = 4 + (frame[2] << 8 | frame[3]) if len(frame) >= 4 else len(frame) + 1
                step = step if step <= len(frame) else 0
                if step and frame[1] == self._control:
                    self._report(frame[4:step], now_s)
            if not step:
                break
            used += step
        return used

    def _report(self, packet: bytes, now_s: float) -> None:
        for found in rtcp.read(packet, now_s):
            if isinstance(found, rtcp.SenderReport):
                self.clock.saw(found)
            elif self._units is not None and found == self._units.ssrc:
                self.ended = True

    def _other(self, at: int) -> int:
        """What is no interleaved frame: a message, or junk. Bytes to go on by; 0 where more must come first."""
        rest = self._view[at : self._filled]
        if starts_message(bytes(rest[:5])):
            try:
                found = parse(rest)
            except BadMessage:
                pass
            else:
                if found is None:
                    return 0
                self.messages.append(found[0])
                return found[1]
        step = self._junk(at)
        self.junk_bytes += step
        return step

    def _junk(self, at: int) -> int:
        """How far to the next thing that could be a message or one of our frames."""
        buffer, filled = self._buffer, self._filled
        ours = {self._channel, self._control}
        if self.beside is not None:
            ours |= {self.beside.channel, self.beside.control}
        for here in range(at + 1, filled):
            if buffer[here] == _DOLLAR and (
                here + 5 > filled or (buffer[here + 1] in ours and buffer[here + 4] >> 6 == 2)
            ):
                return here - at
            if buffer[here] == 0x52 and b"RTSP/".startswith(bytes(buffer[here : min(here + 5, filled)])):
                return here - at
        return filled - at
