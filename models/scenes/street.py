"""Seeded training scenes: a layout, a camera, a light, and traffic that keeps clear of itself."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np

from models.scenes.camera import Camera
from models.scenes.errors import BadScene
from models.scenes.from_air import camera_above, camera_in_air, car_park, from_above
from models.scenes.layouts import Lane, Layout, junction, street, yard
from models.scenes.light import random_light
from models.scenes.mesh import Mesh
from models.scenes.motion import Trajectory, standing, straight
from models.scenes.people import person_phases, two_wheeler
from models.scenes.render import render
from models.scenes.scene import Actor, Labels, Scene
from models.scenes.vehicles import bus, car, truck, van
from models.spec import ObjectClass

__all__ = ["FIRST_TRAINING_SEED", "HELD_BACK_SEED", "Labels", "Scene", "Viewpoint", "random_scene", "render"]

# Seeds below the first belong to demonstrations and tests; from the second on to measuring. See models.scenes.demo.
FIRST_TRAINING_SEED = 1000
HELD_BACK_SEED = 900_000

_LENGTHS_M = {ObjectClass.TWO_WHEELER: 2.0, ObjectClass.CAR: 4.8, ObjectClass.BUS: 12.0, ObjectClass.TRUCK: 8.5}


class Viewpoint(StrEnum):
    """Where a training scene is seen from: a pole, a drone straight above it, or a drone with a gimbal, over car parks
    too and over houses that have roofs."""

    POLE = "pole"
    STRAIGHT_DOWN = "straight-down"
    AIR = "air"


def random_scene(seed: int, viewpoint: Viewpoint = Viewpoint.POLE) -> Scene:
    """The training scene of a seed; the same seed and viewpoint give the same scene.

    Raises:
        BadScene: the seed is below FIRST_TRAINING_SEED.
    """
    if seed < FIRST_TRAINING_SEED:
        raise BadScene(f"training seeds start at {FIRST_TRAINING_SEED}, got {seed}: those below are for demonstrations")
    rng = np.random.default_rng(seed)
    aloft = viewpoint is Viewpoint.AIR
    places = (street, junction, yard, car_park)
    layout = places[int(rng.choice(4, p=[0.3, 0.25, 0.15, 0.3]) if aloft else rng.choice(3, p=[0.45, 0.3, 0.25]))](rng)
    if aloft:
        from_above(layout, rng)
    actors = [*_traffic(layout, rng), *_parked(layout, rng), *_walkers(layout, rng)]
    return Scene(
        _CAMERAS[viewpoint](layout, rng),
        layout.ground,
        random_light(rng),
        tuple(actors),
        tuple(layout.walls),
        tuple(layout.things),
        tuple(layout.trees),
        tuple(layout.poles),
        _wires(rng),
        seed,
    )


def _camera(layout: Layout, rng: np.random.Generator) -> Camera:
    """On a pole 4-12 m high, looking down 10-45 degrees at the middle of things."""
    x, height = rng.uniform(*layout.camera_x_m), rng.uniform(4, 12)
    (x0, x1), (y0, y1) = layout.middle
    aim_x, aim_y = rng.uniform(x0, x1), rng.uniform(y0, y1)
    away = math.hypot(aim_x - x, aim_y)
    pitch = min(math.radians(45), max(math.radians(10), math.atan2(height, away)))
    fov = math.radians(rng.uniform(42, 85))
    return Camera(x, 0.0, height, math.atan2(aim_x - x, aim_y), pitch, fov)


_CAMERAS = {Viewpoint.POLE: _camera, Viewpoint.STRAIGHT_DOWN: camera_above, Viewpoint.AIR: camera_in_air}


def vehicle(rng: np.random.Generator) -> tuple[ObjectClass, Mesh]:
    """One vehicle, as often as a town's streets show each kind; the rarer classes a little more often."""
    kind = rng.choice(["car", "van", "bus", "truck", "two"], p=[0.46, 0.11, 0.11, 0.12, 0.20])
    if kind == "car":
        return ObjectClass.CAR, car(rng)
    if kind == "van":
        return ObjectClass.CAR, van(rng)
    if kind == "bus":
        return ObjectClass.BUS, bus(rng)
    if kind == "truck":
        return ObjectClass.TRUCK, truck(rng)
    return ObjectClass.TWO_WHEELER, two_wheeler(rng, rider=True)


