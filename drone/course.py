"""What is flown between take-off and return, on the plane: points, and which of the legs to them are transits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from shapely.geometry import LineString, Point

from drone.battery import Battery, flight_s
from drone.errors import BadArea, PlanRefused
from drone.plane import Points
from drone.share_out import shared_out

Way = Callable[[Points, Points], Points | None]
_MOST_FLIGHTS = 99
_ROUNDING_S = 1.0  # waypoints are rounded to a centimetre afterwards, which may add a turn or two


@dataclass(frozen=True, slots=True)
class Course:
    """`points` (N, 2) in metres; `transit` (N,): the leg that arrives there looks at nothing. The first leg comes from
    home and always is one."""

    points: Points
    transit: npt.NDArray[np.bool_]

    @property
    def along_m(self) -> npt.NDArray[np.float64]:
        """(N,): how far each point is from the first."""
        return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(self.points, axis=0).T))])

    def between(self, start_m: float, end_m: float) -> Course:
        """The piece from one distance along it to another."""
        along = self.along_m
        kept = (along > start_m + 1e-3) & (along < end_m - 1e-3)
        first, last = self._at(start_m), self._at(end_m)
        arriving = int(np.searchsorted(along, end_m - 1e-9))
        last_transit = self.transit[min(arriving, len(self.transit) - 1)]
        return Course(
            np.vstack([first[None], self.points[kept], last[None]]),
            np.concatenate([[True], self.transit[kept], [last_transit]]),
        )

    def _at(self, distance_m: float) -> Points:
        along = self.along_m
        return np.array([np.interp(distance_m, along, axis) for axis in self.points.T])


def joined(routes: list[Points], way: Way) -> Course:
    """Routes one after the other, with transits between."""
    points, transit = [routes[0]], [np.array([True, *[False] * (len(routes[0]) - 1)])]
    for before, after in pairwise(routes):
        between = way(before[-1], after[0])
        if between is None:
            raise BadArea(
                "part of the area cannot be reached from the rest without crossing a no-fly zone: plan them one by one"
            )
        points += [between[1:], after[1:]]
        transit += [np.ones(len(between) - 1, bool), np.zeros(len(after) - 1, bool)]
    return Course(np.vstack(points), np.concatenate(transit))


def from_home(course: Course, home: Points, way: Way) -> Course:
    """`course` with the bends of its way out and its way home, where those are not straight."""
    out, back = way(home, course.points[0]), way(course.points[-1], home)
    if out is None or back is None:
        raise PlanRefused("there is no way between home and the area that keeps off the no-fly zones: move home")
    return Course(
        np.vstack([out[1:-1], course.points, back[1:-1]]),
        np.concatenate([np.ones(len(out) - 2, bool), course.transit, np.ones(len(back) - 2, bool)]),
    )


def straightened(route: Points) -> Points:
    """Without points that repeat or lie on the way from the one before to the one after."""
    kept = [route[0]]
    for here, after in pairwise(route[1:]):
        on_the_way = LineString([kept[-1], after]).distance(Point(here)) < 1e-6
        if not on_the_way or np.dot(here - kept[-1], after - here) < 0:
            kept.append(here)
    return np.array([*kept, route[-1]]) if len(route) > 1 else route


def over_batteries(
    course: Course, home: Points, way: Way, battery: Battery, speed_m_s: float, height_m: float, drones: int = 1
) -> list[Course]:
    """The course in as few flights as its order allows, each from home and back within what a battery may give; for
    several drones as many for each, and evenly long.

    Raises:
        PlanRefused: a battery does not reach the farthest place, or is spent on climbing alone.
    """

    def needed_s(piece: Course) -> float:
        whole = from_home(piece, home, way).points
        return flight_s(np.vstack([home, whole, home]), speed_m_s, height_m, battery.wind_m_s)

    total_m = float(course.along_m[-1])

    def split(usable_s: float) -> list[Course]:
        if needed_s(course) <= usable_s:
            return [course]
        climb_s = flight_s(np.vstack([home, home]), speed_m_s, height_m)
        if 2 * climb_s > usable_s:
            raise PlanRefused(_too_short(battery, f"climb and descent alone take {climb_s / 60:.1f} min"))
        pieces: list[Course] = []
        start_m = 0.0
        while start_m < total_m - 0.01:
            end_m = _reach_m(course, start_m, total_m, lambda piece: needed_s(piece) <= usable_s)
            if end_m < min(start_m + 10.0, total_m) - 1e-6 or len(pieces) >= _MOST_FLIGHTS:
                raise PlanRefused(_too_short(battery, "the way there and back leaves no time over the area"))
            pieces.append(course.between(start_m, end_m))
            start_m = end_m
        return pieces

    pieces = shared_out(split, needed_s, battery.usable_s - _ROUNDING_S, drones)
    return [from_home(piece, home, way) for piece in pieces]


def _too_short(battery: Battery, why: str) -> str:
    return (
        f"{battery.endurance_s / 60:g} min are allowed, {battery.usable_s / 60:.1f} min without the reserve, and "
        f"{why}: fly lower or faster, move home nearer, or take a bigger battery"
    )


def _reach_m(course: Course, start_m: float, total_m: float, fits: Callable[[Course], bool]) -> float:
    """How far along the course one battery brings: bisection to 0.1 m, since more of it never takes less time."""
    if fits(course.between(start_m, total_m)):
        return total_m
    near, far = start_m, total_m
    while far - near > 0.1:
        middle = (near + far) / 2
        near, far = (middle, far) if fits(course.between(start_m, middle)) else (near, middle)
    return near
