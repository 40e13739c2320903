"""The ground of a camera that nobody calibrated, from how tall persons and cars look in it.

How tall a thing of known height looks depends, for a level camera, only on the picture's row that it stands in. So all
that is kept of what was seen is how often a box of a certain height stood in a certain row: no boxes, no persons.
From that come the camera's height, its tilt and its focal length, by least squares that outliers pull little (Huber
1964), together with what such cameras usually are: few heights, or all in one row, leave much of it open, and the
plane's own doubt then says so. The same idea from persons alone: Lv, Zhao and Nevatia 2006.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from vision.boxes import intersection
from vision.ground import BadGround, Doubles, GroundPlane, from_camera
from vision.types import Detections

_ROWS, _HEIGHTS = 48, 64
_LOWEST, _HIGHEST = np.log(0.01), np.log(1.0)  # heights, of the picture's
_SURE = 0.35  # confidence from which a box is what it is called
_EDGE = 0.01  # of the picture: what touches its border is cut
_COVERED = 0.15  # a box that another, nearer one covers by so much may hide its feet
_STANDS = (1.5, 4.5)  # height over width of somebody who stands or walks
_A_LOOK = 40  # boxes of one look that are enough to learn from
_LEAST = 8  # boxes before a plane is told at all
_GROWN = 1.5  # times as many boxes before it is found anew
_FULL = 20_000.0  # boxes, after which older ones fade: cameras are aimed anew
_OWN_SPREAD = 0.04  # of log height: what a detector errs by in one row, however many it saw there
_HUBER = 1.5

# height m, depth m from where it touches the ground to where it is highest, spread of log height
_SIZES = {ObjectClass.PERSON: (1.68, 0.0, 0.12), ObjectClass.CAR: (1.5, 3.0, 0.30)}
_OF_ALL = 0.05  # people of one place are all a little taller or shorter than that
# log height of the camera, m; tilt; log focal length over the picture's width: usual, and how far from it usually
_USUAL = np.array([np.log(5.0), np.radians(20.0), np.log(0.87)])
_AROUND = np.array([0.6, np.radians(15.0), 0.35])
_TILTS = np.radians([8.0, 20.0, 35.0, 55.0])


@dataclass(frozen=True, slots=True)
class Learnt:
    """A plane found from so many boxes, and the camera that it is the ground of."""

    plane: GroundPlane
    boxes: int
    height_m: float
    tilt_deg: float
    focal_px: float


class GroundLearner:
    """Learns one camera's ground. Call `see` for every look that the detector saw, and `plane` when one is needed."""

    def __init__(self) -> None:
        self._seen = {kind: np.zeros((_ROWS, _HEIGHTS), np.float64) for kind in _SIZES}
        self._at: Doubles | None = None
        self._known: tuple[tuple[int, int], Learnt] | None = None
        self._covariance: Doubles = np.diag(_AROUND**2)
        self._fitted = 0.0
        self._aspect: float | None = None

    @property
    def boxes(self) -> float:
        """How many boxes it has learnt from; older ones fade."""
        return float(sum(seen.sum() for seen in self._seen.values()))

    def see(self, detections: Detections, source_wh: tuple[int, int]) -> None:
        """Take in the heights of one look's boxes, px of `source_wh`."""
        aspect = source_wh[0] / source_wh[1]
        if self._aspect is not None and abs(aspect / self._aspect - 1) > 0.02:
            self.__init__()  # type: ignore[misc]
        self._aspect = aspect
        if len(detections) > _A_LOOK:
            detections = detections[np.linspace(0, len(detections) - 1, _A_LOOK).astype(int)]
        whole = detections[_whole(detections, source_wh)]
        height = (whole.xyxy[:, 3] - whole.xyxy[:, 1]) / source_wh[1]
        slim = height * source_wh[1] / np.maximum(whole.xyxy[:, 2] - whole.xyxy[:, 0], 1)
        for kind, seen in self._seen.items():
            rows = whole.class_id == kind
            if kind is ObjectClass.PERSON:
                rows &= (slim >= _STANDS[0]) & (slim <= _STANDS[1])
            row = np.clip(whole.xyxy[rows, 3] / source_wh[1] * _ROWS, 0, _ROWS - 1).astype(int)
            tall = (np.log(height[rows]) - _LOWEST) / (_HIGHEST - _LOWEST) * _HEIGHTS
            np.add.at(seen, (row, np.clip(tall, 0, _HEIGHTS - 1).astype(int)), 1.0)
        if self.boxes > _FULL:
            for seen in self._seen.values():
                seen /= 2
            self._fitted /= 2

    def learnt(self, source_wh: tuple[int, int]) -> Learnt | None:
        """The ground as far as it is known; None before enough was seen. A few ms when it has learnt half as much again
        as when it was last found, and nothing otherwise."""
        boxes = self.boxes
        if boxes >= max(_LEAST, _GROWN * self._fitted) or (boxes >= _LEAST and self._at is None):
            self._fit()
        if self._at is None:
            return None
        if self._known is not None and self._known[0] == source_wh:
            return self._known[1]
        height, tilt, focal = float(np.exp(self._at[0])), float(self._at[1]), float(np.exp(self._at[2])) * source_wh[0]
        try:
            plane = from_camera(height, tilt, focal, source_wh, self._covariance)
        except BadGround:
            return None
        found = Learnt(plane, int(self._fitted), height, float(np.degrees(tilt)), focal)
        self._known = source_wh, found
        return found

    def plane(self, source_wh: tuple[int, int]) -> GroundPlane | None:
        """The same, the plane alone."""
        learnt = self.learnt(source_wh)
        return None if learnt is None else learnt.plane

    def _fit(self) -> None:
        self._fitted, self._known = self.boxes, None
        rows = [row for kind, seen in self._seen.items() for row in _rows(kind, seen)]
        if not rows:
            return
        residuals = _residuals(np.array(rows), self._aspect or 1.0)
        starts = [np.array([_USUAL[0], tilt, _USUAL[2]]) for tilt in _TILTS] if self._at is None else [self._at]
        found = min((_least(residuals, start) for start in starts), key=lambda one: one[0])
        self._at, self._covariance = found[1], found[2]
        self._covariance[0, 0] += _OF_ALL**2

    def state(self) -> dict[str, Any]:
        """All that a restart needs, as JSON values: counts by row and height."""
        return {
            "aspect": self._aspect,
            "seen": {
                kind.label: [
                    [int(r), int(h), float(round(seen[r, h], 3))] for r, h in zip(*np.nonzero(seen), strict=True)
                ]
                for kind, seen in self._seen.items()
            },
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from such a state. Raises `ValueError`, `KeyError` or `TypeError` where it cannot be read."""
        if not state:  # the ground was measured until now
            return
        fresh = GroundLearner()
        fresh._aspect = None if state["aspect"] is None else float(state["aspect"])
        for kind, seen in fresh._seen.items():
            for row, height, count in state["seen"][kind.label]:
                if not (0 <= row < _ROWS and 0 <= height < _HEIGHTS and count >= 0):
                    raise ValueError(f"ground: row, height and count out of range: {row}, {height}, {count}")
                seen[row, height] = count
        self.__dict__.update(fresh.__dict__)


def _whole(detections: Detections, source_wh: tuple[int, int]) -> NDArray[np.bool_]:
    """Which boxes show something whole: sure, not cut by the picture's border, their feet not behind another."""
    boxes = detections.xyxy
    edge = np.array([_EDGE * source_wh[0], _EDGE * source_wh[1]])
    inside = (boxes[:, :2] > edge).all(axis=1) & (boxes[:, 2:] < np.asarray(source_wh) - edge).all(axis=1)
    shared = intersection(boxes, boxes)
    nearer = boxes[None, :, 3] > boxes[:, None, 3]
    own = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1)
    covered = ((shared / own[:, None] > _COVERED) & nearer).any(axis=1)
    tall = boxes[:, 3] - boxes[:, 1] > 0.012 * source_wh[1]
    return np.asarray(inside & ~covered & tall & (detections.confidence >= _SURE), np.bool_)


