"""H.264 and H.265 from the form that containers hold (lengths before the units) to the form of streams (Annex B)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

START_CODE = b"\x00\x00\x00\x01"


@dataclass(frozen=True, slots=True)
class ContainerForm:
    """What an `avcC` or `hvcC` record says: how many bytes a length has, and the parameter sets, as Annex B."""

    length_bytes: int
    parameter_sets: bytes


def container_form(codec: str, extradata: bytes | None) -> ContainerForm | None:
    """None where the packets are Annex B already. Raises ValueError for a record that is cut short.

    ISO/IEC 14496-15, 5.3.3.1 (avcC) and 8.3.3.1 (hvcC); both begin with version 1, Annex B with a zero.
    """
    if codec not in ("h264", "hevc") or not extradata or extradata[0] != 1:
        return None
    try:
        return _avcc(extradata) if codec == "h264" else _hvcc(extradata)
    except IndexError:
        raise ValueError(f"the {codec} parameter record is cut short: {len(extradata)} bytes") from None


def to_annexb(data: bytes, length_bytes: int) -> bytes:
    """One access unit. A length that points beyond the end ends it there, as decoders do."""
    parts: list[bytes] = []
    at = 0
    while at + length_bytes <= len(data):
        length = int.from_bytes(data[at : at + length_bytes], "big")
        at += length_bytes
        parts += (START_CODE, data[at : at + length])
        at += length
    return b"".join(parts)


def _avcc(record: bytes) -> ContainerForm:
    at, sets = 6, b""
    for count in (record[5] & 0x1F, None):
        if count is None:
            count, at = record[at], at + 1
        units, at = _units(record, at, count)
        sets += units
    return ContainerForm((record[4] & 3) + 1, sets)


def _hvcc(record: bytes) -> ContainerForm:
    at, sets = 23, b""
    for _ in range(record[22]):
        count = int.from_bytes(_part(record, at + 1, 2), "big")
        units, at = _units(record, at + 3, count)
        sets += units
    return ContainerForm((record[21] & 3) + 1, sets)


def _units(record: bytes, at: int, count: int) -> tuple[bytes, int]:
    found = b""
    for _ in range(count):
        length = int.from_bytes(_part(record, at, 2), "big")
        found += START_CODE + _part(record, at + 2, length)
        at += 2 + length
    return found, at


def _part(record: bytes, at: int, length: int) -> bytes:
    part = record[at : at + length]
    if len(part) < length:
        raise IndexError
    return part


def reader_of(codec: str, extradata: bytes | None) -> tuple[Callable[[bytes], bytes], bytes]:
    """What makes Annex B of a packet's bytes, and what belongs before the first one. Raises ValueError."""
    form = container_form(codec, extradata)
    if form is not None:
        length_bytes = form.length_bytes
        return (lambda data: to_annexb(data, length_bytes)), form.parameter_sets
    # Some cameras announce their parameter sets in the SDP alone; twice does no harm.
    announced = extradata if codec in ("h264", "hevc") and extradata else b""
    return bytes, announced
