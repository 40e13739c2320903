"""The hour, the weather and the camera's own faults."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.scenes.mesh import Colour


@dataclass(frozen=True)
class Light:
    """`sun` is the unit vector towards it; `tint` multiplies blue, green, red; shares are 0-1."""

    sun: tuple[float, float, float]
    ambient: float
    direct: float
    shadow: float
    tint: Colour
    sky: Colour
    haze_m: float
    noise: float
    blur_px: float
    night: bool = False

    @property
    def sun_vector(self) -> npt.NDArray[np.float64]:
        return np.array(self.sun)


def sun_at(azimuth_rad: float, elevation_rad: float) -> tuple[float, float, float]:
    flat = math.cos(elevation_rad)
    return flat * math.sin(azimuth_rad), flat * math.cos(azimuth_rad), math.sin(elevation_rad)


CLEAR_MORNING = Light(
    sun_at(math.radians(235), math.radians(48)),
    0.62,
    0.5,
    0.45,
    (0.97, 1.0, 1.02),
    (226.0, 208.0, 190.0),
    500.0,
    2.5,
    0.0,
)


def random_light(rng: np.random.Generator) -> Light:
    """Sun, overcast, dusk or night, about as a camera on a pole sees them in a year."""
    kind = rng.choice(["sun", "overcast", "dusk", "night"], p=[0.42, 0.33, 0.12, 0.13])
    sun = sun_at(rng.uniform(0, 2 * math.pi), math.radians(rng.uniform(24, 70)))
    noise, blur = rng.uniform(1, 6), max(0.0, rng.normal(0.3, 0.4))
    haze = float(np.exp(rng.uniform(math.log(90), math.log(900))))
    if kind == "sun":
        warm = rng.uniform(-0.06, 0.08)
        return Light(
            sun,
            rng.uniform(0.5, 0.7),
            rng.uniform(0.4, 0.65),
            rng.uniform(0.35, 0.6),
            (1 - warm, 1.0, 1 + warm),
            (235.0, 205.0, 180.0),
            haze,
            noise,
            blur,
        )
    if kind == "overcast":
        level = rng.uniform(0.7, 0.98)
        return Light(
            sun, level, 0.12, rng.uniform(0.05, 0.2), (1.02, 1.0, 0.97), (222.0, 218.0, 214.0), haze, noise, blur
        )
    if kind == "dusk":
        level = rng.uniform(0.38, 0.6)
        return Light(sun, level, 0.1, 0.15, (1.1, 0.98, 0.95), (170.0, 140.0, 130.0), haze, noise * 1.6, blur, True)
    level = rng.uniform(0.24, 0.42)
    warm = rng.uniform(0.75, 1.1)
    return Light(sun, level, 0.06, 0.2, (0.8 * warm, 0.95, 1.12), (40.0, 32.0, 30.0), haze, noise * 2.0, blur, True)