def _rows(kind: ObjectClass, seen: Doubles) -> list[tuple[float, ...]]:
    """For each row of the picture in which enough was seen: where, median log height, its error, and what it is."""
    height_m, depth_m, spread = _SIZES[kind]
    centres = _LOWEST + (np.arange(_HEIGHTS) + 0.5) / _HEIGHTS * (_HIGHEST - _LOWEST)
    found: list[tuple[float, ...]] = []
    for row in np.flatnonzero(seen.sum(axis=1) >= 1):
        counts = seen[row]
        total = counts.sum()
        share = np.cumsum(counts) / total
        median = float(np.interp(0.5, share - counts / total / 2, centres))
        # Boxes of one look after another are of the same persons: a tenth of them are news.
        error = np.sqrt(spread**2 / max(1.0, total / 10) + _OWN_SPREAD**2)
        found.append(((row + 0.5) / _ROWS, median, float(error), height_m, depth_m))
    return found


def _residuals(rows: Doubles, aspect: float) -> Callable[[Doubles], Doubles]:
    """What three parameters leave unexplained, in standard deviations: of each row, then of what is usual."""
    v, log_tall, error, height_m, depth_m = rows.T

    def of(at: Doubles) -> Doubles:
        camera_m, tilt, focal = np.exp(at[0]), at[1], np.exp(at[2]) * aspect  # of the picture's height
        sin, cos = np.sin(tilt), np.cos(tilt)
        ray = (v - 0.5) / focal
        down = np.maximum(sin + cos * ray, 1e-4)
        away = camera_m * (cos - sin * ray) / down + depth_m
        below = camera_m - height_m
        top = focal * (below * cos - away * sin) / np.maximum(below * sin + away * cos, 1e-3)
        tall = np.log(np.maximum(v - 0.5 - top, 1e-4))
        off = (log_tall - tall) / error
        pulled = np.where(
            np.abs(off) <= _HUBER, off, np.sign(off) * np.sqrt(np.maximum(2 * _HUBER * np.abs(off) - _HUBER**2, 0))
        )
        return np.concatenate([pulled, (at - _USUAL) / _AROUND])

    return of


def _least(residuals: Callable[[Doubles], Doubles], at: Doubles) -> tuple[float, Doubles, Doubles]:
    """Levenberg and Marquardt's least squares: cost, parameters, covariance."""
    damping, now = 1e-2, residuals(at)
    for _ in range(40):
        jacobian = np.stack([(residuals(at + step) - now) / 1e-5 for step in 1e-5 * np.eye(3)], axis=1)
        normal, slope = jacobian.T @ jacobian, jacobian.T @ now
        move = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), slope)
        tried = residuals(at - move)
        if tried @ tried < now @ now:
            done = now @ now - tried @ tried < 1e-6 * (now @ now)
            at, now, damping = at - move, tried, damping / 4
            if done:
                break
        else:
            damping *= 8
            if damping > 1e6:
                break
    jacobian = np.stack([(residuals(at + step) - now) / 1e-5 for step in 1e-5 * np.eye(3)], axis=1)
    return float(now @ now), at, np.asarray(np.linalg.inv(jacobian.T @ jacobian), np.float64)
