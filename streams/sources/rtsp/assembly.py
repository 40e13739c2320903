"""NAL units to access units (whole pictures) in Annex B. What was lost heals at a key frame."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from streams.sources.heal import HEALED_S
from streams.sources.packets import Packet

START_CODE = b"\x00\x00\x00\x01"
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


class Assembly:
    """One picture in the making, of NAL units and their fragments as a codec's `_payload` hands them in; whole pictures
    gather in `ready`. What it was given is referred to until `settle` is called.
    """

    # Bits by NAL unit type, set by the codecs.
    _VCL = _KEY = _SETS = _SEI = 0
    _FIRST_SLICE_AT = 1

    def __init__(self, sets: tuple[bytes, ...], clock_hz: int) -> None:
        self.counts = Counts()
        self.ready: list[Packet] = []
        self.sets = sets
        self._time_base = Fraction(1, clock_hz)
        self._healed_ticks = round(HEALED_S * clock_hz)
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
        self._damaged = False
        self._suspect = False  # packets were lost just before this picture: is its beginning there?
        self._discarding_since: int | None = None  # `_pts` from which time counts as healing

    @property
    def newest_pts(self) -> int | None:
        """Of the picture in the making; None before the first."""
        return self._pts if self.counts.packets else None

    def settle(self) -> None:
        """Copy what is still incomplete, so that the buffer is free."""
        if self._size > _MOST_UNIT_BYTES:
            self._damaged, self._parts = True, []
        if self._parts:
            self._parts = [b"".join(self._parts)]

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

    def _discard(self) -> None:
        if self._discarding_since is None:
            self._discarding_since = self._pts

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
