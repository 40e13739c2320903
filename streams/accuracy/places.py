"""Where in a street something may be put, and what: vehicles and people cut out of it, goods from other pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from models.spec import VEHICLES
from models.train.pictures import load_picture
from streams.accuracy.overlay import Random
from streams.accuracy.stage import Actor
from streams.accuracy.street import Cut, Patch, Street
from streams.bench.survey import see
from vision.boxes import area, intersection, iou
from vision.detect import Detector
from vision.types import Floats, Picture

_DEPTH = 0.08  # of the picture's height: as far as a thing may be moved up or down and keep its size
_TRIES = 150
_CALM = 12  # of the places that are free, so many of those where least passes are drawn from
_SEEN_IOU, _SEEN_CONFIDENCE = 0.5, 0.25
_CLEAR_OF = 0.02  # share of a place that what stands in the clip may take
# COCO's classes that stand about in a lane: benches, bags, cases, chairs, plants, tables, screens, white goods, bins.
_GOODS = frozenset({13, 24, 26, 28, 56, 57, 58, 60, 62, 63, 68, 69, 72, 75})
_COCO = "pictures/coco_val128"


@dataclass(slots=True)
class Goods:
    """Things that no street detector has a class for: cut out of photographs, and drawn boxes for every third."""

    cut: list[Patch] = field(default_factory=list)

    @classmethod
    def of(cls, assets: Path) -> Goods:
        """From the labelled photographs of the test material; drawn ones alone where there are none."""
        found = []
        for path in sorted((assets / _COCO / "labels").glob("*.txt")):
            picture = next((assets / _COCO / "images").glob(path.stem + ".*"), None)
            rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
            if picture is not None:
                found += _things(picture, [[float(v) for v in row] for row in rows if int(row[0]) in _GOODS])
        return cls(found)

    def pick(self, rng: Random, tall_px: float) -> Patch:
        """One of them, so tall."""
        drawn = rng.uniform() < 1 / 3 or not self.cut
        patch = _box(rng) if drawn else self.cut[int(rng.integers(len(self.cut)))]
        return patch.scaled(tall_px / patch.wh[1])


def _things(path: Path, rows: list[list[float]]) -> list[Patch]:
    rgb = np.ascontiguousarray(load_picture(path)[:, :, ::-1])
    high, wide = rgb.shape[:2]
    found = []
    for _, x, y, w, h in rows:
        x1, y1 = max(0, round((x - w / 2) * wide)), max(0, round((y - h / 2) * high))
        x2, y2 = min(wide, round((x + w / 2) * wide)), min(high, round((y + h / 2) * high))
        if min(x2 - x1, y2 - y1) >= 50 and 0.4 <= (x2 - x1) / (y2 - y1) <= 2.5:
            part = np.ascontiguousarray(rgb[y1:y2, x1:x2])
            found.append(Patch(part, _rounded(part.shape[:2]), (float(x2 - x1), float(y2 - y1))))
    return found


def _rounded(shape: tuple[int, ...]) -> Floats:
    """Opaque but for soft corners and edges."""
    high, wide = shape
    y, x = np.linspace(-1, 1, high)[:, None], np.linspace(-1, 1, wide)[None]
    return np.asarray(np.clip((1 - (np.abs(x) ** 6 + np.abs(y) ** 6)) * 8, 0, 1), np.float32)[:, :, None]


def _box(rng: Random) -> Patch:
    """A crate or a carton, drawn: two faces, tape or slats, dirt."""
    high, wide = 160, int(rng.integers(110, 260))
    colour = rng.uniform(50, 200, 3) if rng.uniform() < 0.5 else rng.uniform((120, 90, 50), (200, 160, 110))
    rgb = np.full((high, wide, 3), colour, np.float32)
    top = int(rng.integers(20, 60))
    rgb[:top] *= rng.uniform(1.1, 1.35)
    for at in rng.uniform(0, wide, int(rng.integers(1, 6))).astype(int):
        rgb[top:, max(0, at - 3) : at + 3] *= rng.uniform(0.55, 1.4)
    rgb += cv2.GaussianBlur(rng.normal(0, 60, (high, wide)).astype(np.float32), (0, 0), 5)[:, :, None]
    whole: Picture = np.asarray(np.clip(rgb, 0, 255), np.uint8)
    return Patch(whole, _rounded((high, wide)), (float(wide), float(high)))


def place_for(
    street: Street, rng: Random, wh: tuple[float, float], foot_y: float, taken: Floats, *, by_road: bool = False
) -> Floats | None:
    """A box (4,) px for a thing of size `wh` that belongs at about the height `foot_y`: where nothing stands in the
    clip and little passes, and, `by_road`, no further than a vehicle's width from where one did. None where there is
    no such place."""
    wide, high = street.size_wh
    free: list[tuple[float, Floats]] = []
    for _ in range(_TRIES):
        x = rng.uniform(0.6 * wh[0], wide - 0.6 * wh[0]) if wide > 1.2 * wh[0] else wide / 2
        bottom = min(high - 0.02 * high, foot_y + rng.uniform(-_DEPTH, _DEPTH) * high)
        box = np.array([x - wh[0] / 2, bottom - wh[1], x + wh[0] / 2, bottom], np.float32)
        if box[1] < 0 or not is_free(street, box, taken) or (by_road and not _by_road(street, box)):
            continue
        free.append((_traffic(street, box), box))
    free.sort(key=lambda one: one[0])
    return free[int(rng.integers(min(len(free), _CALM)))][1] if free else None


def is_free(street: Street, box: Floats, taken: Floats) -> bool:
    """Whether nothing stands there in the clip, and nothing was put there."""
    others = np.concatenate([street.standing, taken])
    return not len(others) or not bool((intersection(box[None], others) > _CLEAR_OF * area(box[None])).any())


def _by_road(street: Street, box: Floats) -> bool:
    """Whether vehicles of about that size drive beside it: behind a fence or on a roof none parks."""
    wide, high = float(box[2] - box[0]), float(box[3] - box[1])
    boxes = street.passing
    aside = np.abs((boxes[:, 0] + boxes[:, 2]) / 2 - (box[0] + box[2]) / 2)
    sizes = (boxes[:, 3] - boxes[:, 1]) / high
    near = (aside <= 1.3 * wide) & (np.abs(boxes[:, 3] - box[3]) <= 0.3 * high) & (sizes > 0.6) & (sizes < 1.6)
    return bool(near.any())


def _traffic(street: Street, box: Floats) -> float:
    """How many things pass there, a look."""
    if not len(street.passing):
        return 0.0
    return float((intersection(box[None], street.passing)[0] >= 0.15 * area(box[None])).sum()) / max(1, street.looks)


def is_a_vehicle(street: Street, patch: Patch, box: Floats, referee: Detector) -> bool:
    """Whether the referee takes it for a vehicle at its place in plain light, at one moment of two: a cut that nobody
    could tell is no test. The detector that is measured is not asked."""
    foot = float(box[0] + box[2]) / 2, float(box[3])
    for at_s in (0.0, len(street.footage.yuv) / 50):
        picture = street.picture(at_s)
        Actor(patch, ((-1.0, *foot), (1e9, *foot))).lay(picture, 0.0)
        found = see(referee, np.ascontiguousarray(picture[:, :, ::-1]))
        found = found[np.isin(found.class_id, VEHICLES) & (found.confidence >= _SEEN_CONFIDENCE)]
        if len(found) and iou(box[None], found.xyxy).max() >= _SEEN_IOU:
            return True
    return False


def vehicle_cuts(street: Street) -> list[Cut]:
    return street.cuts_of(*VEHICLES)
