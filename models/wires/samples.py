"""One training sample: a piece of a photograph with wires drawn in, and where they are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.wires.backgrounds import Mask, read, wire_like
from models.wires.curves import power_lines, wires
from models.wires.degrade import degrade
from models.wires.paint import HIDDEN, Rgb, clutter, paint
from models.wires.townscape import townscape

Truth = NDArray[np.uint8]
_EMPTY = 0.12
_WORN = 0.6
_ZOOM = (0.75, 1.7)


def sample(
    photograph: Rgb, doubtful: Mask, side_px: int, random: np.random.Generator, *, keeps_up: bool = False
) -> tuple[Rgb, Truth]:
    """A square piece of `photograph`, RGB uint8, and its truth: 1 wire, 0 none, `HIDDEN` where it cannot be told.
    With `keeps_up` up stays up."""
    piece, doubt = _piece(photograph, doubtful, side_px, random, keeps_up=keeps_up)
    if random.random() < 0.5:
        piece = clutter(piece, random)
    drawn = [] if random.random() < _EMPTY else wires(random, side_px)
    painted, truth = paint(piece, drawn, random)
    truth[doubt & (truth == 0)] = HIDDEN
    return degrade(painted, random), truth


def distant_sample(album: Album, side_px: int, random: np.random.Generator) -> tuple[Rgb, Truth]:
    """As `sample`: power lines before built-up ground, mostly in good light and in focus."""
    picture, doubt = townscape(album.any, side_px, random)
    drawn = [] if random.random() < _EMPTY else power_lines(random, side_px)
    painted, truth = paint(picture, drawn, random)
    truth[doubt & (truth == 0)] = HIDDEN
    return (degrade(painted, random) if random.random() < _WORN else painted), truth


def eased(truth: Truth) -> Truth:
    """The same with a pixel round each wire left out: lines are thinned before use, so how broad the answer is on a
    wire's edge is no fault."""
    round_it = cv2.dilate((truth == 1).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(round_it & (truth == 0), np.uint8(HIDDEN), truth)


def _piece(
    photograph: Rgb, doubtful: Mask, side: int, random: np.random.Generator, *, keeps_up: bool
) -> tuple[Rgb, Mask]:
    height, width = photograph.shape[:2]
    zoom = max(random.uniform(*_ZOOM), (side + 1) / min(height, width))
    size = min(round(side / zoom), height, width)
    x, y = int(random.integers(0, width - size + 1)), int(random.integers(0, height - size + 1))
    cut = (slice(y, y + size), slice(x, x + size))
    piece = cv2.resize(photograph[cut], (side, side), interpolation=cv2.INTER_LINEAR)
    doubt = cv2.resize(doubtful[cut].astype(np.uint8), (side, side), interpolation=cv2.INTER_NEAREST)
    turns = 0 if keeps_up or random.random() < 0.5 else int(random.integers(4))
    piece, doubt = np.rot90(piece, turns), np.rot90(doubt, turns)
    if random.random() < 0.5:
        piece, doubt = piece[:, ::-1], doubt[:, ::-1]
    return np.ascontiguousarray(piece, np.uint8), np.ascontiguousarray(doubt) > 0


class Album:
    """Photographs and what is doubtful in them, read once and kept: 1,700 small ones are 1 GB."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths
        self._kept: dict[Path, tuple[Rgb, Mask]] = {}

    def any(self, random: np.random.Generator) -> tuple[Rgb, Mask]:
        path = self._paths[int(random.integers(len(self._paths)))]
        if path not in self._kept:
            photograph = read(path)
            self._kept[path] = photograph, wire_like(photograph)
        return self._kept[path]
