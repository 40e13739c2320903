"""The picture that goes with an event: full size, person heads made unrecognisable, as JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from vision.redact import redact_heads
from vision.types import Detections, Frame, Picture

# Full size up to 4K. At 1080p that takes 9 ms and 190 kB, where shrinking to 1280 px took 21 ms and 120 kB; a wire or a
# small sign can be made out in the one and not in the other. At 4K it is 130 ms and 500 kB, once an event.
_LONGEST_PX = 3840
_MOST_BYTES = 2 << 20
_QUALITY = 82

Seen = tuple[Detections, tuple[int, int]]
"""Detections, and the size (w, h) of the picture in whose px they are."""


def still(frame: Frame, detections: Detections) -> bytes:
    """The frame as redacted JPEG, as large as the camera made it, up to 4K and 2 MB."""
    return redacted_jpeg(frame.full_bgr(), (detections, frame.source_wh))


def redacted_jpeg(bgr: Picture, *seen: Seen) -> bytes:
    """BGR (H, W, 3) uint8 as JPEG, every head that any of `seen` knows of made unrecognisable."""
    for detections, source_wh in seen:
        bgr = redact_heads(bgr, detections, source_wh)
    data = jpeg(_within(bgr, _LONGEST_PX), _QUALITY)
    # Noise and rain compress badly: better a smaller picture than none.
    return data if len(data) <= _MOST_BYTES else jpeg(_within(bgr, _LONGEST_PX // 2), _QUALITY - 12)


def tile(frame: Frame, detections: Detections) -> bytes:
    """A live picture for the wall, from the scaled-down frame, redacted alike."""
    bgr = np.ascontiguousarray(frame.rgb[:, :, ::-1])
    return jpeg(redact_heads(bgr, detections, frame.source_wh), 75)


def jpeg(bgr: Picture, quality: int) -> bytes:
    ok, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ValueError(f"cannot encode a picture of shape {bgr.shape} as JPEG")
    return data.tobytes()


def _within(bgr: Picture, longest_px: int) -> Picture:
    share = longest_px / max(bgr.shape[:2])
    if share >= 1:
        return bgr
    return np.asarray(cv2.resize(bgr, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
