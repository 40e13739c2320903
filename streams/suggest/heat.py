"""What a camera's picture is used for, by cell: counts and seconds, never who. A day takes no more memory than an hour.

Vehicles that move through a cell are counted once each; vehicles that stand are counted by how long they stood; of
persons only their seconds are kept, and how many were near each other at most.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.spec import VEHICLES, ObjectClass
from vision.types import Detections, Floats, Tracks

ROWS, COLUMNS = 54, 96
# How long vehicles stood, s: bounds of the bins; the first bin is never filled, shorter ones are no stays.
BOUNDS_S: NDArray[np.float64] = np.array([5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 3600, 14400])
_SURE = 0.35  # confidence from which something counts
_MOVES = 0.25  # box heights per s from which a vehicle is on its way
_LEAPS = 4.0  # box heights between two looks beyond which a track has jumped to another thing
_FOOT = 0.35  # lower part of a box that stands on the ground, of its height
_TRACKS = 256  # remembered at once
_LOST_S = 6.0
_GAP_S = 3.0  # what one look vouches for, at most
_NEAR = 1.2  # body heights apart, sideways, and a third of that in depth: people who are together

Cells = NDArray[np.float64]


class Heat:
    """Counts of one camera. Call `see` once a look that was inferred, in order, and `stay` for each vehicle that stood.

    `passes` (ROWS, COLUMNS): vehicles that drove through; `flow` (ROWS, COLUMNS, 2) the sum of their directions, each
    of length 1, x then y. `stays` (ROWS, COLUMNS, len(BOUNDS_S) + 1): vehicles that
    stood, by how long. `person_s` and `standing_s`: seconds of persons, and of those who did not walk. `together`: the
    most persons near each other at once.
    """

    def __init__(self) -> None:
        self.passes: Cells = np.zeros((ROWS, COLUMNS))
        self.flow: Cells = np.zeros((ROWS, COLUMNS, 2))
        self.stays: Cells = np.zeros((ROWS, COLUMNS, len(BOUNDS_S) + 1))
        self.person_s: Cells = np.zeros((ROWS, COLUMNS))
        self.standing_s: Cells = np.zeros((ROWS, COLUMNS))
        self.together: Cells = np.zeros((ROWS, COLUMNS))
        self.vehicles = self.stood = 0
        self._last: dict[int, tuple[float, Floats]] = {}
        self._marked: dict[int, NDArray[np.bool_]] = {}
        self._at_s: float | None = None

    def see(self, tracks: Tracks, at_s: float, source_wh: tuple[int, int]) -> None:
        """Take in what one look saw, at `at_s`."""
        gap_s = 0.0 if self._at_s is None else min(max(at_s - self._at_s, 0.0), _GAP_S)
        self._at_s = at_s
        sure = (tracks.detections.confidence >= _SURE) & (tracks.track_id >= 0)
        boxes = tracks.detections.xyxy * _to_cells(source_wh)
        tall = np.maximum(tracks.detections.xyxy[:, 3] - tracks.detections.xyxy[:, 1], 1)
        speed = np.linalg.norm(tracks.velocity_px_s, axis=1) / tall
        vehicle = np.isin(tracks.detections.class_id, VEHICLES)
        for row in np.flatnonzero(sure & vehicle):
            self._drive(int(tracks.track_id[row]), boxes[row], float(speed[row]), at_s)
        self._people(boxes[sure & (tracks.detections.class_id == ObjectClass.PERSON)], speed, tracks, sure, gap_s)
        for lost in [i for i, (seen_s, _) in self._last.items() if at_s - seen_s > _LOST_S]:
            del self._last[lost]
            self._marked.pop(lost, None)

    def stay(self, xyxy: Floats, stood_s: float, source_wh: tuple[int, int]) -> None:
        """A vehicle stood on a box (4,), px of `source_wh`, for so long."""
        mask = _foot(np.asarray(xyxy) * _to_cells(source_wh))
        self.stays[mask, int(np.searchsorted(BOUNDS_S, stood_s, side="right"))] += 1
        self.stood += 1

    def _drive(self, track_id: int, box: Floats, speed: float, at_s: float) -> None:
        before = self._last.get(track_id)
        if before is None and len(self._last) >= _TRACKS:
            return
        self._last[track_id] = at_s, box
        if before is None or speed < _MOVES:
            return
        way = _standing_at(box) - _standing_at(before[1])
        moved = float(np.linalg.norm(way))
        if not 0 < moved <= _LEAPS * (box[3] - box[1]):
            return
        path = np.zeros((ROWS, COLUMNS), np.uint8)
        ends = [tuple(int(v) for v in _standing_at(one)) for one in (before[1], box)]
        cv2.line(path, ends[0], ends[1], 1, max(1, round(float(box[2] - box[0]) * 0.8)))
        if track_id not in self._marked:
            self._marked[track_id] = np.zeros((ROWS, COLUMNS), bool)
            self.vehicles += 1
        fresh = (path > 0) & ~self._marked[track_id]
        self.passes[fresh] += 1
        self.flow[fresh] += way / moved
        self._marked[track_id] |= fresh

    def _people(
        self, boxes: Floats, speed: NDArray[np.floating], tracks: Tracks, sure: NDArray[np.bool_], gap_s: float
    ) -> None:
        if not len(boxes):
            return
        slow = speed[sure & (tracks.detections.class_id == ObjectClass.PERSON)] < _MOVES / 2
        near = _near(boxes)
        for box, stands, others in zip(boxes, slow, near, strict=True):
            mask = _foot(box, widened=0.5)
            self.person_s[mask] += gap_s
            self.standing_s[mask] += gap_s * bool(stands)
            self.together[mask] = np.maximum(self.together[mask], others)


def usual_s(histogram: NDArray[np.floating], share: float) -> float:
    """How long that share of the stays lasted at most, s, by the upper bound of its bin; 0 where there is none.

    >>> counts = np.zeros(16); counts[[1, 4]] = 3, 1; usual_s(counts, 0.5), usual_s(counts, 0.95)
    (10.0, 30.0)
    """
    total = float(histogram.sum())
    if not total:
        return 0.0
    at = int(np.searchsorted(np.cumsum(histogram), share * total - 1e-9))
    return float(BOUNDS_S[min(at, len(BOUNDS_S) - 1)])


def counted(detections: Detections) -> Detections:
    """Those that are sure enough to count."""
    return detections[detections.confidence >= _SURE]


def _to_cells(source_wh: tuple[int, int]) -> Floats:
    across, down = COLUMNS / source_wh[0], ROWS / source_wh[1]
    return np.array([across, down, across, down], np.float32)


def _standing_at(box: Floats) -> Floats:
    """Where something stands: the middle of the part of its box that is on the ground, in cells."""
    return np.array([(box[0] + box[2]) / 2, box[3] - _FOOT / 2 * (box[3] - box[1])], np.float32)


def _foot(box: Floats, widened: float = 0.0) -> NDArray[np.bool_]:
    """The cells that something stands on; at least one."""
    x1, y1, x2, y2 = (float(v) for v in box)
    top = y2 - _FOOT * (y2 - y1)
    left, right = int(x1 - widened), int(np.ceil(x2 + widened))
    mask = np.zeros((ROWS, COLUMNS), bool)
    left = min(max(left, 0), COLUMNS - 1)
    first = min(max(int(top - widened), 0), ROWS - 1)
    mask[first : max(first + 1, int(np.ceil(y2 + widened))), left : max(left + 1, right)] = True
    return mask


def _near(boxes: Floats) -> NDArray[np.int64]:
    """How many persons stand near each, itself among them (N,): by body heights, since nobody calibrated."""
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]
    tall = np.maximum(boxes[:, 3] - boxes[:, 1], 0.5)
    # A cell is as wide as high where the picture is 16 to 9.
    reach = _NEAR * (tall[:, None] + tall[None]) / 2
    close = (np.abs(x[:, None] - x[None]) <= reach) & (np.abs(y[:, None] - y[None]) <= reach / 2)
    return np.asarray(close.sum(axis=1), np.int64)
