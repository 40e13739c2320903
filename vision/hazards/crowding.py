"""About how many people a crowd holds that is too dense to count one by one, and how far to trust it.

Boxes tell of the first row. What hides the street there tells of all: as many people as would fill it if none hid
another, and the denser they stand the more of them are hidden. How many more was measured on composed crowds
(`sanxun eval crowd`, docs/gathering.md). Boxes say only where the crowd is, so one curve does for all weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.spec import VEHICLES, ObjectClass
from vision.circles import squared
from vision.filled import Filled
from vision.ground import GroundPlane, foot
from vision.hazards.rules import Observation
from vision.types import Detections, Floats

_FAINT, _VEHICLE = 0.1, 0.4  # confidence of a box that may be somebody, or a vehicle, who hides the street
_COMPANY = 3  # who stay within the radius, from which some there may not be boxed
_REACH = 2.0  # radii from the middle of those who were found, within which a crowd is counted
_FILL, _DENSER = 0.55, 1.26  # people = fill · filled ** denser: by least squares, of logarithms
_LOW, _HIGH = 0.66, 1.60  # of the middle, between which four of five crowds are
_FOUR_OF_FIVE = 1.28  # standard deviations to either side
_LEAST, _MORE = 20.0, 1.5  # people, and times as many as were found, under which those found are told alone


@dataclass(frozen=True, slots=True)
class Estimate:
    """`people` in the middle; four of five times there are between `low` and `high`."""

    people: float
    low: float
    high: float


class Crowding:
    """One zone's. `polygon`: corners (N, 2) in 0..1 of the picture. Call `see` for every look, also for those that the
    detector did not see."""

    def __init__(self, polygon: Floats, radius_m: float) -> None:
        self._filled, self._radius_m = Filled(polygon), radius_m
        self._people = self._vehicles = self._gathered = np.zeros((0, 4), np.float32)

    def see(self, seen: Observation, stay: Floats, plane: GroundPlane | None) -> None:
        """`stay`: boxes (S, 4) of those who stay, px of the full frame."""
        if seen.detections is not None:
            self._people, self._vehicles = _people_and_vehicles(seen.detections)
            self._gathered = _gathered(stay, plane, self._radius_m)
        hiding = np.concatenate([self._people, self._vehicles])
        self._filled.see(seen.luma, seen.at_s, hiding, self._gathered, seen.source_wh)

    def filled(self, boxes: Floats, plane: GroundPlane, source_wh: tuple[int, int], began_s: float) -> float | None:
        """How many people would fill what those fill who stand with those in `boxes` (N, 4), if none hid another: in
        the look that found them. None where it cannot be told, as of a crowd that was there, since `began_s`, before
        the street was seen."""
        if not self._filled.since_s < began_s:
            return None
        middle = plane.metres(foot(boxes)).mean(axis=0)
        return self._filled.people(boxes, self._vehicles, middle, _REACH * self._radius_m, plane, source_wh)

    def shift_clock(self, by_s: float) -> None:
        self._filled.shift_clock(by_s)


def estimate(filled: float, found: int, length_error: float) -> Estimate | None:
    """Of a crowd that fills what so many people would if none hid another, of whom some were found; None where those
    are told alone. `length_error`: how far off lengths on the ground may be, a share.

    >>> estimate(30.0, 8, 0.0)
    Estimate(people=40.0, low=26.0, high=64.0)
    """
    people = _FILL * filled**_DENSER
    if people < max(_LEAST, _MORE * found):
        return None
    ground = 2 * _DENSER * length_error * _FOUR_OF_FIVE  # what they fill is an area
    low, high = (math.exp(math.copysign(math.hypot(math.log(by), ground), math.log(by))) for by in (_LOW, _HIGH))
    return Estimate(float(round(people)), float(max(found, round(low * people))), float(round(high * people)))


def _people_and_vehicles(detections: Detections) -> tuple[Floats, Floats]:
    person = (detections.class_id == ObjectClass.PERSON) & (detections.confidence >= _FAINT)
    vehicle = np.isin(detections.class_id, VEHICLES) & (detections.confidence >= _VEHICLE)
    return detections.xyxy[person], detections.xyxy[vehicle]


def _gathered(stay: Floats, plane: GroundPlane | None, radius_m: float) -> Floats:
    """Those of the boxes (N, 4) who have others near them."""
    if plane is None:
        return stay[:0]
    at_m = plane.metres(foot(stay))
    near = (squared(at_m, at_m) <= radius_m**2).sum(axis=1) >= _COMPANY
    return np.asarray(stay[near], np.float32)
