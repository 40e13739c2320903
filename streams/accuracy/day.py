"""A day's light and weather over a camera's picture, as slow as real ones or as fast as the day is made short."""

from __future__ import annotations

import math

import cv2
import numpy as np

from streams.accuracy import overlay
from streams.accuracy.overlay import Overlay, Random
from vision.types import Picture

_NIGHT, _DUSK = 0.30, 0.08  # of the day, around its middle; and the time that light takes to go, each side
_DARKEST = 0.3
Spans = tuple[tuple[float, float], ...]


def day(rng: Random, day_s: float, length_s: float, *, infra_red: bool) -> tuple[Overlay, ...]:
    """What lies over the picture for `length_s`: sun and clouds, a shadow that wanders, two rains and two winds a day,
    and at night lamps with headlights, or the camera's own infra-red."""
    nights = _nights(day_s, length_s)
    dark = (
        [during(overlay.infra_red(rng, *span), (span,)) for span in nights]
        if infra_red
        else [during(overlay.lamps(rng, length_s), nights)]
    )
    return (
        *(overlay.shadow(rng, at * day_s, 0.4 * day_s) for at in np.arange(0.05, length_s / day_s, 0.5)),
        _sun(rng, day_s, length_s),
        _rains(rng, day_s, length_s),
        *dark,
        during(overlay.shake(rng), _spells(rng, day_s, length_s)),
        overlay.sensor(rng),
    )


def during(laid: Overlay, spans: Spans) -> Overlay:
    """The same overlay, within those spans alone."""

    def lay(picture: Picture, at_s: float) -> Picture:
        return laid(picture, at_s) if any(a <= at_s < b for a, b in spans) else picture

    return lay


def _rains(rng: Random, day_s: float, length_s: float) -> Overlay:
    """Rain in spells, each beginning softly."""
    spells = _spells(rng, day_s, length_s)
    rains = [during(overlay.rain(rng, begins), ((begins, ends),)) for begins, ends in spells]

    def lay(picture: Picture, at_s: float) -> Picture:
        for one in rains:
            picture = one(picture, at_s)
        return picture

    return lay


def _spells(rng: Random, day_s: float, length_s: float) -> Spans:
    """Two a day, of a thirtieth to a tenth of it."""
    starts = np.arange(0, length_s, day_s / 2) + rng.uniform(0, 0.4 * day_s, math.ceil(2 * length_s / day_s))
    return tuple((float(start), float(start + rng.uniform(1 / 30, 1 / 10) * day_s)) for start in starts)


def _nights(day_s: float, length_s: float) -> Spans:
    middles = [(i + 0.5) * day_s for i in range(math.ceil(length_s / day_s))]
    return tuple((at - _NIGHT / 2 * day_s, at + _NIGHT / 2 * day_s) for at in middles)


def _sun(rng: Random, day_s: float, length_s: float) -> Overlay:
    """Bright by day, dark towards the night, with clouds that pass in a hundredth to a fortieth of a day."""
    count = int(length_s / day_s * 60) + 3
    times = np.cumsum(rng.uniform(0.01, 0.025, count)) * day_s
    clouds = rng.uniform(0.75, 1.2, count)

    def lay(picture: Picture, at_s: float) -> Picture:
        from_midnight = abs((at_s / day_s) % 1 - 0.5)  # a day here begins at noon
        light = np.interp(from_midnight, [_NIGHT / 2 - _DUSK / 2, _NIGHT / 2 + _DUSK], [_DARKEST, 1.0])
        gain = float(light) * float(np.interp(at_s, times, clouds))
        return np.asarray(cv2.convertScaleAbs(picture, alpha=gain), np.uint8)

    return lay
