"""What Sanxun knows of one set of weights, and the object classes it looks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path


class ObjectClass(IntEnum):
    """The classes that hazards are made of; `Detections.class_id` holds these, whatever the weights call them."""

    PERSON = 0
    TWO_WHEELER = 1
    CAR = 2
    BUS = 3
    TRUCK = 4

    @property
    def label(self) -> str:
        return self.name.lower()


VEHICLES = (ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK)

# Names as public data sets write them. A name that is absent here is not looked for.
_NAMES: dict[str, ObjectClass] = {
    "person": ObjectClass.PERSON,
    "pedestrian": ObjectClass.PERSON,
    "people": ObjectClass.PERSON,
    "two_wheeler": ObjectClass.TWO_WHEELER,
    "bicycle": ObjectClass.TWO_WHEELER,
    "bike": ObjectClass.TWO_WHEELER,
    "motorcycle": ObjectClass.TWO_WHEELER,
    "motorbike": ObjectClass.TWO_WHEELER,
    "motor": ObjectClass.TWO_WHEELER,
    "tricycle": ObjectClass.TWO_WHEELER,
    "awning_tricycle": ObjectClass.TWO_WHEELER,
    "car": ObjectClass.CAR,
    "van": ObjectClass.CAR,
    "bus": ObjectClass.BUS,
    "truck": ObjectClass.TRUCK,
}


def object_class(name: str) -> ObjectClass | None:
    """The object class that a weight's class name means, or None where Sanxun does not look for it."""
    return _NAMES.get(name.strip().lower().replace("-", "_").replace(" ", "_"))


class Task(StrEnum):
    """What weights are for."""

    DETECT = "detect"  # boxes of persons and vehicles
    AERIAL = "aerial"  # the same in pictures from the air; where there are none, those for "detect"
    WIRES = "wires"  # which pixels show a wire


class Head(StrEnum):
    """How a network's output tensor is laid out (N anchors, C classes)."""

    END_TO_END = "end_to_end"  # (1, N, 6): x1 y1 x2 y2 confidence class, px of the input; YOLO26, no NMS
    YOLO = "yolo"  # (1, 4 + C, N): cx cy w h and class scores, px of the input; YOLOv8, YOLO11
    YOLOX = "yolox"  # (1, N, 5 + C): raw grid offsets, objectness and class scores; YOLOX without decoding
    NANODET = "nanodet"  # (1, N, C + 32): class scores, distributions of the distances to the sides; six outputs joined
    MASK = "mask"  # (1, 1, H, W): the probability, 0 to 1, that a pixel of the input shows a wire; task "wires"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One set of weights: all that is needed to run them and to say where they came from.

    `input_hw` is the picture that the network takes, height then width, in px. `channel_order` and `scale` say how
    its pixels are meant: value = uint8 * scale, in `channel_order`. `accuracy` maps a named measurement
    (for instance ``"ap50_street"``, 0 to 1) to its figure; empty means not measured. `calibration`, a and b by
    the label of an object class: confidence = sigmoid(a * logit(what the network says) + b) (Platt 1999), so that the
    rules' thresholds mean the same with weights whose confidences run higher than others'. `int8` is the file of the
    same weights in eight bits, where one was made on this machine (`models.int8`).
    """

    name: str
    path: Path
    head: Head
    classes: tuple[str, ...]
    input_hw: tuple[int, int]
    bytes: int
    sha256: str
    task: Task = Task.DETECT
    channel_order: str = "rgb"  # or "bgr"
    scale: float = 1 / 255
    calibration: dict[str, tuple[float, float]] = field(default_factory=dict)
    licence: str = "unknown"
    provenance: str = "unknown"
    accuracy: dict[str, float] = field(default_factory=dict)
    int8: Path | None = None

    def object_classes(self) -> tuple[ObjectClass | None, ...]:
        """For each class of the weights, in order: what it means to Sanxun, None for nothing."""
        return tuple(object_class(name) for name in self.classes)
