"""What a street does to a camera, laid over its picture: light, headlights, shadow, rain, shake, infra-red, noise.

An overlay takes a picture, RGB uint8 (h, w, 3), and the time, s, and gives another of the same shape. The same seed,
picture and time give the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

Overlay = Callable[[Picture, float], Picture]
Random = np.random.Generator


def moment(seed: int, at_s: float) -> Random:
    """Chance of one moment: another each look, the same each run."""
    return np.random.default_rng((seed, round(at_s * 1000)))


def light(rng: Random, length_s: float) -> Overlay:
    """Slow changes of the whole picture's light: gain and gamma between levels 20 to 60 s apart."""
    times = np.cumsum(np.concatenate([[0.0], rng.uniform(20, 60, int(length_s / 20) + 2)]))
    gains, gammas = rng.uniform(0.5, 1.25, len(times)), rng.uniform(0.8, 1.3, len(times))
    levels = np.arange(256) / 255

    def lay(picture: Picture, at_s: float) -> Picture:
        gain, gamma = np.interp(at_s, times, gains), np.interp(at_s, times, gammas)
        table = np.clip(255 * gain * levels**gamma, 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(picture, table), np.uint8)

    return lay


def lamps(rng: Random, length_s: float) -> Overlay:
    """Night under lamps, and headlights that sweep across every 4 to 15 s, for 1.5 to 4 s each."""
    gain = rng.uniform(0.35, 0.55)
    starts = np.cumsum(rng.uniform(4, 15, int(length_s / 4) + 2))
    lasts, high, size = rng.uniform(1.5, 4, len(starts)), rng.uniform(0.3, 0.9, len(starts)), rng.uniform(0.08, 0.2)

    def lay(picture: Picture, at_s: float) -> Picture:
        dark = cv2.convertScaleAbs(picture, alpha=gain)
        for start, last, level in zip(starts, lasts, high, strict=True):
            if start <= at_s < start + last:
                across = (at_s - start) / last
                glow = _glow(picture.shape[:2], (across * 1.4 - 0.2, float(level)), size)
                dark = cv2.add(dark, cv2.merge([glow] * 3))
        return np.asarray(dark, np.uint8)

    return lay


def _glow(shape: tuple[int, ...], middle: tuple[float, float], size: float) -> Picture:
    """A lamp and what it lights, uint8 (h, w), made small and drawn large: it has no edges."""
    y, x = np.mgrid[0:36, 0:64].astype(np.float32) / np.array([36, 64], np.float32)[:, None, None]
    away = ((x - middle[0]) / size) ** 2 + ((y - middle[1]) / (0.6 * size)) ** 2
    small = 230 * np.exp(-away / 0.3) + 90 * np.exp(-away / 4)
    large = cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(large, 0, 255), np.uint8)


def shadow(rng: Random, from_s: float, drift_s: float) -> Overlay:
    """A shadow with soft edges that falls within four seconds of `from_s`, stays, and wanders across in `drift_s`."""
    depth, width, lean = rng.uniform(0.45, 0.7), rng.uniform(0.12, 0.35), rng.uniform(-0.4, 0.4)
    begins, goes = rng.uniform(0, 0.6), rng.uniform(-0.3, 0.3)
    soft = rng.uniform(0.004, 0.02)

    def lay(picture: Picture, at_s: float) -> Picture:
        if at_s < from_s:
            return picture
        left = begins + goes * min(1.0, (at_s - from_s) / drift_s)
        across = np.linspace(0, 1, picture.shape[1], dtype=np.float32)[None]
        down = np.linspace(0, 1, picture.shape[0], dtype=np.float32)[:, None]
        inside = _edge(across - left - lean * down, soft) * _edge(left + width + lean * down - across, soft)
        gain = 1 - (1 - depth) * min(1.0, (at_s - from_s) / 4) * inside
        return np.asarray(picture * gain[:, :, None], np.uint8)

    return lay


def _edge(inside: Floats, soft: float) -> Floats:
    return np.asarray(np.clip(inside / soft + 0.5, 0, 1), np.float32)


