"""Wires as a camera shows them: dark or bright, thin or round, partly hidden; and what is no wire."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from models.wires.curves import Points, Wire

Rgb = NDArray[np.uint8]
Floats = NDArray[np.float32]

_FINER = 3  # strokes are drawn this much larger and averaged down: OpenCV's own smoothing knows whole px alone
_SHIFT = 4
_FAINT = 5.0  # levels of 255 below which nobody sees a wire: neither wire nor background to learn from
HIDDEN = 255


def coverage(lines: Sequence[Points], thicknesses_px: Sequence[float], shape_hw: tuple[int, int]) -> Floats:
    """How much of each pixel strokes of these thicknesses cover, (h, w), 0 to 1."""
    height, width = shape_hw
    canvas = np.zeros((height * _FINER, width * _FINER), np.uint8)
    for points, thickness in zip(lines, thicknesses_px, strict=True):
        inside = np.clip(points, -4 * width, 5 * width)
        fixed = np.rint((inside * _FINER + (_FINER - 1) / 2) * (1 << _SHIFT)).astype(np.int32)
        cv2.polylines(canvas, [fixed], False, 255, max(1, round(thickness * _FINER)), cv2.LINE_8, _SHIFT)
    averaged = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(averaged / np.float32(255), np.float32)


def field(random: np.random.Generator, shape_hw: tuple[int, int], cells: int) -> Floats:
    """A smooth random field (h, w), 0 to 1."""
    rough = random.random((cells, cells)).astype(np.float32)
    return np.clip(cv2.resize(rough, (shape_hw[1], shape_hw[0]), interpolation=cv2.INTER_CUBIC), 0, 1)


def paint(picture: Rgb, wires: Sequence[Wire], random: np.random.Generator) -> tuple[Rgb, NDArray[np.uint8]]:
    """The picture with wires drawn in, and where they are: 1 wire, 0 none, `HIDDEN` where it cannot be told."""
    shape = (picture.shape[0], picture.shape[1])
    seen = picture.astype(np.float32)
    truth = np.zeros(shape, np.uint8)
    leaves, front = _leaves(random, shape), _front(random, shape)
    bare = 1 - np.maximum(leaves, front)
    for strand in _strands(wires, random):
        lines, thick = [w.points for w in strand], [w.thickness_px for w in strand]
        covered = coverage(lines, thick, shape) * bare
        inside = covered > 0.25
        painted = (
            seen
            + (_colour(strand, picture[inside], shape, random) - seen)
            * (covered * np.float32(random.uniform(0.75, 1.0)))[..., None]
        )
        mark = coverage(lines, [max(1.6, t) for t in thick], shape) > 0.35
        differs = np.abs(painted[inside] - seen[inside]).mean(axis=1)
        visible = differs.size > 0 and float(np.median(differs)) >= _FAINT
        truth[mark & (truth == 0)] = 1 if visible else HIDDEN
        truth[mark & (leaves > 0.3)] = HIDDEN
        seen = painted
    truth[front > 0.5] = 0
    return np.clip(seen, 0, 255).astype(np.uint8), truth


def _strands(wires: Sequence[Wire], random: np.random.Generator) -> list[list[Wire]]:
    """Neighbours are mostly of one kind and hang in the same light."""
    strands: list[list[Wire]] = []
    for wire in wires:
        if not strands or random.random() < 0.25:
            strands.append([])
        strands[-1].append(wire)
    return strands


def clutter(picture: Rgb, random: np.random.Generator) -> Rgb:
    """What is long and straight and no wire: edges of shade, broad bars, short strokes."""
    height, width = picture.shape[:2]
    seen: Floats = picture.astype(np.float32)
    for _ in range(int(random.integers(0, 3))):  # an edge from border to border
        angle, at = random.uniform(0, 2 * np.pi), random.uniform(0.1, 0.9, 2) * (width, height)
        ys, xs = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None]
        side = (xs - np.float32(at[0])) * np.float32(np.cos(angle)) + (ys - np.float32(at[1])) * np.float32(
            np.sin(angle)
        )
        step: Floats = np.clip(side / np.float32(random.uniform(0.6, 3)) + np.float32(0.5), 0, 1).astype(np.float32)
        seen = seen + (np.float32(random.uniform(-60, 60)) * step)[..., None]
    if random.random() < 0.35:
        ends = random.uniform(-0.2, 1.2, (int(random.integers(1, 4)), 2, 2)) * width
        bars = coverage(list(ends), list(random.uniform(11, 40, len(ends))), (height, width))
        colour = picture[int(random.integers(height)), int(random.integers(width))].astype(np.float32)
        other = colour + np.float32(random.uniform(-60, 60))
        seen = seen + (other - seen) * (bars * np.float32(random.uniform(0.6, 1)))[..., None]
    if random.random() < 0.4:
        starts = random.uniform(0, 1, (int(random.integers(1, 12)), 2)) * width
        strokes = [np.stack([s, s + random.normal(0, 7, 2)]) for s in starts]
        marks = coverage(strokes, [random.uniform(1, 6)] * len(strokes), (height, width))
        tone = np.float32(random.uniform(0, 255))
        seen = seen + (tone - seen) * (marks * np.float32(random.uniform(0.5, 1)))[..., None]
    return np.clip(seen, 0, 255).astype(np.uint8)


def _tone(random: np.random.Generator) -> tuple[str, float, Floats]:
    """Black, bright, or so many levels off what is behind; and a tint."""
    kind = str(random.choice(["dark", "dark", "bright", "off", "off"]))
    level = {"dark": random.uniform(0, 85), "bright": random.uniform(150, 255)}.get(
        kind, random.uniform(14, 75) * random.choice([-1, 1])
    )
    return kind, float(level), random.normal(0, 8, 3).astype(np.float32)


def _colour(strand: Sequence[Wire], behind: Rgb, shape_hw: tuple[int, int], random: np.random.Generator) -> Floats:
    """The colour (h, w, 3) of wires, wherever they hang; `behind` (n, 3) is what they are seen against."""
    kind, level, tint = _tone(random)
    if kind == "off" and len(behind):
        level += float(behind.mean())
    light: Floats = np.float32(level) + (field(random, shape_hw, 4) - np.float32(0.5)) * np.float32(
        random.uniform(0, 90)
    )
    if max(w.thickness_px for w in strand) > 1.8 and random.random() < 0.7:  # round: one side lit, one in shade
        reach = random.uniform(0.15, 0.35) * random.choice([-1, 1])
        aside = [_across(w.points) * w.thickness_px * reach for w in strand]
        strokes = [w.thickness_px * random.uniform(0.25, 0.5) for w in strand]
        for sign, levels in ((1, random.uniform(10, 90)), (-1, -random.uniform(0, 50))):
            lines = [w.points + sign * a for w, a in zip(strand, aside, strict=True)]
            light = light + np.float32(levels) * coverage(lines, strokes, shape_hw)
    return np.asarray(np.clip(light[..., None] + tint, 0, 255), np.float32)


def _across(points: Points) -> Points:
    step = points[-1] - points[0]
    return np.array([-step[1], step[0]]) / max(1e-6, float(np.hypot(*step)))


def _leaves(random: np.random.Generator, shape_hw: tuple[int, int]) -> Floats:
    """Where foliage covers most of what is behind it."""
    if random.random() < 0.75:
        return np.zeros(shape_hw, np.float32)
    where = field(random, shape_hw, 4) > random.uniform(0.6, 0.8)
    return ((field(random, shape_hw, max(4, shape_hw[0] // 5)) > 0.35) & where).astype(np.float32)


def _front(random: np.random.Generator, shape_hw: tuple[int, int]) -> Floats:
    """Things that stand before the wires: a part of the picture that nothing is drawn over."""
    front = np.zeros(shape_hw, np.uint8)
    if random.random() < 0.3:
        for _ in range(int(random.integers(1, 4))):
            middle, reach = random.uniform(0, 1, 2) * shape_hw[::-1], random.uniform(0.04, 0.2) * shape_hw[0]
            corners = middle + random.normal(0, reach, (int(random.integers(4, 9)), 2))
            cv2.fillConvexPoly(front, cv2.convexHull(corners.astype(np.int32)), 1)
    return front.astype(np.float32)
