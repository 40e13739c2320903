"""The one door for photos."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from api.errors import Unavailable, Unprocessable
from api.evidence.marks import Marks
from api.evidence.photos import MOST_BYTES, PhotoCleaner, picture_wh
from tests.api.house import jpeg, paint_corner


def png(width: int, height: int) -> bytes:
    return cv2.imencode(".png", np.full((height, width, 3), 128, np.uint8))[1].tobytes()


def png_bomb() -> bytes:
    """A header that announces 60,000 x 60,000 px over next to no data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def cleaner() -> PhotoCleaner:
    return PhotoCleaner(lambda: paint_corner, Marks())


@pytest.mark.parametrize(("photo", "wh"), [(jpeg(65, 33), (65, 33)), (png(70, 31), (70, 31))], ids=["jpeg", "png"])
def test_the_size_is_read_from_the_header(photo: bytes, wh: tuple[int, int]) -> None:
    assert picture_wh(photo) == wh


@pytest.mark.parametrize("photo", [jpeg(640, 480), png(640, 480)], ids=["jpeg", "png"])
def test_a_photo_comes_out_as_jpeg_and_redacted(photo: bytes) -> None:
    cleaned = cleaner().clean(photo)
    picture = cv2.imdecode(np.frombuffer(cleaned, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (480, 640, 3)
    assert picture[4, 4, 2] > 220
    assert picture[4, 4, 0] < 40


def test_a_large_photo_is_made_smaller() -> None:
    picture = cv2.imdecode(np.frombuffer(cleaner().clean(jpeg(4000, 3000)), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (1536, 2048, 3)


@pytest.mark.parametrize(
    ("photo", "says"),
    [
        (b"", "neither JPEG nor PNG"),
        (b"GIF89a" + bytes(40), "neither JPEG nor PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither JPEG nor PNG"),
        (b"\xff\xd8\xff" + bytes(100), "damaged"),
        (jpeg(64, 48)[:120], "damaged"),
        (png(64, 48)[:40], "cannot be decoded"),
        (png_bomb(), "megapixels"),
        (jpeg(8, 8) + bytes(MOST_BYTES), "bytes"),
    ],
    ids=["empty", "gif", "svg", "no frame", "cut jpeg", "cut png", "bomb", "too long"],
)
def test_what_is_no_usable_photo_is_refused(photo: bytes, says: str) -> None:
    with pytest.raises(Unprocessable, match=says):
        cleaner().clean(photo)


def test_without_a_redactor_no_photo_passes() -> None:
    def none() -> None:
        raise Unavailable("no detector")

    with pytest.raises(Unavailable):
        PhotoCleaner(none, Marks()).clean(jpeg())  # type: ignore[arg-type]
