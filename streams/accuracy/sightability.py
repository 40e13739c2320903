"""How often weights find a person, by height and by whether others cover him: what `vision.density` weighs by.

The table is measured on every other labelled picture and tried on those between: how far estimates of how many people a
picture shows are off, and how often the truth lies between `low` and `high`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from streams.accuracy.detector_sets import picture_sets
from streams.errors import SourceUnusable
from vision.boxes import iou
from vision.density import EDGES_PX, Sightability, estimate, is_crowded
from vision.detect import Detector
from vision.persons import once
from vision.types import Floats

_SURE, _FOUND = 0.3, 0.5  # confidence of a box that counts, and its IoU with the person
_MANY = 5  # people in a picture from which it is a small crowd
_SET = "coco"


@dataclass(frozen=True, slots=True)
class Looked:
    """One picture: persons labelled and found, both (N, 4) px, and px of the network's input for one of the picture."""

    true: Floats
    found: Floats
    scale: float


def score_density(assets: Path, detector: Detector) -> dict[str, Any]:
    """The table of these weights, and what it is worth. Raises `BadPictures` or `SourceUnusable`."""
    looked = list(_looks(assets, detector))
    table, tried = table_of(looked[::2]), looked[1::2]
    many = [one for one in tried if len(one.true) >= _MANY]
    return {
        "material": f"{_SET}: table of {len(looked[::2])} pictures, tried on {len(tried)}",
        "model": detector.spec.name,
        "heights_px": [float(edge) for edge in EDGES_PX],
        "alone": table.alone.round(3).tolist(),
        "crowded": table.crowded.round(3).tolist(),
        "doubt": table.doubt.round(3).tolist(),
        "all": _worth(tried, table),
        f"{_MANY} people and more": _worth(many, table),
    }


def table_of(looked: Sequence[Looked]) -> Sightability:
    """How often each kind of person was found; a kind that was hardly seen is halfway, and in doubt."""
    seen, hit = np.zeros((2, len(EDGES_PX) + 1)), np.zeros((2, len(EDGES_PX) + 1))
    for one in looked:
        tall, crowded = _kinds(one.true, one.scale)
        at = np.searchsorted(EDGES_PX, tall, side="right")
        np.add.at(seen, (crowded.astype(int), at), 1)
        np.add.at(hit, (crowded.astype(int), at), _is_found(one))
    share = (hit + 1) / (seen + 2)
    return Sightability(share[0], share[1], np.sqrt(share * (1 - share) / (seen + 3)))


def _worth(tried: Sequence[Looked], table: Sightability) -> dict[str, Any]:
    true = np.array([len(one.true) for one in tried], np.float64)
    found = np.array([len(one.found) for one in tried], np.float64)
    about = [estimate(*_kinds(one.found, one.scale), table) for one in tried]
    people = np.array([one.people for one in about])
    within = [one.low <= n <= one.high for one, n in zip(about, true, strict=True)]
    total = max(1.0, true.sum())
    return {
        "pictures": len(tried),
        "people": int(total),
        "off_by_boxes": round(float(np.abs(found - true).sum() / total), 3),
        "off_by_estimate": round(float(np.abs(people - true).sum() / total), 3),
        "total_by_boxes": round(float(found.sum() / total), 3),
        "total_by_estimate": round(float(people.sum() / total), 3),
        "truth_within": round(float(np.mean(within or [0.0])), 3),
    }


def _kinds(boxes: Floats, scale: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.asarray((boxes[:, 3] - boxes[:, 1]) * scale, np.float64), is_crowded(boxes)


def _is_found(one: Looked) -> NDArray[np.bool_]:
    if not len(one.found) or not len(one.true):
        return np.zeros(len(one.true), bool)
    return np.asarray(iou(one.true, one.found).max(axis=1) >= _FOUND, np.bool_)


def _looks(assets: Path, detector: Detector) -> Iterable[Looked]:
    sets, _ = picture_sets(assets)
    longer = max(detector.fit_wh)
    chosen = [one for one in sets if one.name == _SET]
    if not chosen:
        raise SourceUnusable(f"{assets}/pictures/coco_val128 is absent: persons are labelled in no other pictures")
    for rgb, kinds, boxes in chosen[0].pictures():
        high, wide = rgb.shape[:2]
        seen = detector(rgb, (wide, high))
        persons = seen[(seen.class_id == ObjectClass.PERSON) & (seen.confidence >= _SURE)]
        found = persons.xyxy[np.argsort(-persons.confidence, kind="stable")]
        yield Looked(boxes[kinds == ObjectClass.PERSON], found[once(found)], longer / max(wide, high))
