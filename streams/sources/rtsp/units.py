"""RTP packets to access units (whole pictures) in Annex B. Losing a packet is counted, and heals at a key frame."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

from streams.sources.packets import Packet
from streams.sources.rtsp.marker import Marker

START_CODE = b"\x00\x00\x00\x01"
# A stream without key frames (intra refresh) has healed after so long.
_HEALED_S = 10.0
_MOST_UNIT_BYTES = 16 << 20
_MOST_PREFIX_BYTES = 65_536


@dataclass(slots=True)
class Counts:
    """Since the stream was opened. `discarded` pictures were whole, but depended on one that was not."""

    packets: int = 0
    lost: int = 0
    late: int = 0
    units: int = 0
    broken: int = 0
    discarded: int = 0
    without_marker: int = 0


class Units:
    """The parts of this that H.264 and H.265 have in common. Belongs to the receiving thread.

    `add` takes the RTP packets of one source in order of arrival; whole pictures gather in `ready`. What `add` was
    given is referred to until `settle` is called: do so before the buffer is used again.
    """

    # Bits by NAL unit type, set by the codecs.
    _VCL = _KEY = _SETS = _SEI = 0
    # Interleaving and RTP heads, timestamp and SSRC as one number, and what a fragment begins with.
    _RUN = struct.Struct(">HHHHQ2s")
    _FIRST_SLICE_AT = 1

    def __init__(self, sets: tuple[bytes, ...], clock_hz: int = 90_000) -> None:
        self.counts = Counts()
        self.ready: list[Packet] = []
        self.sets = sets
        self.marker = Marker()
        self._time_base = Fraction(1, clock_hz)
        self._healed_ticks = round(_HEALED_S * clock_hz)
        self._expected: int | None = None
        self._first_sequence = 0
        self._ssrc: int | None = None
        self._timestamp: int | None = None
        self._pts = 0
        self._parts: list[bytes | memoryview] = []
        self._prefix = b""
        self._kinds = 0
        self._size = 0
        self._unit_sets: list[bytes] = []
        self._set_kinds = 0
        self._sets_in_band = False  # the last key frame brought its own
        self._recovery = False  # decoding may begin here, though it is no key frame by its type
        self.open = False  # in the middle of a fragmented NAL unit
        self._middle = b""  # how its further fragments begin
        self._damaged = False
        self._suspect = False  # packets were lost just before this picture: is its beginning there?
        self._closed = False  # this timestamp's picture has been given out, at its marker
        self._discarding_since: int | None = None  # `_pts` from which time counts as healing
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

    def settle(self) -> None:
        """Copy what is still incomplete, so that the buffer is free."""
        if self._size > _MOST_UNIT_BYTES:
            self._damaged, self._parts = True, []
        if self._parts:
            self._parts = [b"".join(self._parts)]

    def _payload(self, buffer: bytearray, view: memoryview, start: int, stop: int) -> None:
        raise NotImplementedError

    def _unit(self, kind: int, view: memoryview, start: int, stop: int) -> None:
        """A whole NAL unit with its header."""
        bit = 1 << kind
        if bit & self._SETS:
            self._set(bytes(view[start:stop]), bit)
            return
        if self._suspect and bit & self._VCL:
            self._check_beginning(bit, view[start + self._FIRST_SLICE_AT] if start + self._FIRST_SLICE_AT < stop else 0)
        if bit & self._SEI:
            self._recovery |= self._recovers(bytes(view[start + 1 : stop]))
        self._kinds |= bit
        self._parts += (START_CODE, view[start:stop])
        self._size += stop - start

    def _fragment(
        self, kind: int, head: bytes, begins: bool, ends: bool, view: memoryview, start: int, stop: int
    ) -> None:
        """A piece of a NAL unit, without its header."""
        if begins:
            self._damaged |= self.open
            bit = 1 << kind
            if self._suspect and bit & self._VCL:
                self._check_beginning(bit, view[start] if start < stop else 0)
            self._kinds |= bit
            self._parts += (START_CODE, head)
        elif not self.open:
            self._damaged = True
            return
        self.open = not ends
        self._parts.append(view[start:stop])
        self._size += stop - start

    def _set(self, unit: bytes, bit: int) -> None:
        """A parameter set. Repeated before every slice (some senders do), it would tear the picture to a parser."""
        self._kinds |= bit
        self._set_kinds |= bit
        if unit not in self._unit_sets:
            self._unit_sets.append(unit)
            self._parts += (START_CODE, unit)
            self._size += len(unit)

    def _check_beginning(self, bit: int, slice_byte: int) -> None:
        """The first bit after a slice's NAL header says that it begins the picture, in both codecs."""
        self._suspect = False
        self._damaged |= not slice_byte & 0x80
        # Parameter sets that should be here were lost, and may have been new ones.
        self._damaged |= bool(bit & self._KEY) and self._sets_in_band and self._kinds & self._SETS != self._SETS

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

    def _discard(self) -> None:
        if self._discarding_since is None:
            self._discarding_since = self._pts

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

    def _finish(self) -> None:
        parts, kinds = self._parts, self._kinds
        damaged, key = self._damaged or self.open, self._recovery or bool(kinds & self._KEY)
        if self._set_kinds == self._SETS and not damaged:
            self.sets = tuple(self._unit_sets)
        self._parts, self._unit_sets = [], []
        self._kinds = self._set_kinds = self._size = 0
        self._damaged = self.open = self._suspect = self._recovery = False
        if damaged:
            self.counts.broken += 1
            self._prefix = b""
            self._discard()
        elif not kinds & self._VCL:
            # Parameter sets with a time of their own go before the picture that they are for.
            self._prefix = (self._prefix + b"".join(parts))[:_MOST_PREFIX_BYTES]
        elif self._heals(key):
            if key:
                self._sets_in_band = kinds & self._SETS == self._SETS
            self._give(parts, kinds, key)
        else:
            self.counts.discarded += 1
            self._prefix = b""

    def _give(self, parts: list[bytes | memoryview], kinds: int, key: bool) -> None:
        head = [self._prefix] if self._prefix else []
        self._prefix = b""
        # A decoder may begin at any key frame, and at the first picture of all.
        if (key or not self.counts.units) and kinds & self._SETS != self._SETS:
            head = [piece for unit in self.sets for piece in (START_CODE, unit)] + head
        # Joined now: the pieces lie in the receive buffer, and a ring of them would keep a view for each packet.
        data = b"".join((*head, *parts))
        self.counts.units += 1
        self.ready.append(Packet((data,), len(data), self._pts, None, key, self._time_base))

    def _heals(self, key: bool) -> bool:
        """Whether a whole picture can be decoded after what was lost."""
        since = self._discarding_since
        if since is None:
            return True
        if key or abs(self._pts - since) >= self._healed_ticks:
            self._discarding_since = None
            return True
        return False

    def _recovers(self, message: bytes) -> bool:
        """Whether a supplemental message says that decoding may begin here."""
        return False
