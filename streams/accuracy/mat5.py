"""The one thing that is wanted of MATLAB files: the pictures in them.

MAT-file level 5 (MathWorks, "MAT-File Format"): a header of 128 bytes, then elements of a type, a size and data, padded
to 8 bytes; type 15 is deflated, type 14 is an array that holds elements itself. A few lines here spare the running
service SciPy.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_DEFLATED, _ARRAY = 15, 14
_CELL, _STRUCT, _UINT8 = 1, 2, 9


def uint8_pictures(path: Path) -> list[NDArray[np.uint8]]:
    """Every two-dimensional uint8 array of a level 5 MAT-file, in order, also those inside cells and structures.

    Raises:
        ValueError: it is no such file.
    """
    data = path.read_bytes()
    if len(data) < 136 or data[126:128] != b"IM":
        raise ValueError(f"{path}: expected a little-endian MAT-file of level 5")
    try:
        return [picture for kind, body in _elements(data[128:]) if kind == _ARRAY for picture in _pictures(body)]
    except (struct.error, zlib.error, IndexError) as error:
        raise ValueError(f"{path}: a damaged MAT-file: {error}") from error


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind >> 16:  # the small form: size and type share a word, the data the next
            yield kind & 0xFFFF, data[at + 4 : at + 4 + (kind >> 16)]
            at += 8
        elif kind == _DEFLATED:
            yield from _elements(zlib.decompress(data[at + 8 : at + 8 + size]))
            at += 8 + size
        else:
            yield kind, data[at + 8 : at + 8 + size]
            at += 8 + -(-size // 8) * 8


def _pictures(body: bytes) -> Iterator[NDArray[np.uint8]]:
    parts = list(_elements(body))
    if len(parts) < 3:
        return
    array_class = parts[0][1][0]
    if array_class in (_CELL, _STRUCT):
        for kind, inner in parts:
            if kind == _ARRAY:
                yield from _pictures(inner)
    elif array_class == _UINT8:
        shape = struct.unpack(f"<{len(parts[1][1]) // 4}i", parts[1][1])
        if len(shape) == 2:
            yield np.frombuffer(parts[3][1], np.uint8).reshape(shape, order="F")
