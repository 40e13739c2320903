"""A picture as a rule about places needs it: what is under a box, where the anchors are now, what is bare."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vision.appearance import Patches, Smooth, patches
from vision.bare_ground import BareGround
from vision.hazards.drift import Aligned, Drift
from vision.hazards.rules import Observation
from vision.hazards.table import Table
from vision.types import Detections, Floats

_SETTLED_LOOKS = 3


class View:
    """Call `take` once a look, then ask. Boxes are px of the full frame, where the anchors were drawn: what the camera
    has moved by since then is added and taken away here."""

    def __init__(self) -> None:
        self.ground = BareGround()
        self._drift = Drift()
        self._smooth = Smooth(np.zeros((0, 0), np.uint8))
        self._source_wh = (0, 0)

    def take(self, seen: Observation) -> None:
        self._smooth, self._source_wh = Smooth(seen.luma), seen.source_wh

    def resized(self) -> None:
        """The camera sends another resolution: pictures of before cannot be laid over those of now."""
        self._drift = Drift()

    @property
    def drift_px(self) -> Floats:
        return self._drift.px

    def at_anchors(self, detections: Detections) -> Detections:
        """The same boxes where they would be if the camera had not moved."""
        if self._drift.at_home:
            return detections
        moved = detections.xyxy - np.tile(self._drift.px, 2)
        return Detections(moved, detections.confidence, detections.class_id)

    def align(self, table: Table, rows: NDArray[np.intp]) -> Aligned:
        """The picture under the anchors of those rows; it may find that the camera has moved."""
        settled = table["looks"][rows] >= _SETTLED_LOOKS
        return self._drift.align(self._smooth, table["xyxy"][rows], table["detail"][rows], settled, self._source_wh)

    def under(self, boxes: Floats) -> Patches:
        """The picture under boxes (N, 4)."""
        moved = boxes if self._drift.at_home else boxes + np.tile(self._drift.px, 2)
        return patches(self._smooth, moved, self._source_wh)

    def arrived(self, boxes: Floats) -> NDArray[np.bool_]:
        """Which boxes (N, 4) lie where the ground is known to have been bare, and is not now."""
        ground = self.ground.compare(boxes, self._source_wh, self.under(boxes), np.arange(len(boxes)))
        return ground.known & ~ground.bare

    def learn(self, occupied: Floats, at_s: float) -> None:
        """What the ground looks like beside the boxes (N, 4) on which something is. Call it when `is_to_learn`."""
        self.ground.learn(self._smooth.picture, occupied, self._source_wh, at_s)

    def is_to_learn(self, at_s: float) -> bool:
        return self._drift.at_home and self.ground.is_due(at_s)
