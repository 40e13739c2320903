"""PX4's log files (ULog, format version 1), as far as poses need them: tables of the messages that are asked for.

A file says itself how its messages are laid out. What is cut off is read to the cut, and where bytes are damaged
reading goes on at the next synchronisation mark; both are noted.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drone.errors import BadTelemetry

Table = NDArray[np.void]

MAGIC = b"ULog\x01\x12\x35"
_HEADER_BYTES = 16
_HEAD = struct.Struct("<HB")  # of each message: bytes that follow, kind
_SUBSCRIPTION = struct.Struct("<BH")
_SYNC = b"\x08\x00S\x2f\x73\x13\x20\x25\x0c\xbb\x12"
_APPENDED = 1  # the only thing that a reader must know to read a log that has it
_DEEPEST = 8  # formats within formats
_BASIC = {
    "int8_t": "i1", "uint8_t": "u1", "int16_t": "<i2", "uint16_t": "<u2", "int32_t": "<i4", "uint32_t": "<u4",
    "int64_t": "<i8", "uint64_t": "<u8", "float": "<f4", "double": "<f8", "bool": "?", "char": "S1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Log:
    """`tables` have a row for each message and a field for each of its fields, by name; of several instances the first.
    `named` are all messages that were logged."""

    tables: dict[str, Table]
    named: frozenset[str]
    notes: tuple[str, ...]

    def table(self, name: str) -> Table | None:
        return self.tables.get(name)


@dataclass(slots=True)
class _Subscription:
    name: str
    instance: int
    layout: np.dtype[np.void]
    least_bytes: int
    rows: bytearray = field(default_factory=bytearray)

    def take(self, payload: bytes) -> bool:
        """Whether it is one of these messages; padding at its end is not always written."""
        missing = self.layout.itemsize - len(payload)
        if missing < 0 or len(payload) < self.least_bytes:
            return False
        self.rows += payload + bytes(missing)
        return True


def read_log(content: bytes, wanted: Collection[str]) -> Log:
    """Raises `BadTelemetry` where it is no ULog, or one that needs a newer reader."""
    if not content.startswith(MAGIC) or len(content) < _HEADER_BYTES:
        came = "nothing: it is empty" if not content else f"{content[:7].hex(' ')} ({len(content)} bytes)"
        raise BadTelemetry(f"expected a PX4 log, which begins with {MAGIC.hex(' ')}; got {came}")
    reader = _Reader(content, wanted)
    reader.read()
    return reader.log()


class _Reader:
    def __init__(self, content: bytes, wanted: Collection[str]) -> None:
        self._content, self._wanted = content, wanted
        self._formats: dict[str, str] = {}
        self._by_id: dict[int, _Subscription | None] = {}
        self._named: set[str] = set()
        self._appended: list[int] = []  # where what was appended begins; what stands before it may be cut
        self._dropouts_ms: list[int] = []
        self._damaged = 0
        self._cut = False

    def read(self) -> None:
        at, end = _HEADER_BYTES, len(self._content)
        while at < end:
            limit = self._appended[0] if self._appended else end
            size, kind = _HEAD.unpack_from(self._content, at) if at + _HEAD.size <= end else (0xFFFF, 0)
            following = at + _HEAD.size + size
            if following <= limit and self._message(kind, self._content[at + _HEAD.size : following], at):
                at = following
            else:
                mark = self._content.find(_SYNC, at + 1, limit)
                if following <= limit or mark >= 0:
                    self._damaged += 1
                else:
                    self._cut |= limit == end
                at = limit if mark < 0 else mark
            if self._appended and at >= self._appended[0]:
                self._appended.pop(0)

    def log(self) -> Log:
        tables: dict[str, Table] = {}
        for one in sorted((one for one in self._by_id.values() if one is not None and one.rows), key=_instance):
            tables.setdefault(one.name, np.frombuffer(bytes(one.rows), one.layout))
        notes = []
        if self._cut:
            notes.append("the log is cut off in the middle of a message")
        if self._damaged:
            notes.append(f"the log is damaged (bytes were passed over {self._damaged} times)")
        if self._dropouts_ms:
            notes.append(f"the vehicle could not write {sum(self._dropouts_ms) / 1000:.2f} s of the log")
        return Log(tables, frozenset(self._named), tuple(notes))

    def _message(self, kind: int, body: bytes, at: int) -> bool:
        """Whether it can be what it says it is."""
        match chr(kind):
            case "D":
                return len(body) > 2 and self._data(int.from_bytes(body[:2], "little"), body[2:])
            case "B":
                return at == _HEADER_BYTES and self._flags(body)
            case "F":
                name, _, fields = body.decode("ascii", "replace").partition(":")
                self._formats[name] = fields
            case "A":
                return len(body) > _SUBSCRIPTION.size and self._subscribe(body)
            case "O":
                if len(body) != 2:
                    return False
                self._dropouts_ms.append(int.from_bytes(body, "little"))
            case other:  # a later PX4 may have more kinds: they are letters, and no mark stands within one
                return other.isascii() and other.isalpha() and _SYNC not in body
        return True

    def _data(self, key: int, payload: bytes) -> bool:
        if key not in self._by_id:
            return False
        subscription = self._by_id[key]
        return subscription is None or subscription.take(payload)

    def _flags(self, body: bytes) -> bool:
        if len(body) < 40:
            return False
        needed = body[8:16]
        if needed[0] & ~_APPENDED or any(needed[1:]):
            raise BadTelemetry(f"this PX4 log says that it needs a newer reader (flags {needed.hex(' ')})")
        if needed[0] & _APPENDED:
            offsets = struct.unpack_from("<3Q", body, 16)
            self._appended = sorted(one for one in offsets if _HEADER_BYTES < one < len(self._content))
        return True

    def _subscribe(self, body: bytes) -> bool:
        instance, key = _SUBSCRIPTION.unpack_from(body)
        name = body[_SUBSCRIPTION.size :].decode("ascii", "replace")
        if name not in self._formats:
            return False
        if key in self._by_id:  # an id is given once: what was read under it stays
            return False
        self._named.add(name)
        self._by_id[key] = None
        if name in self._wanted:
            layout = self._layout(name)
            self._by_id[key] = _Subscription(name, instance, layout, layout.itemsize - _trailing(layout))
        return True

    def _layout(self, name: str, depth: int = 0) -> np.dtype[np.void]:
        """Raises `BadTelemetry` for a format that is none."""
        fields: list[tuple[str, object, tuple[int, ...]]] = []
        try:
            for one in filter(None, self._formats[name].split(";")):
                kind, called = one.split(" ")
                base, _, count = kind.rstrip("]").partition("[")
                if base not in _BASIC and depth == _DEEPEST:
                    raise ValueError("too deep")
                of: object = _BASIC[base] if base in _BASIC else self._layout(base, depth + 1)
                fields.append((called, of, (int(count),) if count else ()))
            return np.dtype(fields)
        except (KeyError, ValueError, TypeError) as error:
            told = f"{name}:{self._formats.get(name, '')}"[:120]
            raise BadTelemetry(f"this PX4 log tells no layout that can be read: {told!r}") from error


def _trailing(layout: np.dtype[np.void]) -> int:
    """Bytes of padding at the end."""
    last = (layout.names or ("",))[-1]
    return layout[last].itemsize if last.startswith("_padding") else 0


def _instance(one: _Subscription) -> int:
    return one.instance
