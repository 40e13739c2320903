"""The demonstration's court: a van stands in the fire lane for 40 s of every 70."""

from __future__ import annotations

import itertools
import math

import numpy as np

from models.scenes.camera import Camera
from models.scenes.demo_scene import RED, WHITE, DemoScene, one_actor, zone_seen
from models.scenes.ground import GroundPlan
from models.scenes.light import Light, sun_at
from models.scenes.motion import standing, stop_and_go, straight
from models.scenes.people import person_phases, two_wheeler
from models.scenes.scene import Actor, Pole, Scene, Thing, Tree, Wall
from models.scenes.scenery import clutter, facade
from models.scenes.vehicles import car, van
from models.spec import ObjectClass

_SEED = 12
_COURT_S = 70.0
_LANE_M = (-2.2, 2.2, 9.0, 30.0)  # west, east, south, north of the marked fire lane
_COURT_LIGHT = Light(
    sun_at(math.radians(120), math.radians(55)),
    0.78,
    0.25,
    0.25,
    (1.01, 1.0, 0.99),
    (224.0, 220.0, 214.0),
    700.0,
    2.5,
    0.0,
)


def fire_lane_court() -> DemoScene:
    rng = np.random.default_rng(_SEED)
    camera = Camera(6.5, 0.0, 7.0, math.radians(-19), math.radians(25), math.radians(64))
    west, east, south, north = _LANE_M
    scene = Scene(
        camera,
        _court_ground(rng),
        _COURT_LIGHT,
        _court_actors(rng),
        _court_walls(rng),
        things=tuple(Thing(clutter(rng), x, y, 0.4) for x, y in ((-10.6, 13.0), (10.4, 26.0))),
        trees=(Tree(-12.0, 18.0, 2.2, 1.6, 5), Tree(-12.0, 27.0, 2.2, 1.7, 6), Tree(11.6, 33.0, 2.2, 1.5, 8)),
        poles=(Pole(-3.4, 30.5, 3.0, 0.1, sign=True),),
        seed=_SEED,
    )
    corners = [
        (west, south, 0.0),
        (east, south, 0.0),
        (east, north, 0.0),
        (east, north, 1.0),
        (west - 0.6, north, 1.0),
        (west - 0.6, south, 0.6),
    ]
    return DemoScene(
        "fire_lane_court",
        "Court 3 三号院",
        "Fire lane 消防通道",
        scene,
        _COURT_S,
        zone_seen(camera, corners),
        "fire_lane",
        15.0,
        55.0,
        113.8563,
        27.6241,
    )


def _court_ground(rng: np.random.Generator) -> GroundPlan:
    ground = GroundPlan((-40.0, -2.0), (40.0, 62.0), (104.0, 106.0, 106.0), rng, px_per_m=24.0)
    ground.tiles([(-13, -2), (13, -2), (13, 46), (-13, 46)], 0.8, (148.0, 150.0, 152.0), (130.0, 131.0, 132.0))
    west, east, south, north = _LANE_M
    ground.area([(west, -2), (east, -2), (east, 46), (west, 46)], (92.0, 92.0, 92.0))
    outline = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    for start, end in itertools.pairwise(outline):
        ground.strip(start, end, 0.2, RED)
    for y in np.arange(south + 0.5, north - 3, 3.4):
        ground.strip((west + 0.3, float(y)), (east - 0.3, float(y) + 2.8), 0.2, RED)
        ground.strip((west + 0.3, float(y) + 2.8), (east - 0.3, float(y)), 0.2, RED)
    for y in np.arange(6.0, 40.0, 2.8):
        ground.strip((12.6, float(y)), (7.4, float(y)), 0.1, WHITE)
    ground.wear(4.0)
    return ground


def _court_walls(rng: np.random.Generator) -> tuple[Wall, ...]:
    walls = [
        Wall((side * 13.2, 2.0 + k * 11), (side * 13.2, 13.0 + k * 11), 0.0, 12.0, facade(rng, 11, 12))
        for side in (-1, 1)
        for k in range(4)
    ]
    walls += [Wall((x, 46.0), (x + 10, 46.0), 0.0, 12.0, facade(rng, 10, 12)) for x in (-13.0, 3.0)]
    return tuple(walls)


def _court_actors(rng: np.random.Generator) -> tuple[Actor, ...]:
    track = np.array([(0.4, -14.0), (0.4, 6.0), (0.2, 12.0), (0.0, 18.0), (0.0, 30.0), (0.2, 40.0), (0.3, 62.0)])
    stops = one_actor(
        ObjectClass.CAR, van(rng, (228.0, 226.0, 222.0)), stop_and_go(track, 31.0, 15.0, 55.0, 5.0, 1.5, _COURT_S)
    )
    actors = [stops]
    for k, y in enumerate((7.4, 13.0, 18.6, 21.4, 29.8, 35.4)):
        heading = math.pi if k % 2 else 0.0
        actors.append(one_actor(ObjectClass.CAR, car(rng), standing(10.0, y, heading)))
    actors += [
        one_actor(ObjectClass.TWO_WHEELER, two_wheeler(rng, rider=False), standing(-9.8, y, 0.1))
        for y in (21.0, 22.2, 23.6)
    ]
    # In the gateway between the far houses, or below the picture's edge, people come and go unseen.
    for start, end, at_s, speed in (
        ((-5.0, -3.0), (-5.0, 60.0), 2.0, 1.3),
        ((-6.8, 60.0), (-6.8, -3.0), 9.0, 1.35),
        ((4.4, -3.0), (4.4, 60.0), 18.0, 1.3),
        ((5.2, 60.0), (5.2, -3.0), 38.0, 1.4),
    ):
        actors.append(Actor(ObjectClass.PERSON, person_phases(rng), straight(start, end, at_s, speed, _COURT_S)))
    for start, end, at_s in (((-3.6, -6.0), (-3.6, 60.0), 30.0), ((3.4, 60.0), (3.4, -6.0), 5.0)):
        actors.append(
            one_actor(ObjectClass.TWO_WHEELER, two_wheeler(rng, rider=True), straight(start, end, at_s, 4.0, _COURT_S))
        )
    return tuple(actors)
