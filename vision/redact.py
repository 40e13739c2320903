"""Make persons unrecognisable before a picture leaves the worker."""

from __future__ import annotations

import cv2
import numpy as np

from models.spec import ObjectClass
from vision.types import Detections, Picture

_HEAD_SHARE = 0.28  # a head is 1/7 to 1/8 of a standing body; riders and sitting persons need more
_BLOCKS = 4  # a head becomes at most 4 x 4 blocks: too few to tell a person by


def redact_heads(picture: Picture, detections: Detections, source_wh: tuple[int, int]) -> Picture:
    """A copy of `picture`, uint8 (h, w, 3), with the head of every detected person reduced to a few blocks.

    `detections` are in px of `source_wh`, of which `picture` may be a scaled copy. Pass weak detections too: a head
    too many is harmless. Persons that the detector missed stay as they are.
    """
    redacted = picture.copy()
    h, w = picture.shape[:2]
    scale = np.array([w / source_wh[0], h / source_wh[1]] * 2)
    for x1, y1, x2, y2 in detections.xyxy[detections.class_id == ObjectClass.PERSON] * scale:
        left, right = max(0, int(x1)), min(w, int(np.ceil(x2)))
        top = max(0, int(y1 - 0.03 * (y2 - y1)))
        bottom = min(h, int(np.ceil(y1 + max(_HEAD_SHARE * (y2 - y1), 6))))
        if right > left and bottom > top:
            head = redacted[top:bottom, left:right]
            blocks = (min(_BLOCKS, right - left), min(_BLOCKS, bottom - top))
            coarse = cv2.resize(head, blocks, interpolation=cv2.INTER_AREA)
            head[:] = cv2.resize(coarse, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
    return redacted
