"""What a plan is held to, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from drone.battery import Battery
from drone.types import Zone


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan is held to. `area` is where legs stay, the ways out and home apart and those
    between parts that zones cut off, `fence` where everything does (degrees).
    Heights are above home. `zones` of kind `no_fly` are kept off by `buffer_m`, those of kind `people` by
    `people_buffer_m`."""

    area: Polygon | None = None
    fence: BaseGeometry | None = None
    zones: tuple[Zone, ...] = ()
    buffer_m: float = 0.0
    people_buffer_m: float = 0.0
    min_height_m: float | None = None
    max_height_m: float | None = 120.0
    battery: Battery = field(default_factory=Battery)


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that is broken at a place; `item` counts the plan's items from 1."""

    rule: str
    lon: float
    lat: float
    height_m: float
    item: int
    detail: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`broken` must be empty for a flight; `cautions` are told before take-off: where a failsafe return, straight to
    the nearest of home and rally points, would break a rule."""

    broken: tuple[Broken, ...]
    cautions: tuple[Broken, ...]
    length_m: float
    duration_s: float

    @property
    def ok(self) -> bool:
        return not self.broken
