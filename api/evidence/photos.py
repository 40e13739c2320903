"""The one door for people's photos: sniffed, bounded, decoded, person heads redacted, encoded anew without metadata."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from api.errors import Unavailable, Unprocessable
from api.evidence.marks import Marks
from vision.types import Picture

log = logging.getLogger("sanxun.api")
MOST_BYTES = 8 * 1024 * 1024
_MOST_PIXELS = 50_000_000
_LONGEST_PX = 2048
_QUALITY = 85
_STILL_QUALITY = 90  # it was encoded once already, at the worker
Redact = Callable[[Picture], Picture]
LoadRedactor = Callable[[Path], Redact]


def _faulty(detail: str) -> Unprocessable:
    return Unprocessable(detail, [{"at": "photo_jpeg", "expected": "a JPEG or PNG photo", "got": detail}])


def picture_wh(data: bytes) -> tuple[int, int]:
    """Width and height from the header alone, before anything is unpacked. Raises `Unprocessable`."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg_wh(data)
    raise _faulty("the photo is neither JPEG nor PNG by its first bytes")


def _jpeg_wh(data: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:  # padding before a marker
            at += 1
            continue
        # Start-of-frame markers, ITU-T T.81 table B.1, without DHT, JPG and DAC, which share their range.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        if length < 2:
            break
        at += 2 + length
    raise _faulty("the photo's JPEG header is damaged")


def check_size(data: bytes) -> None:
    """Raises `Unprocessable` for a picture of more pixels than are unpacked here."""
    width, height = picture_wh(data)
    if not 0 < width * height <= _MOST_PIXELS:
        raise _faulty(f"the photo is {width}x{height}, at most {_MOST_PIXELS // 1_000_000} megapixels are taken")


def decoded(data: bytes) -> Picture:
    """BGR uint8 (h, w, 3). Raises `Unprocessable`."""
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise _faulty("the photo cannot be decoded")
    return np.asarray(bgr, np.uint8)


def encoded(bgr: Picture, quality: int) -> bytes:
    """JPEG bytes. Raises `Unprocessable`."""
    ok, jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise _faulty("the photo cannot be encoded")
    return jpeg.tobytes()


def clean_still(marks: Marks, data: bytes) -> bytes:
    """A worker's still, its heads made unrecognisable there, encoded anew at its own size: what is kept is a picture
    and nothing else. 960x540 takes 8 ms of CPU, 1920x1080 31 ms. Blocking. Raises `Unprocessable`, `Unavailable`."""
    check_size(data)
    return encoded(marks.redact(decoded(data)), _STILL_QUALITY)


class PhotoCleaner:
    """Cleans photos, one at a time. `load` gives what takes and returns BGR uint8 (h, w, 3), when first needed."""

    def __init__(self, load: Callable[[], Redact], marks: Marks) -> None:
        self._load, self._marks = load, marks
        self._redact: Redact | None = None
        self._lock = threading.Lock()

    def clean(self, data: bytes) -> bytes:
        """JPEG bytes fit to be kept and shown. Blocking: call it in a thread. Raises `Unprocessable`."""
        if len(data) > MOST_BYTES:
            raise _faulty(f"the photo has {len(data)} bytes, at most {MOST_BYTES} are taken")
        check_size(data)
        with self._lock:
            bgr = self._marks.redact(self._redacted(_fitted(decoded(data))))
        return encoded(bgr, _QUALITY)

    def _redacted(self, bgr: Picture) -> Picture:
        if self._redact is None:
            self._redact = self._load()
        return self._redact(bgr)


def _fitted(bgr: Picture) -> Picture:
    share = _LONGEST_PX / max(bgr.shape[:2])
    if share >= 1:
        return bgr
    return np.asarray(cv2.resize(bgr, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)


def load_redactor(data: Path) -> Redact:
    """Person heads out of photos, by the best weights present; loaded when the first photo comes, since few do.

    Raises `Unavailable` where no weights run here: an unredacted photo is not kept.
    """
    from models.catalog import find
    from models.errors import ModelError
    from models.session import open_session
    from vision.detect import Detector
    from vision.redact import redact_heads

    try:
        spec = find(None, data)
        detector = Detector(spec, open_session(spec).run)
    except ModelError as error:
        log.error("photos cannot be redacted: %s", error)
        raise Unavailable("this server has no working detector to redact photos with; its log says why") from None

    def redact(bgr: Picture) -> Picture:
        wh = (bgr.shape[1], bgr.shape[0])
        return redact_heads(bgr, detector(np.ascontiguousarray(bgr[:, :, ::-1]), wh), wh)

    return redact
