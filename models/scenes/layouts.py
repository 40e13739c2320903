"""Three families of training places: a straight street, a junction, a yard. Ground, walls, where things may go."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from models.scenes.ground import GroundPlan
from models.scenes.markings import scatter_markings
from models.scenes.mesh import Colour
from models.scenes.scene import Pole, Thing, Tree, Wall
from models.scenes.scenery import clutter, facade

WHITE: Colour = (205.0, 208.0, 208.0)
YELLOW: Colour = (70.0, 175.0, 205.0)
_LANE_M = 3.3
_LENGTH_M = 110.0


@dataclass(frozen=True)
class Lane:
    """A line that vehicles follow from start to end.

    Where it meets traffic that crosses, `held_m` is the stretch (from, to, along the lane) that stays empty while its
    light is red.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    held_m: tuple[float, float] | None = None


@dataclass(frozen=True)
class Bay:
    """A place where a vehicle may stand."""

    x_m: float
    y_m: float
    heading_rad: float


@dataclass
class Layout:
    """A place without its traffic. `walks` are lines that people follow, `middle` what a camera would aim at,
    `bays_full` the shares of the bays of which one is taken."""

    ground: GroundPlan
    lanes: list[Lane] = field(default_factory=list)
    bays: list[Bay] = field(default_factory=list)
    walks: list[Lane] = field(default_factory=list)
    walls: list[Wall] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    trees: list[Tree] = field(default_factory=list)
    poles: list[Pole] = field(default_factory=list)
    camera_x_m: tuple[float, float] = (-8.0, 8.0)
    middle: tuple[tuple[float, float], tuple[float, float]] = ((-4.0, 4.0), (12.0, 40.0))
    bays_full: tuple[float, float, float] = (0.0, 0.25, 0.6)


def asphalt(rng: np.random.Generator) -> Colour:
    level = rng.uniform(62, 135)
    return level + rng.uniform(-3, 6), level, level + rng.uniform(-6, 4)


def paving(rng: np.random.Generator) -> tuple[Colour, Colour]:
    """Tiles and their joints."""
    level = rng.uniform(110, 180)
    b, g, r = level + rng.normal(0, 8), level, level + rng.normal(4, 10)
    return (b, g, r), (b * 0.85, g * 0.85, r * 0.85)


def street(rng: np.random.Generator, crossing_y_m: float | None = None) -> Layout:
    """A straight street northwards; with `crossing_y_m` another crosses it there."""
    lanes = int(rng.choice([2, 3, 4, 6], p=[0.35, 0.15, 0.35, 0.15]))
    half, walk = lanes * _LANE_M / 2 + 0.4, rng.uniform(2.5, 5.5)
    parking = 2.3 if rng.random() < 0.5 else 0.0
    edge = half + parking
    ground = GroundPlan((-45.0, -4.0), (45.0, _LENGTH_M), _verge(rng), rng, px_per_m=12.0)
    tile, joint = paving(rng)
    for side in (-1, 1):
        ground.tiles(
            [
                (side * edge, -4),
                (side * (edge + walk), -4),
                (side * (edge + walk), _LENGTH_M),
                (side * edge, _LENGTH_M),
            ],
            rng.uniform(0.4, 1.0),
            tile,
            joint,
        )
    ground.area([(-edge, -4), (edge, -4), (edge, _LENGTH_M), (-edge, _LENGTH_M)], asphalt(rng))
    for side in (-1, 1):
        ground.strip((side * edge, -4), (side * edge, _LENGTH_M), 0.3, (165.0, 168.0, 170.0))
        if rng.random() < 0.7:
            ground.strip((side * half, -4), (side * half, _LENGTH_M), 0.15, WHITE)
    made = Layout(ground, camera_x_m=(-edge - 1, edge + 1), middle=((-half, half), (12.0, 40.0)))
    _lane_marks(made, rng, lanes, half)
    for k in range(lanes):
        x = -lanes * _LANE_M / 2 + (k + 0.5) * _LANE_M
        north = k >= lanes / 2
        made.lanes.append(Lane((x, -25.0), (x, 130.0)) if north else Lane((x, 130.0), (x, -25.0)))
    for side in (-1, 1):
        x = side * (half + parking / 2 if parking else half - 1.1)
        made.bays += [Bay(x, y, math.pi / 2 * side) for y in np.arange(6.0, 90.0, 6.0)]
        for offset in (0.3, 0.7):
            at = side * (edge + walk * offset)
            ends = ((at, -5.0), (at, 100.0))
            made.walks.append(Lane(*ends) if offset < 0.5 else Lane(*ends[::-1]))
    _frontage(made, rng, edge + walk, crossing_y_m)
    if crossing_y_m is not None:
        _cross(made, rng, crossing_y_m, half)
    scatter_markings(ground, rng, edge)
    ground.wear(rng.uniform(3, 9))
    return made


