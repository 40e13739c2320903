"""What a scene is made of, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.scenes.camera import Camera
from models.scenes.ground import GroundPlan
from models.scenes.light import Light
from models.scenes.mesh import Mesh
from models.scenes.motion import Pose, Trajectory
from models.spec import ObjectClass

FloatArray = npt.NDArray[np.float64]
_STRIDE_M = 1.4


@dataclass(frozen=True)
class Actor:
    """A thing that a detector should find. Of several meshes, the walking one steps through them as it goes."""

    kind: ObjectClass
    meshes: tuple[Mesh, ...]
    trajectory: Trajectory

    def mesh_at(self, pose: Pose) -> Mesh:
        step = int(pose.travelled_m / _STRIDE_M * len(self.meshes))
        return self.meshes[step % len(self.meshes)]


@dataclass(frozen=True)
class Wall:
    """An upright textured rectangle from `start` to `end` on the ground, `bottom_m` to `top_m` high."""

    start: tuple[float, float]
    end: tuple[float, float]
    bottom_m: float
    top_m: float
    texture: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Thing:
    """A fixed thing that no detector should find: bin, bollard, box, stall."""

    mesh: Mesh
    x_m: float
    y_m: float
    heading_rad: float


@dataclass(frozen=True)
class Tree:
    """A trunk and a crown of leaves; `seed` decides the leaves."""

    x_m: float
    y_m: float
    trunk_m: float
    crown_m: float
    seed: int


@dataclass(frozen=True)
class Pole:
    """A lamp post or sign post."""

    x_m: float
    y_m: float
    height_m: float
    wide_m: float
    sign: bool = False


@dataclass
class Scene:
    """A camera, a fixed surrounding, and things that move; a pure function of its time.

    `stages` caches the drawn surrounding per resolution (see `render`).
    """

    camera: Camera
    ground: GroundPlan
    light: Light
    actors: tuple[Actor, ...]
    walls: tuple[Wall, ...] = ()
    things: tuple[Thing, ...] = ()
    trees: tuple[Tree, ...] = ()
    poles: tuple[Pole, ...] = ()
    wires: tuple[FloatArray, ...] = ()
    seed: int = 0
    stages: dict[tuple[int, int], object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Labels:
    """Truth of one rendered picture, one row per actor in view, nearest last; who rides one has a row after it.

    `class_id` int64 (N,) of ObjectClass; `xyxy` float32 (N, 4) px, the whole silhouette cut to the picture; `visible`
    float32 (N,) the share of the box that is in the picture, times that of the silhouette that is not hidden; `actor`
    int64 (N,) its row in `Scene.actors`.
    """

    class_id: npt.NDArray[np.int64]
    xyxy: npt.NDArray[np.float32]
    visible: npt.NDArray[np.float32]
    actor: npt.NDArray[np.int64]
