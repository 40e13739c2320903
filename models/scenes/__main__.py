"""`python -m models.scenes`: renders labelled training pictures to a folder of images/ and labels/ (YOLO format)."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from models.scenes.draw import Picture
from models.scenes.labels import NETWORK_WH, label_lines
from models.scenes.scene import Labels
from models.scenes.street import FIRST_TRAINING_SEED, Viewpoint, random_scene, render

SCENES, FRAMES = 530, 5
_RENDER_WH = (960, 540)  # drawn larger than saved: softer edges, as a lens gives


def save(picture: Picture, labels: Labels, out: Path, name: str, quality: int) -> None:
    """One JPEG in out/images and its label file in out/labels."""
    small = cv2.resize(picture, NETWORK_WH, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(out / "images" / f"{name}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, quality])
    lines = label_lines(labels, _RENDER_WH)
    (out / "labels" / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def render_folder(out: Path, first_seed: int, scenes: int, frames: int, viewpoint: Viewpoint = Viewpoint.POLE) -> int:
    """Renders `frames` moments of each of `scenes` scenes; returns the number of pictures. Deterministic."""
    for part in ("images", "labels"):
        (out / part).mkdir(parents=True, exist_ok=True)
    for seed in range(first_seed, first_seed + scenes):
        scene = random_scene(seed, viewpoint)
        rng = np.random.default_rng((seed, 5))
        for frame in range(frames):
            picture, labels = render(scene, frame * 3.0 + rng.uniform(0, 3), _RENDER_WH)
            save(picture, labels, out, f"{seed}_{frame}", int(rng.integers(45, 96)))
    return scenes * frames


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.scenes", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--first-seed", type=int, default=FIRST_TRAINING_SEED)
    parser.add_argument("--viewpoint", type=Viewpoint, choices=list(Viewpoint), default=Viewpoint.POLE)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    count = render_folder(chosen.out, chosen.first_seed, chosen.scenes, chosen.frames, chosen.viewpoint)
    print(count, "pictures")


if __name__ == "__main__":
    main()
