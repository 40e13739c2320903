"""A vehicle that waits in the air, and where its flight stopped."""

from __future__ import annotations

import math

from drone.fly.errors import NotReady
from drone.fly.rest import Stop
from drone.fly.route import Route, Spot
from drone.fly.tracker import STANDING_M_S
from drone.link.commands import Command, tell
from drone.link.confirmation import Confirmation
from drone.link.dialect import mavlink
from drone.link.vehicle import Vehicle

BACK_M = 1.0  # nearer than this to where it stopped is there
BACK_WITHIN_S = 60.0


async def back_to(vehicle: Vehicle, route: Route, stop: Stop | None, by: Confirmation) -> None:
    """Moved since it stopped, by wind or a pilot: an autopilot would cut the corner to its next item.

    Raises `NotReady` where it does not come back within a minute.
    """
    if stop is None or _away_m(vehicle, route, stop) <= BACK_M:
        return
    place = (stop.lat, stop.lon, stop.height_above_home_m)
    frame = mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT
    change_mode = float(mavlink.MAV_DO_REPOSITION_FLAGS_CHANGE_MODE)
    back = Command(mavlink.MAV_CMD_DO_REPOSITION, (-1.0, change_mode, 0.0, math.nan, *place), frame)
    await tell(vehicle, back, by=by)
    if not await vehicle.until(lambda: _away_m(vehicle, route, stop) <= BACK_M, BACK_WITHIN_S):
        raise NotReady(f"{vehicle} does not come back to where it stopped: {_away_m(vehicle, route, stop):.0f} m away")


def stands(vehicle: Vehicle) -> bool:
    at = vehicle.position
    return at is not None and at.speed_m_s < STANDING_M_S


def _away_m(vehicle: Vehicle, route: Route, stop: Stop) -> float:
    at = vehicle.position
    return route.distance_m(stop.spot, Spot((at.lon, at.lat), at.height_above_home_m)) if at else math.inf
