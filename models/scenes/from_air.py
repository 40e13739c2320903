"""Training places as a drone sees them: roofs on the houses, car parks, town all round, a camera in the air."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np

from models.scenes.camera import Camera
from models.scenes.ground import GroundPlan
from models.scenes.layouts import WHITE, Bay, Lane, Layout, asphalt
from models.scenes.mesh import Colour, Mesh, MeshBuilder, colour_of
from models.scenes.scene import Pole, Thing, Tree, Wall

_DEEP_M = 9.0  # of a house, from its front to its back
_AROUND_M = 60.0
_PARK_M = (60.0, 90.0)
_ROW_M, _AISLE_M, _BAY_M = 5.2, 6.2, 2.6


def car_park(rng: np.random.Generator) -> Layout:
    """Rows of bays back to back with aisles between them, mostly full."""
    wide, deep = rng.uniform(*_PARK_M), rng.uniform(*_PARK_M)
    ground = GroundPlan((-45.0, -4.0), (45.0, 110.0), asphalt(rng), rng, px_per_m=12.0)
    made = Layout(ground, middle=((-wide / 4, wide / 4), (12.0, deep - 12.0)), bays_full=(0.35, 0.7, 0.95))
    green = bool(rng.random() < 0.5)
    x = -wide / 2
    while x + 2 * _ROW_M + _AISLE_M <= wide / 2:
        for row, heading in ((x, 0.0), (x + _ROW_M + _AISLE_M, math.pi)):
            _row(made, rng, row, deep, heading)
        aisle = x + _ROW_M + _AISLE_M / 2
        made.lanes.append(Lane((aisle - 1.5, deep + 20.0), (aisle - 1.5, -20.0)))
        made.walks.append(Lane((aisle + 1.2, 4.0), (aisle + 1.2, deep)))
        x += 2 * _ROW_M + _AISLE_M
        if green:
            _green(made, rng, x, deep)
            x += 2.0
    ground.wear(rng.uniform(3, 9))
    return made


def _row(made: Layout, rng: np.random.Generator, x: float, deep: float, heading: float) -> None:
    for y in np.arange(4.0, deep, _BAY_M):
        made.ground.strip((x, float(y)), (x + _ROW_M, float(y)), 0.1, WHITE)
        if y + _BAY_M < deep:
            turned = heading + (math.pi if rng.random() < 0.3 else 0.0)
            made.bays.append(Bay(x + _ROW_M / 2, float(y) + _BAY_M / 2, turned))


def _green(made: Layout, rng: np.random.Generator, x: float, deep: float) -> None:
    made.ground.area([(x, 3), (x + 2, 3), (x + 2, deep), (x, deep)], (52.0, 95.0, 76.0))
    for y in np.arange(rng.uniform(4, 12), deep - 3, rng.uniform(7, 15)):
        made.trees.append(Tree(x + 1, float(y), rng.uniform(2, 3), rng.uniform(1.2, 2.6), int(rng.integers(1 << 30))))
        if rng.random() < 0.3:
            made.poles.append(Pole(x + 1, float(y) + 3.0, rng.uniform(4, 9), 0.16))


def from_above(layout: Layout, rng: np.random.Generator) -> None:
    """What a camera on a pole need not have: a roof on every house, and town beyond the plan's edge."""
    layout.things += [_roof(wall, rng) for wall in layout.walls if _is_front(wall)]
    _outskirts(layout, rng)
    layout.ground = _surrounded(layout.ground)


def _is_front(wall: Wall) -> bool:
    """Side walls are as long as a house is deep, and lead away from the street."""
    return wall.start[0] == wall.end[0] or abs(wall.end[0] - wall.start[0]) != _DEEP_M


def _roof(wall: Wall, rng: np.random.Generator) -> Thing:
    (x0, y0), (x1, y1) = wall.start, wall.end
    if x0 == x1:
        side = math.copysign(1.0, x0)
        return Thing(roof(rng, _DEEP_M, abs(y1 - y0), wall.top_m), x0 + side * _DEEP_M / 2, (y0 + y1) / 2, 0.0)
    return Thing(roof(rng, abs(x1 - x0), _DEEP_M, wall.top_m), (x0 + x1) / 2, y0 + _DEEP_M / 2, 0.0)


def roof(rng: np.random.Generator, wide_m: float, deep_m: float, high_m: float) -> Mesh:
    """A flat or hipped roof with eaves `high_m` up, wide along x; on a flat one air conditioning, tanks, hatches."""
    made = MeshBuilder()
    x, y = (-wide_m / 2, wide_m / 2), (-deep_m / 2, deep_m / 2)
    colour = _roof_colour(rng)
    if rng.random() < 0.3:
        ridge = rng.uniform(1.0, 2.5)
        made.frustum(x, y, high_m, (x[0] * 0.6, x[1] * 0.6), (y[0] * 0.1, y[1] * 0.1), high_m + ridge, colour)
        return made.build()
    top = made.box(x, y, (high_m - 0.5, high_m), colour)[4]
    if rng.random() < 0.4:
        inner = tuple(c * rng.uniform(0.7, 1.2) for c in colour)
        made.mark(top, (0.06, 0.94), (0.06, 0.94), (inner[0], inner[1], inner[2]))
    for _ in range(int(rng.poisson(2.5))):
        half = rng.uniform(0.3, 1.3, 2)
        at = rng.uniform([x[0] + 1.3, y[0] + 1.3], [x[1] - 1.3, y[1] - 1.3])
        sides = ((at[0] - half[0], at[0] + half[0]), (at[1] - half[1], at[1] + half[1]))
        up = float(rng.choice([0.15, 0.9, 1.8, 2.6]))
        made.box(*sides, (high_m, high_m + up), colour_of(rng.uniform(40, 220, 3) * 0.4 + rng.uniform(20, 140)), 1)
    return made.build()


