"""Built-up ground as a photograph of power lines has behind them: things far away, small and sharp.

The photographs at hand show the street from close by. Pieces of them made smaller stand beside one another here, with
house fronts, ribbed roofs and lattice masts between: much that is thin, straight and regular, and no wire.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from models.wires.backgrounds import Mask
from models.wires.paint import Floats, Rgb, coverage, field

AnyPhotograph = Callable[[np.random.Generator], tuple[Rgb, Mask]]
_SMALLER = (0.3, 0.95)
_LEAST_PX = 40


def townscape(photograph: AnyPhotograph, side_px: int, random: np.random.Generator) -> tuple[Rgb, Mask]:
    """A square of `side_px`, RGB uint8, and where it may show real wires."""
    whole = int(side_px * 1.35)
    picture, doubt = np.zeros((whole, whole, 3), np.uint8), np.zeros((whole, whole), np.uint8)
    _patched(picture, doubt, photograph, random, int(random.integers(0, 6)))
    for _ in range(int(random.choice([0, 0, 1, 2, 3]))):
        _stood(picture, _ribs(random) if random.random() < 0.3 else _front(random), random)
    if random.random() < 0.2:
        picture = _mast(picture, random)
    if random.random() < 0.3:
        picture = _sky(picture, doubt, random)
    angle = random.normal(0, 9) if random.random() < 0.7 else random.uniform(-90, 90)
    turn = np.asarray(cv2.getRotationMatrix2D((whole / 2, whole / 2), angle, 1.0), np.float64)
    turn[:, 2] -= (whole - side_px) / 2
    wh = (side_px, side_px)
    turned = cv2.warpAffine(picture, turn, wh, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    where = cv2.warpAffine(doubt, turn, wh, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(turned, np.uint8), where > 0


def _patched(
    picture: Rgb, doubt: NDArray[np.uint8], photograph: AnyPhotograph, random: np.random.Generator, splits: int
) -> None:
    """Fills views of one canvas with a photograph, or parts them and fills the parts."""
    height, width = doubt.shape
    along = 0 if height > width * random.uniform(0.5, 1.5) else 1
    if splits and doubt.shape[along] >= 2 * _LEAST_PX:
        at = int(random.integers(_LEAST_PX, doubt.shape[along] - _LEAST_PX + 1))
        first, second = ((slice(0, at),), (slice(at, None),)) if along == 0 else (np.s_[:, :at], np.s_[:, at:])
        fewer = int(random.integers(0, splits))
        _patched(picture[first], doubt[first], photograph, random, fewer)
        _patched(picture[second], doubt[second], photograph, random, splits - 1 - fewer)
        return
    seen, doubtful = photograph(random)
    least = max(height / seen.shape[0], width / seen.shape[1])
    scale = max(random.uniform(*_SMALLER), least)
    h, w = min(seen.shape[0], round(height / scale)), min(seen.shape[1], round(width / scale))
    y, x = int(random.integers(0, seen.shape[0] - h + 1)), int(random.integers(0, seen.shape[1] - w + 1))
    cut = (slice(y, y + h), slice(x, x + w))
    picture[:] = cv2.resize(seen[cut], (width, height), interpolation=cv2.INTER_AREA)
    doubt[:] = cv2.resize(doubtful[cut].astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)


def _stood(picture: Rgb, texture: Rgb, random: np.random.Generator) -> None:
    """A flat texture somewhere in the picture, seen aslant."""
    side = picture.shape[0]
    wide, high = random.uniform(0.2, 0.7, 2) * side
    left, top = random.uniform(-0.1, 0.8) * side, random.uniform(-0.1, 0.8) * side
    corners = np.array([[left, top], [left + wide, top], [left + wide, top + high], [left, top + high]])
    corners += random.normal(0, 0.07, (4, 2)) * min(wide, high)
    h, w = texture.shape[:2]
    flat = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    view = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
    blurred = cv2.GaussianBlur(texture, (0, 0), max(0.4, 0.45 * max(w / wide, h / high)))
    cv2.warpPerspective(blurred, view, (side, side), dst=picture, borderMode=cv2.BORDER_TRANSPARENT)


def _front(random: np.random.Generator) -> Rgb:
    """A house front: rows of windows with bars, ledges, railings."""
    rows, columns = int(random.integers(2, 9)), int(random.integers(2, 9))
    cell_h, cell_w = int(random.integers(14, 40)), int(random.integers(12, 40))
    wall, pane, trim = (random.uniform(-20, 20, 3) + random.uniform(20, 235) for _ in range(3))
    cell: Floats = np.broadcast_to(wall, (cell_h, cell_w, 3)).astype(np.float32)
    top, left = int(cell_h * random.uniform(0.1, 0.35)), int(cell_w * random.uniform(0.1, 0.3))
    cell[top : cell_h - top // 2 - 1, left : cell_w - left] = pane
    if random.random() < 0.6:  # bars of the window
        cell[top : cell_h - top // 2 - 1, cell_w // 2] = trim
        cell[(top + cell_h) // 2, left : cell_w - left] = trim
    if random.random() < 0.4:  # a ledge along the whole front
        cell[-int(random.integers(1, 4)) :] = trim
    if random.random() < 0.3:  # a railing
        high = max(3, cell_h // 3)
        cell[-high:, :: int(random.integers(3, 6))] = trim
        cell[-high] = trim
    front = np.tile(cell, (rows, columns, 1))
    lit = 1 + (random.random((rows, columns, 1)).astype(np.float32) - 0.5) * np.float32(random.uniform(0, 0.5))
    front *= np.repeat(np.repeat(lit, cell_h, axis=0), cell_w, axis=1)
    return _weathered(front, random)


def _ribs(random: np.random.Generator) -> Rgb:
    """A ribbed or tiled roof."""
    period, colour = random.uniform(3, 11), random.uniform(0, 60, 3) + random.uniform(20, 190)
    across = np.arange(160, dtype=np.float32) * np.float32(2 * np.pi / period)
    wave = np.sin(across) ** int(random.choice([1, 3])) * np.float32(random.uniform(8, 45))
    roof = np.broadcast_to((colour + wave[:, None])[:, None, :], (160, 160, 3)).astype(np.float32)
    if random.random() < 0.5:
        roof = roof.transpose(1, 0, 2).copy()
    return _weathered(roof, random)


def _weathered(surface: Floats, random: np.random.Generator) -> Rgb:
    shape = (surface.shape[0], surface.shape[1])
    stains = (field(random, shape, 6) - np.float32(0.5)) * np.float32(random.uniform(0, 60))
    grain = random.standard_normal(shape, np.float32) * np.float32(random.uniform(0, 9))
    return np.clip(surface + (stains + grain)[..., None], 0, 255).astype(np.uint8)


def _mast(picture: Rgb, random: np.random.Generator) -> Rgb:
    """A lattice mast: two legs that close in, struts between them, arms."""
    side = picture.shape[0]
    foot, top = random.uniform(0.1, 0.9) * side, random.uniform(-0.2, 0.5) * side
    height, half = random.uniform(0.5, 1.2) * side, random.uniform(0.03, 0.12) * side
    steps = np.linspace(0, 1, int(random.integers(6, 16)))
    ys = top + steps * height
    reach = half * (0.25 + 0.75 * steps)
    left, right = np.stack([foot - reach, ys], 1), np.stack([foot + reach, ys], 1)
    turns = [np.stack([a[i], b[i + 1]]) for a, b in ((left, right), (right, left)) for i in range(len(steps) - 1)]
    arms = [np.array([[foot - 3 * half, y], [foot + 3 * half, y]]) for y in ys[1:6:2]] if random.random() < 0.6 else []
    lines = [left, right, *turns, *arms]
    drawn = coverage(lines, [random.uniform(1, 4)] * 2 + [random.uniform(0.8, 2.5)] * (len(lines) - 2), (side, side))
    tone = np.float32(random.choice([random.uniform(0, 90), random.uniform(120, 240)]))
    seen = picture.astype(np.float32)
    return np.clip(seen + (tone - seen) * drawn[..., None], 0, 255).astype(np.uint8)


def _sky(picture: Rgb, doubt: NDArray[np.uint8], random: np.random.Generator) -> Rgb:
    """Haze or sky above a rough skyline, brightest above it; real wires there are gone as well."""
    side = picture.shape[0]
    skyline = side * random.uniform(0.1, 0.8) + (field(random, (1, side), int(random.integers(2, 24)))[0] - 0.5) * (
        side * random.uniform(0, 0.3)
    )
    ys = np.arange(side, dtype=np.float32)[:, None]
    above = np.clip(skyline[None].astype(np.float32) - ys + np.float32(0.5), 0, 1)
    colour = (random.uniform(120, 250) + np.array([-1, 0, 1]) * random.uniform(-10, 40)).astype(np.float32)
    light = colour + (ys / side * np.float32(random.uniform(-20, 50)))[..., None]
    light = light + ((field(random, (side, side), 5) - np.float32(0.5)) * np.float32(random.uniform(0, 40)))[..., None]
    doubt[above > 0.5] = 0
    seen = picture.astype(np.float32)
    return np.asarray(np.clip(seen + (light - seen) * above[..., None], 0, 255), np.uint8)
