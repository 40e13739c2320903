"""Compositions: a real street with real vehicles of its own held still at known places and times.

Made from any clip with traffic, by a seed. The clip is played forwards and backwards for as long as it takes, so the
picture never jumps; the composition ends where it began, and may be looped.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from streams.bench.footage import FPS, Footage, load_footage
from streams.bench.gops import GopEncoder, Group
from streams.bench.plan import Planted, cut_out, plan, put
from streams.bench.survey import Survey, survey
from streams.errors import SourceUnusable
from vision.detect import Detector
from vision.types import Picture

_VERSION = 2  # of what is made: another one, and compositions are made anew
GOP = 50


@dataclass(frozen=True, slots=True)
class Rendition:
    """One stream of a composition."""

    name: str
    size_wh: tuple[int, int]
    bitrate_bps: int


MAIN = Rendition("main", (1920, 1080), 4_000_000)
SUB_STREAM = Rendition("sub", (640, 360), 512_000)


@dataclass(frozen=True, slots=True)
class Order:
    """What to compose. `stays_s` is how long a vehicle stays after its dwell is over; `length_s` is rounded up."""

    seed: int = 1
    hazards: int = 2
    length_s: float = 120.0
    dwell_s: float = 20.0
    stays_s: float = 12.0


@dataclass(frozen=True, slots=True)
class Composition:
    """Finished files by the rendition's name, and the truth about all of them."""

    paths: dict[str, Path]
    planted: tuple[Planted, ...]
    order: Order
    length_s: float

    def truth(self) -> dict[str, Any]:
        """As the `.json` beside the files says it."""
        return {
            "files": {name: path.name for name, path in self.paths.items()},
            "length_s": self.length_s,
            "dwell_s": self.order.dwell_s,
            "planted": [planted.to_json() for planted in self.planted],
        }


def compose(
    clip: Path, folder: Path, detector: Detector, order: Order, renditions: tuple[Rendition, ...] = (MAIN,)
) -> Composition:
    """The composition of that order in `folder`, made if it is not there: about a third of its length for 1080p.

    Raises `SourceUnusable` where the clip has no vehicle to cut out, or no place to put it; `EncodeError`.
    """
    key = _key(clip, detector, order)
    known = _read(folder / f"{key}.json", order)
    missing = tuple(r for r in renditions if known is None or r.name not in known.paths)
    if known is not None and not missing:
        return known
    footage = load_footage(clip)
    if known is not None:
        return _written(known, footage, folder, key, missing, {})
    return compose_from(survey(footage, detector), folder, detector, order, renditions, key=key)


def compose_from(
    surveyed: Survey,
    folder: Path,
    detector: Detector,
    order: Order,
    renditions: tuple[Rendition, ...] = (MAIN,),
    *,
    key: str | None = None,
    encoders: Mapping[str, GopEncoder] | None = None,
) -> Composition:
    """The same from a clip that was looked through before, for many compositions of one clip.

    `encoders` by the rendition's name remember the groups in which nothing is planted, which all of them share.
    """
    footage = surveyed.footage
    periods = max(1, -(-round(order.length_s * FPS) // footage.period))
    frames = periods * footage.period
    planted = plan(
        surveyed,
        detector,
        seed=order.seed,
        count=order.hazards,
        length_s=frames / FPS,
        dwell_s=order.dwell_s,
        stays_s=order.stays_s,
    )
    bare = Composition({}, planted, order, frames / FPS)
    return _written(bare, footage, folder, key or f"seed-{order.seed}", renditions, encoders or {})


def _written(
    made: Composition,
    footage: Footage,
    folder: Path,
    stem: str,
    renditions: tuple[Rendition, ...],
    encoders: Mapping[str, GopEncoder],
) -> Composition:
    """The composition with these renditions too, and its truth beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = dict(made.paths)
    frames = round(made.length_s * FPS)
    for rendition in renditions:
        path = paths[rendition.name] = folder / f"{stem}-{rendition.name}.mp4"
        encoder = encoders.get(rendition.name) or gop_encoder(rendition)
        encoder.write(path, groups(footage, made.planted, frames, rendition.size_wh, made.order.seed))
        encoder.keep_only(_is_bare)
    whole = replace(made, paths=paths)
    part = folder / f"{stem}.json.part"
    part.write_text(json.dumps(whole.truth(), indent=1))
    os.replace(part, folder / f"{stem}.json")
    return whole


def gop_encoder(rendition: Rendition) -> GopEncoder:
    return GopEncoder(rendition.size_wh, FPS, rendition.bitrate_bps)


def groups(
    footage: Footage, planted: tuple[Planted, ...], frames: int, size_wh: tuple[int, int], seed: int
) -> list[Group]:
    """The composition as groups of 50 pictures, each with a key that is the same where the pictures are."""
    whole = np.array([*size_wh, *size_wh], np.float32)
    pieces = [
        (*cut_out(footage, p.cut_number, p.cut_xyxy, size_wh), np.array(p.xyxy, np.float32) * whole) for p in planted
    ]

    def present(number: int) -> tuple[int, ...]:
        return tuple(i for i, p in enumerate(planted) if p.appears_s <= number / FPS < p.leaves_s)

    def pictures(numbers: range) -> Iterator[Picture]:
        for number in numbers:
            picture = _sized(footage.bgr(number), size_wh)
            for i in present(number):
                put(picture, *pieces[i])
            yield picture

    made: list[Group] = []
    for first in range(0, frames, GOP):
        numbers = range(first, min(first + GOP, frames))
        standing = tuple(present(number) for number in numbers)
        what = (seed, standing) if any(standing) else None
        made.append(((numbers.start % footage.period, len(numbers), what), partial(pictures, numbers)))
    return made


def _is_bare(key: Hashable) -> bool:
    """Whether nothing is planted in the group of that key, so that another composition has it too."""
    return isinstance(key, tuple) and key[-1] is None


def _sized(picture: Picture, size_wh: tuple[int, int]) -> Picture:
    if size_wh == (picture.shape[1], picture.shape[0]):
        return picture
    how = cv2.INTER_AREA if size_wh[0] < picture.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size_wh, interpolation=how), np.uint8)


def _key(clip: Path, detector: Detector, order: Order) -> str:
    try:
        with clip.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceUnusable(f"cannot read {clip}: {error.strerror}") from error
    said = json.dumps([_VERSION, digest, detector.spec.sha256, repr(order)])
    return f"{clip.stem}-{order.seed}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def _read(path: Path, order: Order) -> Composition | None:
    """What an earlier run made, with those of its files that are still there."""
    try:
        truth = json.loads(path.read_text())
        paths = {str(name): path.with_name(file) for name, file in truth["files"].items()}
        planted = tuple(Planted.from_json(values) for values in truth["planted"])
        length_s = float(truth["length_s"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Composition({name: file for name, file in paths.items() if file.is_file()}, planted, order, length_s)
