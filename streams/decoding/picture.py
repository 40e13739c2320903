"""From the decoder's YUV to the arrays that vision takes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import Interpolation, VideoReformatter

from vision.letterbox import apart
from vision.types import Picture, Planes

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
        self.small_wh = fitted((picture.width, picture.height), fit_wh)
        self._luma: Picture | None = None  # half the way to the colours

    def luma(self) -> Picture:
        if self._luma is None:
            # Linear, not by area: 0.5 ms against 2.7 ms at 1080p; neither gate nor detector minds the aliasing.
            grey = cv2.resize(_luma_plane(self._picture), self.small_wh, interpolation=cv2.INTER_LINEAR)
            self._luma = cast(Picture, grey)
        return self._luma

    def colours(self) -> Picture:
        if self._picture.format.name not in _HALVED:
            return _colours_of(self.rgb())
        size = self.small_wh[0] // 2, self.small_wh[1] // 2
        planes = (_pixels(plane) for plane in self._picture.planes[1:])
        return cast(Picture, cv2.merge([cv2.resize(p, size, interpolation=cv2.INTER_LINEAR) for p in planes]))

    def rgb(self) -> Picture:
        if self._picture.format.name in _HALVED:
            whole = _reformatter("unscaled").reformat(_small(self._picture, self.luma()), format="rgb24", threads=1)
            return cast(Picture, np.ascontiguousarray(whole.to_ndarray()))
        return scaled_by_ffmpeg(self._picture, self.small_wh)

    def planes(self) -> Planes:
        if self._picture.format.name not in _HALVED:
            return apart(self.rgb())
        made = _reformatter("apart").reformat(_small(self._picture, self.luma()), format="gbrp", threads=1)
        green, blue, red = (_pixels(plane) for plane in made.planes)
        return red, green, blue

    def crop(self, xyxy: tuple[int, int, int, int], fit_wh: tuple[int, int]) -> Picture:
        x1, y1, x2, y2 = xyxy
        size = fitted((x2 - x1, y2 - y1), fit_wh)
        if self._picture.format.name in _HALVED and not any(side % 2 for side in xyxy):
            return scaled_by_ffmpeg(_cut(self._picture, xyxy), size)
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

    def colours(self) -> Picture:
        return _colours_of(self.rgb())

    def rgb(self) -> Picture:
        height, width = self.picture.shape[:2]
        return self.crop((0, 0, width, height), self.fit_wh)

    def planes(self) -> Planes:
        return apart(self.rgb())

    def crop(self, xyxy: tuple[int, int, int, int], fit_wh: tuple[int, int]) -> Picture:
        x1, y1, x2, y2 = xyxy
        part = np.ascontiguousarray(self.picture[y1:y2, x1:x2])
        size = fitted((x2 - x1, y2 - y1), fit_wh)
        return (
            part if size == (x2 - x1, y2 - y1) else cast(Picture, cv2.resize(part, size, interpolation=cv2.INTER_AREA))
        )

    def full_bgr(self) -> Picture:
        return cast(Picture, np.ascontiguousarray(self.picture[:, :, ::-1]))


def _colours_of(rgb: Picture) -> Picture:
    height, width = rgb.shape[:2]
    half = cv2.resize(rgb, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return cast(Picture, np.ascontiguousarray(cv2.cvtColor(half, cv2.COLOR_RGB2YCrCb)[:, :, :0:-1]))


_scalers = threading.local()


def scaled_by_ffmpeg(picture: VideoFrame, size_wh: tuple[int, int]) -> Picture:
    small = _reformatter("scaled").reformat(
        picture,
        width=size_wh[0],
        height=size_wh[1],
        format="rgb24",
        interpolation=Interpolation.BILINEAR,
        threads=1,
    )
    return cast(Picture, np.ascontiguousarray(small.to_ndarray()))


def _reformatter(use: str) -> VideoReformatter:
    """One a thread and use: it keeps its filters, which FFmpeg would otherwise compute for every picture."""
    kept = cast(VideoReformatter | None, getattr(_scalers, use, None))
    if kept is None:
        kept = VideoReformatter()
        setattr(_scalers, use, kept)
    return kept


def _small(picture: VideoFrame, luma: Picture) -> VideoFrame:
    """The colour planes scaled as `luma` was, to be converted only then, by FFmpeg: 0.6 ms where its own scaler takes
    2.8 ms (540p to 360p) or 4.9 ms (1080p to 360p), and no less is found in it (`bench/scaling.py`)."""
    height, width = luma.shape
    small = VideoFrame(width, height, picture.format.name)
    _pixels(small.planes[0])[:] = luma
    for whole, scaled in zip(picture.planes[1:], small.planes[1:], strict=True):
        _scale_into(whole, scaled)
    small.color_range, small.colorspace = picture.color_range, picture.colorspace
    return small


def _scale_into(whole: VideoPlane, scaled: VideoPlane) -> None:
    target = _pixels(scaled)
    cv2.resize(_pixels(whole), (scaled.width, scaled.height), dst=target, interpolation=cv2.INTER_LINEAR)


def _pixels(plane: VideoPlane) -> Picture:
    """A plane's own memory, uint8 (h, w): written to, the picture changes."""
    rows = np.asarray(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def _cut(picture: VideoFrame, xyxy: tuple[int, int, int, int]) -> VideoFrame:
    """A region of a yuv420p picture, even px, before any conversion: the whole picture's takes 5 ms at 1080p."""
    x1, y1, x2, y2 = xyxy
    part = VideoFrame(x2 - x1, y2 - y1, picture.format.name)
    for whole, cut, step in zip(picture.planes, part.planes, (1, 2, 2), strict=True):
        _pixels(cut)[:] = _pixels(whole)[y1 // step : y2 // step, x1 // step : x2 // step]
    part.color_range, part.colorspace = picture.color_range, picture.colorspace
    return part


def _luma_plane(picture: VideoFrame) -> Picture:
    """The Y plane without a copy, uint8 (H, W); converted where the decoder's format has none of 8 bits."""
    if picture.format.name not in _PLANAR_8_BIT:
        picture = picture.reformat(format="gray", threads=1)
    return _pixels(picture.planes[0])
