"""Making parts of a picture unrecognisable: each becomes a few blocks of its mean colours."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vision.types import Picture

BLOCKS = 4  # each way: too few to tell a face by, or to read a plate


def make_blocks(picture: Picture, xyxy: npt.NDArray[np.float32], *, margin: float = 0.1) -> None:
    """In place. `picture` is uint8 (h, w, 3); `xyxy` (N, 4) px of it, each widened by `margin` of its size; parts
    outside the picture are left out."""
    h, w = picture.shape[:2]
    for x1, y1, x2, y2 in xyxy.tolist():
        wide, high = margin * (x2 - x1), margin * (y2 - y1)
        left, right = max(0, int(x1 - wide)), min(w, int(np.ceil(x2 + wide)))
        top, bottom = max(0, int(y1 - high)), min(h, int(np.ceil(y2 + high)))
        if right > left and bottom > top:
            part = picture[top:bottom, left:right]
            blocks = (min(BLOCKS, right - left), min(BLOCKS, bottom - top))
            coarse = cv2.resize(part, blocks, interpolation=cv2.INTER_AREA)
            part[:] = cv2.resize(coarse, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
