"""Where and when real vehicles are held still in a street: planned by a seed, and checked by the detector."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np

from models.spec import VEHICLES
from streams.bench.footage import FPS, Footage
from streams.bench.survey import Cut, Survey, grown, see
from streams.errors import SourceUnusable
from vision.boxes import area, intersection, iou
from vision.detect import Detector
from vision.types import Floats, Picture

_SOFT = 0.08  # of the box, on each side: the width of the soft edge
_ZONE = 0.15  # of the box, on each side
_DEPTH = 0.12  # of the picture's height: as far as a vehicle may be moved up or down and keep its size
_BUSY = 0.15  # share of a place that a passing vehicle must cover to count as passing there
_SEEN_IOU, _SEEN_CONFIDENCE = 0.6, 0.45
_TRIES = 400
_FREE_S = 6.0  # before the first and between two: long enough for an all-clear


@dataclass(frozen=True, slots=True)
class Planted:
    """A vehicle of the clip (picture `cut_number`, `cut_xyxy` px of it) at `xyxy`, from `appears_s` until `leaves_s`.

    `xyxy` and the corners of `polygon`, the zone to watch, are relative to the picture, 0 to 1, so that they hold for
    a stream of any size. Times are seconds from the composition's beginning.
    """

    zone: str
    xyxy: tuple[float, float, float, float]
    polygon: tuple[tuple[float, float], ...]
    appears_s: float
    leaves_s: float
    cut_number: int
    cut_xyxy: tuple[int, int, int, int]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Planted:
        polygon = tuple((float(x), float(y)) for x, y in values["polygon"])
        read = replace(cls(**values), polygon=polygon, xyxy=tuple(values["xyxy"]))
        return replace(read, cut_xyxy=tuple(values["cut_xyxy"]))


def plan(
    surveyed: Survey, detector: Detector, *, seed: int, count: int, length_s: float, dwell_s: float, stays_s: float
) -> tuple[Planted, ...]:
    """`count` vehicles, one after another, each for `dwell_s + stays_s`. The same arguments give the same plan.

    A place is where a vehicle of that size could stand, where none stands in the clip, where few pass, and where the
    detector finds what was put there: what is measured is the loop, not the weights. Raises `SourceUnusable`.
    """
    share_s = length_s / count
    spare_s = share_s - 2 * _FREE_S - dwell_s - stays_s
    if spare_s < 0:
        needed_s = count * (2 * _FREE_S + dwell_s + stays_s)
        raise SourceUnusable(f"{count} hazards need a composition of {needed_s:.0f} s at least, got {length_s:.0f} s")
    rng = np.random.default_rng(seed)
    planted: list[Planted] = []
    for i in range(count):
        cut, box = _place(surveyed, detector, rng, [p.xyxy for p in planted])
        # Whole pictures, so that the truth is exact.
        appears_s = round((i * share_s + _FREE_S + rng.uniform(0, spare_s)) * FPS) / FPS
        leaves_s = round((appears_s + dwell_s + stays_s) * FPS) / FPS
        planted.append(_planted(f"place-{i + 1}", cut, box, surveyed.footage.size_wh, appears_s, leaves_s))
    return tuple(planted)


def _place(
    surveyed: Survey, detector: Detector, rng: np.random.Generator, taken: list[tuple[float, float, float, float]]
) -> tuple[Cut, Floats]:
    width, height = surveyed.footage.size_wh
    used = np.array(taken, np.float32).reshape(-1, 4) * np.array([width, height, width, height], np.float32)
    if not surveyed.cuts:
        raise SourceUnusable("the detector finds no vehicle in the clip that could be cut out: take another clip")
    best = surveyed.cuts[: max(8, len(surveyed.cuts) // 2)]
    open_places: list[tuple[float, Cut, Floats]] = []
    for _ in range(_TRIES):
        cut = best[int(rng.integers(len(best)))]
        w, h = cut.xyxy[2] - cut.xyxy[0], cut.xyxy[3] - cut.xyxy[1]
        left = rng.uniform(w * _SOFT, width - w * (1 + _SOFT))
        bottom = cut.xyxy[3] + rng.uniform(-_DEPTH, _DEPTH) * height
        box: Floats = np.round(np.array([left, bottom - h, left + w, bottom])).astype(np.float32)
        if _is_free(surveyed, box, used):
            open_places.append((_traffic(surveyed, box), cut, box))
    open_places.sort(key=lambda place: place[0])
    for _, cut, box in open_places[: max(12, len(open_places) // 4)]:
        if _is_seen(surveyed.footage, detector, cut, box):
            return cut, box
    raise SourceUnusable(f"no place in the clip for one more parked vehicle: {len(open_places)} were tried")


def _is_free(surveyed: Survey, box: Floats, used: Floats) -> bool:
    """Whole in the picture, no vehicle stands there in the clip, and none was put there."""
    width, height = surveyed.footage.size_wh
    zone = grown(box, _ZONE)
    edge = grown(box, _SOFT)
    if edge[0] < 0 or edge[1] < 0 or edge[2] > width or edge[3] > height:
        return False
    others = np.concatenate([surveyed.standing, used])
    return not len(others) or not bool((intersection(zone[None], others) > 0.02 * area(zone[None])).any())


def _traffic(surveyed: Survey, box: Floats) -> float:
    """Vehicles that pass there, a look."""
    if not len(surveyed.passing):
        return 0.0
    covered = intersection(box[None], surveyed.passing)[0] >= _BUSY * area(box[None])
    return float(covered.sum()) / surveyed.looks


def _is_seen(footage: Footage, detector: Detector, cut: Cut, box: Floats) -> bool:
    """Whether the detector finds it at its new place, at three moments."""
    patch, alpha = cut_out(footage, cut.number, cut.xyxy, footage.size_wh)
    for number in (0, len(footage.yuv) // 2, len(footage.yuv) - 1):
        picture = footage.bgr(number)
        put(picture, patch, alpha, box)
        found = see(detector, picture)
        found = found[np.isin(found.class_id, VEHICLES) & (found.confidence >= _SEEN_CONFIDENCE)]
        if not len(found) or iou(box[None], found.xyxy).max() < _SEEN_IOU:
            return False
    return True


def _planted(zone: str, cut: Cut, box: Floats, size_wh: tuple[int, int], appears_s: float, leaves_s: float) -> Planted:
    whole = np.array([*size_wh, *size_wh], np.float32)
    x1, y1, x2, y2 = (round(float(v), 5) for v in np.clip(grown(box, _ZONE) / whole, 0, 1))
    at = [round(float(v), 6) for v in box / whole]
    corners = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
    return Planted(zone, (at[0], at[1], at[2], at[3]), corners, appears_s, leaves_s, cut.number, cut.xyxy)


def cut_out(
    footage: Footage, number: int, xyxy: tuple[int, int, int, int], size_wh: tuple[int, int]
) -> tuple[Picture, Floats]:
    """A vehicle with the ground around it, BGR (h, w, 3), and how opaque each pixel is, 0 to 1, (h, w, 1): all of it
    within the box, less and less around it. Scaled from the clip's size to `size_wh`."""
    x1, y1, x2, y2 = (round(float(v)) for v in grown(np.array(xyxy, np.float32), _SOFT))
    source = footage.bgr(number)[y1:y2, x1:x2]
    across, down = size_wh[0] / footage.size_wh[0], size_wh[1] / footage.size_wh[1]
    wide, tall = round((x2 - x1) * across), round((y2 - y1) * down)
    patch = cv2.resize(source, (wide, tall), interpolation=cv2.INTER_AREA if across < 1 else cv2.INTER_LINEAR)
    fade = (_ramp(tall)[:, None] * _ramp(wide)[None, :])[:, :, None]
    return np.asarray(patch, np.uint8), fade.astype(np.float32)


def _ramp(length: int) -> Floats:
    """0 at both ends, 1 where the box begins."""
    soft = max(1.0, length * _SOFT / (1 + 2 * _SOFT))
    from_end = np.minimum(np.arange(length) + 0.5, length - np.arange(length) - 0.5)
    return np.asarray(np.clip(from_end / soft, 0, 1), np.float32)


def put(picture: Picture, patch: Picture, alpha: Floats, xyxy: Floats) -> None:
    """Lay the patch over `picture`, in place, its middle at the middle of `xyxy`, px."""
    tall, wide = patch.shape[:2]
    left = min(max(0, round(float(xyxy[0] + xyxy[2] - wide) / 2)), picture.shape[1] - wide)
    top = min(max(0, round(float(xyxy[1] + xyxy[3] - tall) / 2)), picture.shape[0] - tall)
    under = picture[top : top + tall, left : left + wide]
    under[:] = (patch * alpha + under * (1 - alpha)).astype(np.uint8)
