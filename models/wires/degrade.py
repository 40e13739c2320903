"""What a lens, a sensor and a codec do to a picture, wires and all."""

from __future__ import annotations

import cv2
import numpy as np

from models.wires.paint import Floats, Rgb, field


def degrade(picture: Rgb, random: np.random.Generator) -> Rgb:
    """Light, colour, blur, noise and JPEG over the whole: a wire must not be told by being sharper than the rest."""
    seen: Floats = picture.astype(np.float32)
    seen = seen * np.float32(random.uniform(0.6, 1.3)) + np.float32(random.uniform(-25, 25))
    if random.random() < 0.3:
        seen = seen * (0.5 + 0.8 * field(random, (picture.shape[0], picture.shape[1]), 3))[..., None]
    if random.random() < 0.15:  # infrared at night
        seen = np.repeat(seen.mean(axis=2, keepdims=True), 3, axis=2)
    if random.random() < 0.12:  # dusk
        seen = seen * np.float32(random.uniform(0.25, 0.5))
    if random.random() < 0.55:
        seen = _blurred(seen, float(random.uniform(0.4, 1.6)))
    if random.random() < 0.12:
        seen = _shaken(seen, random)
    if random.random() < 0.25:
        seen = seen + (seen - _blurred(seen, 1.2)) * np.float32(random.uniform(0.3, 1.5))
    if random.random() < 0.6:
        seen = seen + random.standard_normal(seen.shape, np.float32) * np.float32(random.uniform(1, 9))
    done = np.clip(seen, 0, 255).astype(np.uint8)
    if random.random() < 0.6:
        coded = cv2.imencode(".jpg", done, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(35, 95))])[1]
        done = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return done


def _blurred(seen: Floats, sigma_px: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(seen, (0, 0), sigma_px), np.float32)


def _shaken(seen: Floats, random: np.random.Generator) -> Floats:
    size = int(random.integers(3, 6))
    kernel = np.zeros((size, size), np.float32)
    cv2.line(kernel, (0, int(random.integers(size))), (size - 1, int(random.integers(size))), 1.0)
    return np.asarray(cv2.filter2D(seen, -1, kernel / kernel.sum()), np.float32)
