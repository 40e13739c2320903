"""Places in which a look found nothing: which of them it had well in view, and what it shows of them."""

from __future__ import annotations

from collections.abc import Set

import numpy as np
from numpy.typing import NDArray

from streams.aerial.locator import metres_per_px
from streams.aerial.patches import Look
from streams.aerial.place import degrees
from streams.aerial.places import PlaceBook
from streams.aerial.vacancy import Shows, remembered, shows
from vision.types import Detections

_MARGIN = 0.06  # of the picture: what is nearer to its edge may be half outside
_MIDDLE_M = 0.75  # half of a car's height
CAR, PERSON = (4.0, 12.0), (1.7, 6.0)  # metres, and the px from which on a detector finds it


def remember(book: PlaceBook, one: int, look: Look, xyxy: NDArray[np.floating]) -> None:
    """What a place looks like from here, with what was found there in that box."""
    place = book.places[one]
    if memory := look.memory(*_here(book, one), place.half_height_m, xyxy):
        place.memories = remembered(place.memories, memory)


def not_found(book: PlaceBook, found_ids: Set[int], look: Look, found: Detections) -> list[int]:
    """Places that a look had well in view, and in which its detector found nothing at all."""
    near = book.near(float(look.view.lon[0]), float(look.view.lat[0]))
    others = [int(one) for one in near if int(one) not in found_ids]
    if not others:
        return []
    where = np.array([_here(book, one) for one in others])
    shown = well_in_view(where, look, CAR)
    high = look.project(where, _MIDDLE_M)
    return [one for one, ok, point in zip(others, shown, high, strict=True) if ok and not _covers(found, point)]


def shown_of(book: PlaceBook, one: int, look: Look) -> Shows:
    """What a look in which nothing was found shows of a place."""
    place = book.places[one]
    return shows(place.memories, *look.around(*_here(book, one), place.half_height_m))


def standing(book: PlaceBook, look: Look) -> NDArray[np.float32]:
    """Boxes (N, 4), px of the full frame, of what is known to stand there now, found in this look or not: as large as
    it was when it was found last."""
    near = [book.places[int(one)] for one in book.near(float(look.view.lon[0]), float(look.view.lat[0]))]
    known = [one for one in near if one.looks and not one.empty]
    if not known:
        return np.zeros((0, 4), np.float32)
    high = np.array([one.half_height_m for one in known])
    middle = look.project(np.array([_here(book, one.id) for one in known]), high)
    last = np.array([one.xyxy for one in known])
    half = (last[:, 2:] - last[:, :2]) / 2
    boxes = np.concatenate([middle - half, middle + half], axis=1)
    return np.asarray(boxes[np.isfinite(boxes).all(axis=1)], np.float32)


def well_in_view(lonlat: NDArray[np.float64], look: Look, thing: tuple[float, float]) -> NDArray[np.bool_]:
    """Which places (N, 2) lie well within the picture, and near enough for a thing of so many metres to cover so many
    px."""
    px, high = (look.project(lonlat, above) for above in (0.0, _MIDDLE_M))
    size = np.array(look.frame.source_wh)
    low, top = size * _MARGIN, size * (1 - _MARGIN)
    with np.errstate(invalid="ignore"):
        each = (px > low) & (px < top) & (high > low) & (high < top)
        inside = np.asarray(each.all(axis=1), np.bool_)
        large = thing[0] / metres_per_px(look.view, look.lens, np.where(inside[:, None], px, np.nan)) >= thing[1]
    return np.asarray(inside & large, np.bool_)


def _here(book: PlaceBook, one: int) -> tuple[float, float]:
    """Where a known place is by the last look's own telemetry."""
    lon, lat, _ = book.places[one].mean()
    east, north = (float(metres) for metres in book.shift_m)
    return degrees(lon, lat, -east, -north)


def _covers(found: Detections, point: NDArray[np.float64]) -> bool:
    """Whether anything that was found lies over a point of the picture."""
    x, y = point
    boxes = found.xyxy
    return bool(((boxes[:, 0] <= x) & (x <= boxes[:, 2]) & (boxes[:, 1] <= y) & (y <= boxes[:, 3])).any())
