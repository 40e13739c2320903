"""The values that flow through the detection loop.

Structures of arrays: every column is present, empty means N = 0, and row i of one column belongs to row i of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Planes = tuple[Picture, Picture, Picture]
Colours = Callable[[], Picture]


class Shot(Protocol):
    """A decoded picture that is converted only into what somebody asks for; nobody writes into what it gives."""

    def luma(self) -> Picture:
        """Brightness, uint8 (h, w), scaled down towards the model's size; fast and slightly aliased."""

    def colours(self) -> Picture:
        """What `luma` leaves out: Cb and Cr, uint8 (h // 2, w // 2, 2) of its (h, w); 128 where there is no colour."""

    def rgb(self) -> Picture:
        """uint8 (h, w, 3), scaled down towards the model's size."""

    def planes(self) -> Planes:
        """Red, green and blue of `rgb` apart, each uint8 (h, w): what networks take, and cheaper than `rgb`."""

    def crop(self, xyxy: tuple[int, int, int, int], fit_wh: tuple[int, int]) -> Picture:
        """A region of the full frame, px, as uint8 RGB (h, w, 3) that fits in `fit_wh`; never enlarged."""

    def full_bgr(self) -> Picture:
        """The full-size picture, uint8 (H, W, 3), for evidence only: it is not cheap."""


@dataclass(frozen=True)
class Frame:
    """One picture of one camera. Pixels are converted at the first use and kept: a look that is settled by its
    brightness never pays for colours.

    `source_wh` is the camera's own resolution, and all boxes are in px of that full frame.
    `captured_at` is UTC wall time; `pts_s` is media time, seconds from the first frame of the source.
    """

    camera: str
    captured_at: datetime
    pts_s: float
    source_wh: tuple[int, int]
    shot: Shot

    @cached_property
    def luma(self) -> Picture:
        return self.shot.luma()

    @cached_property
    def colours(self) -> Picture:
        return self.shot.colours()

    @cached_property
    def rgb(self) -> Picture:
        return self.shot.rgb()

    def full_bgr(self) -> Picture:
        return self.shot.full_bgr()


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a look leaves behind: capture time in s, the camera's resolution, and `luma` and, where anybody asks for
    them, `colours` as in `Shot`."""

    at_s: float
    source_wh: tuple[int, int]
    luma: Picture
    colours: Picture | None = None


@dataclass(frozen=True, slots=True)
class Detections:
    """What the detector saw in one frame: `xyxy` float32 (N, 4) px in the full frame, `confidence` float32 (N,) in
    0..1, `class_id` int64 (N,) of `models.spec.ObjectClass`."""

    xyxy: Floats
    confidence: Floats
    class_id: Ints

    def __post_init__(self) -> None:
        n = len(self.xyxy)
        if self.xyxy.shape != (n, 4):
            raise ValueError(f"xyxy must be (N, 4), got {self.xyxy.shape}")
        for name in ("confidence", "class_id"):
            if getattr(self, name).shape != (n,):
                raise ValueError(f"{name} must be ({n},), got {getattr(self, name).shape}")

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, rows: NDArray[Any]) -> Detections:
        """The rows that a boolean mask or an index array picks."""
        return Detections(self.xyxy[rows], self.confidence[rows], self.class_id[rows])

    @classmethod
    def empty(cls) -> Detections:
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class Tracks:
    """Detections with an identity in one camera's picture: row i is detection row i.

    `track_id` int64 (N,) is -1 for a detection too weak to begin a track. `velocity_px_s` float32 (N, 2) is the motion
    of the box centre. `age_s` float32 (N,) is how long the track has been known.
    """

    detections: Detections
    track_id: Ints
    velocity_px_s: Floats
    age_s: Floats

    def __len__(self) -> int:
        return len(self.detections)


class HazardKind(StrEnum):
    ILLEGAL_PARKING = "illegal_parking"
    FIRE_LANE = "fire_lane"
    WIRING = "wiring"
    GATHERING = "gathering"


class Change(StrEnum):
    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard that has just been raised or has just cleared at one place of one zone.

    `at_s` is the media or capture time in seconds (the caller's clock) of this change; `began_s` that of the hazard's
    beginning. `xyxy` float32 (4,) px in the full frame is the place. `slot` names the place within the zone for as
    long as the hazard lasts. `why` holds what the rule decided by: figures, and short
    words, by the names that `vision.hazards.why` lists.
    """

    change: Change
    kind: HazardKind
    zone: str
    slot: int
    at_s: float
    began_s: float
    xyxy: Floats
    confidence: float
    why: Mapping[str, float | str] = field(default_factory=dict)
