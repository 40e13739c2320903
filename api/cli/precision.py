"""A faster precision against float32, on pictures: the check that `models.measure.choose` asks for.

It stands here because it needs weights, a detector and pictures from disk or a camera: `models` imports no detector,
and `vision` no files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from api.cli.pictures import Shown
from models.accuracy import Accuracy, Candidate, Check
from models.session import open_session
from models.spec import ModelSpec
from vision.average_precision import average_precision_by_box
from vision.detect import Detector
from vision.types import Detections, Floats, Ints

# The curve of average precision needs its tail; rules begin at 0.2 and more.
_FLOOR = 0.001
# Float32's detections that count as truth where nobody labelled: those that rules and tracks may begin with.
_TRUTH_CONFIDENCE = 0.25

Open = Callable[[Candidate], Detector]


def precision_check(spec: ModelSpec, pictures: Iterable[Shown], source: str) -> Check:
    """A check over `pictures`, which are gone through once. `source` says what they are, for a person."""
    return partial(compare, partial(_open, spec), pictures, source)


def compare(
    open_detector: Open, pictures: Iterable[Shown], source: str, exact: Candidate, faster: Sequence[Candidate]
) -> list[Accuracy]:
    """What each faster candidate loses against `exact`: by labels where every picture has them, else by agreement."""
    detectors = {candidate: open_detector(candidate) for candidate in (exact, *faster)}
    found: dict[Candidate, list[Detections]] = {candidate: [] for candidate in detectors}
    labels: list[tuple[Ints, Floats] | None] = []
    for shown in pictures:
        labels.append(shown.labels)
        high, wide = shown.rgb.shape[:2]
        for candidate, detector in detectors.items():
            found[candidate].append(detector(shown.rgb, (wide, high)))
    labelled = [one for one in labels if one is not None]
    if labels and len(labelled) == len(labels):
        before, boxes = average_precision_by_box(found[exact], labelled)
        after = {one: average_precision_by_box(found[one], labelled)[0] for one in faster}
        return [
            Accuracy(*one, "labels", len(labels), boxes, round(before, 4), round(after[one], 4), source)
            for one in faster
        ]
    truth = [_truth(detections) for detections in found[exact]]
    compared = {one: average_precision_by_box(found[one], truth) for one in faster}
    return [
        Accuracy(*one, "agreement", len(labels), boxes, 1.0, round(ap50, 4), source)
        for one, (ap50, boxes) in compared.items()
    ]


def _truth(detections: Detections) -> tuple[Ints, Floats]:
    sure = detections[detections.confidence >= _TRUTH_CONFIDENCE]
    return sure.class_id, sure.xyxy


def _open(spec: ModelSpec, candidate: Candidate) -> Detector:
    provider, precision = candidate
    return Detector(spec, open_session(spec, provider=provider, precision=precision).run, floor=_FLOOR)