def _traffic(layout: Layout, rng: np.random.Generator) -> list[Actor]:
    actors = []
    for lane in layout.lanes:
        length = math.dist(lane.start, lane.end)
        speed, gap = rng.uniform(3, 14), float(np.exp(rng.uniform(math.log(1.5), math.log(45))))
        at = rng.uniform(0, 30)
        while at < length - 14:
            kind, mesh = vehicle(rng)
            if lane.held_m is not None and at + _LENGTHS_M[kind] > lane.held_m[0] and at < lane.held_m[1]:
                at = lane.held_m[1]
                continue
            aside = rng.uniform(-0.9, 0.9) if kind is ObjectClass.TWO_WHEELER else rng.uniform(-0.25, 0.25)
            actors.append(Actor(kind, (mesh,), _on_lane(lane, at + _LENGTHS_M[kind] / 2, speed, aside)))
            at += _LENGTHS_M[kind] + gap * rng.uniform(0.5, 1.8)
    return actors


def _on_lane(lane: Lane, at_m: float, speed_m_s: float, aside_m: float) -> Trajectory:
    """Driving on, or waiting where the light is red."""
    if lane.held_m is None:
        return _looping(lane, at_m, speed_m_s, aside_m)
    length = math.dist(lane.start, lane.end)
    ux, uy = (lane.end[0] - lane.start[0]) / length, (lane.end[1] - lane.start[1]) / length
    x, y = lane.start[0] + ux * at_m - uy * aside_m, lane.start[1] + uy * at_m + ux * aside_m
    return standing(x, y, math.atan2(uy, ux))


def _looping(lane: Lane, at_m: float, speed_m_s: float, aside_m: float) -> Trajectory:
    """Along the lane for ever, `at_m` from its start at time 0."""
    length = math.dist(lane.start, lane.end)
    ux, uy = (lane.end[0] - lane.start[0]) / length, (lane.end[1] - lane.start[1]) / length
    start = (lane.start[0] - uy * aside_m, lane.start[1] + ux * aside_m)
    end = (lane.end[0] - uy * aside_m, lane.end[1] + ux * aside_m)
    return straight(start, end, -at_m / speed_m_s, speed_m_s, period_s=length / speed_m_s)


def _parked(layout: Layout, rng: np.random.Generator) -> list[Actor]:
    full = rng.choice(layout.bays_full, p=[0.35, 0.35, 0.3])
    actors = []
    for bay in layout.bays:
        if rng.random() >= full:
            continue
        kind, mesh = vehicle(rng)
        if _LENGTHS_M[kind] > 6:  # a bay is 5-6 m
            kind, mesh = ObjectClass.CAR, car(rng)
        if kind is ObjectClass.TWO_WHEELER:
            mesh = two_wheeler(rng, rider=False)
        turn = rng.normal(0, 0.05)
        actors.append(Actor(kind, (mesh,), standing(bay.x_m + rng.normal(0, 0.1), bay.y_m, bay.heading_rad + turn)))
    return actors


def _walkers(layout: Layout, rng: np.random.Generator) -> list[Actor]:
    actors = []
    for walk in layout.walks:
        for _ in range(int(rng.poisson(rng.choice([0.5, 3.0, 7.0])))):
            length = math.dist(walk.start, walk.end)
            # People are clearest, and most needed, in the near half.
            at, aside = length * rng.beta(1.2, 2.2), rng.normal(0, 0.5)
            trajectory = _looping(walk, at, rng.uniform(0.6, 1.6), aside)
            if rng.random() < 0.12:
                cycle = two_wheeler(rng, rider=bool(rng.random() < 0.4))
                actors.append(Actor(ObjectClass.TWO_WHEELER, (cycle,), trajectory))
            else:
                actors.append(Actor(ObjectClass.PERSON, person_phases(rng, phases=2), trajectory))
    return actors


def _wires(rng: np.random.Generator) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], ...]:
    if rng.random() < 0.6:
        return ()
    wires = []
    for _ in range(int(rng.integers(1, 6))):
        y, high = rng.uniform(10, 60), rng.uniform(5, 8)
        x = np.linspace(-14, 14, 15)
        wires.append(np.column_stack([x, np.full(15, y), high - 0.6 * (1 - (x / 14) ** 2)]))
    return tuple(wires)
