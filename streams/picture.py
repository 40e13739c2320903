"""From the decoder's YUV to the arrays that vision takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from vision.types import Picture


def fitted(source_wh: tuple[int, int], fit_wh: tuple[int, int]) -> tuple[int, int]:
    """The largest even size within `fit_wh` that keeps the aspect, never above the source.

    >>> fitted((1920, 1080), (640, 640))
    (640, 360)
    """
    width, height = source_wh
    scale = min(fit_wh[0] / width, fit_wh[1] / height, 1.0)
    return _even(width * scale, min(width, fit_wh[0])), _even(height * scale, min(height, fit_wh[1]))


def _even(length: float, most: int) -> int:
    return max(2, min(2 * round(length / 2), most // 2 * 2))


class Shrinker:
    """Scales decoded pictures straight to RGB of the wanted size; one per decoder, since it keeps its filter."""

    def __init__(self, fit_wh: tuple[int, int]) -> None:
        if min(fit_wh) < 2:
            raise ValueError(f"fit_wh must be at least (2, 2), got {fit_wh}")
        self._fit_wh = fit_wh
        self._scaler = VideoReformatter()

    def rgb(self, picture: VideoFrame) -> Picture:
        """uint8 (h, w, 3)."""
        width, height = fitted((picture.width, picture.height), self._fit_wh)
        small = self._scaler.reformat(
            picture, width=width, height=height, format="rgb24", interpolation=Interpolation.BILINEAR, threads=1
        )
        return cast(Picture, np.ascontiguousarray(small.to_ndarray()))


def full_bgr(picture: VideoFrame) -> Callable[[], Picture]:
    """Keeps the decoded picture (3 MB at 1080p) and converts it only when called."""

    def convert() -> Picture:
        return cast(Picture, picture.reformat(format="bgr24", threads=1).to_ndarray())

    return convert
