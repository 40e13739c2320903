"""Which boxes of a look are vehicles that nothing is known of yet: what makes new places."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vision.boxes import area, intersection
from vision.hazards.fitting import ON_PLACE, Overlap, overlap
from vision.hazards.table import Table
from vision.types import Detections, Floats
from vision.zones import Zone

START = 0.3  # confidence that makes a new place; weaker boxes only confirm one ...
_FAINT_START = 0.12  # ... but where the ground was bare and something has come: small and dark vehicles
_IN_ZONE = 0.5  # share of a vehicle's footprint that must lie in the zone
_CLOSE_S = 0.5  # looks closer together than this show what moves by where it is
_TOUCHES = 0.2  # share of a faint box
_STAYS = 0.6  # IoU with a box of the last look

Rows = NDArray[np.intp]


class Newcomers:
    """One zone's. `find` once for every look of the detector."""

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._before_s = -math.inf
        self._before: Floats = np.zeros((0, 4), np.float32)  # the vehicles of the last look

    def find(
        self,
        vehicles: Detections,
        box_of_place: NDArray[np.int64],
        overlaps: Overlap,
        table: Table,
        source_wh: tuple[int, int],
        at_s: float,
        arrived: Callable[[Floats], NDArray[np.bool_]],
    ) -> Rows:
        """Rows of `vehicles`, the surest first. `overlaps` and `box_of_place`: how they lie on the places of `table`;
        `arrived` answers which boxes (N, 4) lie where the ground was bare and is not now."""
        fresh = vehicles.confidence >= _FAINT_START
        fresh[box_of_place[box_of_place >= 0]] = False
        rows = fresh.nonzero()[0]
        if len(rows):
            # A bus before a parked car is no part of it: only what can be seen to stand there has parts.
            part = overlaps.part(rows) & (table["watched"] | (overlaps.iou[rows] >= ON_PLACE))
            rows = rows[~part.any(axis=1)]
        if len(rows):
            rows = rows[self.in_zone(vehicles.xyxy[rows], source_wh)]
        if len(rows):
            rows = rows[self._stays(vehicles.xyxy[rows], at_s)]
        if len(rows):
            rows = self._believed(vehicles, rows, arrived)
        if len(rows) > 1:
            rows = _apart(vehicles.xyxy, rows[np.argsort(-vehicles.confidence[rows], kind="stable")])
        self._before_s, self._before = at_s, vehicles.xyxy
        return rows

    def in_zone(self, boxes: Floats, source_wh: tuple[int, int]) -> NDArray[np.bool_]:
        return self._zone.footprint_share(boxes, source_wh) >= _IN_ZONE

    def _stays(self, boxes: Floats, at_s: float) -> NDArray[np.bool_]:
        """Where looks are close together, what drives through is not where it was in the last one."""
        if not 0 <= at_s - self._before_s < _CLOSE_S:
            return np.ones(len(boxes), bool)
        return np.asarray((overlap(boxes, self._before).iou >= _STAYS).any(axis=1))

    def _believed(self, vehicles: Detections, rows: Rows, arrived: Callable[[Floats], NDArray[np.bool_]]) -> Rows:
        sure = vehicles.confidence[rows] >= START
        if sure.all():
            return rows
        faint = rows[~sure]
        # A part of what surely stands there changes the ground too.
        surer = vehicles.xyxy[vehicles.confidence >= START]
        size = np.maximum(area(vehicles.xyxy[faint]), 1.0)
        apart = (intersection(vehicles.xyxy[faint], surer) < _TOUCHES * size[:, None]).all(axis=1)
        faint = faint[apart]
        return np.concatenate([rows[sure], faint[arrived(vehicles.xyxy[faint])]])


def _apart(boxes: Floats, rows: Rows) -> Rows:
    """Of boxes in order, those that are no second one on a vehicle that comes before."""
    part = overlap(boxes[rows], boxes[rows]).part(np.arange(len(rows)))
    kept: list[int] = []
    for at in range(len(rows)):
        if not part[at, kept].any():
            kept.append(at)
    return rows[kept]