def _outskirts(layout: Layout, rng: np.random.Generator) -> None:
    """Trees, houses, sheds and containers where neither streets nor bays nor the street's own houses are."""
    streets = [(one.start, one.end) for one in (*layout.lanes, *layout.walks)]
    bays = [((bay.x_m, bay.y_m), (bay.x_m, bay.y_m)) for bay in layout.bays]
    walls = [(one.start, one.end) for one in layout.walls]
    taken: list[tuple[float, float]] = []
    for x, y in rng.uniform([-75, -35], [75, 140], (int(rng.choice([10, 50, 120])), 2)).tolist():
        if _nearest_m((x, y), walls) < _DEEP_M + 6.0 or _nearest_m((x, y), [*streets, *walls, *bays]) < 9.0:
            continue
        if _nearest_m((x, y), [(one, one) for one in taken]) < 11.0:
            continue
        taken.append((x, y))
        kind, heading = rng.choice(["tree", "house", "box"], p=[0.45, 0.3, 0.25]), float(rng.uniform(0, 2 * math.pi))
        if kind == "tree":
            layout.trees.append(Tree(x, y, rng.uniform(2, 4), rng.uniform(1.5, 3.5), int(rng.integers(1 << 30))))
        elif kind == "house":
            layout.things.append(Thing(_house(rng, rng.uniform(6, 11), rng.uniform(5, 9)), x, y, heading))
        else:
            layout.things.append(Thing(_house(rng, rng.uniform(2.4, 6.5), rng.uniform(2.0, 2.6)), x, y, heading))


def _nearest_m(at: tuple[float, float], segments: list[tuple[tuple[float, float], tuple[float, float]]]) -> float:
    if not segments:
        return math.inf
    ends = np.array(segments, np.float64)
    along, to = ends[:, 1] - ends[:, 0], np.array(at) - ends[:, 0]
    share = np.clip((to * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-9), 0, 1)
    return float(np.linalg.norm(to - share[:, None] * along, axis=1).min())


def _house(rng: np.random.Generator, wide_m: float, deep_m: float) -> Mesh:
    """A house, or as small as a vehicle a shed or a container: from the air little but its roof is seen."""
    made, high_m = MeshBuilder(), rng.uniform(2.2, 3.0) if deep_m < 3 else rng.uniform(3, 14)
    x, y, colour = (-wide_m / 2, wide_m / 2), (-deep_m / 2, deep_m / 2), _roof_colour(rng)
    made.box(x, y, (0.0, high_m), colour_of(rng.uniform(90, 200) + rng.normal(0, 8, 3)))
    if rng.random() < 0.5:
        made.frustum(x, y, high_m, (x[0] * 0.8, x[1] * 0.8), (y[0] * 0.1, y[1] * 0.1), high_m * 1.25, colour, 1)
    else:
        made.box(x, y, (high_m, high_m + 0.2), colour, 1)
    return made.build()


def _roof_colour(rng: np.random.Generator) -> Colour:
    """Concrete, bitumen, red tiles, blue or white sheet."""
    bases = ((150, 152, 150), (70, 70, 72), (60, 80, 150), (165, 110, 60), (205, 208, 208))
    base = np.array(bases[int(rng.choice(5, p=[0.4, 0.2, 0.15, 0.1, 0.15]))], np.float64)
    return colour_of(np.clip(base * rng.uniform(0.75, 1.15) + rng.normal(0, 6, 3), 15, 235))


def _surrounded(plan: GroundPlan) -> GroundPlan:
    """The same plan with its own mirrored parts all round."""
    edge = int(_AROUND_M * plan.px_per_m)
    (west, south), (east, north) = plan.west_south_m, plan.east_north_m
    metres = edge / plan.px_per_m
    wider = replace(plan, west_south_m=(west - metres, south - metres), east_north_m=(east + metres, north + metres))
    picture = cv2.copyMakeBorder(plan.picture, edge, edge, edge, edge, cv2.BORDER_REFLECT)
    wider.picture = np.asarray(picture, np.uint8)
    return wider


def camera_above(layout: Layout, rng: np.random.Generator) -> Camera:
    """On a drone 15-70 m up, looking down 75-90 degrees, turned any way."""
    (x0, x1), (y0, y1) = layout.middle
    height = float(np.exp(rng.uniform(math.log(15), math.log(70))))
    pitch = math.radians(90 - 15 * rng.random() ** 2)
    turn, fov = rng.uniform(0, 2 * math.pi), math.radians(rng.uniform(42, 80))
    return Camera(rng.uniform(x0, x1), rng.uniform(y0, y1) + 10, height, turn, pitch, fov)


def camera_in_air(layout: Layout, rng: np.random.Generator) -> Camera:
    """On a drone 15-100 m up, turned any way, every other time looking down 28-75 degrees and else straight down."""
    (x0, x1), (y0, y1) = layout.middle
    height = float(np.exp(rng.uniform(math.log(15), math.log(100))))
    oblique = bool(rng.random() < 0.5)
    pitch = math.radians(rng.uniform(28, 75) if oblique else 90 - 15 * rng.random() ** 2)
    turn, fov = rng.uniform(0, 2 * math.pi), math.radians(rng.uniform(42, 82))
    aim_x, aim_y = rng.uniform(x0, x1), rng.uniform(y0, y1)
    away = min(height, 45.0) / math.tan(pitch)
    if oblique:
        height = min(height, 45.0)
    return Camera(aim_x - math.sin(turn) * away, aim_y - math.cos(turn) * away, height, turn, pitch, fov)
