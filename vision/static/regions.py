"""What a patch of new and still picture is: a thing, light on the ground, or a hole where something was taken away."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import cast

import cv2
import numpy as np

from vision.static.light_edge import is_edge_of_light
from vision.static.structure import NEAR_PX, Mask, Structure, likeness
from vision.static.surroundings import stands_out
from vision.types import Picture

_HALO_PX = NEAR_PX // 2  # slopes are compared within so many pixels: a patch is larger than what it is of
_CLOSE_PX = 7
_SAME_GROUND = 0.65  # correlation of slopes within, from which the ground is seen through shadow or glare
_SHOWS_THROUGH = 0.15  # the same, from which something of it is
_DEEP_PX = _HALO_PX + 2  # from the rim, where a shadow's soft edge has ended
_EVEN = 0.15  # natural logarithm: spread of brightness over what it was, up to which it changed alike everywhere ...
_MOST_LIGHT = 0.85  # ... and by how much shadow and sun do that: a factor of 2.3 after the camera's gamma
_DARK = 10.0  # grey levels: below it, ratios are noise
_COLOURED = 12.0  # levels of Cb and Cr that no shadow, sun or lamp moves them by, beyond what it does to brightness
_GREY = 128.0  # Cb and Cr of what has no colour
_FAINT = 0.1  # an outline, 8 times grey levels a pixel: below it, there is none
_LINE_PX = 3.0  # of half thickness beyond the halo: thinner is the edge of a shadow, or a crack


class Nature(Enum):
    THING = auto()
    LIGHT = auto()
    HOLE = auto()


@dataclass(frozen=True, slots=True)
class Region:
    """A connected patch of the window: its rectangle, px, and which pixels of that are its own, holes filled."""

    x: int
    y: int
    mask: Mask

    @property
    def rows(self) -> slice:
        return slice(self.y, self.y + self.mask.shape[0])

    @property
    def columns(self) -> slice:
        return slice(self.x, self.x + self.mask.shape[1])

    @property
    def area(self) -> int:
        return int(np.count_nonzero(self.mask))

    def stands_in(self, zone: Picture) -> float:
        """The share of its lower half, where it touches the ground, that lies in the zone, uint8 (h, w) of 0 and 1."""
        middle = self.mask.shape[0] // 2
        low = self.mask[middle:]
        within = zone[self.y + middle : self.y + self.mask.shape[0], self.columns]
        return float(np.count_nonzero(low & (within > 0))) / max(int(np.count_nonzero(low)), 1)


def regions(new: Mask, least_px: int) -> Iterator[Region]:
    """Connected patches of at least so many pixels, largest first; what is only a few pixels apart is one."""
    if int(np.count_nonzero(new)) < least_px // 3:
        return
    closed = cv2.morphologyEx(new.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((_CLOSE_PX, _CLOSE_PX), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for outline in sorted(outlines, key=cv2.contourArea, reverse=True):
        x, y, width, height = cv2.boundingRect(outline)
        if width * height < least_px:
            continue
        filled = np.zeros((height, width), np.uint8)
        cv2.drawContours(filled, [outline], -1, 1, cv2.FILLED, offset=(-x, -y))
        mask = filled > 0
        if np.count_nonzero(mask) >= least_px:
            yield Region(x, y, mask)


def nature_of(region: Region, now: Structure, slow: Structure) -> Nature:
    """Light has no edges of its own within, or leaves the ground's. A thing is in the present picture, what left a hole
    in the slow one: there its outline is the stronger, and it is less like what is around it."""
    inner = _within(region.mask, _HALO_PX)
    is_seen, was_seen = _cut(now, region), _cut(slow, region)
    deep = _within(region.mask, _DEEP_PX)
    if not _is_recoloured(is_seen, was_seen, deep):
        if _is_light(is_seen, was_seen, inner, deep):
            return Nature.LIGHT
        if is_edge_of_light(region.x, region.y, region.mask, now, slow):
            return Nature.LIGHT
    outlined = math.log(max(_outline(is_seen, region.mask), _FAINT) / max(_outline(was_seen, region.mask), _FAINT))
    # Where the ground's pattern shows faintly through, light makes it unlike what is around it.
    hidden = likeness(is_seen, was_seen, inner) < _SHOWS_THROUGH
    around = stands_out(region.x, region.y, region.mask, now, slow) if hidden else 0.0
    return Nature.THING if outlined + around >= 0 else Nature.HOLE


def is_line(region: Region) -> bool:
    """Whether it is thin everywhere, or next to nothing."""
    padded = np.pad(region.mask.astype(np.uint8), 1)
    return float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max()) < _HALO_PX + _LINE_PX


def _is_recoloured(now: Structure, slow: Structure, deep: Mask) -> bool:
    """Whether its colour is another one. Shadow on a red floor leaves it as much less red as it is darker."""
    light = (now.luma[deep] + _DARK) / (slow.luma[deep] + _DARK)
    colours = zip(now.planes[1:], slow.planes[1:], strict=True)
    apart = ((one[deep] - _GREY) - light * (before[deep] - _GREY) for one, before in colours)
    return math.hypot(*(float(np.median(values)) for values in apart)) >= _COLOURED


def _is_light(now: Structure, slow: Structure, inner: Mask, deep: Mask) -> bool:
    (across, down), (was_across, was_down) = ((one.across[0], one.down[0]) for one in (now, slow))
    together = float((across * was_across + down * was_down)[inner].sum())
    here = float((across**2 + down**2)[inner].sum())
    there = float((was_across**2 + was_down**2)[inner].sum())
    ratio = np.log((now.luma[deep] + _DARK) / (slow.luma[deep] + _DARK))
    low, middle, high = (float(v) for v in np.percentile(ratio, (10, 50, 90)))
    if abs(middle) > _MOST_LIGHT:
        return False
    return high - low <= _EVEN or together >= _SAME_GROUND * max(here * there, 1.0) ** 0.5


def _cut(structure: Structure, region: Region) -> Structure:
    return structure.part(region.rows, region.columns)


def _within(mask: Mask, inset_px: int) -> Mask:
    """Without so many px of its rim, where that leaves something."""
    padded = np.pad(mask.astype(np.uint8), 1)
    eroded = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=inset_px)[1:-1, 1:-1] > 0
    return eroded if np.count_nonzero(eroded) >= 9 else mask


def _outline(structure: Structure, mask: Mask) -> float:
    """How strong edges run along the patch's outline, wherever within the halo it is strongest."""
    grown, best = np.pad(mask.astype(np.uint8), 2), 0.0
    slopes = [(np.pad(x, 2), np.pad(y, 2)) for x, y in zip(structure.across, structure.down, strict=True)]
    for _ in range(_HALO_PX):
        smooth = cv2.GaussianBlur(grown.astype(np.float32), (5, 5), 1.2)
        normal_x, normal_y = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
        weight = float(np.sqrt(normal_x**2 + normal_y**2).sum())
        if weight < 1.0:
            break
        along = sum(float(np.abs(across * normal_x + down * normal_y).sum()) for across, down in slopes)
        best = max(best, along / weight)
        grown = cast(Picture, cv2.erode(grown, np.ones((3, 3), np.uint8)))
    return best


def box_of(region: Region) -> tuple[float, float, float, float]:
    """Its rectangle without the halo: x, y, width, height in px of the window."""
    height, width = region.mask.shape
    inset_x, inset_y = min(_HALO_PX - 1, width // 4), min(_HALO_PX - 1, height // 4)
    return region.x + inset_x, region.y + inset_y, width - 2 * inset_x, height - 2 * inset_y
