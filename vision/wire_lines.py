"""From thinned pixels to wires: traced curves, and what they amount to: length, crossings, sag, disorder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats
from vision.wires import Mask, thin

Points = NDArray[np.float32]

_JOIN_PX = 3  # gaps that non-maximum suppression leaves, where lines meet most of all
_LOOK_BACK = 14  # pixels by which a line's direction is told: at a crossing thinned lines bend towards each other
_STRAIGHT_PX = 2.0
_REACH_PX = 6.0  # ends are prolonged by so much to find what they cross: thinning breaks lines at crossings
_CROSS_DEG = 12.0
_MOST_SEGMENTS = 400
_MOST_PX = 20_000  # tracing takes 1 s for so many


@dataclass(frozen=True, slots=True)
class Wiring:
    """What hangs in a picture. `lines` are curves (n, 2), x y in px. `length_px` is that of all. `crossings` counts
    where lines cross at 12 degrees or more. `sag` is how far lines bow out, in shares of their spans, and `disorder`
    how much directions differ: 0 where all run one way, 1 where every way alike; both weighted by length."""

    lines: tuple[Points, ...]
    length_px: float
    crossings: int
    sag: float
    disorder: float


def lines_mask(probability: Floats, threshold: float, least_px: float) -> Mask:
    """Thin lines, bool (h, w): from `threshold` on, weaker ones (half of it) where they go on from stronger ones, and
    none shorter than `least_px` across."""
    strength = thin(probability)
    weak = (strength >= threshold / 2).astype(np.uint8)
    joined = cv2.dilate(weak, np.ones((_JOIN_PX, _JOIN_PX), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    strong = np.zeros(count, bool)
    strong[np.unique(labels[strength >= threshold])] = True
    grown = _JOIN_PX - 1
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH] - grown, stats[:, cv2.CC_STAT_HEIGHT] - grown)
    keep = strong & (extent >= least_px)
    keep[0] = False
    return np.asarray(keep[labels] & (weak > 0))


def wiring_of(mask: Mask) -> Wiring:
    """Trace thin lines, bool (h, w); where there are very many, as in foliage and mesh, at half the size."""
    scale = 1
    while np.count_nonzero(mask) > _MOST_PX:
        mask, scale = _halved(mask), 2 * scale
    lines = [line * np.float32(scale) for line in trace(mask)]
    lengths = np.array([_length(line) for line in lines])
    total = float(lengths.sum())
    if total == 0:
        return Wiring((), 0.0, 0, 0.0, 0.0)
    segments, line_of = _segments(lines)
    sag = float(sum(_sag(line) * length for line, length in zip(lines, lengths, strict=True)) / total)
    return Wiring(tuple(lines), total, _crossings(segments, line_of), sag, _disorder(segments))


def _halved(mask: Mask) -> Mask:
    high, wide = (side // 2 * 2 for side in mask.shape)
    return np.asarray(mask[:high, :wide].reshape(high // 2, 2, wide // 2, 2).any(axis=(1, 3)))


def trace(mask: Mask) -> list[Points]:
    """Curves (n, 2) along thin lines: walked from pixel to pixel, straight on where they branch."""
    left = {(int(x), int(y)) for y, x in np.argwhere(mask)}
    ends = [at for at in left if sum(_beside(at, left)) <= 1]
    lines = []
    for start in [*sorted(ends), *sorted(left)]:
        if start not in left:
            continue
        left.discard(start)
        path = _walk(start, left)
        path = _walk(path[-1], left, path[::-1]) if len(path) > 1 else path
        if len(path) > _JOIN_PX:
            lines.append(np.array(path, np.float32))
    return lines


def _beside(at: tuple[int, int], pixels: set[tuple[int, int]]) -> list[bool]:
    return [(at[0] + i, at[1] + j) in pixels for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]


def _walk(
    at: tuple[int, int], left: set[tuple[int, int]], path: list[tuple[int, int]] | None = None
) -> list[tuple[int, int]]:
    """Goes on from `at` over pixels that are left, taking them, up to `_JOIN_PX` away, as straight as it can."""
    path = path or [at]
    while True:
        x, y = path[-1]
        back = path[max(0, len(path) - _LOOK_BACK)]
        ahead = (x - back[0], y - back[1])
        near = [
            (x + i, y + j)
            for i in range(-_JOIN_PX, _JOIN_PX + 1)
            for j in range(-_JOIN_PX, _JOIN_PX + 1)
            if (x + i, y + j) in left and (ahead == (0, 0) or i * ahead[0] + j * ahead[1] > 0)
        ]
        if not near:
            return path
        best = min(near, key=lambda p: _turn(p[0] - x, p[1] - y, ahead))
        # What the step passes over, and its like beside the line, is this line's too.
        for i in (-1, 0, 1):
            for j in (-1, 0, 1):
                left.discard((x + i, y + j))
        left.discard(best)
        path.append(best)


def _turn(dx: int, dy: int, ahead: tuple[int, int]) -> float:
    reach = float(np.hypot(dx, dy))
    if ahead == (0, 0):
        return reach
    return reach * (2.0 - (dx * ahead[0] + dy * ahead[1]) / (reach * float(np.hypot(*ahead))))


def _length(line: Points) -> float:
    # Of the simplified line: a digital line's steps are up to 8 % longer than the line that they follow.
    simple = cv2.approxPolyDP(line[:, None], 1.0, False)[:, 0]
    return float(np.hypot(*np.diff(simple, axis=0).T).sum())


def _sag(line: Points) -> float:
    """The greatest distance from the chord, in shares of the chord: 0 for a taut wire, 1 for a loop."""
    chord = line[-1] - line[0]
    span = float(np.hypot(*chord))
    if span < 1:
        return 1.0
    off = line - line[0]
    return min(1.0, float(np.abs(off[:, 0] * chord[1] - off[:, 1] * chord[0]).max()) / span**2)


def _segments(lines: Sequence[Points]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Straight pieces (n, 4), x1 y1 x2 y2, the longest if there are very many; and of which line each is."""
    found = []
    for line in lines:
        simple = cv2.approxPolyDP(line[:, None], _STRAIGHT_PX, False)[:, 0].astype(float)
        found.append(np.concatenate([simple[:-1], simple[1:]], axis=1))
    pieces, line_of = np.concatenate(found), np.repeat(np.arange(len(found)), [len(some) for some in found])
    lengths = np.hypot(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1])
    longest = np.argsort(-lengths, kind="stable")[:_MOST_SEGMENTS]
    return pieces[longest], line_of[longest]


