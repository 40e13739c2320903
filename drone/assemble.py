"""A course as a plan: degrees as MAVLink carries them, heights over home, take-off and return."""

from __future__ import annotations

from collections.abc import Sequence

from drone.course import Course
from drone.plane import LocalPlane
from drone.types import FencePolygon, PatrolPlan, Place, PlanItem, Return, Takeoff, Waypoint, Zone


def rounded(place: Place) -> Place:
    """To 1e-7 degrees, about 1 cm."""
    return round(float(place[0]), 7), round(float(place[1]), 7)


def assembled(
    name: str,
    home: Place,
    course: Course,
    plane: LocalPlane,
    *,
    height_m: float,
    speed_m_s: float,
    first: Sequence[PlanItem] = (),
    fence: tuple[FencePolygon, ...] = (),
    no_fly: tuple[Zone, ...] = (),
) -> PatrolPlan:
    """The flight along `course` at `height_m` above home; `first` is done after take-off: gimbal, pictures."""
    items: list[PlanItem] = [Takeoff(height_m), *first]
    before: Place | None = None
    for lonlat, transit in zip(plane.to_degrees(course.points), course.transit, strict=True):
        place = rounded((lonlat[0], lonlat[1]))
        if place != before:
            items.append(Waypoint(*place, height_m, speed_m_s, transit=bool(transit)))
        before = place
    return PatrolPlan(name=name, home=rounded(home), items=(*items, Return()), fence=fence, no_fly=no_fly)
