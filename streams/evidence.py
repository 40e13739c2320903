"""The picture that goes with an event: full size, person heads made unrecognisable, as JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from vision.redact import redact_heads
from vision.types import Detections, Frame, Picture

_LONGEST_PX = 1280  # what a wall or a phone can show; larger only fills the outbox
_QUALITY = 82


def still(frame: Frame, detections: Detections) -> bytes:
    """The frame as redacted JPEG; its longer side at most 1280 px."""
    bgr = redact_heads(frame.full_bgr(), detections, frame.source_wh)
    longest = max(bgr.shape[:2])
    if longest > _LONGEST_PX:
        share = _LONGEST_PX / longest
        bgr = np.asarray(cv2.resize(bgr, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
    return jpeg(bgr, _QUALITY)


def tile(frame: Frame, detections: Detections) -> bytes:
    """A live picture for the wall, from the scaled-down frame, redacted alike."""
    bgr = np.ascontiguousarray(frame.rgb[:, :, ::-1])
    return jpeg(redact_heads(bgr, detections, frame.source_wh), 75)


def jpeg(bgr: Picture, quality: int) -> bytes:
    ok, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ValueError(f"cannot encode a picture of shape {bgr.shape} as JPEG")
    return data.tobytes()
