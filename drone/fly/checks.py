"""Whether a vehicle is fit to start a plan: what it says of itself, not what is hoped."""

from __future__ import annotations

from drone.fly.errors import NotReady
from drone.fly.route import Route, Spot
from drone.link.vehicle import Vehicle
from drone.types import PatrolPlan

FROM_HOME_M = 30.0
POSITION_WITHIN_S = 10.0
LANDED_WITHIN_S = 2.5  # it says so once a second, and may have landed just now


async def check_ready(vehicle: Vehicle, plan: PatrolPlan) -> None:
    """Raises `NotReady`: silent, armed, in the air, not knowing where it is, or not at the plan's home.

    Heights of a plan are above the place where the vehicle arms: elsewhere the same plan is another flight.
    """
    if vehicle.silent:
        raise NotReady(f"{vehicle} is silent: no heartbeat for 3 s")
    if vehicle.armed:
        raise NotReady(f"{vehicle} is armed already: disarm it, look why, start again")
    if not await vehicle.until(lambda: vehicle.landed is not False, LANDED_WITHIN_S):
        raise NotReady(f"{vehicle} says it is in the air")
    if not await vehicle.until(lambda: vehicle.position is not None, POSITION_WITHIN_S):
        raise NotReady(f"{vehicle} does not say where it is")
    at = vehicle.position
    assert at is not None
    away_m = Route(plan).distance_m(Spot(plan.home, 0.0), Spot((at.lon, at.lat), 0.0))
    if away_m > FROM_HOME_M:
        raise NotReady(
            f"{vehicle} stands {away_m:.0f} m from the plan's home, {FROM_HOME_M:.0f} m are allowed: carry it there, "
            "or plan again from where it stands"
        )
