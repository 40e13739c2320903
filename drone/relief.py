"""The ground as posts on a grid: whole tiles, or the patch of them that a plan needs and carries with it."""

from __future__ import annotations

import base64
import math
import zlib
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Posts = npt.NDArray[np.int16]

VOID = -32768
_MOST_POSTS = 4_000_000  # of a carried patch: a tenth of a degree at 1 arc second has 130,000


class Relief(Protocol):
    """Ground above sea level at places (N,), degrees WGS-84; NaN where it is not known."""

    def heights_amsl_m(self, lon: Doubles, lat: Doubles) -> Doubles: ...

    def around(self, west: float, south: float, east: float, north: float) -> Patches:
        """The part of it round a box in degrees, small enough to be carried in a plan."""
        ...


def between_posts(posts: Posts, column: Doubles, row: Doubles) -> Doubles:
    """Bilinear between the posts around each place (N,), counted from the north-west one; NaN beside a void post."""
    rows, columns = posts.shape
    left = np.minimum(column.astype(int), columns - 2)
    top = np.minimum(row.astype(int), rows - 2)
    east, down = column - left, row - top
    around = [posts[top + n, left + e].astype(np.float64) for n, e in ((0, 0), (0, 1), (1, 0), (1, 1))]
    known = [np.where(post == VOID, np.nan, post) for post in around]
    upper, lower = (known[at] * (1 - east) + known[at + 1] * east for at in (0, 2))
    found: Doubles = upper * (1 - down) + lower * down
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Some posts of the tile whose south-west `corner` (longitude, latitude) is given and that has `steps` of them to
    a degree; `first` are row and column of the patch's north-west post in the tile."""

    corner: tuple[int, int]
    steps: int
    first: tuple[int, int]
    posts: Posts

    def place_of(self, lon: Doubles, lat: Doubles) -> tuple[Doubles, Doubles, npt.NDArray[np.bool_]]:
        """Column and row of places (N,), and which of them the patch holds."""
        column = (lon - self.corner[0]) * self.steps - self.first[1]
        row = (self.corner[1] + 1 - lat) * self.steps - self.first[0]
        rows, columns = self.posts.shape
        held = (column >= 0) & (column <= columns - 1) & (row >= 0) & (row <= rows - 1)
        return column, row, held


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """A relief of patches, as it lies in a `.plan`."""

    patches: tuple[Patch, ...]

    def heights_amsl_m(self, lon: Doubles, lat: Doubles) -> Doubles:
        found = np.full(np.shape(lon), np.nan)
        for patch in self.patches:
            column, row, held = patch.place_of(lon, lat)
            if held.any():
                found[held] = between_posts(patch.posts, column[held], row[held])
        return found

    def around(self, west: float, south: float, east: float, north: float) -> Patches:
        return self

    def to_json(self) -> list[dict[str, Any]]:
        return [
            {
                "corner": list(patch.corner),
                "steps": patch.steps,
                "first": list(patch.first),
                "shape": list(patch.posts.shape),
                "posts": base64.b64encode(zlib.compress(patch.posts.astype(">i2").tobytes(), 9)).decode(),
            }
            for patch in self.patches
        ]

    @classmethod
    def from_json(cls, kept: list[dict[str, Any]]) -> Patches:
        """Raises ValueError, KeyError, TypeError or zlib.error where it is damaged."""
        return cls(tuple(_patch(one) for one in kept))


def _patch(kept: dict[str, Any]) -> Patch:
    rows, columns = (int(value) for value in kept["shape"])
    if min(rows, columns) < 2 or rows * columns > _MOST_POSTS:
        raise ValueError(f"a patch of ground has 2 by 2 posts and at most {_MOST_POSTS}, got {rows} by {columns}")
    packed = zlib.decompressobj()
    raw = packed.decompress(base64.b64decode(kept["posts"], validate=True), 2 * rows * columns + 1)
    if len(raw) != 2 * rows * columns:
        raise ValueError(f"a patch of {rows} by {columns} posts does not hold as many")
    posts = np.frombuffer(raw, ">i2").astype(np.int16).reshape(rows, columns)
    (lon, lat), (row, column) = kept["corner"], kept["first"]
    return Patch((int(lon), int(lat)), int(kept["steps"]), (int(row), int(column)), posts)


def cut(tiles: dict[tuple[int, int], Posts], around: tuple[float, float, float, float]) -> Patches:
    """The posts of whole tiles round a box (west, south, east, north in degrees), one post wider."""
    west, south, east, north = around
    found = []
    for corner, tile in sorted(tiles.items()):
        steps = len(tile) - 1
        columns = _span((west - corner[0]) * steps, (east - corner[0]) * steps, steps)
        rows = _span((corner[1] + 1 - north) * steps, (corner[1] + 1 - south) * steps, steps)
        if columns is not None and rows is not None:
            posts = tile[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1]
            found.append(Patch(corner, steps, (rows[0], columns[0]), posts))
    return Patches(tuple(found))


def _span(low: float, high: float, steps: int) -> tuple[int, int] | None:
    """First and last post of those that hold all between; None where the tile has none."""
    if high < 0 or low > steps:
        return None
    return max(0, math.floor(low) - 1), min(steps, math.ceil(high) + 1)
