"""One training picture from one or four labelled ones: scale, crop, flip, light. Numpy and OpenCV only."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
# A box cut down below these is dropped: what is left of the object no longer shows what it is.
_MIN_SIDE_PX = 3.0
_MIN_VISIBLE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Sample:
    """BGR uint8 (H, W, 3) with `class_id` int64 (N,) and `xyxy` float32 (N, 4) in px of it."""

    picture: Picture
    class_id: npt.NDArray[np.int64]
    xyxy: npt.NDArray[np.float32]


def place(
    canvas: Picture,
    region_xyxy: tuple[int, int, int, int],
    source: Sample,
    scale_xy: tuple[float, float],
    rng: np.random.Generator,
    flip: bool,
) -> Sample:
    """Draws `source`, scaled and moved at random, into a region of `canvas` (in place); returns its boxes there."""
    left, top, right, bottom = region_xyxy
    wide, high = right - left, bottom - top
    picture = source.picture[:, ::-1] if flip else source.picture
    boxes = mirrored(source.xyxy, source.picture.shape[1]) if flip else source.xyxy
    size = np.array([picture.shape[1], picture.shape[0]], np.float64)
    scale = np.asarray(scale_xy, np.float64)
    window = np.array([wide, high]) / scale
    slack = size - window
    origin = rng.uniform(np.minimum(slack, 0), np.maximum(slack, 0))
    first = np.floor(np.maximum(origin, 0)).astype(int)
    last = np.ceil(np.minimum(origin + window, size)).astype(int)
    to_px = np.round((np.stack([first, last]) - origin) * scale).astype(int)
    edges = np.clip(to_px, 0, [wide, high])
    (x0, y0), (x1, y1) = edges
    if x1 > x0 and y1 > y0:
        crop = np.ascontiguousarray(picture[first[1] : last[1], first[0] : last[0]])
        method = cv2.INTER_AREA if scale.mean() < 0.8 else cv2.INTER_LINEAR
        canvas[top + y0 : top + y1, left + x0 : left + x1] = cv2.resize(crop, (x1 - x0, y1 - y0), interpolation=method)
    moved = np.asarray(((boxes.reshape(-1, 2, 2) - origin) * scale).reshape(-1, 4), np.float32)
    kept_id, kept = clip_boxes(source.class_id, moved, (wide, high))
    return Sample(canvas, kept_id, kept + np.array([left, top, left, top], np.float32))


def mirrored(xyxy: npt.NDArray[np.float32], width_px: int) -> npt.NDArray[np.float32]:
    """Boxes of the picture flipped left to right."""
    flipped = xyxy.copy()
    flipped[:, 0] = width_px - xyxy[:, 2]
    flipped[:, 2] = width_px - xyxy[:, 0]
    return flipped


def clip_boxes(
    class_id: npt.NDArray[np.int64], xyxy: npt.NDArray[np.float32], resolution_wh: tuple[int, int]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Boxes cut to the picture, without those of which too little is left."""
    limit = np.array([*resolution_wh, *resolution_wh], np.float32)
    clipped = np.clip(xyxy, 0, limit)
    side = clipped[:, 2:] - clipped[:, :2]
    whole = np.prod(np.maximum(xyxy[:, 2:] - xyxy[:, :2], 1e-6), axis=1)
    keep = (side.min(axis=1, initial=np.inf) >= _MIN_SIDE_PX) & (side.prod(axis=1) / whole >= _MIN_VISIBLE_SHARE)
    return class_id[keep], clipped[keep]


def mosaic_regions(side_px: int, count: int, rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """The whole square for one picture; for four, its quarters about a centre near the middle."""
    if count == 1:
        return [(0, 0, side_px, side_px)]
    cx, cy = (int(v) for v in rng.uniform(0.3, 0.7, 2) * side_px)
    return [(0, 0, cx, cy), (cx, 0, side_px, cy), (0, cy, cx, side_px), (cx, cy, side_px, side_px)]


def compose(sources: list[Sample], long_sides_px: list[float], side_px: int, rng: np.random.Generator) -> Sample:
    """One square sample of `side_px` from one or four sources, each scaled to its own long side in px."""
    canvas = np.full((side_px, side_px, 3), int(rng.integers(0, 140)), np.uint8)
    ids, boxes = [], []
    for region, source, long_px in zip(mosaic_regions(side_px, len(sources), rng), sources, long_sides_px, strict=True):
        scale = long_px / max(source.picture.shape[:2])
        stretch = rng.uniform(0.9, 1.1)
        placed = place(canvas, region, source, (scale * stretch, scale / stretch), rng, bool(rng.random() < 0.5))
        ids.append(placed.class_id)
        boxes.append(placed.xyxy)
    return Sample(relight(soften(canvas, rng), rng), np.concatenate(ids), np.concatenate(boxes))


def soften(picture: Picture, rng: np.random.Generator) -> Picture:
    """Now and then what a camera of few pixels shows, enlarged to the size it is looked at, or what a codec leaves."""
    high, wide = picture.shape[:2]
    if rng.random() < 0.2:
        share = rng.uniform(0.3, 0.8)
        small = (max(1, round(wide * share)), max(1, round(high * share)))
        fewer = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(fewer, (wide, high), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    if rng.random() < 0.15:
        quality = int(rng.integers(15, 60))
        written = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        picture = np.asarray(cv2.imdecode(written, cv2.IMREAD_COLOR), np.uint8)
    return picture


def relight(picture: Picture, rng: np.random.Generator) -> Picture:
    """Another light, camera and hour: hue, saturation, gamma, contrast, now and then grey, blurred or noisy."""
    if rng.random() < 0.7:
        hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
        ramp = np.arange(256, dtype=np.float32)
        hue = ((ramp + rng.uniform(-8, 8)) % 180).astype(np.uint8)
        saturation = np.clip(ramp * rng.uniform(0.5, 1.5), 0, 255).astype(np.uint8)
        picture = cv2.cvtColor(
            cv2.merge(
                [
                    cv2.LUT(hsv[..., 0], hue),
                    cv2.LUT(hsv[..., 1], saturation),
                    hsv[..., 2],
                ]
            ),
            cv2.COLOR_HSV2BGR,
        ).astype(np.uint8)
    curve = 255 * (np.arange(256) / 255) ** np.exp(rng.normal(0, 0.25))
    curve = (curve - 128) * rng.uniform(0.75, 1.25) + 128 + rng.uniform(-18, 18)
    picture = cv2.LUT(picture, np.clip(curve, 0, 255).astype(np.uint8)).astype(np.uint8)
    if rng.random() < 0.06:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR).astype(np.uint8)
    if rng.random() < 0.1:
        picture = cv2.GaussianBlur(picture, (3, 3), 0).astype(np.uint8)
    if rng.random() < 0.1:
        noise = rng.normal(0, rng.uniform(2, 10), picture.shape)
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    return picture
