"""Pictures of files that say "show me turned", as players show them: a phone films upright, and only says so."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from av.video.frame import VideoFrame

from vision.types import Picture

_HOW = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


def upright(picture: VideoFrame, quarter_turns: int) -> VideoFrame:
    """The picture turned so often by 90 degrees, counter-clockwise; itself for none. Of even sides, as 8 bits YUV."""
    if quarter_turns % 4 == 0:
        return picture
    wide, high = picture.width // 2 * 2, picture.height // 2 * 2
    i420 = cast(Picture, picture.reformat(wide, high, "yuv420p", threads=1).to_ndarray())
    luma, colours = i420[:high], i420[high:].reshape(2, high // 2, wide // 2)
    how = _HOW[quarter_turns % 4]
    turned = [cv2.rotate(plane, how) for plane in (luma, *colours)]
    size_wh = turned[0].shape[1], turned[0].shape[0]
    joined = np.concatenate([plane.reshape(-1) for plane in turned]).reshape(size_wh[1] * 3 // 2, size_wh[0])
    made = VideoFrame.from_ndarray(joined, format="yuv420p")
    made.pts, made.dts, made.time_base = picture.pts, picture.dts, picture.time_base
    made.color_range, made.colorspace = picture.color_range, picture.colorspace
    return made
