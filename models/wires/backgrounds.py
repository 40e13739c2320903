"""Photographs to draw over, and the lines in them that may be wires already.

The photographs are unlabelled as to wires, and some have overhead ones. A long thin dark line before something bright
and smooth is taken for one: it is left out of the loss, neither wire nor background. No one's eye has labelled it.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.wires.errors import BadBackgrounds
from models.wires.paint import Rgb

Mask = NDArray[np.bool_]
_HELD_BACK_EVERY = 20
_BLACK = 12
_LONG_PX, _DARKER, _BRIGHT, _SMOOTH = 36, 8, 110, 14
_ABOVE = 0.65  # overhead is in the upper part of a photograph


def photographs(pictures: Path) -> tuple[list[Path], list[Path]]:
    """Those to train on, and those held back to judge by: every twentieth of `street/train`. `atl_traffic` is trained
    on as well.

    Raises:
        BadBackgrounds: there are none.
    """
    street = sorted((pictures / "street" / "train" / "images").glob("*.jpg"))
    traffic = sorted((pictures / "atl_traffic" / "images").glob("*.jpg"))
    if len(street) < _HELD_BACK_EVERY:
        raise BadBackgrounds(f"expected photographs in {pictures}/street/train/images, found {len(street)}")
    held = street[::_HELD_BACK_EVERY]
    return sorted(set(street) - set(held)) + traffic * 4, held


def read(path: Path) -> Rgb:
    """A photograph as RGB without the black bars round it. Raises `BadBackgrounds`."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise BadBackgrounds(f"{path}: not a picture")
    return without_bars(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8))


def without_bars(picture: Rgb) -> Rgb:
    luma = picture.max(axis=2)
    rows, columns = (
        np.flatnonzero((luma > _BLACK).mean(axis=1) > 0.2),
        np.flatnonzero((luma > _BLACK).mean(axis=0) > 0.2),
    )
    if len(rows) < 96 or len(columns) < 96:
        return picture
    return picture[rows[0] + 3 : rows[-1] - 2, columns[0] + 3 : columns[-1] - 2]


def wire_like(picture: Rgb) -> Mask:
    """Where the photograph has long thin dark lines before something bright and smooth: overhead wires, most likely."""
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    dark = cv2.morphologyEx(luma, cv2.MORPH_BLACKHAT, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))) > _DARKER
    closed = cv2.morphologyEx(luma, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)).astype(np.float32)
    mean = cv2.blur(closed, (15, 15))
    deviation = np.sqrt(np.maximum(0, cv2.blur(closed**2, (15, 15)) - mean**2))
    sky = (mean > _BRIGHT) & (deviation < _SMOOTH)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((dark & sky).astype(np.uint8), connectivity=8)
    extent = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    thin = stats[:, cv2.CC_STAT_AREA] < extent * 7
    above = stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT] / 2 < _ABOVE * luma.shape[0]
    keep = (extent >= _LONG_PX) & thin & above
    keep[0] = False
    return np.asarray(cv2.dilate(keep[labels].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
