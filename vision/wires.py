"""Which pixels show a wire: the segmenter over tiles of any picture, and its answer thinned to lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from models.spec import ModelSpec
from vision.types import Floats, Picture

Infer = Callable[[Floats], Floats]
Mask = NDArray[np.bool_]

_OVERLAP_PX = 48  # of neighbouring tiles: a pixel at a tile's border knows half of what is round it
_ACROSS_PX = 1.0
_CURVATURE_SIGMA_PX = 1.5
_RIDGE = 0.2


class WireFinder:
    """A wire segmenter. One caller at a time: it reuses its input buffer.

    `infer` takes float32 (1, 3, h, w) of `spec.input_hw` and returns (1, 1, h, w), 0 to 1. With several `scales` a
    picture is looked at in each of these sizes and the answers are averaged: what is a wire is one in all.
    """

    def __init__(self, spec: ModelSpec, infer: Infer, *, scales: Sequence[float] = (1.0,)) -> None:
        if not scales or min(scales) <= 0:
            raise ValueError(f"scales must be above 0, at least one; got {tuple(scales)}")
        self.spec = spec
        self._infer, self._scales = infer, tuple(scales)
        self._input: Floats = np.empty((1, 3, *spec.input_hw), np.float32)

    def twin(self) -> WireFinder:
        """Another for another thread: the same network, an input buffer of its own."""
        return WireFinder(self.spec, self._infer, scales=self._scales)

    def __call__(self, rgb: Picture) -> Floats:
        """How likely each pixel of `rgb`, uint8 (h, w, 3), is a wire: float32 (h, w), 0 to 1."""
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
            raise ValueError(f"rgb must be (h, w, 3), got {rgb.shape}")
        height, width = rgb.shape[:2]
        total = np.zeros((height, width), np.float32)
        for scale in self._scales:
            wh = (max(1, round(width * scale)), max(1, round(height * scale)))
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            found = self._tiled(rgb if scale == 1 else cv2.resize(rgb, wh, interpolation=how).astype(np.uint8))
            total += found if scale == 1 else cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(total / len(self._scales), np.float32)

    def _tiled(self, rgb: Picture) -> Floats:
        tile_h, tile_w = self.spec.input_hw
        height, width = rgb.shape[:2]
        below, beside = max(0, tile_h - height), max(0, tile_w - width)
        padded = cv2.copyMakeBorder(rgb, 0, below, 0, beside, cv2.BORDER_REFLECT_101 if min(height, width) > 1 else 1)
        total = np.zeros(padded.shape[:2], np.float32)
        weight = np.zeros_like(total)
        trust = _trust(tile_h, tile_w)
        for y in _starts(padded.shape[0], tile_h):
            for x in _starts(padded.shape[1], tile_w):
                at = (slice(y, y + tile_h), slice(x, x + tile_w))
                self._fill(np.asarray(padded[at], np.uint8))
                total[at] += self._infer(self._input)[0, 0] * trust
                weight[at] += trust
        return np.asarray((total / weight)[:height, :width], np.float32)

    def _fill(self, tile: NDArray[np.uint8]) -> None:
        planes = cv2.split(tile)
        for plane, into in zip(
            planes if self.spec.channel_order == "rgb" else planes[::-1], self._input[0], strict=True
        ):
            np.multiply(plane, np.float32(self.spec.scale), out=into)


def _starts(length: int, tile: int) -> list[int]:
    """Where tiles begin, so that all is covered and neighbours overlap."""
    if length <= tile:
        return [0]
    count = -(-(length - _OVERLAP_PX) // (tile - _OVERLAP_PX))
    return [round(i * (length - tile) / (count - 1)) for i in range(count)]


def _trust(height: int, width: int) -> Floats:
    """How much a tile is believed at each pixel: less towards its borders."""
    ramps = [np.minimum(np.arange(1, n + 1), np.arange(n, 0, -1)) / _OVERLAP_PX for n in (height, width)]
    down, across = (np.clip(ramp, 0.02, 1).astype(np.float32) for ramp in ramps)
    return np.asarray(down[:, None] * across[None], np.float32)


def thin(probability: Floats) -> Floats:
    """The same where it is highest across the line that runs there, 0 elsewhere: non-maximum suppression along the
    direction in which the smoothed answer bends most. Float32 (h, w), 0 to 1."""
    smooth = cv2.GaussianBlur(probability, (0, 0), 1.0)
    broad = cv2.GaussianBlur(probability, (0, 0), _CURVATURE_SIGMA_PX)
    xx = cv2.Sobel(broad, cv2.CV_32F, 2, 0)
    yy = cv2.Sobel(broad, cv2.CV_32F, 0, 2)
    xy = cv2.Sobel(broad, cv2.CV_32F, 1, 1)
    # The eigenvector of the most negative curvature: across the ridge.
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2
    dx, dy = (np.cos(angle) * _ACROSS_PX).astype(np.float32), (np.sin(angle) * _ACROSS_PX).astype(np.float32)
    height, width = probability.shape
    xs, ys = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    # On a ridge it is the greater of the two; on its slopes nothing falls off to both sides.
    half, turn = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    kept = half < np.minimum(-1e-5, -_RIDGE * turn)
    for sign in (-1, 1):
        beside = cv2.remap(smooth, xs + sign * dx, ys + sign * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        kept &= smooth >= beside
    return np.where(kept, probability, 0).astype(np.float32)
