"""Crowds of a known number: people of a street's own, set densely on its ground, near ones before far ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from streams.accuracy import overlay
from streams.accuracy.overlay import Random
from streams.accuracy.stage import Actor, Stage
from streams.accuracy.street import Patch, Street
from streams.errors import SourceUnusable
from vision.ground_learnt import GroundLearner, Learnt
from vision.types import Detections

Doubles = NDArray[np.float64]

LENGTH_S, DWELL_S = 34.0, 8.0
_COMES_S = (16.0, 19.0)
_TALL_M = 1.68
_DENSEST, _THINNEST = 5.0, 0.7  # people a square metre
_SPACING = 0.6  # of the distance that the density leaves
_MOST_SPACING_M = 0.55
_ROWS, _COLUMNS = (0.34, 0.97), (0.04, 0.96)  # of the picture, in which all stand
_SWAY_M = 0.05


@dataclass(frozen=True, slots=True)
class Crowd:
    """`stage` shows `people` within `across_m` on the ground, whose middle is `away_m` from below the camera."""

    seed: int
    stage: Stage
    people: int
    across_m: float
    away_m: float

    @property
    def per_m2(self) -> float:
        return self.people / (np.pi / 4 * self.across_m**2)


def camera_of(street: Street) -> Learnt:
    """The ground of a street, from all who were seen in it. Raises `SourceUnusable`."""
    learner = GroundLearner()
    for one in street.people:
        learner.see(
            Detections(one[None], np.ones(1, np.float32), np.array([ObjectClass.PERSON], np.int64)), street.size_wh
        )
    learnt = learner.learnt(street.size_wh)
    if learnt is None:
        raise SourceUnusable(f"{street.name} shows too few people to tell where its ground is")
    return learnt


def crowd_of(seed: int, street: Street, camera: Learnt, people: Sequence[Patch]) -> Crowd:
    """Of three seeds two are dense, 10 to 60 people in 4 to 8 m; one is thin, 0 to 9 in 2 to 6 m."""
    rng = np.random.default_rng((seed, 51))
    if seed % 3 == 2:
        count, across_m = int(rng.integers(0, 10)), float(rng.uniform(2, 6))
    else:
        count, across_m = _dense(rng)
    away_m, spots = _spots(rng, street, camera, count, across_m)
    actors = [_stands(rng, street, camera, people, *spot) for spot in spots]
    actors.sort(key=lambda actor: actor.path[0][2])  # who is nearer stands before who is not
    stage = Stage(
        street,
        tuple(actors),
        (overlay.sensor(rng),),
        speed=float(rng.uniform(0.9, 1.1)),
        offset_s=float(rng.uniform(0, 20)),
    )
    return Crowd(seed, stage, count, across_m, away_m)


def _dense(rng: Random) -> tuple[int, float]:
    while True:
        count, across_m = round(float(np.exp(rng.uniform(np.log(10), np.log(60))))), float(rng.uniform(4, 8))
        if _THINNEST <= count / (np.pi / 4 * across_m**2) <= _DENSEST:
            return count, across_m


def _spots(rng: Random, street: Street, camera: Learnt, count: int, across_m: float) -> tuple[float, Doubles]:
    """How far off the middle is, and where each stands, m (N, 2). Raises `SourceUnusable` where the picture is too
    small."""
    radius = across_m / 2
    round_m = radius * np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
    wide, high = street.size_wh
    for _ in range(400):
        middle = np.array([rng.uniform(-8, 8), rng.uniform(3, 40)])
        at = camera.plane.pixels(middle + round_m) / street.size_wh
        if (at >= (_COLUMNS[0], _ROWS[0])).all() and (at <= (_COLUMNS[1], _ROWS[1])).all():
            return float(middle[1]), middle + _apart(rng, count, radius)
    raise SourceUnusable(f"{street.name}: its picture of {wide}x{high} has no room for a crowd {across_m:.1f} m across")


_TURN = np.linspace(0, 2 * np.pi, 24, endpoint=False)


def _apart(rng: Random, count: int, radius: float) -> Doubles:
    """So many places in a circle, m (N, 2), no two nearer than people of that density stand."""
    least = min(_MOST_SPACING_M, _SPACING * np.sqrt(np.pi * radius**2 / max(count, 1)))
    spots = np.zeros((0, 2))
    while len(spots) < count:
        one = rng.uniform(-radius, radius, 2)
        if np.hypot(*one) <= radius and (np.linalg.norm(spots - one, axis=1) >= least).all():
            spots = np.concatenate([spots, one[None]])
        least *= 0.9995
    return spots


def _stands(rng: Random, street: Street, camera: Learnt, people: Sequence[Patch], x_m: float, y_m: float) -> Actor:
    """Somebody of the street, as tall there as he would be, who shifts from foot to foot."""
    patch = people[int(rng.integers(len(people)))]
    foot = camera.plane.pixels(np.array([[x_m, y_m]]))[0]
    tall = foot[1] - _head_row(street, camera, y_m, _TALL_M * float(rng.uniform(0.93, 1.07)))
    patch = patch.scaled(tall / patch.wh[1])
    came_s = float(rng.uniform(*_COMES_S))
    path = ((came_s, float(foot[0]), float(foot[1])), (LENGTH_S + 10, float(foot[0]), float(foot[1])))
    return Actor(patch, path, _SWAY_M * tall / _TALL_M, float(rng.uniform(3, 8)))


def _head_row(street: Street, camera: Learnt, y_m: float, tall_m: float) -> float:
    """The picture's row in which a head is so high above the ground y_m before the camera."""
    below, tilt = camera.height_m - tall_m, np.radians(camera.tilt_deg)
    down, along = below * np.cos(tilt) - y_m * np.sin(tilt), below * np.sin(tilt) + y_m * np.cos(tilt)
    return float(street.size_wh[1] / 2 + camera.focal_px * down / along)
