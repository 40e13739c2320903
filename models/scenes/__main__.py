"""`python -m models.scenes`: renders labelled training pictures to a folder of images/ and labels/ (YOLO format)."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from models.scenes.draw import Picture
from models.scenes.scene import Labels
from models.scenes.street import FIRST_TRAINING_SEED, random_scene, render

PICTURE_WH = (640, 360)  # the scale at which the deployed network sees a 16:9 camera
_RENDER_WH = (960, 540)  # drawn larger and scaled down: softer edges, as a lens gives
MIN_VISIBLE = 0.35
MIN_SIDE_PX = 5.0


def label_lines(labels: Labels, drawn_wh: tuple[int, int], saved_wh: tuple[int, int]) -> list[str]:
    """'class cx cy w h', relative, of what can be seen well enough to be asked for."""
    lines = []
    size = np.array([*drawn_wh, *drawn_wh], np.float64)
    for which, xyxy, visible in zip(labels.class_id, labels.xyxy, labels.visible, strict=True):
        x0, y0, x1, y1 = xyxy / size
        side_px = min((x1 - x0) * saved_wh[0], (y1 - y0) * saved_wh[1])
        if visible >= MIN_VISIBLE and side_px >= MIN_SIDE_PX:
            lines.append(f"{which} {(x0 + x1) / 2:.6f} {(y0 + y1) / 2:.6f} {x1 - x0:.6f} {y1 - y0:.6f}")
    return lines


def save(picture: Picture, labels: Labels, out: Path, name: str, quality: int) -> None:
    """One JPEG in out/images and its label file in out/labels."""
    small = cv2.resize(picture, PICTURE_WH, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(out / "images" / f"{name}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, quality])
    lines = label_lines(labels, _RENDER_WH, PICTURE_WH)
    (out / "labels" / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def render_folder(out: Path, first_seed: int, scenes: int, frames: int) -> int:
    """Renders `frames` moments of each of `scenes` scenes; returns the number of pictures. Deterministic."""
    for part in ("images", "labels"):
        (out / part).mkdir(parents=True, exist_ok=True)
    for seed in range(first_seed, first_seed + scenes):
        scene = random_scene(seed)
        rng = np.random.default_rng((seed, 5))
        for frame in range(frames):
            picture, labels = render(scene, frame * 3.0 + rng.uniform(0, 3), _RENDER_WH)
            save(picture, labels, out, f"{seed}_{frame}", int(rng.integers(45, 96)))
    return scenes * frames


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.scenes", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=400)
    parser.add_argument("--frames", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=FIRST_TRAINING_SEED)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    print(render_folder(chosen.out, chosen.first_seed, chosen.scenes, chosen.frames), "pictures")


if __name__ == "__main__":
    main()
