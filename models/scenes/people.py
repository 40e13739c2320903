"""Persons on foot, and two-wheelers with or without a rider. Figures without faces."""

from __future__ import annotations

import math

import numpy as np

from models.scenes.mesh import Colour, FloatArray, Mesh, MeshBuilder
from models.scenes.vehicles import HEADLAMP, TAIL_LAMP, paint

SKINS: tuple[Colour, ...] = ((150.0, 178.0, 214.0), (115.0, 145.0, 190.0), (80.0, 105.0, 150.0))
WALK_PHASES = 8


def cloth(rng: np.random.Generator) -> Colour:
    """Clothes: mostly muted, now and then bright."""
    b, g, r = rng.uniform(20, 120, 3) if rng.random() < 0.6 else rng.uniform(60, 235, 3)
    return float(b), float(g), float(r)


def _limb(
    made: MeshBuilder,
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    thick: tuple[float, float],
    colour: Colour,
    layer: int,
) -> None:
    """A tapering four-sided limb between two joints (`end` above `start`)."""
    made.solid(_square(start, thick[0]), _square(end, thick[1]), colour, layer)


def _square(at: tuple[float, float, float], half: float) -> FloatArray:
    corners = np.array([[-half, -half, 0], [half, -half, 0], [half, half, 0], [-half, half, 0]])
    return np.asarray(corners + np.array(at))


def _oval(x: float, z: float, depth: float, wide: float) -> FloatArray:
    angles = np.linspace(0, 2 * math.pi, 6, endpoint=False)
    return np.column_stack([x + depth * np.cos(angles), wide * np.sin(angles), np.full(6, z)])


def person_phases(rng: np.random.Generator, phases: int = WALK_PHASES) -> tuple[Mesh, ...]:
    """One person in `phases` moments of a stride, evenly spaced; few are enough where no motion is shown."""
    top, legs, skin = cloth(rng), cloth(rng), SKINS[int(rng.integers(len(SKINS)))]
    hair = (25.0, 25.0, 30.0) if rng.random() < 0.8 else cloth(rng)
    size = rng.uniform(0.92, 1.06)
    bag = cloth(rng) if rng.random() < 0.3 else None
    skirt = rng.random() < 0.2
    return tuple(
        _person(math.sin(2 * math.pi * (k + 0.3) / phases), size, top, legs, skin, hair, bag, skirt)
        for k in range(phases)
    )


def _person(
    swing: float, size: float, top: Colour, legs: Colour, skin: Colour, hair: Colour, bag: Colour | None, skirt: bool
) -> Mesh:
    made = MeshBuilder()
    s, reach = size, 0.32 * swing
    shoe = (35.0, 35.0, 38.0)
    for side, way in ((-0.09, 1.0), (0.09, -1.0)):
        foot = reach * way
        made.box((foot - 0.1, foot + 0.16), (side - 0.05, side + 0.05), (0.0, 0.08), shoe, layer=0)
        _limb(made, (foot, side, 0.07), (0.0, side, 0.86 * s), (0.06, 0.1), skin if skirt else legs, layer=1)
    if skirt:
        made.solid(_oval(0, 0.5 * s, 0.2, 0.24), _oval(0, 0.92 * s, 0.13, 0.17), legs, layer=2)
    for side, way in ((-0.24, -1.0), (0.24, 1.0)):
        _limb(made, (reach * 0.8 * way, side, 0.82 * s), (0.0, side * 0.88, 1.4 * s), (0.045, 0.065), top, layer=2)
    made.solid(_oval(0, 0.84 * s, 0.13, 0.17), _oval(0, 1.2 * s, 0.14, 0.2), top, layer=3)
    made.solid(_oval(0, 1.2 * s, 0.14, 0.2), _oval(0, 1.45 * s, 0.09, 0.17), top, layer=4)
    if bag is not None:
        made.box((-0.28, -0.12), (-0.14, 0.14), (1.0 * s, 1.4 * s), bag, layer=3)
    made.ball((0.02, 0.0, 1.59 * s), (0.1, 0.085, 0.13), skin, layer=5)
    made.ball((-0.02, 0.0, 1.65 * s), (0.105, 0.095, 0.1), hair, layer=6)
    return made.build()


