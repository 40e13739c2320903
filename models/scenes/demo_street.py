"""The demonstration's street: a car parks on the no-parking strip for 65 s of every 80."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

from models.scenes.camera import Camera
from models.scenes.demo_scene import WHITE, YELLOW, DemoScene, one_actor, zone_seen
from models.scenes.ground import GroundPlan
from models.scenes.light import CLEAR_MORNING
from models.scenes.mesh import Mesh
from models.scenes.motion import stop_and_go, straight
from models.scenes.people import person_phases, two_wheeler
from models.scenes.scene import Actor, Pole, Scene, Thing, Tree, Wall
from models.scenes.scenery import clutter, facade
from models.scenes.vehicles import bus, car, truck, van
from models.spec import ObjectClass

_SEED = 11
_STREET_S = 80.0
_STRIP_M = (6.7, 9.3, 12.0, 33.0)  # west, east, south, north of the no-parking strip


def no_parking_street() -> DemoScene:
    rng = np.random.default_rng(_SEED)
    camera = Camera(-3.5, 0.0, 8.0, math.radians(16), math.radians(26), math.radians(62))
    west, east, south, north = _STRIP_M
    scene = Scene(
        camera,
        _street_ground(rng),
        CLEAR_MORNING,
        _street_actors(rng),
        _street_walls(rng),
        things=tuple(Thing(clutter(rng), 12.3, y, 0.0) for y in (15.0, 27.0)),
        trees=(
            *(Tree(10.4, y, 3.0, 1.7, int(y)) for y in (36.0, 46.0, 56.0)),
            Tree(-11.5, 24.0, 3.0, 2.0, 3),
        ),
        poles=(Pole(9.9, 34.5, 3.2, 0.1, sign=True), Pole(-9.6, 30.0, 8.0, 0.16)),
        seed=_SEED,
    )
    # A vehicle shows above the ground that it stands on: the zone reaches up to where its lower half is seen.
    corners = [
        (west - 0.5, south, 0.0),
        (east, south, 0.0),
        (east + 0.6, south, 0.6),
        (east + 0.6, north, 0.9),
        (west - 0.5, north, 0.9),
    ]
    return DemoScene(
        "no_parking_street",
        "Harbour Road 港口路",
        "No-parking strip 禁停区",
        scene,
        _STREET_S,
        zone_seen(camera, corners),
        "illegal_parking",
        5.0,
        70.0,
        113.8547,
        27.6229,
    )


def _street_ground(rng: np.random.Generator) -> GroundPlan:
    ground = GroundPlan((-30.0, -2.0), (40.0, 75.0), (84.0, 86.0, 86.0), rng, px_per_m=24.0)
    for side in (-1, 1):
        inner, outer = (9.3, 14.5) if side > 0 else (-8.2, -14.0)
        ground.tiles(
            [(inner, -2), (outer, -2), (outer, 75), (inner, 75)], 0.6, (150.0, 158.0, 166.0), (128.0, 134.0, 140.0)
        )
        ground.strip((inner, -2), (inner, 75), 0.28, (172.0, 175.0, 176.0))
    for x in (-6.6, 6.6):
        ground.strip((x, -2), (x, 75), 0.14, WHITE)
    for x in (-3.3, 3.3):
        ground.dashes((x, -2), (x, 75), 0.14, 3.0, 4.0, WHITE)
    for x in (-0.12, 0.12):
        ground.strip((x, -2), (x, 75), 0.12, YELLOW)
    west, east, south, north = _STRIP_M
    for y in np.arange(south, north - 1.9, 1.6):
        ground.strip((west + 0.15, float(y)), (east - 0.25, float(y) + 2.0), 0.14, YELLOW)
    outline = [(west + 0.1, south), (east - 0.2, south), (east - 0.2, north), (west + 0.1, north), (west + 0.1, south)]
    for start, end in itertools.pairwise(outline):
        ground.strip(start, end, 0.16, YELLOW)
    ground.wear(5.0)
    return ground


def _street_walls(rng: np.random.Generator) -> tuple[Wall, ...]:
    walls = []
    for k, high in enumerate((9.0, 12.0, 8.0, 14.0, 10.0, 12.0, 9.0)):
        y = 4.0 + k * 10.0
        walls.append(Wall((14.6, y), (14.6, y + 10), 0.0, high, facade(rng, 10, high)))
        walls.append(Wall((-14.2, y), (-14.2, y + 10), 0.0, high, facade(rng, 10, high)))
    return tuple(walls)


def _street_actors(rng: np.random.Generator) -> tuple[Actor, ...]:
    # The car that parks: out of its lane, along the kerb, and away again.
    track = np.array(
        [
            (5.0, -16.0),
            (5.0, 6.0),
            (5.3, 9.0),
            (6.6, 13.5),
            (7.6, 17.0),
            (7.9, 20.0),
            (7.9, 22.5),
            (7.6, 25.0),
            (6.4, 29.5),
            (5.2, 34.0),
            (5.0, 37.0),
            (5.0, 68.0),
        ]
    )
    parks = one_actor(
        ObjectClass.CAR, car(rng, (46.0, 40.0, 165.0)), stop_and_go(track, 38.0, 5.0, 70.0, 9.0, period_s=_STREET_S)
    )
    north: list[tuple[float, Callable[[np.random.Generator], Mesh], ObjectClass, float, float]] = [
        (1.7, car, ObjectClass.CAR, 3.0, 10.0),
        (5.0, car, ObjectClass.CAR, 12.0, 9.5),
        (1.7, van, ObjectClass.CAR, 19.0, 9.0),
        (5.0, bus, ObjectClass.BUS, 27.0, 8.0),
        (1.7, car, ObjectClass.CAR, 34.0, 11.0),
        (5.0, car, ObjectClass.CAR, 41.0, 10.0),
        (1.7, truck, ObjectClass.TRUCK, 47.0, 8.0),
        (5.0, car, ObjectClass.CAR, 55.0, 9.0),
        (1.7, car, ObjectClass.CAR, 64.0, 10.0),
    ]
    south: list[tuple[float, Callable[[np.random.Generator], Mesh], ObjectClass, float, float]] = [
        (-1.7, car, ObjectClass.CAR, 1.0, 9.0),
        (-5.0, truck, ObjectClass.TRUCK, 9.0, 8.0),
        (-1.7, car, ObjectClass.CAR, 16.0, 11.0),
        (-5.0, car, ObjectClass.CAR, 24.0, 9.0),
        (-1.7, bus, ObjectClass.BUS, 31.0, 8.0),
        (-5.0, car, ObjectClass.CAR, 45.0, 9.0),
        (-1.7, van, ObjectClass.CAR, 52.0, 9.0),
        (-5.0, car, ObjectClass.CAR, 60.0, 10.0),
        (-1.7, car, ObjectClass.CAR, 68.0, 10.0),
    ]
    actors = [parks]
    for x, make, kind, at_s, speed in north:
        actors.append(one_actor(kind, make(rng), straight((x, -12.0), (x, 74.0), at_s, speed, _STREET_S)))
    for x, make, kind, at_s, speed in south:
        actors.append(one_actor(kind, make(rng), straight((x, 74.0), (x, -12.0), at_s, speed, _STREET_S)))
    for x, at_s, way in ((-7.3, 6.0, -1), (6.0, 21.0, 1), (-7.3, 37.0, -1), (6.0, 50.0, 1)):
        ends = ((x, -12.0), (x, 74.0)) if way > 0 else ((x, 74.0), (x, -12.0))
        actors.append(
            one_actor(ObjectClass.TWO_WHEELER, two_wheeler(rng, rider=True), straight(*ends, at_s, 6.0, _STREET_S))
        )
    for x, at_s, way in (
        (11.3, 0.0, 1),
        (12.6, 14.0, -1),
        (11.0, 33.0, 1),
        (13.2, 46.0, -1),
        (-10.0, 4.0, -1),
        (-12.2, 30.0, 1),
    ):
        ends = ((x, -4.0), (x, 74.0)) if way > 0 else ((x, 74.0), (x, -4.0))
        actors.append(Actor(ObjectClass.PERSON, person_phases(rng), straight(*ends, at_s, 1.35, _STREET_S)))
    return tuple(actors)
