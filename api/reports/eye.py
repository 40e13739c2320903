"""What the detectors make of a photo: a kind of hazard, and where in the picture. A proposal, and never more."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from api.hazards.kinds import Kind
from models.spec import ObjectClass
from vision.types import Detections, Floats, Picture

log = logging.getLogger("sanxun.api")
# People in one photo from which it is a crowd: half of what a zone's default takes, since a phone sees a part of it.
_CROWD = 6
# A vehicle that the photo was taken of fills a part of it; one far behind does not.
_LEAST_SHARE = 0.02
_LEAST_WIRE_SPANS = 1.5  # length of wires, in widths of the picture
_WIRE_THRESHOLD = 0.5
_VEHICLES = (ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK)

Seen = tuple[Detections, Floats | None]


class Looks(Protocol):
    """The detectors: boxes in px of `rgb`, uint8 (h, w, 3), and how likely each pixel is a wire, float32 (h, w), 0 to
    1, None where there are no weights for wires."""

    def __call__(self, rgb: Picture, /) -> Seen: ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """`xyxy` is px of a picture of size `source_wh`. `kind` None: nothing that the detectors know."""

    kind: Kind | None
    confidence: float
    xyxy: tuple[float, float, float, float]
    source_wh: tuple[int, int]
    because: str


class PhotoEye:
    """Looks at photos, one at a time. `load` gives the detectors when the first photo comes."""

    def __init__(self, load: Callable[[], Looks | None]) -> None:
        self._load = load
        self._looks: Looks | None = None
        self._loaded = False
        self._lock = threading.Lock()

    def propose(self, jpeg: bytes) -> Proposal:
        """Blocking: call it in a thread. `jpeg` is a photo that went through the door for photos."""
        bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert bgr is not None, "what the door for photos has written can be read"
        rgb = np.ascontiguousarray(np.asarray(bgr, np.uint8)[:, :, ::-1])
        with self._lock:
            if not self._loaded:
                self._looks, self._loaded = self._load(), True
            seen = None if self._looks is None else self._looks(rgb)
        wh = (rgb.shape[1], rgb.shape[0])
        if seen is None:
            return Proposal(None, 0.0, (0, 0, *wh), wh, "this server has no detector")
        return propose(*seen, wh)


def propose(found: Detections, wires: Floats | None, wh: tuple[int, int]) -> Proposal:
    """The likeliest hazard of what was found in a picture of size `wh`."""
    people = found[found.class_id == ObjectClass.PERSON]
    if len(people) >= _CROWD:
        box = (*people.xyxy[:, :2].min(axis=0), *people.xyxy[:, 2:].max(axis=0))
        return _proposal(Kind.GATHERING, float(people.confidence.mean()), box, wh, f"{len(people)} people")
    if best := _largest(found, _VEHICLES, wh):
        return _proposal(Kind.ILLEGAL_PARKING, best[0], best[1], wh, "a vehicle")
    if best := _largest(found, (ObjectClass.TWO_WHEELER,), wh):
        return _proposal(Kind.E_BIKE, best[0], best[1], wh, "a two-wheeler")
    if wires is not None and (strung := _wires(wires, wh)):
        return _proposal(Kind.WIRING, strung[0], strung[1], wh, strung[2])
    return _proposal(None, 0.0, (0, 0, *wh), wh, "nothing that the detectors know")


def _proposal(kind: Kind | None, confidence: float, box: object, wh: tuple[int, int], because: str) -> Proposal:
    left, top, right, bottom = (float(v) for v in np.asarray(box, np.float64))
    return Proposal(kind, round(confidence, 3), (left, top, right, bottom), wh, because)


def _largest(found: Detections, classes: tuple[ObjectClass, ...], wh: tuple[int, int]) -> tuple[float, Floats] | None:
    """Confidence and box of the one that fills most of the picture; None where none fills enough of it."""
    of_class = found[np.isin(found.class_id, classes)]
    if not len(of_class):
        return None
    sides = of_class.xyxy[:, 2:] - of_class.xyxy[:, :2]
    shares = sides[:, 0] * sides[:, 1] / (wh[0] * wh[1])
    row = int((shares * of_class.confidence).argmax())
    return (float(of_class.confidence[row]), of_class.xyxy[row]) if shares[row] >= _LEAST_SHARE else None


def _wires(probability: Floats, wh: tuple[int, int]) -> tuple[float, tuple[float, ...], str] | None:
    from vision.wire_lines import lines_mask, wiring_of

    high, wide = probability.shape
    mask = lines_mask(probability, _WIRE_THRESHOLD, wide / 8)
    wiring = wiring_of(mask)
    if wiring.length_px < _LEAST_WIRE_SPANS * wide or not wiring.crossings:
        return None
    rows, columns = np.nonzero(mask)
    across, down = wh[0] / wide, wh[1] / high
    box = (columns.min() * across, rows.min() * down, (columns.max() + 1) * across, (rows.max() + 1) * down)
    words = f"wires of {wiring.length_px / wide:.1f} widths of the picture, {wiring.crossings} crossings"
    return float(probability[mask].mean()), box, words


LoadEye = Callable[[Path], Looks | None]


def load_eye(data: Path) -> Looks | None:
    """The best weights present, on this machine; None, and a word in the log, where there are none."""
    from models.catalog import find
    from models.errors import ModelError
    from models.session import open_session
    from models.spec import Task
    from vision.detect import Detector
    from vision.wires import WireFinder

    try:
        spec = find(None, data)
        detector = Detector(spec, open_session(spec).run)
    except ModelError as error:
        log.error("photos cannot be looked at: %s", error)
        return None
    finder: WireFinder | None = None
    try:
        wires = find(None, data, Task.WIRES)
        finder = WireFinder(wires, open_session(wires).run)
    except ModelError as error:
        log.info("photos are not searched for wires: %s", error)

    def looks(rgb: Picture) -> Seen:
        found = detector(rgb, (rgb.shape[1], rgb.shape[0]))
        return found, None if finder is None else finder(rgb)

    return looks
