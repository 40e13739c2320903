"""Cars, vans, trucks and buses. Sizes in m, from the plates of common models; each is drawn from a seeded generator."""

from __future__ import annotations

import numpy as np

from models.scenes.mesh import Colour, Mesh, MeshBuilder, colour_of

GLASS: Colour = (62.0, 54.0, 46.0)
TRIM: Colour = (38.0, 38.0, 38.0)
HEADLAMP: Colour = (235.0, 240.0, 240.0)
TAIL_LAMP: Colour = (40.0, 40.0, 200.0)
PLATE: Colour = (200.0, 120.0, 60.0)

_PAINTS: tuple[tuple[Colour, float], ...] = (
    ((235, 235, 232), 0.30),
    ((190, 188, 184), 0.15),
    ((40, 38, 36), 0.17),
    ((110, 106, 102), 0.11),
    ((130, 70, 40), 0.08),
    ((40, 36, 150), 0.09),
    ((60, 90, 120), 0.03),
    ((70, 110, 60), 0.03),
    ((40, 190, 220), 0.04),
)


def paint(rng: np.random.Generator) -> Colour:
    """A car colour, about as often as it is seen."""
    weights = np.array([weight for _, weight in _PAINTS])
    base = np.array(_PAINTS[int(rng.choice(len(_PAINTS), p=weights / weights.sum()))][0])
    b, g, r = np.clip(base + rng.normal(0, 10, 3), 12, 245)
    return float(b), float(g), float(r)


def darker(colour: Colour, share: float) -> Colour:
    return colour[0] * share, colour[1] * share, colour[2] * share


def car(rng: np.random.Generator, body: Colour | None = None) -> Mesh:
    """A saloon, hatchback, off-roader or people carrier."""
    kind = rng.choice(["saloon", "hatch", "suv", "carrier"], p=[0.4, 0.22, 0.26, 0.12])
    colour = paint(rng) if body is None else body
    length = {"saloon": 4.7, "hatch": 4.0, "suv": 4.6, "carrier": 4.6}[kind] * rng.uniform(0.94, 1.06)
    width = rng.uniform(1.72, 1.9)
    height = {"saloon": 1.46, "hatch": 1.5, "suv": 1.7, "carrier": 1.88}[kind] * rng.uniform(0.97, 1.03)
    waist = {"saloon": 0.92, "hatch": 0.95, "suv": 1.05, "carrier": 1.05}[kind]
    half, hood = length / 2, {"saloon": 0.27, "hatch": 0.26, "suv": 0.25, "carrier": 0.38}[kind]
    tail = {"saloon": -0.47, "hatch": -0.5, "suv": -0.5, "carrier": -0.5}[kind]
    roof_back = {"saloon": -0.26, "hatch": -0.38, "suv": -0.42, "carrier": -0.46}[kind]
    made = MeshBuilder()
    faces = made.profile(
        [
            (-half + 0.08, 0.22),
            (half - 0.12, 0.22),
            (half, 0.45),
            (half - 0.06, waist * 0.74),
            (hood * length, waist),
            (-half + 0.1, waist + 0.02),
            (-half, waist * 0.62),
        ],
        width / 2,
        colour,
        layer=0,
    )
    bumper, grille, _, _, rear_upper, rear_lower = faces[1], faces[2], faces[3], faces[4], faces[5], faces[6]
    made.mark(bumper, (0.05, 0.95), (0.0, 0.75), darker(colour, 0.55))
    made.mark(grille, (0.28, 0.72), (0.05, 0.7), TRIM)
    made.mark(grille, (0.36, 0.64), (0.0, 0.28), PLATE)
    for u in ((0.03, 0.24), (0.76, 0.97)):
        made.mark(grille, u, (0.35, 0.95), HEADLAMP, glow=0.5)
        made.mark(rear_upper, u, (0.35, 0.98), TAIL_LAMP, glow=0.35)
    made.mark(rear_upper, (0.36, 0.64), (0.5, 0.9), PLATE)
    made.mark(rear_lower, (0.08, 0.92), (0.3, 1.0), darker(colour, 0.5))
    axle = length * 0.29
    made.wheels((-axle, axle * 1.02), width / 2 + 0.005, 0.33)
    _cabin(
        made,
        colour,
        (tail * length * 0.98, hood * length),
        (roof_back * length, hood * length - 0.75 * (height - waist) - 0.25),
        width,
        waist,
        height,
    )
    return made.build()


