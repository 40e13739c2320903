"""What accuracy is measured on: pictures over time, the camera that watches them, and what is true of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from streams.replay import Replayed
from streams.site import CameraSpec
from vision.detect import Detector
from vision.types import HazardKind

Box = tuple[float, float, float, float]
Play = Callable[[Detector, bool], Iterator[Replayed]]


class Column(StrEnum):
    """Where the pixels come from. Figures of different columns are never added up."""

    REAL = "real"
    COMPOSED = "composed"
    RENDERED = "rendered"


@dataclass(frozen=True, slots=True)
class Stand:
    """A hazard that is there: in `zone` from `from_s` until `until_s`, at `xyxy` relative to the picture, 0 to 1.

    From `fair_s` on, its beginning and the zone's dwell, it may be raised; at `due_s` it must: later than that only
    where it was hidden, or there were no pictures, for that part of its dwell. Seconds from the material's beginning.
    """

    kind: HazardKind
    zone: str
    from_s: float
    until_s: float
    fair_s: float
    due_s: float
    xyxy: Box


@dataclass(frozen=True, slots=True)
class Material:
    """One camera for some time, and the whole truth about its zones: what is not in `truth` must not be raised.

    `name` tells it from all others, for a person to find it again. `origin` and `licence` are those of the pictures.
    `play(detector, gating)` gives every look that the camera would have had, in order, made by the live code.
    `tags` say what is laid over it, for a table by kind of difficulty.
    `tolerated` are places where something else stands that may be raised once and is not counted.
    """

    name: str
    origin: str
    licence: str
    column: Column
    camera: CameraSpec
    length_s: float
    truth: tuple[Stand, ...]
    play: Play
    tags: tuple[str, ...] = ()
    tolerated: tuple[Box, ...] = field(default=(), repr=False)


def common(a: Box, b: Box) -> float:
    """What two boxes have in common, as a share of the smaller."""
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if across <= 0 or down <= 0:
        return 0.0
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return across * down / smaller if smaller > 0 else 0.0
