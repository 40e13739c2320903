"""One picture in, detections out: letterbox, normalise, infer, decode, suppress."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from models.spec import Head, ModelSpec
from vision.boxes import non_maximum_suppression
from vision.calibration import Calibration
from vision.heads import decode
from vision.letterbox import apart, letterbox, to_source
from vision.types import Detections, Floats, Frame, Ints, Picture, Planes

Infer = Callable[[Any], Floats]

# Of one picture. A street has some hundred candidates, a crowd at confidence 0.001 has 2,000; who sees more sees noise,
# and 8,000 of them took 1.1 GB and 3 s to suppress.
MOST_CANDIDATES, MOST_DETECTIONS = 3000, 1000

# A van is called car by one anchor and truck by the next: motor vehicles suppress each other, riders and bikes do not.
SUPPRESSION_GROUP: Ints = np.array([0, 1, 2, 2, 2], np.int64)


class Detector:
    """A model with its pre- and post-processing. One caller at a time: it reuses its input buffers.

    `infer` takes float32 (1, 3, h, w), or with `takes_bytes` uint8 not yet scaled, and returns the model's raw first
    output, with or without the batch axis.
    `precision` is what `infer` computes in.
    `floor` is the lowest confidence returned: rules and redaction apply their own, higher or equal. Beyond
    `MOST_DETECTIONS` the weakest are left out, and counted.
    """

    def __init__(
        self,
        spec: ModelSpec,
        infer: Infer,
        *,
        floor: float = 0.1,
        iou_limit: float = 0.6,
        precision: str = "fp32",
        takes_bytes: bool = False,
    ) -> None:
        meanings = spec.object_classes()
        self.spec, self.precision = spec, precision
        self._infer = infer
        self._floor, self._iou_limit = floor, iou_limit
        self._calibration = Calibration(spec.calibration) if spec.calibration else None
        self._raw_floor = self._calibration.said(floor) if self._calibration else floor
        self._left_out = 0
        self._columns: Ints = np.array([i for i, found in enumerate(meanings) if found is not None], np.int64)
        self._meaning: Ints = np.array([-1 if found is None else found for found in meanings], np.int64)
        height, width = spec.input_hw
        self._bytes: Picture = np.empty((1, 3, height, width), np.uint8)
        self._floats: Floats | None = None if takes_bytes else np.empty((1, 3, height, width), np.float32)

    def twin(self) -> Detector:
        """Another for another thread: the same network, input buffers of its own."""
        return Detector(
            self.spec,
            self._infer,
            floor=self._floor,
            iou_limit=self._iou_limit,
            precision=self.precision,
            takes_bytes=self._floats is None,
        )

    @property
    def named(self) -> dict[str, str]:
        """Which weights look, and in which precision: what an event tells of its detector."""
        return {"model": self.spec.name, "precision": self.precision}

    def take_left_out(self) -> int:
        """How many were left out since this was asked last."""
        left_out, self._left_out = self._left_out, 0
        return left_out

    @property
    def fit_wh(self) -> tuple[int, int]:
        """Pictures that fit in this size are not scaled again."""
        height, width = self.spec.input_hw
        return width, height

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        """Detections in px of `source_wh`, of which `rgb`, uint8 (h, w, 3), is a scaled-down copy."""
        return self._found(apart(rgb), source_wh)

    def see(self, frame: Frame) -> Detections:
        """The same of a whole frame, whose colours are never put together: 0.2 ms less."""
        return self._found(frame.shot.planes(), frame.source_wh)

    def _found(self, planes: Planes, source_wh: tuple[int, int]) -> Detections:
        placement = letterbox(planes if self.spec.channel_order == "rgb" else planes[::-1], self._bytes[0])
        output = self._infer(self._fed())
        output = output[0] if output.ndim == 3 else output
        xyxy, confidence, index = decode(self.spec.head, output, self._columns, self.spec.input_hw, self._raw_floor)
        if self._calibration is not None:
            confidence = self._calibration.meant(confidence, self._meaning[index])
            sure = confidence >= self._floor
            xyxy, confidence, index = xyxy[sure], confidence[sure], index[sure]
        if len(index) > MOST_CANDIDATES:
            xyxy, confidence, index = self._strongest(MOST_CANDIDATES, xyxy, confidence, index)
        class_id = self._meaning[index]
        if self.spec.head is not Head.END_TO_END:
            rows = non_maximum_suppression(xyxy, confidence, SUPPRESSION_GROUP[class_id], self._iou_limit)
            xyxy, confidence, class_id = xyxy[rows], confidence[rows], class_id[rows]
        if len(class_id) > MOST_DETECTIONS:
            xyxy, confidence, class_id = self._strongest(MOST_DETECTIONS, xyxy, confidence, class_id)
        return Detections(to_source(xyxy, placement, source_wh), confidence.astype(np.float32), class_id)

    def _strongest(self, most: int, xyxy: Floats, confidence: Floats, kind: Ints) -> tuple[Floats, Floats, Ints]:
        self._left_out += len(kind) - most
        rows = np.argsort(-confidence, kind="stable")[:most]
        return xyxy[rows], confidence[rows], kind[rows]

    def _fed(self) -> Floats | Picture:
        """The planes as bytes, or scaled where the network takes no bytes."""
        if self._floats is None:
            return self._bytes
        return np.multiply(self._bytes, np.float32(self.spec.scale), out=self._floats)