def _cabin(
    made: MeshBuilder,
    colour: Colour,
    foot: tuple[float, float],
    roof: tuple[float, float],
    width: float,
    waist: float,
    height: float,
) -> None:
    half_foot, half_roof = width * 0.48, width * 0.39
    faces = made.frustum(
        foot, (-half_foot, half_foot), waist - 0.02, roof, (-half_roof, half_roof), height, colour, layer=1
    )
    right, front, left, rear, top = faces
    for side in (right, left):
        made.mark(side, (0.08, 0.5), (0.12, 0.86), GLASS)
        made.mark(side, (0.53, 0.93), (0.12, 0.86), GLASS)
    made.mark(front, (0.05, 0.95), (0.06, 0.92), GLASS)
    made.mark(rear, (0.08, 0.92), (0.2, 0.9), GLASS)
    made.mark(top, (0.1, 0.9), (0.1, 0.9), colour_of(c * 1.06 + 4 for c in colour))


def van(rng: np.random.Generator, body: Colour | None = None) -> Mesh:
    """A panel van or microbus: one box with a short nose. Counted as a car, as the public data sets do."""
    colour = (232.0, 232.0, 228.0) if rng.random() < 0.6 else paint(rng)
    colour = colour if body is None else body
    length, width, height = rng.uniform(4.3, 5.4), rng.uniform(1.68, 1.95), rng.uniform(1.9, 2.3)
    half = length / 2
    made = MeshBuilder()
    faces = made.profile(
        [
            (-half, 0.28),
            (half - 0.05, 0.28),
            (half, 0.6),
            (half - 0.12, 1.0),
            (half - 0.75, height - 0.05),
            (half - 1.1, height),
            (-half + 0.12, height),
            (-half, 0.9),
        ],
        width / 2,
        colour,
    )
    nose, screen, back, back_low, right, left = faces[2], faces[3], faces[6], faces[7], faces[8], faces[9]
    made.mark(screen, (0.06, 0.94), (0.05, 0.92), GLASS)
    for u in ((0.04, 0.24), (0.76, 0.96)):
        made.mark(nose, u, (0.35, 0.9), HEADLAMP, glow=0.5)
        made.mark(back_low, u, (0.05, 0.5), TAIL_LAMP, glow=0.35)
    made.mark(nose, (0.34, 0.66), (0.0, 0.25), PLATE)
    made.mark(back, (0.12, 0.88), (0.1, 0.62), GLASS)
    made.mark(back_low, (0.36, 0.64), (0.3, 0.55), PLATE)
    _side_windows(made, half, width, height, right, left, glazed=bool(rng.random() < 0.6))
    made.wheels((-length * 0.3, length * 0.32), width / 2 + 0.005, 0.33)
    return made.build()


def _side_windows(
    made: MeshBuilder, half: float, width: float, height: float, right: int, left: int, glazed: bool
) -> None:
    z0, z1 = height * 0.55, height * 0.9
    panes = [(half - 1.5, half - 0.75)]
    if glazed:
        panes += [(half - 2.7, half - 1.65), (-half + 0.35, half - 2.85)]
    for x0, x1 in panes:
        for face, y in ((right, -width / 2), (left, width / 2)):
            made.pane(face, [(x0, y, z0), (x1, y, z0), (x1 - 0.1, y, z1), (x0, y, z1)], GLASS)


def truck(rng: np.random.Generator) -> Mesh:
    """A cab with a closed box, an open bed or a tipper."""
    cab_colour = paint(rng)
    long = rng.uniform(5.2, 9.5)
    width, cab_high = rng.uniform(1.9, 2.5), rng.uniform(2.1, 3.0)
    half, cab_long = long / 2, rng.uniform(1.5, 2.1)
    made = MeshBuilder()
    made.box((-half, half - 0.2), (-width * 0.46, width * 0.46), (0.45, 0.85), TRIM, layer=0)
    axles = [half - 1.1, -half + 1.2] + ([-half + 2.4] if long > 7 else [])
    made.wheels(axles, width * 0.47, 0.48)
    cab = made.frustum(
        (half - cab_long, half),
        (-width * 0.48, width * 0.48),
        0.5,
        (half - cab_long, half - 0.25),
        (-width * 0.45, width * 0.45),
        cab_high,
        cab_colour,
        layer=1,
    )
    right, front, left, _, _ = cab
    made.mark(front, (0.06, 0.94), (0.48, 0.88), GLASS)
    made.mark(front, (0.2, 0.8), (0.22, 0.4), TRIM)
    for u in ((0.04, 0.2), (0.8, 0.96)):
        made.mark(front, u, (0.12, 0.24), HEADLAMP, glow=0.5)
    made.mark(front, (0.36, 0.64), (0.04, 0.12), PLATE)
    made.mark(right, (0.4, 0.92), (0.5, 0.86), GLASS)
    made.mark(left, (0.08, 0.6), (0.5, 0.86), GLASS)
    back = half - cab_long - 0.15
    if rng.random() < 0.62:
        _closed_box(made, rng, (-half, back), width, max(cab_high, rng.uniform(2.4, 3.5)))
    else:
        _open_bed(made, rng, (-half, back), width, cab_colour)
    return made.build()


