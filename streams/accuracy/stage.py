"""A real street with things of our choice in it: actors that come, stand and go, and what is laid over the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from streams.accuracy.material import Box
from streams.accuracy.overlay import Overlay
from streams.accuracy.street import Patch, Street
from vision.types import Picture

Step = tuple[float, float, float]  # seconds, and the middle of the foot of the thing, px


@dataclass(frozen=True, slots=True)
class Actor:
    """Pixels that follow a path, straight from step to step, and are not there before the first and after the last.
    `sway_px` is how far a living thing shifts from foot to foot, in `sway_s`."""

    patch: Patch
    path: tuple[Step, ...]
    sway_px: float = 0.0
    sway_s: float = 5.0

    def foot(self, at_s: float) -> tuple[float, float] | None:
        """Where it stands, px; None where it is not there."""
        times = [step[0] for step in self.path]
        if not times[0] <= at_s < times[-1]:
            return None
        x = float(np.interp(at_s, times, [step[1] for step in self.path]))
        y = float(np.interp(at_s, times, [step[2] for step in self.path]))
        if self.sway_px:
            turn = 2 * math.pi * at_s / self.sway_s
            x, y = x + self.sway_px * math.sin(turn), y + 0.3 * self.sway_px * math.cos(1.7 * turn)
        return x, y

    def lay(self, picture: Picture, at_s: float) -> None:
        """Onto the picture, in place; what lies beyond its edges is cut off."""
        foot = self.foot(at_s)
        if foot is None:
            return
        tall, wide = self.patch.rgb.shape[:2]
        left = round(foot[0] - wide / 2)
        top = round(foot[1] + (tall - self.patch.wh[1]) / 2 - tall)
        high, across = picture.shape[:2]
        x1, y1, x2, y2 = max(0, left), max(0, top), min(across, left + wide), min(high, top + tall)
        if x1 >= x2 or y1 >= y2:
            return
        rows, columns = slice(y1 - top, y2 - top), slice(x1 - left, x2 - left)
        alpha = self.patch.alpha[rows, columns]
        under = picture[y1:y2, x1:x2]
        under[:] = (self.patch.rgb[rows, columns] * alpha + under * (1 - alpha) + 0.5).astype(np.uint8)

    def box(self, at_s: float, size_wh: tuple[int, int]) -> Box | None:
        """Where the thing is, relative to the picture."""
        foot = self.foot(at_s)
        if foot is None:
            return None
        half, tall = self.patch.wh[0] / 2, self.patch.wh[1]
        wide, high = size_wh
        return (foot[0] - half) / wide, (foot[1] - tall) / high, (foot[0] + half) / wide, foot[1] / high


@dataclass(frozen=True, slots=True)
class Stage:
    """Actors are laid over the street in order, those in front last; overlays over all of it, in order.

    From `resized_s` on the camera sends pictures of another size, `resized` times as large. `speed` is how fast the
    clip is played: at just the camera's own, looks two seconds apart would show the same few pictures for ever.
    """

    street: Street
    actors: tuple[Actor, ...]
    overlays: tuple[Overlay, ...]
    speed: float = 1.0
    offset_s: float = 0.0
    resized_s: float = math.inf
    resized: float = 1.0

    def picture(self, at_s: float) -> Picture:
        """RGB uint8 (h, w, 3)."""
        picture = self.street.picture(self.offset_s + at_s * self.speed)
        for actor in self.actors:
            actor.lay(picture, at_s)
        for overlay in self.overlays:
            picture = overlay(picture, at_s)
        if at_s >= self.resized_s:
            wide, high = (2 * round(side * self.resized / 2) for side in self.street.size_wh)
            picture = np.asarray(cv2.resize(picture, (wide, high), interpolation=cv2.INTER_AREA), np.uint8)
        return picture


def visible_after_s(from_s: float, wanted_s: float, hidden: list[tuple[float, float]]) -> float:
    """When something that came at `from_s` has been in view for `wanted_s`, with what hides it left out."""
    at_s, left_s = from_s, wanted_s
    for begins, ends in sorted(hidden):
        if ends <= at_s:
            continue
        if begins - at_s >= left_s:
            break
        left_s -= max(0.0, begins - at_s)
        at_s = max(at_s, ends)
    return at_s + left_s
