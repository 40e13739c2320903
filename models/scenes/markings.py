"""Painted ground that is no vehicle: hatched strips, crossed boxes, arrows, chevrons. Detectors take them for cars."""

from __future__ import annotations

import itertools
import math

import numpy as np

from models.scenes.ground import GroundPlan
from models.scenes.mesh import Colour

_PAINTS: tuple[Colour, ...] = (
    (205.0, 208.0, 208.0),
    (70.0, 175.0, 205.0),
    (50.0, 185.0, 230.0),
    (60.0, 60.0, 175.0),
    (150.0, 110.0, 60.0),
)


def scatter_markings(ground: GroundPlan, rng: np.random.Generator, half_width_m: float) -> None:
    """Some painted areas within `half_width_m` of the middle line and 50 m of the camera."""
    for _ in range(int(rng.choice([0, 1, 2, 4], p=[0.3, 0.25, 0.25, 0.2]))):
        wide, long = rng.uniform(1.8, 4.5), rng.uniform(3.0, 22.0)
        west, south = rng.uniform(-half_width_m, half_width_m - wide), rng.uniform(6.0, 48.0)
        paint = _PAINTS[int(rng.integers(len(_PAINTS)))]
        draw = (hatched, crossed, arrow)[int(rng.choice(3, p=[0.5, 0.25, 0.25]))]
        draw(ground, rng, (west, south, west + wide, south + long), paint)


Box = tuple[float, float, float, float]  # west, south, east, north in m


def outlined(ground: GroundPlan, box: Box, thick_m: float, paint: Colour) -> None:
    west, south, east, north = box
    corners = [(west, south), (east, south), (east, north), (west, north)]
    for k, corner in enumerate(corners):
        ground.strip(corner, corners[(k + 1) % 4], thick_m, paint)


def hatched(ground: GroundPlan, rng: np.random.Generator, box: Box, paint: Colour) -> None:
    """A strip of slanted or level bars, mostly with an outline."""
    west, south, east, north = box
    thick, step, slant = rng.uniform(0.1, 0.4), rng.uniform(0.6, 2.2), rng.uniform(-2.5, 2.5)
    for y in np.arange(south, north, step):
        ground.strip((west, float(y)), (east, float(np.clip(y + slant, south, north))), thick, paint)
    if rng.random() < 0.7:
        outlined(ground, box, thick, paint)


def crossed(ground: GroundPlan, rng: np.random.Generator, box: Box, paint: Colour) -> None:
    """A box crossed out once or in a row, or filled."""
    west, south, east, north = box
    thick = rng.uniform(0.12, 0.3)
    if rng.random() < 0.25:
        ground.area([(west, south), (east, south), (east, north), (west, north)], paint)
        return
    outlined(ground, box, thick, paint)
    count = int(rng.integers(1, 1 + max(1, int((north - south) / 3))))
    edges = np.linspace(south, north, count + 1)
    for low, high in itertools.pairwise(edges):
        ground.strip((west, float(low)), (east, float(high)), thick, paint)
        ground.strip((west, float(high)), (east, float(low)), thick, paint)


def arrow(ground: GroundPlan, rng: np.random.Generator, box: Box, paint: Colour) -> None:
    """A lane arrow, up or down the street."""
    west, south, east, _ = box
    middle, tip = (west + east) / 2, 1.0 if rng.random() < 0.5 else -1.0
    start = south + 2.0
    ground.strip((middle, start), (middle, start + tip * 2.5), 0.25, paint)
    head = start + tip * 2.5
    ground.area([(middle - 0.5, head), (middle + 0.5, head), (middle, head + tip * math.sqrt(2))], paint)