def two_wheeler(rng: np.random.Generator, rider: bool) -> Mesh:
    """A motor scooter, motorcycle, e-bike or bicycle; a rider sits on it as a person of its own (`Mesh.rider_from`)."""
    kind = rng.choice(["scooter", "motorcycle", "bicycle"], p=[0.45, 0.3, 0.25])
    made = MeshBuilder()
    dark: Colour = (34.0, 34.0, 34.0)
    colour = paint(rng)
    if kind == "bicycle":
        _bicycle(made, colour, dark)
    else:
        _motor(made, rng, colour, dark, floor=kind == "scooter")
    if rider:
        made.mount()
        _rider(made, rng, upright=kind != "motorcycle")
    elif rng.random() < 0.3:
        made.box((-0.75, -0.4), (-0.2, 0.2), (0.85, 1.25), cloth(rng), layer=4)
    return made.build()


def _bicycle(made: MeshBuilder, colour: Colour, dark: Colour) -> None:
    for x in (-0.52, 0.52):
        made.disc(x, 0.33, 0.03, dark, layer=0)
    made.solid(_strip(-0.5, 0.1, 0.3), _strip(-0.28, 0.42, 0.72), colour, layer=1)
    made.box((-0.35, -0.05), (-0.08, 0.08), (0.86, 0.94), dark, layer=2)
    made.box((0.38, 0.5), (-0.28, 0.28), (0.98, 1.04), dark, layer=2)
    _limb(made, (0.5, 0.0, 0.33), (0.42, 0.0, 1.0), (0.03, 0.03), colour, layer=1)


def _strip(x0: float, x1: float, z: float) -> FloatArray:
    return np.array([[x0, -0.03, z], [x1, -0.03, z], [x1, 0.03, z], [x0, 0.03, z]])


def _motor(made: MeshBuilder, rng: np.random.Generator, colour: Colour, dark: Colour, floor: bool) -> None:
    for x in (-0.6, 0.62):
        made.disc(x, 0.27, 0.06, dark, layer=0)
    if floor:
        made.box((-0.2, 0.4), (-0.17, 0.17), (0.28, 0.38), dark, layer=0)
        made.frustum((0.3, 0.45), (-0.2, 0.2), 0.35, (0.38, 0.5), (-0.16, 0.16), 0.98, colour, layer=2)
    else:
        made.box((-0.25, 0.35), (-0.15, 0.15), (0.25, 0.62), (70.0, 70.0, 72.0), layer=1)
        made.frustum((-0.05, 0.42), (-0.16, 0.16), 0.6, (0.0, 0.38), (-0.13, 0.13), 0.88, colour, layer=2)
        _limb(made, (0.62, 0.0, 0.3), (0.42, 0.0, 0.95), (0.06, 0.06), dark, layer=1)
    rear = made.frustum((-0.88, -0.1), (-0.16, 0.16), 0.38, (-0.82, -0.12), (-0.14, 0.14), 0.74, colour, layer=1)
    made.mark(rear[3], (0.2, 0.8), (0.5, 0.9), TAIL_LAMP, glow=0.35)
    made.box((-0.8, -0.08), (-0.15, 0.15), (0.74, 0.84), dark, layer=2)
    bar = made.box((0.36, 0.48), (-0.33, 0.33), (0.98, 1.06), dark, layer=3)
    made.mark(bar[1], (0.36, 0.64), (0.0, 1.0), HEADLAMP, glow=0.6)
    if rng.random() < 0.35:
        made.box((-0.98, -0.6), (-0.21, 0.21), (0.84, 1.28), paint(rng), layer=3)


def _rider(made: MeshBuilder, rng: np.random.Generator, upright: bool) -> None:
    top, legs = cloth(rng), cloth(rng)
    lean = 0.05 if upright else 0.18
    for side in (-0.15, 0.15):
        _limb(made, (0.12, side, 0.32), (0.2, side, 0.8), (0.06, 0.08), legs, layer=3)
        made.solid(_thigh(side, 0.74), _thigh(side, 0.9), legs, layer=4)
        _limb(made, (0.36, side * 1.9, 1.02), (lean, side * 1.3, 1.36), (0.045, 0.06), top, layer=5)
    made.solid(_oval(-0.18, 0.84, 0.14, 0.19), _oval(lean - 0.02, 1.45, 0.1, 0.18), top, layer=5)
    helmet = cloth(rng) if rng.random() < 0.7 else (28.0, 28.0, 32.0)
    made.ball((lean + 0.03, 0.0, 1.6), (0.11, 0.1, 0.13), SKINS[int(rng.integers(len(SKINS)))], layer=6)
    made.ball((lean, 0.0, 1.66), (0.135, 0.125, 0.11), helmet, layer=7)


def _thigh(side: float, z: float) -> FloatArray:
    return np.array(
        [[-0.2, side - 0.08, z], [0.26, side - 0.08, z - 0.04], [0.26, side + 0.08, z - 0.04], [-0.2, side + 0.08, z]]
    )
