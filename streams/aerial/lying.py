"""A thing without a class that lies on the ground of a zone, or a hole where one lay: its outline, and since when."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import cv2
import numpy as np

from streams.aerial.tiles import PX_M, SIDE, Tile
from vision.static.structure import Mask

_SAME_SHARE = 0.2  # of the smaller of two outlines, from which they are one thing's
_MOST_CORNERS = 24
_LEAST_SHOWN = 0.6  # share of the looks that tell in which it has to be there


@dataclass
class Lying:
    """`outline` are longitude and latitude of its corners, `area_m2` what of it lies in the zone. `looks` are those
    that show it, `bare` all that show its place without it, `empty` those of them since it was seen last; `began_s` is
    when it was raised, NaN before."""

    id: int
    outline: list[tuple[float, float]]
    area_m2: float
    from_s: float
    seen_s: float
    is_hole: bool = False
    looks: int = 1
    bare: int = 0
    empty: int = 0
    empty_from_s: float = math.nan
    raised: bool = False
    like: float = 0.0
    told: bool | None = field(default=None, compare=False)  # by the last look: there, gone, or not shown

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude."""
        lon, lat = np.mean(self.outline, axis=0).tolist()
        return lon, lat

    @property
    def is_steady(self) -> bool:
        """Seen in most looks that had its place in view."""
        return self.looks >= _LEAST_SHOWN * (self.looks + self.bare)

    def footprint(self, tile: Tile) -> Mask:
        """Where in a tile it lies, bool (SIDE, SIDE)."""
        found = np.zeros((SIDE, SIDE), np.uint8)
        corners = np.array([tile.px(*corner) for corner in self.outline])
        cv2.fillPoly(found, [np.round(np.clip(corners, -9999, 9999)).astype(np.int32)], 1)
        return np.asarray(found > 0)

    def is_at_home_in(self, tile: Tile) -> bool:
        """Whether the tile is the one that shows its middle."""
        x, y = (int(value) for value in tile.px(*self.middle))
        return 0 <= x < SIDE and 0 <= y < SIDE and bool(tile.core[y, x])

    def saw(self, tile: Tile, patch: Mask, at_s: float, like: float) -> None:
        """A look shows it, there."""
        if self.seen_s == at_s:
            return  # another tile of the same look does, too
        self.outline, self.area_m2 = outline_of(tile, patch), area_m2(tile, patch)
        self.seen_s, self.empty, self.empty_from_s, self.told = at_s, 0, math.nan, True
        self.looks, self.like = self.looks + 1, self.like + (like - self.like) / (self.looks + 1)

    def missed(self, at_s: float) -> None:
        """A look shows its place as it was before."""
        if not self.empty:
            self.empty_from_s = at_s
        self.empty, self.bare, self.told = self.empty + 1, self.bare + 1, False

    def state(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "told"}

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """Raises `KeyError`, `TypeError` or `ValueError` for what is no such state."""
        return cls(**{**state, "outline": [(float(lon), float(lat)) for lon, lat in state["outline"]]})


def same(one: Mask, other: Mask) -> bool:
    """Whether two patches of a tile are one thing's."""
    smaller = min(np.count_nonzero(one), np.count_nonzero(other))
    return bool(smaller and np.count_nonzero(one & other) >= _SAME_SHARE * smaller)


def area_m2(tile: Tile, patch: Mask) -> float:
    """How much of a patch lies in the zone."""
    return float(np.count_nonzero(patch & (tile.zone > 0))) * PX_M * PX_M


def outline_of(tile: Tile, patch: Mask) -> list[tuple[float, float]]:
    """Its convex outline on the ground."""
    outlines, _ = cv2.findContours(patch.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    corners = cv2.convexHull(np.concatenate(outlines)).reshape(-1, 2)
    few = corners[np.linspace(0, len(corners) - 1, min(len(corners), _MOST_CORNERS)).astype(int)]
    return [tile.lonlat(float(x) + 0.5, float(y) + 0.5) for x, y in few]
