"""Taking out of a JPEG whatever is not the picture: EXIF with its place and owner, comments, previews, what follows.

Lossless and quick, so that it can be done at the one place where pictures are kept, whoever they come from.
"""

from __future__ import annotations

import re

from api.errors import Unprocessable

_START, _END = b"\xff\xd8", b"\xff\xd9"
_SCAN = 0xDA
_APP0, _APP14, _APP15, _COMMENT = 0xE0, 0xEE, 0xEF, 0xFE
# Within a scan, 0xFF is followed by 0 (it stands for itself) or by a restart marker: anything else ends the scan.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def without_metadata(jpeg: bytes) -> bytes:
    """The same picture, ITU-T T.81. Raises `Unprocessable` for what is no JPEG or has no picture in it."""
    if not jpeg.startswith(_START):
        raise Unprocessable("a picture should be a JPEG; this does not begin like one")
    kept, at, scans = [_START], 2, 0
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker == 0xFF:  # padding before a marker
            at += 1
            continue
        if marker == _END[1]:
            break
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if end < at + 4 or end > len(jpeg):
            break
        if not _is_metadata(marker):
            kept.append(jpeg[at:end])
        at = end
        if marker == _SCAN:
            scans += 1
            found = _AFTER_SCAN.search(jpeg, at)
            following = found.start() if found else len(jpeg)
            kept.append(jpeg[at:following])
            at = following
    if not scans:
        raise Unprocessable("this JPEG is damaged: there is no picture in it")
    return b"".join([*kept, _END])


def _is_metadata(marker: int) -> bool:
    """APP0 (JFIF) and APP14 (which colours they are) belong to the picture; the others tell about it."""
    return marker == _COMMENT or (_APP0 < marker <= _APP15 and marker != _APP14)