def _verge(rng: np.random.Generator) -> Colour:
    return (48.0, 92.0, 74.0) if rng.random() < 0.5 else asphalt(rng)


def _lane_marks(made: Layout, rng: np.random.Generator, lanes: int, half: float) -> None:
    ground = made.ground
    for k in range(1, lanes):
        x = -lanes * _LANE_M / 2 + k * _LANE_M
        if k * 2 == lanes:
            ground.strip((x, -4), (x, _LENGTH_M), 0.2, YELLOW if rng.random() < 0.6 else WHITE)
        else:
            ground.dashes((x, -4), (x, _LENGTH_M), 0.15, 4.0, 5.0, WHITE)
    if rng.random() < 0.5:
        y = rng.uniform(12, 50)
        for x in np.arange(-half + 0.4, half - 0.4, 0.9):
            ground.strip((x, y), (x, y + 3.6), 0.45, WHITE)
        made.walks.append(Lane((-half - 4, y + 1.8), (half + 4, y + 1.8)))


def _frontage(made: Layout, rng: np.random.Generator, from_x: float, crossing_y_m: float | None) -> None:
    back = from_x + rng.uniform(0.2, 5.0)
    for side in (-1, 1):
        y = -2.0
        while y < 105:
            wide, high = rng.uniform(6, 14), rng.uniform(5, 18)
            if rng.random() < 0.8 and not (crossing_y_m is not None and abs(y + wide / 2 - crossing_y_m) < 13):
                set_back = side * (back + rng.uniform(0, 1.0))
                made.walls.append(Wall((set_back, y), (set_back, y + wide), 0.0, high, facade(rng, wide, high)))
                made.walls.append(Wall((set_back, y), (set_back + side * 9, y), 0.0, high, facade(rng, 9, high)))
            y += wide
        row = rng.random() < 0.6
        for y in np.arange(rng.uniform(4, 12), 95, rng.uniform(6, 14)):
            if row and not (crossing_y_m is not None and abs(y - crossing_y_m) < 12):
                made.trees.append(
                    Tree(
                        side * (from_x - 0.6),
                        float(y),
                        rng.uniform(2.0, 3.4),
                        rng.uniform(1.4, 3.0),
                        int(rng.integers(1 << 30)),
                    )
                )
            if rng.random() < 0.3:
                made.things.append(
                    Thing(clutter(rng), side * (from_x - rng.uniform(0.2, 2.0)), float(y) + 2.5, rng.uniform(0, 6.28))
                )
        for y in np.arange(rng.uniform(2, 20), 95, 28.0):
            made.poles.append(
                Pole(
                    side * (from_x - rng.uniform(1.5, 2.4)), float(y), rng.uniform(3, 9), 0.16, bool(rng.random() < 0.4)
                )
            )
    far = rng.uniform(98, 112)
    for x in np.arange(-42, 42, 12.0):
        if abs(x + 6) > from_x or rng.random() < 0.3:
            high = rng.uniform(8, 30)
            made.walls.append(Wall((float(x), far), (float(x) + 12, far), 0.0, high, facade(rng, 12, high)))


