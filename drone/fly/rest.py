"""What is left of a plan that stopped on the way: a plan of its own, that begins where the other ended."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from shapely.geometry import LineString, Point, Polygon

from drone.check.rules import check
from drone.check.terms import Rules
from drone.fly.errors import FlightError
from drone.fly.route import Leg, Route, Spot
from drone.mission import (
    FRAME_MISSION,
    FRAME_RELATIVE,
    GIMBAL,
    NAN,
    PICTURE,
    ROI,
    ROI_NONE,
    SPEED,
    TAKEOFF,
    TRIGGER_DISTANCE,
    VIDEO_START,
    VIDEO_STOP,
    WAYPOINT,
    MissionItem,
    plan_items,
)
from drone.plane import LocalPlane
from drone.types import FencePolygon, PatrolPlan, Place

_JUMP = 177
TRANSIT_M_S = 8.0
CLEAR_OF_M = 5.0  # what a way straight to the stop keeps from zones and fences, else it follows the plan's own legs
_ROUNDING_M = 0.05
SETTLE_S = 1.0  # at the stop, for the gimbal


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a flight stopped: on the leg to mission item `item` (from 0, home not counted), `fraction` of it flown."""

    item: int
    fraction: float
    lon: float
    lat: float
    height_above_home_m: float

    @property
    def spot(self) -> Spot:
        return Spot((self.lon, self.lat), self.height_above_home_m)


@dataclass(frozen=True, slots=True)
class CameraNow:
    """What camera and gimbal were told before an item, as the mission items that tell it; None: nothing."""

    looking: MissionItem | None = None
    every_m: float = 0.0
    video: MissionItem | None = None
    speed: MissionItem | None = None

    @property
    def series(self) -> tuple[MissionItem, ...]:
        """A picture at once, then the series: nothing lies between the last one before and this."""
        if self.every_m <= 0:
            return ()
        return (_plain(PICTURE, 0, 0, 1), _plain(TRIGGER_DISTANCE, self.every_m))


def camera_before(items: tuple[MissionItem, ...], item: int) -> CameraNow:
    """Replays the items before `item`."""
    now = CameraNow()
    for done in items[:item]:
        if done.command in (GIMBAL, ROI):
            now = replace(now, looking=done)
        elif done.command == ROI_NONE and now.looking is not None and now.looking.command == ROI:
            now = replace(now, looking=None)
        elif done.command == TRIGGER_DISTANCE:
            now = replace(now, every_m=done.params[0])
        elif done.command in (VIDEO_START, VIDEO_STOP):
            now = replace(now, video=done if done.command == VIDEO_START else None)
        elif done.command == SPEED:
            now = replace(now, speed=done)
    return now


def rest_of(plan: PatrolPlan, stop: Stop, *, part: int = 2, rules: Rules | None = None) -> PatrolPlan:
    """The plan from `stop` on: up, there, camera and gimbal as they were, then every item that was not done.

    The way to the stop is straight where it stays inside the fence and clear of what the plan keeps out of, and breaks
    none of the `rules` that the plan's own legs keep: a hill may stand there. Else it follows those legs. Raises
    `FlightError` for missions with jumps.
    """
    route = Route(plan)
    if any(item.command == _JUMP for item in route.items):
        raise FlightError("a mission with DO_JUMP cannot be resumed: what was flown of its loops is not known")
    leg = route.leg_to(stop.item)
    done = route.legs.index(leg)
    if leg.command == TAKEOFF or done == 0:
        return replace(plan, name=f"{plan.name} part {part}")
    by_legs = [one.end for one in route.legs[:done] if one.command != TAKEOFF]
    if not _is_clear(plan, route, (stop.lon, stop.lat)):
        return _from_stop(plan, route, leg, stop, by_legs, part)
    straight = _from_stop(plan, route, leg, stop, [], part)
    if rules is None or check(straight, rules).ok:
        return straight
    around = _from_stop(plan, route, leg, stop, by_legs, part)
    return around if check(around, rules).ok else straight


def _from_stop(plan: PatrolPlan, route: Route, leg: Leg, stop: Stop, way: list[Spot], part: int) -> PatrolPlan:
    camera = camera_before(route.items, leg.item)
    height_m = max(route.legs[0].end.height_m, 2.0)
    mission = [
        MissionItem(TAKEOFF, FRAME_RELATIVE, (0, 0, 0, NAN, plan.home[1], plan.home[0], height_m)),
        # A series that nobody stopped, after a failsafe, would picture the way there.
        *([_plain(TRIGGER_DISTANCE, 0)] if camera.every_m > 0 else []),
        camera.speed or _plain(SPEED, 1, TRANSIT_M_S, -1),
        *([camera.looking] if camera.looking else []),
        *[_through(spot) for spot in way],
        _through(stop.spot, hold_s=SETTLE_S),
        *([camera.video] if camera.video else []),
        *camera.series,
        *route.items[leg.item :],
    ]
    return replace(plan, name=f"{plan.name} part {part}", items=plan_items(tuple(mission)))


def _is_clear(plan: PatrolPlan, route: Route, end: Place) -> bool:
    """Whether straight from home keeps within the fence, and as far off zones as the plan itself does: a plan does not
    say what buffer it was made with."""
    plane = LocalPlane(plan.home)

    def ground(ring: tuple[Place, ...]) -> Polygon:
        return Polygon(plane.to_metres(np.array(ring)))

    way = LineString(plane.to_metres(np.array([plan.home, end])))
    own = LineString(plane.to_metres(np.array([plan.home, *(leg.end.place for leg in route.legs)])))
    outside = [ground(zone.rings[0]) for zone in plan.no_fly]
    for part in plan.fence:
        if isinstance(part, FencePolygon):
            shape = ground(part.ring)
        else:
            shape = Point(plane.to_metres(np.array([(part.lon, part.lat)]))[0]).buffer(part.radius_m)
        if not part.inclusion:
            outside.append(shape)
        elif not shape.buffer(-CLEAR_OF_M).contains(way):
            return False
    clear_m = max(CLEAR_OF_M, min((own.distance(shape) for shape in outside), default=0.0) - _ROUNDING_M)
    return all(way.distance(shape) > clear_m for shape in outside)


def _through(spot: Spot, hold_s: float = 0.0) -> MissionItem:
    lon, lat = spot.place
    return MissionItem(WAYPOINT, FRAME_RELATIVE, (hold_s, 0, 0, math.nan, lat, lon, spot.height_m))


def _plain(command: int, *params: float) -> MissionItem:
    one, two, three, four, five, six, seven = (*params, *[0.0] * (7 - len(params)))
    return MissionItem(command, FRAME_MISSION, (one, two, three, four, five, six, seven))
