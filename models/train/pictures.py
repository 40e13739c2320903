"""Labelled pictures on disk: which folders, which of their class numbers mean what, which are held back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.spec import ObjectClass
from models.train.errors import BadPictures

_P, _T, _C, _B, _K = (
    ObjectClass.PERSON,
    ObjectClass.TWO_WHEELER,
    ObjectClass.CAR,
    ObjectClass.BUS,
    ObjectClass.TRUCK,
)
# Class numbers as the label files write them, in order.
STREET = (_B, _C, _T, _P, _K)  # bus, car, motorbike, person, truck
ATL_TRAFFIC = (_T, _B, _C, _K)  # bike, bus, car, truck; persons are in view but not labelled
OURS = (_P, _T, _C, _B, _K)

# Whole recordings are held back, not single frames: neighbours of a frame trained on would flatter.
ATL_HELD_BACK = (
    "B",
    "D",
    "10260070026111120",
    "10260070026111121",
    "10260070026111129",
    "10260070026111143",
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture file with its boxes: `class_id` int64 (N,) of ObjectClass, `xyxy` float32 (N, 4) relative, 0-1."""

    path: Path
    class_id: npt.NDArray[np.int64]
    xyxy: npt.NDArray[np.float32]


def read_labels(path: Path, meaning: tuple[ObjectClass, ...]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Boxes of one YOLO label file (class cx cy w h, relative), clipped to the picture. An empty file means none.

    Raises:
        BadPictures: a line is not five numbers, or its class is not in `meaning`.
    """
    ids: list[int] = []
    boxes: list[tuple[float, float, float, float]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            which, cx, cy, w, h = (float(word) for word in line.split())
        except ValueError:
            raise BadPictures(f"{path}:{number}: expected 'class cx cy w h', got {line!r}") from None
        if not 0 <= which < len(meaning):
            raise BadPictures(f"{path}:{number}: class must be 0 to {len(meaning) - 1}, got {which:g}")
        ids.append(int(meaning[int(which)]))
        boxes.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2))
    xyxy = np.clip(np.asarray(boxes, np.float32).reshape(-1, 4), 0, 1)
    return np.asarray(ids, np.int64), xyxy


def read_folder(folder: Path, meaning: tuple[ObjectClass, ...]) -> list[Labelled]:
    """All pictures of `folder`/images with a file in `folder`/labels, by name."""
    images = folder / "images"
    if not images.is_dir():
        raise BadPictures(f"expected pictures in {images}: give the folder that holds images/ and labels/")
    found = []
    for path in sorted(images.iterdir()):
        label = folder / "labels" / f"{path.stem}.txt"
        if path.suffix.lower() in {".jpg", ".jpeg", ".png"} and label.is_file():
            found.append(Labelled(path, *read_labels(label, meaning)))
    if not found:
        raise BadPictures(f"no labelled picture in {folder}")
    return found


def is_held_back(path: Path) -> bool:
    """Whether this atl_traffic picture is kept for measuring. A letter stands for its whole recording."""
    series = path.stem.split("_")[0]
    return series in ATL_HELD_BACK or series[:1] in ATL_HELD_BACK


def street_train(pictures: Path) -> list[Labelled]:
    return read_folder(pictures / "street" / "train", STREET)


def street_held_back(pictures: Path) -> list[Labelled]:
    return read_folder(pictures / "street" / "valid", STREET)


def atl_train(pictures: Path) -> list[Labelled]:
    return [one for one in read_folder(pictures / "atl_traffic", ATL_TRAFFIC) if not is_held_back(one.path)]


def atl_held_back(pictures: Path) -> list[Labelled]:
    return [one for one in read_folder(pictures / "atl_traffic", ATL_TRAFFIC) if is_held_back(one.path)]


def load_picture(path: Path, long_side_px: int | None = None) -> npt.NDArray[np.uint8]:
    """BGR uint8 (H, W, 3); scaled down so that the longer side is at most `long_side_px`."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise BadPictures(f"{path} is not a picture that OpenCV can read")
    longest = max(picture.shape[:2])
    if long_side_px is not None and longest > long_side_px:
        share = long_side_px / longest
        picture = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(picture, np.uint8)
