"""A zone on the ground cut into square tiles, and each of them straightened out of a look as a map shows it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon, box

from streams.aerial.patches import Look
from streams.aerial.place import degrees, metres
from vision.static.structure import Mask
from vision.types import Floats, Picture

Doubles = NDArray[np.float64]

PX_M = 0.2
CORE_M, MARGIN_M = 16.0, 4.0  # a tile's own ground, and what is known around it: by that it is recognised
SIDE = round((CORE_M + 2 * MARGIN_M) / PX_M)
REACH_PX = round(8.0 / PX_M)  # how far a look may lie off what is known: a degree of yaw is 1.5 m at 85 m
MOST_TILES = 64  # 1.6 ha: more would take longer than looks are apart
_STEP = 8  # px between places that are projected one by one
_COARSEST_M = 0.45  # ground that a px of the picture covers: beyond it a heap is no more than three of them
_FINEST = 1.5  # px of the picture a px of the tile, before it is made smaller
_EDGE_PX = 3.0


@dataclass(frozen=True)
class Tile:
    """Square ground of `SIDE` px with its middle at (lon, lat); its rows run across and its columns along the bearing.
    `zone` uint8 (SIDE, SIDE) is 1 where the zone is, `core` where it is this tile's own and no neighbour's."""

    lon: float
    lat: float
    bearing_rad: float
    zone: Picture
    core: Picture

    def lonlat(self, x: float, y: float) -> tuple[float, float]:
        """Where a px of it lies."""
        return self._at((x - SIDE / 2) * PX_M, (y - SIDE / 2) * PX_M)

    def px(self, lon: float, lat: float) -> tuple[float, float]:
        """The other way round."""
        east, north = metres(lon, lat, self.lon, self.lat)
        sine, cosine = math.sin(self.bearing_rad), math.cos(self.bearing_rad)
        return (east * sine + north * cosine) / PX_M + SIDE / 2, (east * cosine - north * sine) / PX_M + SIDE / 2

    @cached_property
    def grid(self) -> Doubles:
        """Longitude and latitude (K * K, 2) of every eighth px, with the margin by which a look may be off."""
        count = (SIDE + 2 * REACH_PX) // _STEP + 2
        at = (np.arange(count) * _STEP - REACH_PX - SIDE / 2 + 0.5) * PX_M
        return np.array([self._at(float(x), float(y)) for y in at for x in at])

    def _at(self, along: float, across: float) -> tuple[float, float]:
        sine, cosine = math.sin(self.bearing_rad), math.cos(self.bearing_rad)
        return degrees(self.lon, self.lat, along * sine + across * cosine, along * cosine - across * sine)


@dataclass(frozen=True, slots=True)
class Straight:
    """A tile out of one look: `luma` float32 and `seen` bool, (SIDE + 2 REACH_PX) square; the second is False outside
    of the picture, where that is too coarse, and where something lies over the ground that is none of it."""

    luma: Floats
    seen: Mask


def tiles_of(corners: tuple[tuple[float, float], ...]) -> tuple[Tile, ...]:
    """Along the longer side of the zone, so that a lane at an angle takes few of them. Raises `ValueError` where it
    takes too many."""
    lon0, lat0 = corners[0]
    shape = Polygon([metres(lon, lat, lon0, lat0) for lon, lat in corners])
    outline = shapely.get_coordinates(shapely.oriented_envelope(shape))[:4]
    sides = np.diff(np.concatenate([outline, outline[:1]]), axis=0)[:2]
    long = sides[int(np.argmax(np.linalg.norm(sides, axis=1)))]
    bearing = math.atan2(long[0], long[1])
    sine, cosine = math.sin(bearing), math.cos(bearing)
    level = Polygon([(e * sine + n * cosine, e * cosine - n * sine) for e, n in shape.exterior.coords])
    west, south, east, north = level.bounds
    across, along = (max(1, math.ceil(length / CORE_M)) for length in (north - south, east - west))
    if across * along > 4 * MOST_TILES:
        raise ValueError(_too_large(corners))
    found = []
    for row in range(across):
        for column in range(along):
            x = west + (east - west - along * CORE_M) / 2 + (column + 0.5) * CORE_M
            y = south + (north - south - across * CORE_M) / 2 + (row + 0.5) * CORE_M
            if not level.intersects(box(x - CORE_M / 2, y - CORE_M / 2, x + CORE_M / 2, y + CORE_M / 2)):
                continue
            lon, lat = degrees(lon0, lat0, x * sine + y * cosine, x * cosine - y * sine)
            zone, core = np.zeros((SIDE, SIDE), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
            points = (np.array(level.exterior.coords) - (x, y)) / PX_M + SIDE / 2 - 0.5
            cv2.fillPoly(zone, [np.round(points * 16).astype(np.int32)], 1, cv2.LINE_8, 4)
            edge = round(MARGIN_M / PX_M)
            core[edge:-edge, edge:-edge] = 1
            found.append(Tile(lon, lat, bearing, zone, core))
    if len(found) > MOST_TILES:
        raise ValueError(_too_large(corners))
    return tuple(found)


def straightened(tile: Tile, look: Look, hidden: Picture) -> Straight | None:
    """The tile as that look shows it; None where next to nothing of it is in the picture. `hidden` uint8, as large as
    the look's luma, is above 0 where something lies over the ground."""
    luma, (wide, high) = look.frame.luma, look.frame.source_wh
    scale = np.array([luma.shape[1] / wide, luma.shape[0] / high])
    count = math.isqrt(len(tile.grid))
    coarse = look.project(tile.grid).reshape(count, count, 2) * scale
    inside = np.isfinite(coarse).all(axis=2) & (coarse >= 0).all(axis=2) & (coarse < luma.shape[::-1]).all(axis=2)
    if np.count_nonzero(inside) < inside.size // 8:
        return None
    coarse = np.nan_to_num(coarse, nan=-1e6)
    at, px_a_px = _each(coarse), _each(_scale(coarse))
    seen = (at >= _EDGE_PX).all(axis=2) & (at < np.array(luma.shape[::-1]) - _EDGE_PX).all(axis=2)
    seen &= px_a_px >= PX_M / _COARSEST_M
    if not seen.any():
        return None
    fine = max(1.0, float(np.median(px_a_px[seen])) / _FINEST)
    covered = cv2.remap(hidden, at[..., 0], at[..., 1], cv2.INTER_NEAREST)
    small = luma if fine <= 1.0 else cv2.resize(luma, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
    by = np.array([small.shape[1] / luma.shape[1], small.shape[0] / luma.shape[0]], np.float32)
    source = (at + 0.5) * by - 0.5
    straight = cv2.remap(small, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Straight(straight.astype(np.float32), np.asarray(seen & (covered == 0)))


def _scale(coarse: Doubles) -> Doubles:
    """How many px of the picture a px of the tile takes there, (K, K), whichever way it takes fewer."""
    across, along = (np.linalg.norm(np.gradient(coarse, axis=axis), axis=2) / _STEP for axis in (0, 1))
    found: Doubles = np.minimum(across, along)
    return found


def _each(coarse: Doubles) -> Floats:
    """From every eighth px to each."""
    to_fine, side = np.array([[1 / _STEP, 0, 0], [0, 1 / _STEP, 0]]), SIDE + 2 * REACH_PX
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cast(Floats, cv2.warpAffine(coarse.astype(np.float32), to_fine, (side, side), flags=flags))


def _too_large(corners: tuple[tuple[float, float], ...]) -> str:
    most = MOST_TILES * CORE_M * CORE_M / 10_000
    return (
        f"expected a zone of up to {most:.1f} ha to look for goods in, got one that begins at {corners[0]}: divide it"
    )
