"""Drawing one mesh: placed on the ground, lit, back faces left out, far parts before near ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.scenes.camera import NEAR_M, Camera
from models.scenes.light import Light
from models.scenes.mesh import Mesh

FloatArray = npt.NDArray[np.float64]
Picture = npt.NDArray[np.uint8]
_SHIFT = 4  # cv2 takes sub-pixel corners as integers with this many binary places


@dataclass(frozen=True)
class Placed:
    """A mesh where it stands: world `vertices` (V, 3), `px` (V, 2), `depth_m` of its middle, box `xyxy` uncut."""

    mesh: Mesh
    vertices: FloatArray
    px: FloatArray
    turn: FloatArray
    at: FloatArray
    depth_m: float
    xyxy: FloatArray

    @property
    def boxes(self) -> list[FloatArray]:
        """`xyxy` (4,) px uncut of the thing alone and, if somebody rides it, of the rider."""
        if self.mesh.rider_from is None:
            return [self.xyxy]
        return [_around(self.px[: self.mesh.rider_from]), _around(self.px[self.mesh.rider_from :])]


def placed(mesh: Mesh, x_m: float, y_m: float, heading_rad: float, camera: Camera) -> Placed | None:
    """The mesh in the camera's view; None when it is out of the picture or too near the lens."""
    c, s = math.cos(heading_rad), math.sin(heading_rad)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    at = np.array([x_m, y_m, 0.0])
    vertices = mesh.vertices @ turn.T + at
    px, depth = camera.project(vertices)
    if depth.min() < NEAR_M:
        return None
    xyxy = _around(px)
    if np.any(xyxy[2:] < 0) or np.any(xyxy[:2] > np.array(camera.resolution_wh)):
        return None
    return Placed(mesh, vertices, px, turn, at, float(depth.mean()), xyxy)


def _around(px: FloatArray) -> FloatArray:
    return np.concatenate([px.min(axis=0), px.max(axis=0)])


def fixed(px: FloatArray) -> npt.NDArray[np.int32]:
    return np.round(px * (1 << _SHIFT)).astype(np.int32)


def draw(picture: Picture, item: Placed, camera: Camera, light: Light) -> None:
    """Paints the mesh into the picture."""
    mesh = item.mesh
    firsts = item.vertices[mesh.firsts]
    normals = mesh.normal @ item.turn.T
    facing = np.einsum("ij,ij->i", normals, camera.position - firsts) > 1e-6
    colours = lit(mesh, normals, light, item.depth_m)
    corners = fixed(item.px)
    away = np.linalg.norm(mesh.centres @ item.turn.T + item.at - camera.position, axis=1)
    rank = np.empty(len(mesh.hulls), np.int64)
    rank[np.lexsort((-away, mesh.layer))] = np.arange(len(mesh.hulls))
    for row in np.argsort(rank[mesh.part], kind="stable"):
        if facing[row]:
            cv2.fillConvexPoly(picture, corners[mesh.polygons[row]], colours[row].tolist(), cv2.LINE_AA, _SHIFT)


def lit(mesh: Mesh, normals: FloatArray, light: Light, depth_m: float) -> FloatArray:
    """Colours (P, 3) of the faces: sky light from above, sun, lamps, then haze."""
    sky = 0.72 + 0.28 * normals[:, 2]
    level = light.ambient * sky + light.direct * np.maximum(normals @ light.sun_vector, 0)
    colours = mesh.colour * level[:, None] * np.array(light.tint)
    if light.night:
        glow = mesh.glow[:, None]
        colours = np.where(
            glow > 0, np.maximum(colours, np.array([1.2, 1.2, 1.2]) * mesh.colour * np.minimum(1, glow * 2)), colours
        )
    clear = math.exp(-depth_m / light.haze_m)
    return np.asarray(np.clip(colours * clear + np.array(light.sky) * (1 - clear), 0, 255))


def silhouette(
    mask: Picture, item: Placed, value: int, scale: float = 1.0, origin_xy: tuple[int, int] = (0, 0)
) -> None:
    """Fills the outline of the mesh with `value`; `scale` is the mask's size against the picture's.

    `origin_xy` is the px of that scale at which the mask begins.
    """
    corners = fixed(item.px * scale - np.array(origin_xy))
    for hull in item.mesh.hulls:
        cv2.fillConvexPoly(mask, cv2.convexHull(corners[hull]), value, cv2.LINE_8, _SHIFT)


def cast_shadow(mask: Picture, item: Placed, camera: Camera, light: Light, scale: float) -> None:
    """Marks, in a mask of `scale`, the ground that the mesh keeps the sun from."""
    sun = light.sun_vector
    fall = item.vertices[:, 2:3] / max(0.2, sun[2]) * sun[:2]
    parts = item.mesh.hulls if len(item.mesh.hulls) <= 6 else (np.arange(len(fall)),)
    _fill_ground(mask, item.vertices[:, :2] - fall, parts, int(255 * light.shadow), camera, scale)


def ground_shade(mask: Picture, item: Placed, camera: Camera, light: Light, scale: float) -> None:
    """Marks the dark right under the mesh, which is there under any sky. After all cast shadows: it is the darker."""
    value = int(255 * min(0.6, 0.25 + light.shadow * 0.6))
    _fill_ground(mask, item.vertices[:, :2], (item.mesh.footing,), value, camera, scale)


def _fill_ground(
    mask: Picture,
    flat_m: FloatArray,
    parts: tuple[npt.NDArray[np.int64], ...],
    value: int,
    camera: Camera,
    scale: float,
) -> None:
    px, depth = camera.project(np.column_stack([flat_m, np.zeros(len(flat_m))]))
    if depth.min() < NEAR_M:
        return
    corners = fixed(px * scale)
    for part in parts:
        cv2.fillConvexPoly(mask, cv2.convexHull(corners[part]), value, cv2.LINE_8, _SHIFT)
