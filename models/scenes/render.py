"""A scene at a moment, as a picture with its truth."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from models.scenes.draw import Picture, Placed, cast_shadow, draw, ground_shade, placed, silhouette
from models.scenes.light import Light
from models.scenes.scene import Labels, Scene
from models.scenes.scenery import Cover, Stage, build_stage
from models.spec import ObjectClass

_MASK_SCALE = 0.5


def stage_of(scene: Scene, resolution_wh: tuple[int, int]) -> Stage:
    """The drawn surrounding, made once per resolution."""
    if resolution_wh not in scene.stages:
        scene.stages[resolution_wh] = build_stage(scene, resolution_wh)
    return cast(Stage, scene.stages[resolution_wh])


def render(scene: Scene, time_s: float, resolution_wh: tuple[int, int] = (960, 540)) -> tuple[Picture, Labels]:
    """BGR uint8 (H, W, 3) and its truth. The same scene, time and resolution give the same bytes."""
    stage = stage_of(scene, resolution_wh)
    seen = _in_view(scene, stage, time_s)
    picture = stage.picture.copy()
    _cast_shadows(picture, [item for _, item in seen], stage, scene.light)
    owners = np.zeros((round(resolution_wh[1] * _MASK_SCALE), round(resolution_wh[0] * _MASK_SCALE)), np.uint8)
    waiting = sorted(stage.covers, key=lambda one: -one.depth_m)
    for order, (_, item) in enumerate(seen, start=1):
        while waiting and waiting[0].depth_m > item.depth_m:
            _put_before(picture, owners, waiting.pop(0))
        draw(picture, item, stage.camera, scene.light)
        silhouette(owners, item, min(order, 255), _MASK_SCALE)
    for cover in waiting:
        _put_before(picture, owners, cover)
    if scene.light.night:
        _lamps(picture, [item for _, item in seen], stage.camera.position)
    return _through_lens(picture, stage, scene, time_s), _labels(scene, seen, owners, resolution_wh)


def _in_view(scene: Scene, stage: Stage, time_s: float) -> list[tuple[int, Placed]]:
    """Actors in the picture with their rows, far ones first."""
    seen = []
    for row, actor in enumerate(scene.actors):
        pose = actor.trajectory.pose(time_s)
        if pose is None:
            continue
        item = placed(actor.mesh_at(pose), pose.x_m, pose.y_m, pose.heading_rad, stage.camera)
        if item is not None:
            seen.append((row, item))
    return sorted(seen, key=lambda pair: -pair[1].depth_m)


def _cast_shadows(picture: Picture, items: list[Placed], stage: Stage, light: Light) -> None:
    high, wide = picture.shape[:2]
    mask = np.zeros((round(high * _MASK_SCALE), round(wide * _MASK_SCALE)), np.uint8)
    for darken in (cast_shadow, ground_shade):
        for item in items:
            darken(mask, item, stage.camera, light, _MASK_SCALE)
    if not mask.any():
        return
    keep = cv2.resize(255 - cv2.blur(mask, (3, 3)), (wide, high), interpolation=cv2.INTER_LINEAR)
    cv2.multiply(picture, cv2.merge([keep, keep, keep]), dst=picture, scale=1 / 255)


def _put_before(picture: Picture, owners: Picture, cover: Cover) -> None:
    """Puts a fixed thing back over what was drawn behind it, where anything was."""
    x, y = cover.left_top
    h, w = cover.mask.shape
    s = _MASK_SCALE
    behind = owners[int(y * s) : int((y + h) * s) + 1, int(x * s) : int((x + w) * s) + 1]
    if not behind.any():
        return
    np.copyto(picture[y : y + h, x : x + w], cover.pixels, where=cover.mask[..., None])
    small = cv2.resize(cover.mask.astype(np.uint8), (behind.shape[1], behind.shape[0]), interpolation=cv2.INTER_NEAREST)
    behind[small > 0] = 0


def _lamps(picture: Picture, items: list[Placed], position: npt.NDArray[np.float64]) -> None:
    """The glare of lamps that face the camera."""
    glare = np.zeros((picture.shape[0] // 4, picture.shape[1] // 4, 3), np.float32)
    for item in items:
        for row in np.flatnonzero(item.mesh.glow > 0.4):
            corners = item.px[item.mesh.polygons[row]]
            towards = position - item.vertices[item.mesh.polygons[row][0]]
            if item.turn @ item.mesh.normal[row] @ towards > 0:
                at = (corners.mean(axis=0) / 4).astype(int)
                size = max(1, int(np.ptp(corners, axis=0).max() / 4))
                cv2.circle(glare, (int(at[0]), int(at[1])), size, (190.0, 215.0, 225.0), -1)
    if not glare.any():
        return
    glare = cv2.GaussianBlur(glare, (0, 0), 2.0) * 1.4
    full = cv2.resize(glare, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    cv2.add(picture, np.clip(full, 0, 255).astype(np.uint8), dst=picture)


def _through_lens(picture: Picture, stage: Stage, scene: Scene, time_s: float) -> Picture:
    """Blur and sensor noise. The noise shifts with time, as a real sensor's does."""
    if scene.light.blur_px > 0.15:
        picture = cv2.GaussianBlur(picture, (0, 0), scene.light.blur_px).astype(np.uint8)
    dx, dy = (int(v) for v in np.random.default_rng((abs(scene.seed), int(time_s * 1000))).integers(0, 64, 2))
    high, wide = picture.shape[:2]
    grain = stage.noise[dy : dy + high, dx : dx + wide]
    return np.asarray(cv2.addWeighted(picture, 1.0, grain, 1.0, -128.0), np.uint8)


def _labels(
    scene: Scene, seen: list[tuple[int, Placed]], owners: npt.NDArray[np.uint8], resolution_wh: tuple[int, int]
) -> Labels:
    limit = np.array([*resolution_wh, *resolution_wh], np.float64)
    shown = np.bincount(owners.ravel(), minlength=256)
    kinds, boxes, shares, rows = [], [], [], []
    for order, (row, item) in enumerate(seen, start=1):
        alone = _own_area(item, owners.shape)
        bare = min(1.0, shown[min(order, 255)] / alone) if alone else 0.0
        for kind, box in zip((scene.actors[row].kind, ObjectClass.PERSON), item.boxes, strict=False):
            cut = np.clip(box, 0, limit)
            whole = max(1e-6, float(np.prod(box[2:] - box[:2])))
            kinds.append(int(kind))
            boxes.append(cut)
            shares.append(bare * float(np.prod(np.maximum(cut[2:] - cut[:2], 0))) / whole)
            rows.append(row)
    return Labels(
        np.array(kinds, np.int64),
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(shares, np.float32),
        np.array(rows, np.int64),
    )


def _own_area(item: Placed, shape: tuple[int, ...]) -> int:
    """Px of the half-size mask that the whole silhouette covers inside the picture."""
    x0, y0 = np.maximum(np.floor(item.xyxy[:2] * _MASK_SCALE).astype(int), 0)
    x1, y1 = np.minimum(np.ceil(item.xyxy[2:] * _MASK_SCALE).astype(int) + 1, [shape[1], shape[0]])
    if x1 <= x0 or y1 <= y0:
        return 0
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    silhouette(mask, item, 1, _MASK_SCALE, (int(x0), int(y0)))
    return int(np.count_nonzero(mask))
