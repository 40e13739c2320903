"""Pictures to measure a detector on: a folder of them, with YOLO labels or without, or frames of a clip or a camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from models.errors import UnusablePictures
from models.labels import COCO_80
from models.spec import ObjectClass, object_class
from models.train.folders import yaml_names
from streams.decoding.upright import upright
from streams.sources.urls import scrub, without_credentials
from vision.types import Floats, Ints, Picture

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif"}
# What the numbers in label files mean, where a file beside them says so: one name a line.
_NAME_FILES = ("classes.txt", "obj.names")
_OPEN_S, _READ_S = 10.0, 20.0

Meaning = tuple[ObjectClass | None, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture, RGB uint8 (H, W, 3). `labels`: class ids (M,) and xyxy (M, 4) in px of it; None where none."""

    rgb: Picture
    labels: tuple[Ints, Floats] | None = None


def shown_pictures(
    folder: Path | None, clip: str | None, classes: tuple[str, ...] | None, most: int
) -> tuple[Iterator[Shown], str] | None:
    """The pictures that were asked for and a name for them; None where none were.

    Raises:
        UnusablePictures: both were given, or, while they are gone through, what cannot be read.
    """
    if folder is not None and clip is not None:
        raise UnusablePictures("give --pictures or --clip, not both")
    if folder is not None:
        held_back = _held_back(folder)
        return (held_back or folder_pictures(folder, classes, most)), folder.name
    if clip is not None:
        return clip_pictures(clip, most), without_credentials(clip).rpartition("/")[2] or "the clip"
    return None


def folder_pictures(folder: Path, classes: tuple[str, ...] | None, most: int) -> Iterator[Shown]:
    """At most `most` pictures of a folder, or of its images/, spread evenly over their names.

    Labels are read from `labels/NAME.txt` or `NAME.txt` beside the picture (class cx cy w h, relative), where it is
    said what their numbers mean: by `classes` (``("coco80",)`` for COCO's), or by a `classes.txt` with one name a line.

    Raises:
        UnusablePictures: no pictures there, or a label that cannot be read.
    """
    images = folder / "images" if (folder / "images").is_dir() else folder
    if not images.is_dir():
        raise UnusablePictures(f"no folder of pictures at {folder}")
    paths = sorted(path for path in images.iterdir() if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise UnusablePictures(f"no pictures in {images}: expected {', '.join(sorted(_SUFFIXES))}")
    if len(paths) > most:
        paths = [paths[i] for i in np.linspace(0, len(paths) - 1, most).round().astype(int)]
    meaning = meaning_of(folder, classes)
    for path in paths:
        picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise UnusablePictures(f"{path} is not a picture that OpenCV can read: take it out of the folder")
        label = _label_file(folder, path)
        rgb = np.ascontiguousarray(picture[..., ::-1]).astype(np.uint8, copy=False)
        yield Shown(rgb, read_labels(label, meaning, rgb) if label and meaning else None)


def labelled_pictures(folder: Path, classes: tuple[str, ...] | None, most: int) -> Iterator[Shown]:
    """As `folder_pictures`, or those that are held back where `folder` has street/valid; every one with its labels.

    Raises:
        UnusablePictures: also where a picture has no label file, or nothing says what the numbers mean.
    """
    held_back = _held_back(folder)
    for shown in held_back or folder_pictures(folder, classes, most):
        if shown.labels is None:
            raise UnusablePictures(
                f"{folder}: expected labels/NAME.txt for every picture (empty where nothing is to be found), and "
                "classes.txt, data.yaml or --classes to say what their numbers mean"
            )
        yield shown


def clip_pictures(url: str, most: int, every_s: float = 1.0) -> Iterator[Shown]:
    """At most `most` frames of a file or a live camera, `every_s` of media time apart, unlabelled.

    Raises:
        UnusablePictures: it cannot be opened, or holds no picture; its url is shown without credentials.
    """
    import av

    shown, due_s = 0, 0.0
    try:
        with av.open(url, options=_options(url), timeout=(_OPEN_S, _READ_S)) as container:
            for frame in _frames(container):
                at_s = frame.time or 0.0
                due_s = at_s if shown == 0 else due_s
                if at_s >= due_s:
                    yield Shown(
                        upright(frame, round(frame.rotation / 90))
                        .to_ndarray(format="rgb24")
                        .astype(np.uint8, copy=False)
                    )
                    shown, due_s = shown + 1, due_s + every_s
                if shown >= most:
                    return
    except (av.error.FFmpegError, OSError) as error:
        if not shown:
            told = getattr(error, "strerror", None) or str(error)
            raise UnusablePictures(f"{without_credentials(url)} cannot be read as video: {scrub(told, url)}") from None
    if not shown:
        raise UnusablePictures(f"{without_credentials(url)}: not one picture in it could be decoded")


def read_labels(path: Path, meaning: Meaning, rgb: Picture) -> tuple[Ints, Floats]:
    """Boxes of one YOLO label file that Sanxun looks for, in px of `rgb`, clipped to it.

    Raises:
        UnusablePictures: a line is not five numbers, or its class is not in `meaning`.
    """
    high, wide = rgb.shape[:2]
    ids: list[int] = []
    boxes: list[tuple[float, float, float, float]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            which, cx, cy, w, h = (float(word) for word in line.split())
        except ValueError:
            raise UnusablePictures(f"{path}:{number}: expected 'class cx cy w h', got {line!r}") from None
        if not 0 <= which < len(meaning):
            raise UnusablePictures(f"{path}:{number}: class must be 0 to {len(meaning) - 1}, got {which:g}")
        found = meaning[int(which)]
        if found is not None:
            ids.append(int(found))
            boxes.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2))
    xyxy = np.clip(np.asarray(boxes, np.float32).reshape(-1, 4), 0, 1) * np.array([wide, high] * 2, np.float32)
    return np.asarray(ids, np.int64), xyxy


