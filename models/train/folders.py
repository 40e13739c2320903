"""A user's own folders of pictures, in YOLO's form: what their numbers mean, and background without labels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from models.labels import COCO_80
from models.spec import ObjectClass, object_class
from models.train.errors import BadPictures
from models.train.pictures import Labelled

Meaning = dict[str, Any]
_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


def labelled_of(folder: Path) -> list[Labelled]:
    """All pictures of `folder`/images with a file in `folder`/labels; `train` and `valid` below it count as well.

    Boxes of classes that Sanxun does not look for are left out: what they show is background.

    Raises:
        BadPictures: no such folder, no labelled picture, nothing that says what the numbers mean, a broken label.
    """
    parts = [part for part in (folder, *(folder / name for name in ("train", "valid", "val", "test"))) if _holds(part)]
    if not parts:
        raise BadPictures(f"expected pictures in {folder / 'images'} and their labels in {folder / 'labels'}")
    meaning = class_meaning(folder)
    found = []
    for part in parts:
        for path in _pictures(part / "images"):
            label = part / "labels" / f"{path.stem}.txt"
            if label.is_file():
                found.append(_read(path, label, meaning))
    if not found:
        raise BadPictures(f"no labelled picture in {folder}: each needs labels/NAME.txt, empty where nothing is in it")
    return found


def background_of(folder: Path) -> list[Labelled]:
    """Pictures of `folder`/images, or of `folder` itself, in which nothing is to be found.

    Raises:
        BadPictures: none there, or one that is labelled: then it is no background.
    """
    images = folder / "images" if (folder / "images").is_dir() else folder
    if not images.is_dir():
        raise BadPictures(f"no folder of pictures at {folder}")
    found = []
    for path in _pictures(images):
        label = folder / "labels" / f"{path.stem}.txt"
        if label.is_file() and label.read_text(encoding="utf-8").strip():
            raise BadPictures(f"{label} labels something: a folder with labels is no background, give it as pictures")
        found.append(Labelled(path, np.zeros(0, np.int64), np.zeros((0, 4), np.float32)))
    return found


def class_meaning(folder: Path) -> tuple[ObjectClass | None, ...]:
    """What the label numbers mean, by `classes.txt` (one name a line) or the `names:` of `data.yaml`.

    Raises:
        BadPictures: neither is there, or none of the names is a person or a vehicle.
    """
    names = _names(folder)
    if names == ["coco80"]:
        names = list(COCO_80)
    meaning = tuple(object_class(name) for name in names)
    if not any(one is not None for one in meaning):
        raise BadPictures(
            f"{folder}: expected classes.txt (one name a line) or data.yaml with names: of which at least one is a "
            f"person or a vehicle; found {', '.join(names[:6]) or 'neither'}"
        )
    return meaning


def _names(folder: Path) -> list[str]:
    for file in (folder / "classes.txt", folder / "obj.names"):
        if file.is_file():
            return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    yaml = folder / "data.yaml"
    return yaml_names(yaml.read_text(encoding="utf-8")) if yaml.is_file() else []


def yaml_names(text: str) -> list[str]:
    """`names:` of a data.yaml as Roboflow and Ultralytics write it: in brackets, as lines, or as numbered lines.

    Only these three forms are read, so that no YAML library is needed.

    >>> yaml_names("nc: 2\\nnames: ['car', bus]")
    ['car', 'bus']
    >>> yaml_names("names:\\n  0: person\\n  1: car\\n")
    ['person', 'car']
    """
    found = re.search(r"^names:[ \t]*(\[[^\]]*\]|(?:\n[ \t]*(?:-|\d+:)[^\n]*)+)", text, re.MULTILINE)
    if found is None:
        return []
    block = found[1].strip()
    if block.startswith("["):
        parts = block[1:-1].split(",")
    else:
        parts = [re.sub(r"^\s*(-|\d+:)", "", line) for line in block.split("\n")]
    return [part.strip().strip("'\"") for part in parts if part.strip()]


def _holds(part: Path) -> bool:
    return (part / "images").is_dir() and (part / "labels").is_dir()


def _pictures(images: Path) -> list[Path]:
    return sorted(path for path in images.iterdir() if path.suffix.lower() in _SUFFIXES)


def _read(path: Path, label: Path, meaning: tuple[ObjectClass | None, ...]) -> Labelled:
    ids: list[int] = []
    boxes: list[tuple[float, float, float, float]] = []
    for number, line in enumerate(label.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            which, cx, cy, w, h = (float(word) for word in line.split())
        except ValueError:
            raise BadPictures(f"{label}:{number}: expected 'class cx cy w h', got {line!r}") from None
        if not 0 <= which < len(meaning):
            raise BadPictures(f"{label}:{number}: class must be 0 to {len(meaning) - 1}, got {which:g}")
        found = meaning[int(which)]
        if found is not None:
            ids.append(int(found))
            boxes.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2))
    return Labelled(path, np.asarray(ids, np.int64), np.clip(np.asarray(boxes, np.float32).reshape(-1, 4), 0, 1))
