"""What the demonstration's two places share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.scenes.camera import Camera
from models.scenes.mesh import Mesh
from models.scenes.motion import Trajectory
from models.scenes.scene import Actor, Scene
from models.spec import ObjectClass

YELLOW, WHITE, RED = (45.0, 185.0, 225.0), (208.0, 210.0, 210.0), (52.0, 52.0, 178.0)


@dataclass(frozen=True)
class DemoScene:
    """One looping camera view of the demonstration, with its truth.

    `zone` is the polygon in relative picture coordinates; `hazard` is raised in it by the vehicle that rests there
    from `parked_from_s` to `parked_until_s` of each loop of `duration_s`. `lon`, `lat` are WGS-84.
    """

    name: str
    title: str
    zone_title: str
    scene: Scene
    duration_s: float
    zone: tuple[tuple[float, float], ...]
    hazard: str
    parked_from_s: float
    parked_until_s: float
    lon: float
    lat: float


def zone_seen(camera: Camera, corners_m: list[tuple[float, float, float]]) -> tuple[tuple[float, float], ...]:
    """Corners in metres to relative picture coordinates, held inside the picture."""
    px, _ = camera.project(np.array(corners_m))
    relative = np.clip(px / np.array(camera.resolution_wh), 0.002, 0.998)
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in relative)


def one_actor(kind: ObjectClass, mesh: Mesh, trajectory: Trajectory) -> Actor:
    return Actor(kind, (mesh,), trajectory)
