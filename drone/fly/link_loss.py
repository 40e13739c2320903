"""What a vehicle does when its ground station falls silent, by its own parameters, said before take-off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from drone.fly.errors import NotReady
from drone.fly.params import read_parameter
from drone.fly.route import Route, Spot
from drone.link.modes import Autopilot
from drone.link.vehicle import Vehicle
from drone.types import PatrolPlan

Does = Literal["goes on", "holds", "returns", "lands", "stops its motors", "not told"]

# ArduCopter's FS_GCS_ENABLE and PX4's NAV_DLL_ACT.
_ARDUPILOT: dict[int, Does] = {
    0: "goes on",
    1: "returns",
    2: "goes on",
    3: "returns",
    4: "returns",
    5: "lands",
    7: "holds",
}
_PX4: dict[int, Does] = {
    0: "goes on",
    1: "holds",
    2: "returns",
    3: "lands",
    5: "stops its motors",
    6: "stops its motors",
}
_GOES_ON_IN_MISSION = 2  # FS_OPTIONS bit 1: the mission is flown on


@dataclass(frozen=True, slots=True)
class LinkLoss:
    """`after_s` of silence; `height_m` above home is the least on the way home. None: not told."""

    does: Does
    after_s: float | None = None
    height_m: float | None = None


async def link_loss_of(vehicle: Vehicle) -> LinkLoss:
    """Read from the vehicle; `does` is "not told" where it does not answer."""
    if vehicle.autopilot is Autopilot.ARDUPILOT:
        return await _of_ardupilot(vehicle)
    action = await read_parameter(vehicle, "NAV_DLL_ACT")
    if action is None:
        return LinkLoss("not told")
    after_s, height_m = [await read_parameter(vehicle, name) for name in ("COM_DL_LOSS_T", "RTL_RETURN_ALT")]
    return LinkLoss(_PX4.get(round(action), "not told"), after_s, height_m)


async def _of_ardupilot(vehicle: Vehicle) -> LinkLoss:
    action = await read_parameter(vehicle, "FS_GCS_ENABLE")
    if action is None:
        return LinkLoss("not told")
    after_s = await read_parameter(vehicle, "FS_GCS_TIMEOUT")
    options = await read_parameter(vehicle, "FS_OPTIONS")
    centimetres = await read_parameter(vehicle, "RTL_ALT")
    does = _ARDUPILOT.get(round(action), "not told")
    if options is not None and round(options) & _GOES_ON_IN_MISSION:
        does = "goes on"
    return LinkLoss(does, after_s, centimetres / 100 if centimetres is not None else None)


def require_height(loss: LinkLoss, needed_m: float | None) -> None:
    """A plan whose returns clear the ground only from some height needs a vehicle that goes up to it first.

    Raises:
        NotReady: the vehicle says that it returns lower.
    """
    if needed_m is None or loss.does != "returns" or loss.height_m is None or loss.height_m >= needed_m:
        return
    raise NotReady(
        f"the plan's returns clear the ground from {needed_m:g} m above home, and the vehicle returns at "
        f"{loss.height_m:g} m: set RTL_ALT (ArduPilot, in centimetres) or RTL_RETURN_ALT (PX4) to that"
    )


def statement(loss: LinkLoss, plan: PatrolPlan) -> str:
    """One sentence for the operator, with what it means on this plan."""
    after = f"After {loss.after_s:g} s without the ground station" if loss.after_s else "Without the ground station"
    if loss.does == "not told":
        return "What the vehicle does when the link is lost is not told by it: find out before it flies."
    if loss.does != "returns":
        return f"{after} the vehicle {loss.does}."
    route = Route(plan)
    home = route.legs[0].start
    farthest_m = max((route.distance_m(home, Spot(leg.end.place, 0.0)) for leg in route.legs), default=0.0)
    height = f" at {loss.height_m:g} m above home or as high as it is" if loss.height_m is not None else ""
    to = f"the nearest of home and {len(plan.rally)} rally points" if plan.rally else "home"
    return (
        f"{after} the vehicle returns{height}, straight to {to}, from {farthest_m:.0f} m away at most, and lands there."
    )
