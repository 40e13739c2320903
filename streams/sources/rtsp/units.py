"""RTP packets to whole pictures: their order, what was lost of them, and where one picture ends and the next begins."""

from __future__ import annotations

import struct

from streams.sources.rtsp.assembly import START_CODE, Assembly, Counts
from streams.sources.rtsp.marker import Marker

__all__ = ["START_CODE", "Counts", "Units"]


class Units(Assembly):
    """The parts of this that H.264 and H.265 have in common. Belongs to the receiving thread.

    `add` takes the RTP packets of one source in order of arrival; whole pictures gather in `ready`. What `add` was
    given is referred to until `settle` is called: do so before the buffer is used again.
    """

    # Interleaving and RTP heads, timestamp and SSRC as one number, and what a fragment begins with.
    _RUN = struct.Struct(">HHHHQ2s")

    def __init__(self, sets: tuple[bytes, ...], clock_hz: int = 90_000) -> None:
        super().__init__(sets, clock_hz)
        self.marker = Marker()
        self._expected: int | None = None
        self._first_sequence = 0
        self._ssrc: int | None = None
        self._timestamp: int | None = None
        self._middle = b""  # how a fragmented NAL unit's further fragments begin
        self._closed = False  # this timestamp's picture has been given out, at its marker
        self._source_is_new = False  # its first timestamp is still to come

    @property
    def ssrc(self) -> int | None:
        return self._ssrc

    @property
    def highest_sequence(self) -> int:
        """Extended, as receiver reports want it."""
        return self._first_sequence + self.counts.packets + self.counts.lost - 1

    def add(
        self,
        buffer: bytearray,
        view: memoryview,
        start: int,
        stop: int,
        sequence: int,
        timestamp: int,
        marker: bool,
        ssrc: int,
    ) -> None:
        """One RTP packet, its payload `buffer[start:stop]`; `view` looks at the same bytes."""
        if ssrc != self._ssrc:
            self._new_source(ssrc)
        if sequence != self._expected and not self._in_order(sequence):
            return
        self._expected = (sequence + 1) & 0xFFFF
        self.counts.packets += 1
        if timestamp != self._timestamp:
            self._new_time(timestamp)
        elif self._closed:
            self._marker_was_wrong()
        if start < stop:
            self._payload(buffer, view, start, stop)
        self.marker.saw(marker)
        if marker and self.marker.trusted:
            self._finish()
            self._closed = True

    def run(self, buffer: bytearray, view: memoryview, at: int, filled: int, tag: int, flags: int) -> int:
        """Take the packets that go on with an `open` NAL unit and neither end it nor anything: most of all packets.

        `at` is where the first one's frame begins, `tag` and `flags` are the first halves of its interleaving and RTP
        heads. Returns where the last one taken ends.
        """
        unpack, head = self._RUN.unpack_from, self._RUN.size
        append, middle, begin, count = self._parts.append, self._middle, at, 0
        expected, when = self._expected, (self._timestamp or 0) << 32 | (self._ssrc or 0)
        while filled - at >= head:
            its_tag, length, its_flags, sequence, its_time, fragment = unpack(buffer, at)
            end = at + 4 + length
            if (
                sequence != expected
                or fragment != middle
                or its_flags != flags
                or its_time != when
                or its_tag != tag
                or end > filled
            ):
                break
            append(view[at + head : end])
            expected = (sequence + 1) & 0xFFFF
            count += 1
            at = end
        if count:
            self.counts.packets += count
            self._size += at - begin - count * head
            self._expected, self.marker.last = expected, False
        return at

    def _new_source(self, ssrc: int) -> None:
        """Another SSRC: the camera has begun anew, sequence and time are its own."""
        if self._ssrc is not None:
            self._end_of_unit()
            self._discard()
            self._source_is_new = True
        self._ssrc, self._expected = ssrc, None

    def _in_order(self, sequence: int) -> bool:
        """Whether to take a packet that is not the one expected."""
        if self._expected is None:
            self._first_sequence = sequence - self.counts.packets - self.counts.lost
            return True
        ahead = (sequence - self._expected) & 0xFFFF
        if ahead >= 0x8000:
            self.counts.late += 1
            # So far behind is no late packet but a camera that counts anew.
            if ahead > 0xFF00:
                return False
            ahead = 1
        self.counts.lost += ahead
        # What had ended with its marker is whole; anything else may have lost its end.
        if self.marker.ends:
            self._finish()
            self._closed = True
        self._damaged |= bool(self._parts)
        self.open = False
        self._suspect = True
        self._discard()
        return True

    def _new_time(self, timestamp: int) -> None:
        lost_before, self._suspect = self._suspect, False
        self._end_of_unit()
        self._suspect = lost_before
        if self._timestamp is None:
            self._pts = timestamp
        else:
            step = (timestamp - self._timestamp + (1 << 31)) % (1 << 32) - (1 << 31)
            self._pts += step
            # Time that was jumped over has healed nothing.
            if self._discarding_since is not None and (self._source_is_new or abs(step) >= self._healed_ticks):
                self._discarding_since = self._pts
        self._timestamp, self._source_is_new = timestamp, False
        self._closed = False
        self.marker.begin()

    def _end_of_unit(self) -> None:
        """The timestamp changes: the picture is complete if its marker did not say so before."""
        if not self._closed and self._kinds & self._VCL:
            self.counts.without_marker += self.marker.missing and not self._damaged
            self.marker.judge()
        self._finish()

    def _marker_was_wrong(self) -> None:
        """More of a picture that was given out as whole."""
        self.marker.wrong()
        self._closed, self._damaged = False, True
        self._discard()

    def _payload(self, buffer: bytearray, view: memoryview, start: int, stop: int) -> None:
        raise NotImplementedError
