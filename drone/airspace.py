"""The air that patrols along lines and to places fly in: what the zones leave of it, and the ways through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

from drone import keep_out
from drone.area import FARTHEST_HOME_M, KeepOut, check_home, surroundings
from drone.errors import BadArea, PlanRefused
from drone.fence import fence
from drone.plane import LocalPlane, Points, sag_m
from drone.types import PatrolPlan, Place, Zone
from drone.ways import Ways, open_air


@dataclass(frozen=True)
class Airspace:
    """Metres on `plane`; `shapes` are the zones without buffer, `barred` with it."""

    plane: LocalPlane
    home: Points
    places: Points
    zones: tuple[Zone, ...]
    shapes: tuple[Polygon, ...]
    barred: BaseGeometry
    margin_m: float

    @classmethod
    def around(cls, places: Sequence[Place], home: Place, keep_out_of: KeepOut, height_m: float) -> Airspace:
        """The air round some places and home.

        Raises:
            BadArea: places that are farther apart than one degree, home far from all of them or in a zone.
        """
        everything = np.array([*places, home])
        west, south = everything.min(axis=0)
        east, north = everything.max(axis=0)
        if not np.isfinite(everything).all() or max(east - west, north - south) > 1:
            raise BadArea("places and home lie over a degree apart: are they longitude first?")
        away_m = min((keep_out.apart_m(place, home) for place in places), default=0.0)
        if away_m > FARTHEST_HOME_M:
            raise BadArea(
                f"home is {away_m / 1000:.0f} km from the nearest place, at most {FARTHEST_HOME_M / 1000:.0f} km is "
                "planned (longitude comes first)"
            )
        plane = LocalPlane((float(west + east) / 2, float(south + north) / 2))
        there = plane.to_metres(everything)
        zones = keep_out.near(keep_out_of.zones, surroundings(MultiPoint(everything), keep_out_of.buffer_m))
        shapes = tuple(keep_out.on_plane(zone, plane) for zone in keep_out.at_height(zones, height_m))
        margin_m = 1.4 * (0.03 + sag_m(float(np.hypot(*np.ptp(there, axis=0))), plane.centre[1]))
        barred = (
            keep_out.union(shapes, keep_out.kept_m(keep_out_of.buffer_m) + margin_m) if shapes else keep_out.NO_ZONE
        )
        check_home(zones, plane, there[-1], keep_out_of.buffer_m, height_m)
        return cls(plane, there[-1], there[:-1], zones, shapes, barred, margin_m)

    @cached_property
    def _ways(self) -> Ways:
        hull = MultiPoint([*self.places, self.home]).buffer(50).convex_hull
        assert isinstance(hull, Polygon)
        return Ways([], open_air(hull, self.home, self.barred, self.margin_m), self.margin_m)

    def way(self, start: Points, end: Points) -> Points | None:
        return self._ways.way(start, end)

    def needed_way(self, start: Points, end: Points) -> Points:
        """As `way`. Raises PlanRefused where there is none."""
        found = self.way(start, end)
        if found is None:
            raise PlanRefused("no way keeps off the no-fly zones between two places of this patrol")
        return found

    def is_free(self, point: Points) -> bool:
        return not self.barred.intersects(Point(point))

    def free(self, line: Points) -> list[Points]:
        """The pieces of a line that lie outside the zones.

        Raises:
            BadArea: none does.
        """
        rest = LineString(line).difference(self.barred.buffer(0.01, join_style="mitre"))
        found = [np.asarray(part.coords) for part in shapely.get_parts(rest) if part.length > 0.5]
        if not found:
            raise BadArea("the whole line lies in no-fly zones and their buffer")
        return found

    def fenced(self, plan: PatrolPlan) -> PatrolPlan:
        """The plan with the fence for it."""
        points = self.plane.to_metres(np.array([plan.home, *((w.lon, w.lat) for w in plan.waypoints), plan.home]))
        room = LineString(points).buffer(1.0)
        assert isinstance(room, Polygon)
        return replace(plan, fence=fence(room, [points], self.shapes, self.plane), no_fly=self.zones)
