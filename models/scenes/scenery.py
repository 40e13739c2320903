"""The fixed surrounding of a scene: sky, ground, house fronts, trees, poles, wires, and small things in the way."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from models.scenes.camera import NEAR_M, Camera
from models.scenes.draw import Picture, draw, placed, silhouette
from models.scenes.ground import cloudy
from models.scenes.light import Light
from models.scenes.mesh import Colour, Mesh, MeshBuilder, colour_of
from models.scenes.scene import Pole, Scene, Thing, Tree, Wall

_FACADE_PX_PER_M = 12


@dataclass(frozen=True)
class Cover:
    """A fixed thing that may stand before a moving one: its pixels, where they are, and how far off it is."""

    left_top: tuple[int, int]
    pixels: Picture
    mask: npt.NDArray[np.bool_]
    depth_m: float


@dataclass(frozen=True)
class Stage:
    """The drawn surrounding at one resolution."""

    camera: Camera
    picture: Picture
    covers: tuple[Cover, ...]
    noise: Picture


def build_stage(scene: Scene, resolution_wh: tuple[int, int]) -> Stage:
    """Draws all that does not move."""
    rng = np.random.default_rng((abs(scene.seed), 77))
    camera, light = scene.camera.resized(resolution_wh), scene.light
    wide, high = resolution_wh
    ground = scene.ground.seen(camera, _haze_ground(light))
    picture = _lit_ground(ground, camera, light)
    _sky(picture, camera, light, rng)
    for wall in sorted(scene.walls, key=lambda one: -_distance(camera, one.start, one.end)):
        _wall(picture, wall, camera, light)
    covers: list[Cover] = []
    standing: list[Thing | Tree | Pole] = [*scene.things, *scene.trees, *scene.poles]
    for item in sorted(standing, key=lambda one: -math.hypot(one.x_m - camera.x_m, one.y_m - camera.y_m)):
        mask = np.zeros((high, wide), np.uint8)
        _stand(picture, mask, item, camera, light)
        covers.extend(_covers(picture, mask, math.hypot(item.x_m - camera.x_m, item.y_m - camera.y_m)))
    for wire in scene.wires:
        px, depth = camera.project(wire)
        if depth.min() > NEAR_M:
            cv2.polylines(picture, [np.round(px * 16).astype(np.int32)], False, (42, 40, 40), 1, cv2.LINE_AA, 4)
    noise = rng.normal(128, max(0.3, light.noise), (high + 64, wide + 64, 1)).repeat(3, axis=2)
    noise += rng.normal(0, light.noise * 0.35, noise.shape)
    return Stage(camera, picture, tuple(covers), np.clip(noise, 0, 255).astype(np.uint8))


def _distance(camera: Camera, start: tuple[float, float], end: tuple[float, float]) -> float:
    return math.hypot((start[0] + end[0]) / 2 - camera.x_m, (start[1] + end[1]) / 2 - camera.y_m)


def _haze_ground(light: Light) -> Colour:
    b, g, r = (c * 0.75 for c in light.sky)
    return b, g, r


def _lit_ground(ground: Picture, camera: Camera, light: Light) -> Picture:
    level = light.ambient + light.direct * light.sun[2]
    rows = np.maximum(np.arange(camera.resolution_wh[1]) - camera.horizon_y_px(), 0.5)
    clear = np.exp(-camera.height_m * camera.focal_px / rows / light.haze_m)[:, None, None]
    shaded = ground * (level * np.array(light.tint)) * clear + np.array(light.sky) * 0.9 * (1 - clear)
    return np.asarray(np.clip(shaded, 0, 255), np.uint8)


def _sky(picture: Picture, camera: Camera, light: Light, rng: np.random.Generator) -> None:
    rows = min(picture.shape[0], int(camera.horizon_y_px()) + 1)
    if rows <= 0:
        return
    fade = np.linspace(0.82, 1.0, rows)[:, None, None]
    clouds = cloudy((rows, picture.shape[1]), rng, (3, 8, 24))[..., None] * 9
    picture[:rows] = np.clip(np.array(light.sky) * fade + clouds, 0, 255).astype(np.uint8)


def _wall(picture: Picture, wall: Wall, camera: Camera, light: Light) -> None:
    (x0, y0), (x1, y1) = wall.start, wall.end
    corners = np.array([[x0, y0, wall.top_m], [x1, y1, wall.top_m], [x1, y1, wall.bottom_m], [x0, y0, wall.bottom_m]])
    px, depth = camera.project(corners)
    if depth.min() < 1.0 or np.any(px.max(axis=0) < 0) or np.any(px.min(axis=0) > camera.resolution_wh):
        return
    high, wide = wall.texture.shape[:2]
    normal = np.array([-(y1 - y0), x1 - x0, 0.0])
    normal /= np.linalg.norm(normal)
    if normal @ (camera.position - corners[0]) < 0:
        normal = -normal
    level = light.ambient * 0.8 + light.direct * max(0.0, float(normal @ light.sun_vector))
    clear = math.exp(-float(depth.mean()) / light.haze_m)
    shaded = wall.texture * (level * np.array(light.tint)) * clear + np.array(light.sky) * (1 - clear)
    source = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, px.astype(np.float32))
    shrink = float(np.ptp(px[:, 1])) / high
    texture = np.clip(shaded, 0, 255).astype(np.uint8)
    if shrink < 0.6:
        texture = np.asarray(cv2.GaussianBlur(texture, (0, 0), min(4.0, 0.5 / max(shrink, 0.1))), np.uint8)
    cv2.warpPerspective(
        texture, matrix, camera.resolution_wh, dst=picture, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
    )


def _stand(picture: Picture, mask: Picture, item: Thing | Tree | Pole, camera: Camera, light: Light) -> None:
    if isinstance(item, Thing):
        at = placed(item.mesh, item.x_m, item.y_m, item.heading_rad, camera)
        if at is not None:
            draw(picture, at, camera, light)
            silhouette(mask, at, 255)
    elif isinstance(item, Tree):
        _tree(picture, mask, item, camera, light)
    else:
        _pole(picture, mask, item, camera, light)


def _tree(picture: Picture, mask: Picture, tree: Tree, camera: Camera, light: Light) -> None:
    rng = np.random.default_rng(tree.seed)
    px, depth = camera.project(np.array([[tree.x_m, tree.y_m, 0.0], [tree.x_m, tree.y_m, tree.trunk_m]]))
    if depth.min() < 2.0:
        return
    per_m = camera.focal_px / float(depth.mean())
    level = light.ambient + light.direct * 0.6
    tint = np.array(light.tint) * level
    bark = (np.array([48.0, 62.0, 78.0]) * tint).tolist()
    thick = max(1, round(0.22 * per_m))
    ends = [tuple(np.round(one).astype(int).tolist()) for one in px]
    for target, colour in ((picture, bark), (mask, 255)):
        cv2.line(target, ends[0], ends[1], colour, thick, cv2.LINE_AA if target is picture else cv2.LINE_8)
    green = np.array([rng.uniform(30, 60), rng.uniform(75, 120), rng.uniform(45, 95)])
    blobs = rng.normal(0, 1, (130, 3))
    blobs *= (rng.uniform(0.2, 1.0, (130, 1)) ** 0.5 / np.linalg.norm(blobs, axis=1, keepdims=True)) * tree.crown_m
    blobs = blobs[np.argsort(blobs[:, 2])]
    centre = np.array([tree.x_m, tree.y_m, tree.trunk_m + tree.crown_m * 0.45])
    spots, spot_depth = camera.project(centre + blobs)
    if spot_depth.min() < 1.0:
        return
    for spot, blob in zip(spots, blobs, strict=True):
        bright = 0.78 + 0.3 * blob[2] / tree.crown_m + rng.normal(0, 0.12)
        size = max(1, int(rng.uniform(0.10, 0.26) * tree.crown_m * per_m))
        at = tuple(np.round(spot).astype(int).tolist())
        cv2.circle(picture, at, size, np.clip(green * tint * bright, 0, 255).tolist(), -1, cv2.LINE_AA)
        cv2.circle(mask, at, size, 255, -1)


def _pole(picture: Picture, mask: Picture, pole: Pole, camera: Camera, light: Light) -> None:
    px, depth = camera.project(np.array([[pole.x_m, pole.y_m, 0.0], [pole.x_m, pole.y_m, pole.height_m]]))
    if depth.min() < 1.0:
        return
    per_m = camera.focal_px / float(depth.mean())
    level = light.ambient + light.direct * 0.5
    grey = (np.array([105.0, 108.0, 108.0]) * np.array(light.tint) * level).tolist()
    ends = [tuple(np.round(one).astype(int).tolist()) for one in px]
    for target, colour in ((picture, grey), (mask, 255)):
        cv2.line(target, ends[0], ends[1], colour, max(1, round(pole.wide_m * per_m)))
        if pole.sign:
            cv2.circle(target, ends[1], max(2, round(0.35 * per_m)), (60, 50, 190) if target is picture else 255, -1)


def _covers(picture: Picture, mask: Picture, depth_m: float) -> list[Cover]:
    x, y, w, h = cv2.boundingRect(mask)
    if w == 0 or h == 0:
        return []
    cut = (slice(y, y + h), slice(x, x + w))
    return [Cover((x, y), picture[cut].copy(), mask[cut] > 0, depth_m)]


def facade(rng: np.random.Generator, wide_m: float, high_m: float) -> Picture:
    """A house front: floors of windows over shops or a plain wall."""
    wide, high = int(wide_m * _FACADE_PX_PER_M), int(high_m * _FACADE_PX_PER_M)
    base = rng.uniform(110, 215) + rng.normal(0, 12, 3)
    picture = np.clip(base + cloudy((high, wide), rng, (3, 12, 40))[..., None] * 9, 0, 255).astype(np.uint8)
    floor, shop = int(3.1 * _FACADE_PX_PER_M), bool(rng.random() < 0.6)
    pane_w, pane_h = int(rng.uniform(1.0, 2.0) * _FACADE_PX_PER_M), int(rng.uniform(1.2, 1.7) * _FACADE_PX_PER_M)
    gap = pane_w + int(rng.uniform(0.8, 1.8) * _FACADE_PX_PER_M)
    frame = np.clip(base + rng.choice([-60, 40]), 0, 255).tolist()
    for bottom in range(high - (floor if shop else floor // 4), pane_h, -floor):
        for left in range(gap // 2, wide - pane_w, gap):
            glass = (rng.uniform(35, 110) + np.array([12.0, 4.0, 0.0])).tolist()
            top = bottom - floor // 5 - pane_h
            cv2.rectangle(picture, (left - 1, top - 1), (left + pane_w + 1, top + pane_h + 1), frame, -1)
            cv2.rectangle(picture, (left, top), (left + pane_w, top + pane_h), glass, -1)
            if rng.random() < 0.2:
                cv2.rectangle(picture, (left, bottom - floor // 6), (left + 10, bottom - 1), (205, 205, 200), -1)
    if shop:
        _shops(picture, rng, wide, high, floor)
    return picture


def _shops(picture: Picture, rng: np.random.Generator, wide: int, high: int, floor: int) -> None:
    left = 0
    while left < wide:
        right = left + int(rng.uniform(3, 6) * _FACADE_PX_PER_M)
        sign = rng.uniform(20, 230, 3).tolist()
        cv2.rectangle(picture, (left, high - floor), (right - 2, high - int(floor * 0.75)), sign, -1)
        for k in range(int(rng.integers(2, 6))):
            x = left + 6 + k * 8
            cv2.rectangle(
                picture, (x, high - int(floor * 0.94)), (x + 5, high - int(floor * 0.81)), (235, 235, 235), -1
            )
        inside = rng.uniform(30, 120, 3).tolist()
        cv2.rectangle(picture, (left + 2, high - int(floor * 0.74)), (right - 4, high), inside, -1)
        left = right


def clutter(rng: np.random.Generator) -> Mesh:
    """A bin, crate, cabinet, bollard or stall: what stands in a street and is none of the five classes."""
    made = MeshBuilder()
    colour = colour_of(rng.uniform(30, 200, 3))
    kind = rng.choice(["bin", "cabinet", "bollard", "stall", "planter"])
    if kind == "bin":
        made.frustum((-0.28, 0.28), (-0.28, 0.28), 0, (-0.34, 0.34), (-0.32, 0.32), 1.0, colour)
    elif kind == "cabinet":
        made.box((-0.3, 0.3), (-0.6, 0.6), (0, rng.uniform(0.9, 1.6)), (150.0, 155.0, 150.0))
    elif kind == "bollard":
        made.box((-0.09, 0.09), (-0.09, 0.09), (0, 0.85), (50.0, 190.0, 220.0))
    elif kind == "stall":
        made.box((-0.7, 0.7), (-1.1, 1.1), (0, 0.85), colour)
        made.frustum(
            (-1.0, 1.0),
            (-1.4, 1.4),
            2.0,
            (-0.2, 0.2),
            (-1.3, 1.3),
            2.35,
            colour_of(rng.uniform(60, 230, 3)),
            layer=1,
        )
    else:
        made.box((-0.35, 0.35), (-0.9, 0.9), (0, 0.5), (120.0, 135.0, 150.0))
        made.ball((0, 0, 0.65), (0.35, 0.8, 0.3), (50.0, 110.0, 70.0), 1)
    return made.build()