def _closed_box(made: MeshBuilder, rng: np.random.Generator, x: tuple[float, float], width: float, high: float) -> None:
    colour = (228.0, 228.0, 226.0) if rng.random() < 0.55 else paint(rng)
    box = made.box(x, (-width / 2, width / 2), (0.85, high), colour, layer=1)
    rear = box[3]
    made.mark(rear, (0.485, 0.515), (0.03, 0.97), darker(colour, 0.6))
    for u in ((0.04, 0.16), (0.84, 0.96)):
        made.mark(rear, u, (0.0, 0.07), TAIL_LAMP, glow=0.35)
    if rng.random() < 0.6:
        stripe = paint(rng)
        for side in (box[0], box[2]):
            made.mark(side, (0.12, 0.88), (0.3, 0.62), stripe)


def _open_bed(
    made: MeshBuilder, rng: np.random.Generator, x: tuple[float, float], width: float, colour: Colour
) -> None:
    wall = rng.uniform(1.3, 1.9)
    bed = made.box(x, (-width / 2, width / 2), (0.85, wall), darker(colour, 0.9), layer=1)
    made.mark(bed[4], (0.03, 0.97), (0.04, 0.96), (70.0, 76.0, 82.0))
    for side in (bed[0], bed[2]):
        for k in range(1, 5):
            made.mark(side, (k / 5 - 0.008, k / 5 + 0.008), (0.02, 0.98), darker(colour, 0.55))
    for u in ((0.04, 0.16), (0.84, 0.96)):
        made.mark(bed[3], u, (0.0, 0.2), TAIL_LAMP, glow=0.35)
    if rng.random() < 0.6:
        load = colour_of(rng.uniform(40, 170, 3))
        made.frustum(
            (x[0] + 0.2, x[1] - 0.2),
            (-width * 0.44, width * 0.44),
            wall - 0.05,
            (x[0] + 0.7, x[1] - 0.6),
            (-width * 0.3, width * 0.3),
            wall + rng.uniform(0.2, 1.0),
            load,
            layer=2,
        )


def bus(rng: np.random.Generator) -> Mesh:
    """A town bus or coach: a long body with a window band and an air conditioner on the roof."""
    length = rng.uniform(8.0, 12.2)
    width, height = rng.uniform(2.35, 2.55), rng.uniform(2.9, 3.3)
    half = length / 2
    colour, second = paint(rng), paint(rng)
    made = MeshBuilder()
    faces = made.frustum(
        (-half, half),
        (-width / 2, width / 2),
        0.32,
        (-half + 0.08, half - 0.15),
        (-width * 0.485, width * 0.485),
        height,
        colour,
        layer=0,
    )
    right, front, left, rear, top = faces
    for side in (right, left):
        made.mark(side, (0.0, 1.0), (0.0, rng.uniform(0.12, 0.3)), second)
        made.mark(side, (0.03, 0.97), (0.42, 0.82), GLASS)
        for k in range(1, 7):
            made.mark(side, (k / 7 - 0.005, k / 7 + 0.005), (0.42, 0.82), darker(colour, 0.8))
    for u in ((0.86, 0.94), (0.5, 0.6)):
        made.mark(right, u, (0.05, 0.8), darker(GLASS, 1.25))
    made.mark(front, (0.04, 0.96), (0.32, 0.84), GLASS)
    made.mark(front, (0.2, 0.8), (0.87, 0.96), (30.0, 110.0, 220.0), glow=0.3)
    made.mark(rear, (0.1, 0.9), (0.5, 0.82), GLASS)
    made.mark(rear, (0.25, 0.75), (0.1, 0.36), darker(colour, 0.6))
    for u in ((0.04, 0.18), (0.82, 0.96)):
        made.mark(front, u, (0.08, 0.2), HEADLAMP, glow=0.5)
        made.mark(rear, u, (0.1, 0.3), TAIL_LAMP, glow=0.35)
    made.mark(top, (0.06, 0.94), (0.1, 0.9), colour_of(c * 0.94 + 14 for c in colour))
    made.wheels((-length * 0.28, length * 0.32), width / 2 + 0.005, 0.5)
    at = rng.uniform(-0.2, 0.2) * length
    made.box(
        (at - 1.2, at + 1.2), (-width * 0.33, width * 0.33), (height, height + 0.25), (205.0, 205.0, 205.0), layer=1
    )
    return made.build()
