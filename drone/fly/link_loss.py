"""What a vehicle does when its ground station falls silent, by its own parameters, said before take-off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from drone.fly.errors import NotReady
from drone.fly.params import read_named, read_parameter
from drone.fly.route import Route, Spot
from drone.link.dialect import GROUND_SYSTEM
from drone.link.modes import Autopilot
from drone.link.vehicle import Vehicle
from drone.types import PatrolPlan

Does = Literal[
    "goes on",
    "holds",
    "returns",
    "returns the way it came",
    "comes back or lands",
    "lands",
    "stops its motors",
    "not told",
]

# ArduCopter's FS_GCS_ENABLE and PX4's NAV_DLL_ACT. ArduCopter's way back is SmartRTL's where it can be (3, and 4 that
# lands where it cannot), and its 6 is a landing sequence of the mission, which ours have none of.
_ARDUPILOT: dict[int, Does] = {
    0: "goes on",
    1: "returns",
    2: "goes on",
    3: "returns the way it came",
    4: "comes back or lands",
    5: "lands",
    6: "returns",
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
_SAID: dict[Does, str] = {
    "goes on": "the vehicle goes on: it flies the mission to its end, and nobody here can stop it",
    "holds": "the vehicle holds where it is, until its pilot or its battery brings it down",
    "lands": "the vehicle lands where it is, {farthest_m:.0f} m from home at most",
    "stops its motors": "the vehicle stops its motors and falls where it is, {farthest_m:.0f} m from home at most",
    "returns": "the vehicle returns{height}, straight to {to}, from {farthest_m:.0f} m away at most, and lands there",
    "returns the way it came": "the vehicle returns the way it came; where it cannot, straight{height} to {to}, from "
    "{farthest_m:.0f} m away at most, and lands there",
    "comes back or lands": "the vehicle returns the way it came; where it cannot, it lands where it is, "
    "{farthest_m:.0f} m from home at most",
}


@dataclass(frozen=True, slots=True)
class LinkLoss:
    """`after_s` of silence; `height_m` above home is the least on the way home, 0 the height that it has. `heeds` is
    the system id of the ground station whose silence counts, by ArduPilot. None: not told."""

    does: Does
    after_s: float | None = None
    height_m: float | None = None
    heeds: int | None = None


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
    height = await read_named(vehicle, "RTL_ALT", "RTL_ALT_M")  # in centimetres until 4.6, in metres since
    heeds = await _heeds(vehicle)
    does = _ARDUPILOT.get(round(action), "not told")
    if options is not None and round(options) & _GOES_ON_IN_MISSION:
        does = "goes on"
    height_m = None if height is None else height[1] / (100 if height[0] == "RTL_ALT" else 1)
    return LinkLoss(does, after_s, height_m, heeds)


def require_height(loss: LinkLoss, needed_m: float | None) -> None:
    """A plan whose returns clear the ground only from some height needs a vehicle that goes up to it first.

    Raises:
        NotReady: the vehicle says that it returns lower.
    """
    if needed_m is None or not loss.does.startswith("returns") or loss.height_m is None or loss.height_m >= needed_m:
        return
    raise NotReady(
        f"the plan's returns clear the ground from {needed_m:g} m above home, and the vehicle returns at "
        f"{loss.height_m:g} m: set RTL_ALT (ArduPilot, in centimetres; RTL_ALT_M in metres since 4.7) or "
        "RTL_RETURN_ALT (PX4) to that"
    )


async def _heeds(vehicle: Vehicle) -> int | None:
    first = await read_parameter(vehicle, "SYSID_MYGCS", "MAV_GCS_SYSID")
    if first is None or round(first) == GROUND_SYSTEM:
        return None if first is None else GROUND_SYSTEM
    last = await read_parameter(vehicle, "MAV_GCS_SYSID_HI")  # from 4.7 on it may heed several
    return GROUND_SYSTEM if last is not None and first <= GROUND_SYSTEM <= last else round(first)


def statement(loss: LinkLoss, plan: PatrolPlan, ground_system: int = GROUND_SYSTEM) -> str:
    """One sentence for the operator, with what it means on this plan; two where the vehicle heeds another station."""
    if loss.does == "not told":
        return "What the vehicle does when the link is lost is not told by it: find out before it flies."
    waits = loss.after_s and loss.does != "goes on"
    after = f"After {loss.after_s:g} s without the ground station" if waits else "Without the ground station"
    route = Route(plan)
    home = route.legs[0].start
    farthest_m = max((route.distance_m(home, Spot(leg.end.place, 0.0)) for leg in route.legs), default=0.0)
    rallies = "1 rally point" if len(plan.rally) == 1 else f"{len(plan.rally)} rally points"
    to = f"the nearest of home and {rallies}" if plan.rally else "home"
    said = _SAID[loss.does].format(farthest_m=farthest_m, height=_height(loss.height_m), to=to)
    return f"{after} {said}.{_heeds_another(loss, ground_system)}"


def _height(height_m: float | None) -> str:
    if height_m is None:
        return ""
    return f" at {height_m:g} m above home or as high as it is" if height_m > 0 else " at the height that it has"


def _heeds_another(loss: LinkLoss, ground_system: int) -> str:
    if loss.heeds in (None, ground_system) or loss.does == "goes on":
        return ""
    return (
        f" BUT the ground station that it heeds is system {loss.heeds}, and this one is {ground_system}: when this "
        f"link is lost it does nothing of that. Set SYSID_MYGCS (MAV_GCS_SYSID since 4.7) to {ground_system} first."
    )