def rain(rng: Random, from_s: float) -> Overlay:
    """Streaks, haze and a darker street, heavier over ten seconds."""
    seed, most, slant = int(rng.integers(1 << 30)), int(rng.integers(120, 400)), rng.uniform(-0.3, 0.3)

    def lay(picture: Picture, at_s: float) -> Picture:
        strength = min(1.0, (at_s - from_s) / 10)
        if strength <= 0:
            return picture
        hazy = cv2.convertScaleAbs(picture, alpha=1 - 0.3 * strength, beta=25 * strength)
        return np.asarray(cv2.add(hazy, _streaks(picture, moment(seed, at_s), int(most * strength), slant)), np.uint8)

    return lay


def _streaks(picture: Picture, rng: Random, count: int, slant: float) -> Picture:
    high, wide = picture.shape[:2]
    count = max(20, round(count * high * wide / (640 * 360)))
    layer = np.zeros((high, wide), np.uint8)
    long = rng.uniform(0.02, 0.06, count) * high
    x, y, grey = rng.uniform(0, wide, count), rng.uniform(0, high, count), rng.uniform(30, 110, count)
    for i in range(count):
        ends = (int(x[i]), int(y[i])), (int(x[i] + slant * long[i]), int(y[i] + long[i]))
        cv2.line(layer, *ends, float(grey[i]), 1 if wide < 900 else 2)
    return np.asarray(cv2.merge([cv2.blur(layer, (3, 3))] * 3), np.uint8)


def shake(rng: Random) -> Overlay:
    """A mast in the wind: up to half a per cent of the width and a fifth of a degree, another each look."""
    seed, reach, turn = int(rng.integers(1 << 30)), rng.uniform(0.0015, 0.005), rng.uniform(0.03, 0.2)

    def lay(picture: Picture, at_s: float) -> Picture:
        chance = moment(seed, at_s)
        high, wide = picture.shape[:2]
        move = cv2.getRotationMatrix2D((wide / 2, high / 2), float(chance.uniform(-turn, turn)), 1.0)
        move[:, 2] += chance.uniform(-reach, reach, 2) * wide
        return np.asarray(cv2.warpAffine(picture, move, (wide, high), borderMode=cv2.BORDER_REPLICATE), np.uint8)

    return lay


def infra_red(rng: Random, from_s: float, until_s: float) -> Overlay:
    """The camera's night mode: no colours, its own lamp, noise; too bright for the first three seconds."""
    seed, falloff, noise = int(rng.integers(1 << 30)), rng.uniform(0.3, 0.7), rng.uniform(3, 8)
    weights = rng.dirichlet((3, 4, 3)).astype(np.float32)  # what is grey by day may be bright in infra-red

    def lay(picture: Picture, at_s: float) -> Picture:
        if not from_s <= at_s < until_s:
            return picture
        grey = picture @ weights
        high, wide = grey.shape
        away = np.hypot(np.linspace(-1, 1, wide)[None], np.linspace(-1, 1, high)[:, None]).astype(np.float32)
        gain = (1.05 - falloff * away / 1.41) * (1.7 if at_s < from_s + 3 else 1.0)
        lit = grey * gain + _noise(moment(seed, at_s), (high, wide), noise)
        return np.asarray(cv2.merge([np.clip(lit, 0, 255).astype(np.uint8)] * 3), np.uint8)

    return lay


def sensor(rng: Random) -> Overlay:
    """A sensor's noise: two pictures of one place are never the same."""
    seed, level = int(rng.integers(1 << 30)), rng.uniform(1.0, 2.5)

    def lay(picture: Picture, at_s: float) -> Picture:
        noise = _noise(moment(seed, at_s), picture.shape[:2], level)
        return np.asarray(cv2.add(picture, cv2.merge([noise] * 3), dtype=cv2.CV_8U), np.uint8)

    return lay


_TILE: Floats = np.random.default_rng(0).standard_normal((1100, 2000)).astype(np.float32)


def _noise(rng: Random, shape: tuple[int, ...], level: float) -> Floats:
    """Gaussian, from one large field at another offset each time: drawing it anew takes ten times as long."""
    high, wide = shape
    down, across = rng.integers(0, max(1, _TILE.shape[0] - high)), rng.integers(0, max(1, _TILE.shape[1] - wide))
    part: NDArray[np.float32] = _TILE[down : down + high, across : across + wide] * np.float32(level)
    return part