def _cross(made: Layout, rng: np.random.Generator, y: float, half: float) -> None:
    wide = float(rng.choice([3.6, 7.0]))
    made.ground.area([(-45, y - wide), (45, y - wide), (45, y + wide), (-45, y + wide)], asphalt(rng))
    for side in (-1, 1):
        made.ground.dashes((side * half, y), (side * 45, y), 0.15, 3.0, 3.0, WHITE)
        if rng.random() < 0.7:
            for x in np.arange(-half + 0.4, half - 0.4, 0.9):
                made.ground.strip((x, y + side * (wide + 1)), (x, y + side * (wide + 4.5)), 0.45, WHITE)
            made.walks.append(Lane((-half - 4, y + side * (wide + 2.7)), (half + 4, y + side * (wide + 2.7))))
    main_red = bool(rng.random() < 0.5)
    if main_red:
        made.lanes = [Lane(one.start, one.end, _held(abs(one.start[1] - y), wide + 4.5)) for one in made.lanes]
    held = None if main_red else _held(60.0, half + 3.0)
    for k in range(1 if wide < 5 else 2):
        offset = 1.75 + 3.4 * k
        made.lanes.append(Lane((-60.0, y - offset), (60.0, y - offset), held))
        made.lanes.append(Lane((60.0, y + offset), (-60.0, y + offset), held))


def _held(meets_m: float, clear_m: float) -> tuple[float, float]:
    return meets_m - clear_m, meets_m + clear_m


def junction(rng: np.random.Generator) -> Layout:
    """Two streets that cross."""
    return street(rng, crossing_y_m=rng.uniform(18, 34))


def yard(rng: np.random.Generator) -> Layout:
    """A paved yard with parking bays between walls."""
    wide, deep = rng.uniform(18, 34), rng.uniform(34, 60)
    half = wide / 2
    ground = GroundPlan((-45.0, -4.0), (45.0, 90.0), asphalt(rng), rng, px_per_m=14.0)
    if rng.random() < 0.5:
        ground.tiles([(-half, -4), (half, -4), (half, deep), (-half, deep)], rng.uniform(0.5, 1.2), *paving(rng))
    made = Layout(ground, camera_x_m=(-half, half), middle=((-half * 0.5, half * 0.5), (9.0, 26.0)))
    for side in (-1, 1):
        x = side * (half - 2.8)
        heading = math.pi if side > 0 else 0.0
        for y in np.arange(5.0, deep - 3, 2.6):
            ground.strip((side * half, y), (side * (half - 5.2), y), 0.1, WHITE)
            made.bays.append(Bay(x, float(y) + 1.3, heading + (math.pi if rng.random() < 0.4 else 0)))
        at = side * half * rng.uniform(0.2, 0.45)
        made.walks.append(Lane((at, 0.0), (at * 0.6, deep)))
        made.walks.append(Lane((half, rng.uniform(10, deep)), (-half, rng.uniform(10, deep))))
        for y in np.arange(2.0, deep, 11.0):
            high = rng.uniform(3, 16)
            made.walls.append(
                Wall(
                    (side * (half + 0.3), float(y)),
                    (side * (half + 0.3), float(y) + 11),
                    0.0,
                    high,
                    facade(rng, 11, high),
                )
            )
            if rng.random() < 0.5:
                made.trees.append(
                    Tree(side * (half - 0.3), float(y) + 3, 2.4, rng.uniform(1.3, 2.4), int(rng.integers(1 << 30)))
                )
            if rng.random() < 0.6:
                made.things.append(
                    Thing(clutter(rng), float(rng.uniform(-half, half)), float(y) + 5, rng.uniform(0, 6.28))
                )
    made.lanes.append(Lane((1.5, -20.0), (1.5, deep)))
    made.lanes.append(Lane((-1.5, deep), (-1.5, -20.0)))
    for x in np.arange(-half, half, 10.0):
        high = rng.uniform(6, 20)
        made.walls.append(Wall((float(x), deep), (float(x) + 10, deep), 0.0, high, facade(rng, 10, high)))
    scatter_markings(ground, rng, half)
    ground.wear(rng.uniform(3, 8))
    return made
