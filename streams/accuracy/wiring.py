"""Scores of the wire segmenter and its rule: on real power lines that it has never seen, and on drawn wires."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.catalog import find
from models.session import open_session
from models.spec import Task
from models.wires.backgrounds import read, wire_like
from models.wires.paint import HIDDEN
from models.wires.samples import Album, distant_sample, sample
from streams.accuracy.line_f1 import MAX_DISTANCE, LineCounts, LineScore, score
from streams.accuracy.mat5 import uint8_pictures
from streams.accuracy.origin import origin_of, origins
from streams.accuracy.wire_scenes import score_scenes
from streams.errors import SourceUnusable
from vision.types import Picture
from vision.wires import WireFinder, thin

PLDU = Path("pictures/pldu")
HELD_BACK = Path("pictures/street/valid/images")
_THRESHOLD = 0.5  # the file is exported so that this is the threshold, chosen on drawn wires
_DRAWN_SIDE_PX, _SEED = 360, 7
Truth = NDArray[np.bool_]


def score_wiring(
    assets: Path, *, finder: WireFinder | None = None, drawn: int = 60, scenes: int = 60, threads: int = 1
) -> dict[str, Any]:
    """The three columns: ``real`` (PLDU), ``composed`` (drawn wires on photographs that were not trained on), and
    ``rendered``, where there is nothing. Raises `SourceUnusable` where the material is not there."""
    finder = finder or open_finder(threads)
    return {
        "measure": f"F1 of thin lines, ODS, matched within {MAX_DISTANCE} of the diagonal by distance transform",
        "model": finder.spec.name,
        "real": score_real(assets, finder),
        "composed": score_composed(assets, finder, drawn, scenes),
        "rendered": {"material": "none: no wires are rendered"},
        "caution": "power lines are a proxy: nothing is known about flying leads and e-bike chargers",
    }


def open_finder(threads: int = 1) -> WireFinder:
    """The best wire segmenter present. Raises `ModelError`."""
    spec = find(None, None, Task.WIRES)
    return WireFinder(spec, open_session(spec, threads=threads).run)


def score_real(assets: Path, finder: WireFinder) -> dict[str, Any]:
    """PLDU's test pictures, beside the authors' own maps."""
    ours, theirs, count, took_s = LineCounts(), LineCounts(), 0, 0.0
    for file in files(assets / PLDU / "test_gt", "*.mat"):
        truth = uint8_pictures(file)[0] > 0
        picture = _rgb(_beside(assets / PLDU / "test", file.stem))
        began_s = time.perf_counter()
        strength = thin(finder(picture))
        took_s += time.perf_counter() - began_s
        ours.add(strength, truth)
        theirs.add(_grey(assets / PLDU / "authors_nms" / f"{file.stem}.png"), truth)
        count += 1
    origin, licence = origin_of(origins(assets), str(PLDU / "test_gt" / f"{file.stem}.mat"))
    return {
        "material": f"{PLDU}: {count} urban power-line pictures",
        "origin": origin,
        "licence": licence,
        "ours": _told(ours.best()),
        "ours_at_the_shipped_threshold": _told(ours.at(_THRESHOLD)),
        "authors": _told(theirs.best()),
        "seconds_a_picture": round(took_s / max(1, count), 3),
    }


def score_composed(assets: Path, finder: WireFinder, drawn: int = 60, scenes: int = 60) -> dict[str, Any]:
    """Wires drawn on photographs that nothing was trained on: pixels, and the rule's events."""
    photographs = files(assets / HELD_BACK, "*.jpg")
    origin, licence = origin_of(origins(assets), str(photographs[0].relative_to(assets)))
    counts, far = score(drawn_pairs(photographs, finder, drawn)), score(distant_pairs(photographs, finder, drawn))
    return {
        "material": f"{HELD_BACK}: {len(photographs)} street photographs, wires drawn on them",
        "origin": origin,
        "licence": licence,
        "pixels": {"pictures": drawn, "best": _told(counts.best()), "at_0.5": _told(counts.at(_THRESHOLD))},
        "pixels_distant": {"pictures": drawn, "best": _told(far.best()), "at_0.5": _told(far.at(_THRESHOLD))},
        "events": score_scenes(photographs, finder, range(scenes)),
    }


def drawn_pairs(photographs: list[Path], finder: WireFinder, count: int) -> Iterator[tuple[NDArray[np.float32], Truth]]:
    """Thinned answers and truth for pictures by seed. What cannot be told, real wires among it, is left out of both."""
    for number in range(count):
        random = np.random.default_rng((_SEED, number))
        photograph = read(photographs[number * 4 % len(photographs)])
        picture, truth = sample(photograph, wire_like(photograph), _DRAWN_SIDE_PX, random, keeps_up=True)
        yield _judged(finder, picture, truth)


def distant_pairs(
    photographs: list[Path], finder: WireFinder, count: int
) -> Iterator[tuple[NDArray[np.float32], Truth]]:
    """As `drawn_pairs`, of power lines before built-up ground far away."""
    album = Album(photographs)
    for number in range(count):
        picture, truth = distant_sample(album, _DRAWN_SIDE_PX, np.random.default_rng((_SEED, number)))
        yield _judged(finder, picture, truth)


def _judged(finder: WireFinder, picture: Picture, truth: NDArray[np.uint8]) -> tuple[NDArray[np.float32], Truth]:
    strength = thin(finder(picture))
    strength[cv2.dilate((truth == HIDDEN).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = 0
    return strength, truth == 1


def _told(found: LineScore) -> dict[str, float]:
    names = ("f1", "precision", "recall", "threshold")
    return {name: round(getattr(found, name), 4) for name in names}


def files(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern))
    if not found:
        raise SourceUnusable(f"no {pattern} in {folder}: --assets must name a folder of test material")
    return found


def _beside(folder: Path, stem: str) -> Path:
    return files(folder, f"{stem}.*")[0]


def _rgb(path: Path) -> Picture:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise SourceUnusable(f"{path}: not a picture that OpenCV reads")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def _grey(path: Path) -> NDArray[np.float32]:
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise SourceUnusable(f"{path}: not a picture that OpenCV reads")
    return np.asarray(picture.astype(np.float32) / 255, np.float32)