def meaning_of(folder: Path, classes: tuple[str, ...] | None) -> Meaning | None:
    """What the label numbers of a folder mean; None where nothing says."""
    if classes is None:
        named = next((file for name in _NAME_FILES if (file := folder / name).is_file()), None)
        lines = named.read_text(encoding="utf-8").splitlines() if named is not None else _yaml_names(folder)
        classes = tuple(line.strip() for line in lines if line.strip()) or None
    if classes == ("coco80",):
        classes = COCO_80
    return None if classes is None else tuple(object_class(name) for name in classes)


def _yaml_names(folder: Path) -> list[str]:
    """The class names of a data.yaml in the folder or, as Roboflow and Ultralytics have it, one or two above; none
    where there is none."""
    above = (folder, *folder.absolute().parents[:2])
    file = next((place for one in above if (place := one / "data.yaml").is_file()), None)
    return yaml_names(file.read_text(encoding="utf-8")) if file is not None else []


def _label_file(folder: Path, picture: Path) -> Path | None:
    places = (folder / "labels" / f"{picture.stem}.txt", picture.with_suffix(".txt"), *_across(picture))
    return next((place for place in places if place.is_file()), None)


def _across(picture: Path) -> list[Path]:
    """Where Ultralytics looks: labels/val/NAME.txt for images/val/NAME.jpg."""
    parts = picture.absolute().parts
    if "images" not in parts[:-1]:
        return []
    at = len(parts) - 1 - parts[::-1].index("images")
    return [Path(*parts[:at], "labels", *parts[at + 1 :]).with_suffix(".txt")]


def _held_back(folder: Path) -> Iterator[Shown] | None:
    """The pictures that `sanxun eval detector` measures on, where `folder` holds them; None elsewhere."""
    from models.train.pictures import atl_held_back, load_picture, street_held_back

    sets = [(folder / "street" / "valid", street_held_back), (folder / "atl_traffic", atl_held_back)]
    labelled = [one for place, read in sets if (place / "images").is_dir() for one in read(folder)]

    def pictures() -> Iterator[Shown]:
        for one in labelled:
            rgb = np.ascontiguousarray(load_picture(one.path)[..., ::-1])
            high, wide = rgb.shape[:2]
            yield Shown(rgb, (one.class_id, one.xyxy * np.array([wide, high, wide, high], np.float32)))

    return pictures() if labelled else None


def _options(url: str) -> dict[str, str]:
    return {"rtsp_transport": "tcp"} if url.startswith(("rtsp:", "rtsps:")) else {}


def _frames(container: InputContainer) -> Iterator[VideoFrame]:
    if not container.streams.video:
        raise UnusablePictures("it has no video stream")
    yield from container.decode(container.streams.video[0])
