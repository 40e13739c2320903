"""Terrain files with hills of known height at known places, metres from `PLACE` of the tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drone.terrain import Terrain, read_terrain
from tests.drone.estate import PLACE

Doubles = NDArray[np.float64]


def tile(folder: Path, height_m: Callable[[Doubles, Doubles], Doubles], posts: int = 1201) -> Terrain:
    """N27E113.hgt, so high above sea level at metres east and north of `PLACE`; posts lie 90 m apart, or 30 of 3601."""
    lon, lat = np.meshgrid(np.linspace(113, 114, posts), np.linspace(28, 27, posts))
    east = (lon - PLACE[0]) * 111_320 * np.cos(np.radians(PLACE[1]))
    height_m(east, (lat - PLACE[1]) * 110_800).astype(">i2").tofile(folder / "N27E113.hgt")
    return read_terrain(folder)


def hill(east_m: float, north_m: float, high_m: float, wide_m: float = 120.0) -> Callable[[Doubles, Doubles], Doubles]:
    """A cone on ground at 100 m above sea level."""
    return lambda east, north: 100 + np.maximum(0.0, high_m * (1 - np.hypot(east - east_m, north - north_m) / wide_m))
