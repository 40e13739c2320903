"""How well a vehicle is known again, by plain luma and by its detail, when the light of the picture changes.

    python bench/appearance.py [--assets DIR] [--vehicles 400]

Crops labelled vehicles out of street pictures, lays headlights, rain, infra-red, night, a shadow, JPEG and a shift of
one pixel over them, and compares each with itself before. The threshold is the one that passes 1 % of other vehicles
and of ground beside them. Prints JSON: for either measure the threshold and the share known again under each.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.vision.street import Street
from vision.appearance import SIDE, patches
from vision.types import Floats, Picture

_VEHICLES = (0, 1, 4)  # bus, car, truck of these labels
_LEAST_WH = (36, 28)


def vehicles(folder: Path, seed: int) -> Iterator[tuple[Picture, Floats]]:
    """Luma and one labelled box (4,) px, up to two a picture, in an order by seed."""
    names = sorted((folder / "images").iterdir())
    for at in np.random.default_rng(seed).permutation(len(names)):
        picture = np.asarray(cv2.imread(str(names[at]), cv2.IMREAD_GRAYSCALE), np.uint8)
        label = folder / "labels" / f"{names[at].stem}.txt"
        if label.exists():
            yield from ((picture, box) for box in _boxes(label, picture.shape[::-1])[:2])


def _boxes(label: Path, size_wh: tuple[int, ...]) -> list[Floats]:
    found = []
    for line in label.read_text().splitlines():
        kind, x, y, w, h = (float(value) for value in line.split()[:5])
        box = np.array([x - w / 2, y - h / 2, x + w / 2, y + h / 2], np.float32) * np.array([*size_wh] * 2, np.float32)
        large = box[2] - box[0] >= _LEAST_WH[0] and box[3] - box[1] >= _LEAST_WH[1]
        inside = (box[:2] > 2).all() and box[2] < size_wh[0] - 2 and box[3] < size_wh[1] - 2
        if int(kind) in _VEHICLES and large and inside:
            found.append(box)
    return found


def changed(picture: Picture, street: Street, random: np.random.Generator) -> dict[str, Picture]:
    """The same view in other light and weather."""
    w = picture.shape[1]
    half = np.where(np.arange(w) < random.integers(w // 4, 3 * w // 4), 0.5, 1.0)
    coded = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 35])[1], cv2.IMREAD_GRAYSCALE)
    return {
        "headlights": street.headlights(picture),
        "rain": street.rain(picture),
        "infra-red": street.infra_red(picture),
        "night": street.night(picture),
        "shadow": street.noisy((picture * half).astype(np.uint8)),
        "jpeg": np.asarray(coded, np.uint8),
        "shift": np.roll(picture, (1, 1), (0, 1)),
    }


def luma_alone(picture: Picture, box: Floats) -> Floats:
    """The smoothed luma of the same cells, zero mean and unit norm: what detail is measured against."""
    smooth = cv2.blur(picture, (3, 3))
    x = (box[0] + (box[2] - box[0]) * (np.arange(SIDE) + 0.5) / SIDE).astype(int).clip(0, picture.shape[1] - 1)
    y = (box[1] + (box[3] - box[1]) * (np.arange(SIDE) + 0.5) / SIDE).astype(int).clip(0, picture.shape[0] - 1)
    values = smooth[np.ix_(y, x)].astype(np.float32).ravel()
    values -= values.mean()
    return np.asarray(values / max(float(np.linalg.norm(values)), 1e-6), np.float32)


def detail(picture: Picture, box: Floats) -> Floats:
    found: Floats = patches(picture, box[None], (picture.shape[1], picture.shape[0])).detail[0]
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--assets", type=Path, default=os.environ.get("SANXUN_ASSETS"))
    options.add_argument("--vehicles", type=int, default=400)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    if given.assets is None:
        options.error("give --assets, the folder with pictures/street/train, or set SANXUN_ASSETS")
    street, random = Street(seed=given.seed), np.random.default_rng(given.seed)
    same: dict[str, dict[str, list[float]]] = {"luma": {}, "detail": {}}
    other: dict[str, list[float]] = {"luma": [], "detail": []}
    before: tuple[Picture, Floats] | None = None
    count = 0
    for picture, box in vehicles(given.assets / "pictures/street/train", given.seed):
        for name, measure in (("luma", luma_alone), ("detail", detail)):
            known = measure(picture, box)
            for what, now in changed(picture, street, random).items():
                same[name].setdefault(what, []).append(float(known @ measure(now, box)))
            if before is not None:
                other[name].append(float(known @ measure(*before)))
            other[name] += [float(known @ measure(picture, aside)) for aside in _aside(box, picture.shape[1])]
        before, count = (picture, box), count + 1
        if count == given.vehicles:
            break
    line: dict[str, object] = {"vehicles": count}
    for name, found in same.items():
        limit = float(np.quantile(other[name], 0.99))
        line[name] = {"threshold": round(limit, 3)} | {k: round(_share(v, limit), 4) for k, v in found.items()}
    print(json.dumps(line))


def _aside(box: Floats, width: int) -> list[Floats]:
    """The ground beside it, where the picture has some."""
    wide = 1.05 * float(box[2] - box[0])
    moved = [box + np.array([by, 0, by, 0], np.float32) for by in (wide, -wide)]
    return [one for one in moved if one[0] > 0 and one[2] < width][:1]


def _share(alike: list[float], limit: float) -> float:
    values: NDArray[np.float64] = np.array(alike)
    return float((values >= limit).mean())


if __name__ == "__main__":
    main()
