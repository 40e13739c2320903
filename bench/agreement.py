"""How much of what strong weights agree on does a detector find, on a clip that nobody labelled?

    PYTHONPATH=. python bench/agreement.py --clip C --truth A.onnx B.onnx --model street-v4 [--model M] [--every-s 1.2]

What both of `--truth` box at a confidence of 0.3 and more, the same class within IoU 0.5, counts as there: their
mistakes count as truth, and what neither finds is asked of nobody. So it says how near a small detector comes to them
on a camera of yours, before you label a picture. Prints JSON: AP50 of persons and of vehicles of any kind (cars, buses
and trucks as one class), and recall and precision at 0.3, from where on the rules count a box in full, float32
throughout.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

import cv2
import numpy as np

from models.catalog import find
from models.session import open_session
from models.spec import ObjectClass
from vision.average_precision import average_precision, judge
from vision.boxes import iou
from vision.detect import Detector
from vision.types import Detections, Floats, Ints, Picture

_AGREED_CONFIDENCE, _AGREED_IOU = 0.3, 0.5
_VEHICLES = (ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK)
_ASKED = {"person": ObjectClass.PERSON, "any vehicle": ObjectClass.CAR}


def detector(name: str) -> Detector:
    spec = find(name, None)
    session = open_session(spec, provider="openvino", precision="fp32", takes_bytes=True)
    return Detector(spec, session.run, takes_bytes=True, floor=0.01)


def pictures(clip: str, every_s: float) -> Iterator[Picture]:
    """RGB (h, w, 3), the first of each `every_s` seconds."""
    video = cv2.VideoCapture(clip)
    step = max(1, round(every_s * (video.get(cv2.CAP_PROP_FPS) or 25.0)))
    at = 0
    while video.grab():
        if at % step == 0:
            picture = video.retrieve()[1]
            yield np.ascontiguousarray(picture[..., ::-1])
        at += 1
    if not at:
        raise SystemExit(f"{clip}: expected a clip that can be decoded, got not one picture of it")


def found(one: Detector, picture: Picture) -> Detections:
    """With every motor vehicle called a car."""
    seen = one(picture, (picture.shape[1], picture.shape[0]))
    kind = np.where(np.isin(seen.class_id, _VEHICLES), ObjectClass.CAR, seen.class_id)
    return Detections(seen.xyxy, seen.confidence, kind)


def agreed(first: Detections, second: Detections) -> tuple[Ints, Floats]:
    """Classes and boxes of the first that the second has too."""
    first, second = first[first.confidence >= _AGREED_CONFIDENCE], second[second.confidence >= _AGREED_CONFIDENCE]
    alike = first.class_id[:, None] == second.class_id
    both = (alike & (iou(first.xyxy, second.xyxy) >= _AGREED_IOU)).any(axis=1)
    return first.class_id[both], first.xyxy[both]


def figures(seen: list[Detections], truth: list[tuple[Ints, Floats]], which: ObjectClass) -> dict[str, float | None]:
    judged = judge(seen, truth, which, _AGREED_IOU)
    sure = judged.confidence >= _AGREED_CONFIDENCE
    hits, ap50 = int(judged.hit[sure].sum()), average_precision(judged)
    return {
        "boxes": judged.labelled,
        "ap50": None if ap50 is None else round(ap50, 3),
        "recall": round(hits / judged.labelled, 3) if judged.labelled else None,
        "precision": round(hits / int(sure.sum()), 3) if sure.any() else None,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clip", required=True)
    options.add_argument("--truth", nargs=2, required=True, metavar="WEIGHTS")
    options.add_argument("--model", action="append", required=True)
    options.add_argument("--every-s", type=float, default=1.2)
    given = options.parse_args()
    shown = list(pictures(given.clip, given.every_s))
    first, second = (detector(name) for name in given.truth)
    truth = [agreed(found(first, one), found(second, one)) for one in shown]
    scores = {}
    for name in given.model:
        asked = detector(name)
        seen = [found(asked, one) for one in shown]
        scores[asked.spec.name] = {of: figures(seen, truth, which) for of, which in _ASKED.items()}
    print(json.dumps({"clip": given.clip, "pictures": len(shown), "truth": given.truth, "models": scores}, indent=1))


if __name__ == "__main__":
    main()
