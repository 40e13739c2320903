"""The ground under a plan, on its plane: how high above it legs are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from drone.check.path import Leg
from drone.errors import BadArea
from drone.plane import LocalPlane, Points
from drone.relief import Relief
from drone.types import Place

# Posts lie 30 or 90 m apart, and the ground is straight between two: no hill hides between samples so near.
EVERY_M = 5.0


@dataclass(frozen=True, slots=True)
class Profile:
    """A leg's `heights_m` above the ground at `points` (N, 2), in the order that they are flown."""

    points: Points
    heights_m: Points


class Ground:
    """With a relief the ground as it tells, above home; without one it is level with home and nothing is known."""

    def __init__(self, relief: Relief | None, plane: LocalPlane, home: Place) -> None:
        self._relief, self._plane = relief, plane
        self._home_m = 0.0
        if relief is not None:
            self._home_m = float(self._amsl_m(np.array([home]))[0])

    @property
    def known(self) -> bool:
        return self._relief is not None

    def above_home_m(self, points: Points) -> Points:
        """(N,): how much the ground lies above home at places in metres on the plane.

        Raises:
            BadArea: the relief does not tell of one of them.
        """
        if self._relief is None:
            return np.zeros(len(points))
        return self._amsl_m(self._plane.to_degrees(points)) - self._home_m

    def profile(self, leg: Leg, part: BaseGeometry | None = None) -> Profile:
        """How high a leg is above the ground, all of it or where it runs in `part`: every 5 m, or at its ends where the
        ground is not known. A climb has two heights at one place."""
        if not self.known or leg.length_m == 0:
            ends = shapely.get_coordinates(leg.shape)[[0, -1]]
            return Profile(ends, np.array(leg.heights_m) - self.above_home_m(ends))
        pieces = shapely.segmentize(leg.shape if part is None else part, EVERY_M)
        points = shapely.get_coordinates(pieces)
        assert isinstance(leg.shape, LineString)
        along_m = shapely.line_locate_point(leg.shape, shapely.points(points))
        if leg.shape.is_closed:  # a circle, all of it at one height
            along_m = np.zeros(len(points))
        start_m, end_m = leg.heights_m
        high_m = start_m + along_m / leg.length_m * (end_m - start_m)
        return Profile(points, high_m - self.above_home_m(points))

    def _amsl_m(self, places: Points) -> Points:
        assert self._relief is not None
        found: Points = self._relief.heights_amsl_m(places[:, 0], places[:, 1])
        unknown = np.flatnonzero(np.isnan(found))
        if len(unknown):
            lon, lat = places[unknown[0]]
            raise BadArea(
                f"the terrain that is given has no height at {lon:.5f},{lat:.5f}, where the plan leads: give the "
                "tile that holds this place too (a folder may hold many)"
            )
        return found
