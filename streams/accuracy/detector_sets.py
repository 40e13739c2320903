"""The labelled pictures that detectors are compared on: which folders, what their numbers mean, what is held back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.labels import COCO_80
from models.scenes.labels import worth_asking
from models.scenes.street import HELD_BACK_SEED, Viewpoint, random_scene, render
from models.spec import VEHICLES, ObjectClass, object_class
from models.train.errors import BadPictures
from models.train.pictures import ATL_TRAFFIC, STREET, is_held_back
from streams.accuracy.material import Column
from streams.accuracy.origin import origin_of, origins
from vision.types import Floats, Ints, Picture

Truth = tuple[Picture, Ints, Floats]
Meaning = tuple[ObjectClass | None, ...]

_SCENES, _MOMENTS_S, _SCENE_WH = 40, (1.0, 7.0), (960, 540)
_RENDERED = (("scenes", Viewpoint.POLE), ("scenes_air", Viewpoint.AIR))
_NOT_PERSONS = tuple(one for one in ObjectClass if one is not ObjectClass.PERSON)


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Pictures of one kind. `pictures()` gives RGB uint8 (H, W, 3), class ids (M,) and xyxy (M, 4) in px of it.

    `classes` are those that its labels cover: a kind in view that nobody labelled is no false alarm. `goal` says
    whether the default detector is held to a goal on it, or is only reported.
    """

    name: str
    column: Column
    what: str
    origin: str
    licence: str
    classes: tuple[ObjectClass, ...]
    goal: bool
    pictures: Callable[[], Iterator[Truth]]


@dataclass(frozen=True, slots=True)
class _Folder:
    name: str
    folder: str
    what: str
    meaning: Meaning
    classes: tuple[ObjectClass, ...]
    goal: bool = False
    kept: Callable[[Path], bool] = lambda path: True


_FOLDERS = (
    _Folder("street", "street/valid", "street photographs, held back", STREET, tuple(ObjectClass), True),
    _Folder(
        "traffic",
        "atl_traffic",
        "traffic cameras, the recordings held back; persons are not labelled",
        ATL_TRAFFIC,
        _NOT_PERSONS,
        True,
        is_held_back,
    ),
    _Folder("coco", "coco_val128", "COCO val2017", tuple(map(object_class, COCO_80)), tuple(ObjectClass)),
    _Folder("nadir_street", "cats_drone", "a street straight down", (ObjectClass.CAR,), (ObjectClass.CAR,)),
    _Folder(
        "nadir_cars",
        "aerial_cars",
        "car parks straight down; a minibus counts as a bus",
        (ObjectClass.CAR, ObjectClass.TRUCK, ObjectClass.BUS, ObjectClass.BUS),
        VEHICLES,
    ),
)


def picture_sets(assets: Path, most: int | None = None) -> tuple[list[PictureSet], list[str]]:
    """The sets whose folders are there, and the names of those whose are not. At most `most` pictures of each.

    Raises:
        SourceUnusable: `assets` has no manifest.
    """
    known = origins(assets)
    found, absent = [], []
    for one in _FOLDERS:
        folder = assets / "pictures" / one.folder
        paths = _paths(folder, one.kept, most)
        if not paths:
            absent.append(one.name)
            continue
        origin, licence = origin_of(known, paths[0].relative_to(assets).as_posix())
        found.append(
            PictureSet(
                one.name,
                Column.REAL,
                one.what,
                origin,
                licence,
                one.classes,
                one.goal,
                lambda paths=paths, one=one: _labelled(paths, one.meaning),  # type: ignore[misc]
            )
        )
    return [*found, *(_scenes(name, viewpoint, most) for name, viewpoint in _RENDERED)], absent


def _paths(folder: Path, kept: Callable[[Path], bool], most: int | None) -> list[Path]:
    """Pictures with a label file, spread evenly where there are more than `most`."""
    images = folder / "images"
    if not images.is_dir():
        return []
    labelled = [path for path in sorted(images.iterdir()) if _label_file(path).is_file() and kept(path)]
    if most is None or len(labelled) <= most:
        return labelled
    return [labelled[i] for i in np.linspace(0, len(labelled) - 1, most).round().astype(int)]


def _label_file(picture: Path) -> Path:
    return picture.parent.parent / "labels" / f"{picture.stem}.txt"


def _labelled(paths: list[Path], meaning: Meaning) -> Iterator[Truth]:
    for path in paths:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise BadPictures(f"{path} is not a picture that OpenCV can read")
        high, wide = picture.shape[:2]
        ids, xyxy = _read(_label_file(path), meaning)
        rgb = np.ascontiguousarray(picture[..., ::-1]).astype(np.uint8, copy=False)
        yield rgb, ids, xyxy * np.array([wide, high] * 2, np.float32)


def _read(path: Path, meaning: Meaning) -> tuple[Ints, Floats]:
    """Boxes of a YOLO label file that Sanxun looks for, relative. Raises `BadPictures`."""
    rows = np.loadtxt(path, np.float64, ndmin=2) if path.stat().st_size else np.zeros((0, 5))
    if rows.size and rows.shape[1] != 5:
        raise BadPictures(f"{path}: expected 'class cx cy w h' on each line, found {rows.shape[1]} numbers")
    rows = rows.reshape(-1, 5)
    if len(rows) and not (rows[:, 0].min() >= 0 and rows[:, 0].max() < len(meaning)):
        raise BadPictures(f"{path}: classes must be 0 to {len(meaning) - 1}, found {rows[:, 0].max():g}")
    meant = np.array([-1 if one is None else int(one) for one in meaning], np.int64)[rows[:, 0].astype(np.int64)]
    half = rows[:, 3:] / 2
    xyxy = np.clip(np.hstack([rows[:, 1:3] - half, rows[:, 1:3] + half]), 0, 1).astype(np.float32)
    return meant[meant >= 0], xyxy[meant >= 0]


def _scenes(name: str, viewpoint: Viewpoint, most: int | None) -> PictureSet:
    count = _SCENES if most is None else min(_SCENES, -(-most // len(_MOMENTS_S)))
    seen = "from the air, " if viewpoint is Viewpoint.AIR else ""
    what = f"scenes that we render, {seen}from seeds that no training uses"
    return PictureSet(
        name,
        Column.RENDERED,
        what,
        "ours",
        "AGPL-3.0-or-later",
        tuple(ObjectClass),
        False,
        lambda: _rendered(count, viewpoint),
    )


def _rendered(count: int, viewpoint: Viewpoint) -> Iterator[Truth]:
    for seed in range(HELD_BACK_SEED, HELD_BACK_SEED + count):
        scene = random_scene(seed, viewpoint)
        for time_s in _MOMENTS_S:
            picture, labels = render(scene, time_s, _SCENE_WH)
            keep = worth_asking(labels, _SCENE_WH)
            yield np.ascontiguousarray(picture[..., ::-1]), labels.class_id[keep], labels.xyxy[keep]
