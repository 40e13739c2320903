"""From the decoder's YUV to the arrays that vision takes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from vision.types import Picture

_PLANAR_8_BIT = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"})


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


_HALVED = frozenset({"yuv420p", "yuvj420p"})  # three planes, colours at half the size: what cameras send


class YuvShot:
    """A decoded picture (3 MB at 1080p, kept as the decoder gave it) and its conversions: `vision.types.Shot`."""

    def __init__(self, picture: VideoFrame, fit_wh: tuple[int, int]) -> None:
        if min(fit_wh) < 2:
            raise ValueError(f"fit_wh must be at least (2, 2), got {fit_wh}")
        self._picture = picture
        self._small_wh = fitted((picture.width, picture.height), fit_wh)

    def luma(self) -> Picture:
        # Linear, not by area: 0.5 ms against 2.7 ms at 1080p, and a gate does not mind aliasing.
        grey = cv2.resize(_luma_plane(self._picture), self._small_wh, interpolation=cv2.INTER_LINEAR)
        return cast(Picture, grey)

    def rgb(self) -> Picture:
        return _rgb(self._picture, self._small_wh)

    def crop(self, xyxy: tuple[int, int, int, int], fit_wh: tuple[int, int]) -> Picture:
        x1, y1, x2, y2 = xyxy
        size = fitted((x2 - x1, y2 - y1), fit_wh)
        if self._picture.format.name in _HALVED and not any(side % 2 for side in xyxy):
            return _rgb(_cut(self._picture, xyxy), size)
        part = self.full_bgr()[y1:y2, x1:x2, ::-1]
        if size == (x2 - x1, y2 - y1):
            return cast(Picture, np.ascontiguousarray(part))
        return cast(Picture, cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_AREA))

    def full_bgr(self) -> Picture:
        return cast(Picture, self._picture.reformat(format="bgr24", threads=1).to_ndarray())


@dataclass(frozen=True, slots=True)
class ArrayShot:
    """The same from an RGB array, uint8 (H, W, 3), for pictures that no decoder made."""

    picture: Picture
    fit_wh: tuple[int, int] = (640, 640)

    def luma(self) -> Picture:
        return cast(Picture, cv2.cvtColor(self.rgb(), cv2.COLOR_RGB2GRAY))

    def rgb(self) -> Picture:
        height, width = self.picture.shape[:2]
        return self.crop((0, 0, width, height), self.fit_wh)

    def crop(self, xyxy: tuple[int, int, int, int], fit_wh: tuple[int, int]) -> Picture:
        x1, y1, x2, y2 = xyxy
        part = np.ascontiguousarray(self.picture[y1:y2, x1:x2])
        size = fitted((x2 - x1, y2 - y1), fit_wh)
        return (
            part if size == (x2 - x1, y2 - y1) else cast(Picture, cv2.resize(part, size, interpolation=cv2.INTER_AREA))
        )

    def full_bgr(self) -> Picture:
        return cast(Picture, np.ascontiguousarray(self.picture[:, :, ::-1]))


_scalers = threading.local()


def _rgb(picture: VideoFrame, size_wh: tuple[int, int]) -> Picture:
    """One scaler a thread: it keeps its filters, which FFmpeg would otherwise compute for every picture."""
    scaler = getattr(_scalers, "scaler", None)
    if scaler is None:
        scaler = _scalers.scaler = VideoReformatter()
    small = scaler.reformat(
        picture,
        width=size_wh[0],
        height=size_wh[1],
        format="rgb24",
        interpolation=Interpolation.BILINEAR,
        threads=1,
    )
    return cast(Picture, np.ascontiguousarray(small.to_ndarray()))


def _cut(picture: VideoFrame, xyxy: tuple[int, int, int, int]) -> VideoFrame:
    """A region of a yuv420p picture, even px, before any conversion: the whole picture's takes 5 ms at 1080p."""
    x1, y1, x2, y2 = xyxy
    part = VideoFrame(x2 - x1, y2 - y1, picture.format.name)
    for whole, cut, step in zip(picture.planes, part.planes, (1, 2, 2), strict=True):
        source = np.asarray(memoryview(whole), np.uint8).reshape(-1, whole.line_size)
        target = np.asarray(memoryview(cut), np.uint8).reshape(-1, cut.line_size)
        target[: cut.height, : cut.width] = source[y1 // step : y2 // step, x1 // step : x2 // step]
    part.color_range, part.colorspace = picture.color_range, picture.colorspace
    return part


def _luma_plane(picture: VideoFrame) -> Picture:
    """The Y plane without a copy, uint8 (H, W); converted where the decoder's format has none of 8 bits."""
    if picture.format.name not in _PLANAR_8_BIT:
        picture = picture.reformat(format="gray", threads=1)
    plane = picture.planes[0]
    rows = np.asarray(memoryview(plane), np.uint8)
    rows = rows.reshape(plane.height, plane.line_size)
    return rows[:, : picture.width]
