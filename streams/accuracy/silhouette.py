"""People cut out along their outline: what of a box differs from the street as it is when nobody stands there.

A box cut out whole takes the pavement along, and in a crowd that pavement would hide those behind.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from streams.accuracy.street import Cut, Patch, Street
from streams.bench.footage import Footage
from vision.types import Floats, Picture

_PICTURES = 21  # of the clip: whoever walks is in one place in few of them
_DIFFERS, _SURELY = 14.0, 30.0  # of 255: where somebody may be, and where he is
_SOFT_PX = 1.5
_LEAST_SHARE, _MOST_SHARE = 0.3, 0.85  # of his box that a person takes
_STANDS = 1.9, 4.5  # height over width of somebody on his feet
_WHOLE = 0.9  # of the box's height


def walkers(street: Street) -> list[Patch]:
    """Everybody of a street who stands or walks and can be cut out along his outline, px of the clip's own size."""
    empty = _empty(street.footage)
    found = (_cut_out(street, cut, empty) for cut in street.cuts_of(ObjectClass.PERSON))
    return [patch for patch in found if patch is not None]


def _empty(footage: Footage) -> Picture:
    """The street without those who walk through it, BGR of the clip's own size: the middle of many pictures."""
    numbers = np.linspace(0, len(footage.yuv) - 1, min(_PICTURES, len(footage.yuv))).astype(int)
    return np.asarray(np.median(np.stack([footage.bgr(int(n)) for n in numbers]), axis=0), np.uint8)


def _cut_out(street: Street, cut: Cut, empty: Picture) -> Patch | None:
    """None where too little or too much of the box differs to be a person's outline."""
    x1, y1, x2, y2 = cut.xyxy
    if not _STANDS[0] <= (y2 - y1) / (x2 - x1) <= _STANDS[1]:
        return None
    seen = street.footage.bgr(cut.number)[y1:y2, x1:x2].astype(np.float32)
    bare = empty[y1:y2, x1:x2].astype(np.float32)
    off = np.abs(cv2.GaussianBlur(seen, (0, 0), _SOFT_PX) - cv2.GaussianBlur(bare, (0, 0), _SOFT_PX))
    outline = _largest(off.max(axis=2))
    share, rows = outline.mean(), np.flatnonzero(outline.any(axis=1))
    if not _LEAST_SHARE <= share <= _MOST_SHARE or len(rows) < _WHOLE * len(outline):
        return None
    alpha = cv2.GaussianBlur(outline.astype(np.float32), (0, 0), 1.0)
    rgb = np.ascontiguousarray(seen[:, :, ::-1].astype(np.uint8))
    return Patch(rgb, np.asarray(alpha, np.float32)[:, :, None], (float(x2 - x1), float(y2 - y1)))


def _largest(off: Floats) -> NDArray[np.bool_]:
    """The part that differs most surely, with its holes filled."""
    kernel = np.ones((5, 5), np.uint8)
    near = cv2.morphologyEx((off > _DIFFERS).astype(np.uint8), cv2.MORPH_CLOSE, kernel, iterations=2)
    near = cv2.morphologyEx(near, cv2.MORPH_OPEN, kernel)
    _, label = cv2.connectedComponents(near)
    sure = np.bincount(label[off > _SURELY], minlength=label.max() + 1)
    sure[0] = 0
    outline = (label == sure.argmax()).astype(np.uint8) if sure.any() else np.zeros_like(near)
    around, _ = cv2.findContours(outline, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(outline, around, -1, 1, cv2.FILLED) > 0)
