"""Whether a file is an MP4 with video in it, told by its bytes alone: ISO/IEC 14496-12, boxes."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)  # 8.2.2.3: seconds since midnight, 1 January 1904, UTC
_MOST_BOXES = 1000
_MOST_INDEX_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Mp4:
    """`began_at` is None where the file does not say; it is whole seconds."""

    duration_s: float
    began_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    start: int
    end: int


def inspect(path: Path) -> Mp4:
    """Raises ValueError saying what is wrong."""
    with path.open("rb") as file:
        return inspect_file(file, path.stat().st_size)


def inspect_file(file: BinaryIO, size: int) -> Mp4:
    """The same of `size` bytes to seek in. Raises ValueError saying what is wrong."""
    boxes = list(_boxes(file, 0, size))
    if not boxes or boxes[0].kind != b"ftyp":
        raise ValueError("a clip should be an MP4: it should begin with ftyp")
    index = next((box for box in boxes if box.kind == b"moov"), None)
    if index is None or not any(box.kind == b"mdat" and box.end > box.start for box in boxes):
        raise ValueError("a clip should be a whole MP4: it should have moov and mdat")
    if index.end - index.start > _MOST_INDEX_BYTES:
        raise ValueError(f"the index of the clip has over {_MOST_INDEX_BYTES} bytes")
    return _index(file, index)


def _index(file: BinaryIO, moov: _Box) -> Mp4:
    header: _Box | None = None
    video = False
    for box in _boxes(file, moov.start, moov.end):
        header = box if box.kind == b"mvhd" else header
        video = video or (box.kind == b"trak" and _is_video(file, box))
    if header is None or not video:
        raise ValueError("a clip should hold video: its index names no video track")
    return _movie_header(_read(file, header.start, min(header.end, header.start + 32)))


def _is_video(file: BinaryIO, trak: _Box) -> bool:
    for media in _boxes(file, trak.start, trak.end):
        if media.kind == b"mdia":
            for box in _boxes(file, media.start, media.end):
                if box.kind == b"hdlr" and _read(file, box.start + 8, box.start + 12) == b"vide":
                    return True
    return False


def _movie_header(data: bytes) -> Mp4:
    try:
        layout = ">xxxxQQIQ" if data[0] == 1 else ">xxxxIIII"
        created, _, timescale, duration = struct.unpack_from(layout, data)
    except (struct.error, IndexError):
        raise ValueError("the clip's movie header is cut short") from None
    if not timescale:
        raise ValueError("the clip's movie header has no time scale")
    return Mp4(duration / timescale, _moment(created))


def _moment(seconds: int) -> datetime | None:
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return moment if 1970 < moment.year < 3000 else None


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    """The boxes between two places, each with the place of its content."""
    count = 0
    while start < end:
        count += 1
        head = _read(file, start, min(start + 16, end))
        if len(head) < 8 or count > _MOST_BOXES:
            raise ValueError("the clip's boxes do not add up to the file: is it whole?")
        size, kind = struct.unpack(">I4s", head[:8])
        content = start + 8
        if size == 1 and len(head) == 16:
            size, content = int.from_bytes(head[8:], "big"), start + 16
        elif size == 0:
            size = end - start
        if size < content - start or start + size > end:
            raise ValueError("the clip's boxes do not add up to the file: is it whole?")
        yield _Box(kind, content, start + size)
        start += size


def _read(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start, os.SEEK_SET)
    return file.read(end - start)