def _disorder(segments: NDArray[np.float64]) -> float:
    """1 minus the length of the mean direction, at twice the angle since a wire has no head."""
    run = segments[:, 2:] - segments[:, :2]
    lengths, angles = np.hypot(*run.T), np.arctan2(run[:, 1], run[:, 0])
    return float(1 - np.abs((lengths * np.exp(2j * angles)).sum()) / max(1e-9, lengths.sum()))


def _crossings(segments: NDArray[np.float64], line_of: NDArray[np.int64]) -> int:
    """Points at which pieces of two lines, prolonged a little, cross; one where several lie together."""
    run = segments[:, 2:] - segments[:, :2]
    lengths = np.hypot(*run.T)
    long = lengths >= 2 * _REACH_PX
    run, lengths, start, line_of = run[long], lengths[long], segments[long, :2], line_of[long]
    unit = run / lengths[:, None]
    cross = unit[:, None, 0] * unit[None, :, 1] - unit[:, None, 1] * unit[None, :, 0]
    apart = start[None] - start[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (apart[..., 0] * unit[None, :, 1] - apart[..., 1] * unit[None, :, 0]) / cross
        other = (apart[..., 0] * unit[:, None, 1] - apart[..., 1] * unit[:, None, 0]) / cross
    meets = (np.abs(cross) > np.sin(np.radians(_CROSS_DEG))) & (line_of[:, None] != line_of[None])
    for reach, whose in ((along, lengths[:, None]), (other, lengths[None])):
        meets &= (reach > -_REACH_PX) & (reach < whose + _REACH_PX)
    first, second = np.nonzero(np.triu(meets, 1))
    points = start[first] + unit[first] * along[first, second][:, None]
    kept: list[NDArray[np.float64]] = []
    for point in points:
        if all(np.hypot(*(point - other)) > _REACH_PX for other in kept):
            kept.append(point)
    return len(kept)
