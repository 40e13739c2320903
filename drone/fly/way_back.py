"""A vehicle that waits in the air, and where its flight stopped."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from drone.fly.errors import NotReady
from drone.fly.rest import Stop
from drone.fly.route import Route, Spot
from drone.fly.tracker import STANDING_M_S
from drone.link.commands import Command, tell
from drone.link.confirmation import Confirmation
from drone.link.dialect import mavlink
from drone.link.vehicle import Vehicle
from drone.plane import LocalPlane, Points
from drone.types import FencePolygon, PatrolPlan, Place

BACK_M = 1.0  # nearer than this to where it stopped is there
BACK_WITHIN_S = 60.0


async def back_to(vehicle: Vehicle, plan: PatrolPlan, route: Route, stop: Stop | None, by: Confirmation) -> None:
    """Moved since it stopped, by wind or a pilot: an autopilot would cut the corner to its next item.

    Raises `NotReady` where it does not come back within a minute, or what the plan keeps off lies between.
    """
    if stop is None or _away_m(vehicle, route, stop) <= BACK_M:
        return
    at = vehicle.position
    if at is not None and (barred := _barred(plan, route, (at.lon, at.lat), (stop.lon, stop.lat))):
        away_m = _away_m(vehicle, route, stop)
        raise NotReady(
            f"{vehicle} was moved {away_m:.0f} m from where it stopped, and straight back {barred}: bring it back by "
            "its remote control, or say return or land"
        )
    place = (stop.lat, stop.lon, stop.height_above_home_m)
    frame = mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT
    change_mode = float(mavlink.MAV_DO_REPOSITION_FLAGS_CHANGE_MODE)
    back = Command(mavlink.MAV_CMD_DO_REPOSITION, (-1.0, change_mode, 0.0, math.nan, *place), frame)
    await tell(vehicle, back, by=by)
    if not await vehicle.until(lambda: _away_m(vehicle, route, stop) <= BACK_M, BACK_WITHIN_S):
        raise NotReady(f"{vehicle} does not come back to where it stopped: {_away_m(vehicle, route, stop):.0f} m away")


def _barred(plan: PatrolPlan, route: Route, here: Place, there: Place) -> str | None:
    """What of the plan's zones and fences lies in a straight way. Where its own legs lead it may be flown, and out of
    what it was blown into it is."""
    plane = LocalPlane(plan.home)

    def ground(places: Sequence[Place]) -> Points:
        return plane.to_metres(np.array(places))

    way, start = LineString(ground([here, there])), Point(ground([here])[0])
    own = LineString(ground([plan.home, *(leg.end.place for leg in route.legs)]))
    kept_off: list[tuple[str, BaseGeometry]] = [
        (f"crosses zone {zone.name!r}", Polygon(ground(zone.rings[0]))) for zone in plan.no_fly
    ]
    for number, part in enumerate(plan.fence, start=1):
        if isinstance(part, FencePolygon):
            shape: BaseGeometry = Polygon(ground(part.ring))
        else:
            shape = Point(ground([(part.lon, part.lat)])[0]).buffer(part.radius_m)
        if not part.inclusion:
            kept_off.append((f"enters fence {number} of the plan", shape))
        elif shape.contains(start) and not shape.contains(way):
            return f"leaves fence {number} of the plan"
    barring = (
        told
        for told, shape in kept_off
        if shape.intersects(way) and not shape.intersects(start) and not shape.intersects(own)
    )
    return next(barring, None)


def stands(vehicle: Vehicle) -> bool:
    at = vehicle.position
    return at is not None and at.speed_m_s < STANDING_M_S


def _away_m(vehicle: Vehicle, route: Route, stop: Stop) -> float:
    at = vehicle.position
    return route.distance_m(stop.spot, Spot((at.lon, at.lat), at.height_above_home_m)) if at else math.inf
