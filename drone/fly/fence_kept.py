"""Whether a vehicle keeps to the fence that goes up with a plan, by its own parameters, said before take-off.

A fence that was uploaded and verified does nothing by itself: ArduPilot's is switched off, and PX4's warns in many
versions, until somebody sets them otherwise.
"""

from __future__ import annotations

from drone.fly.params import read_parameter
from drone.link.modes import Autopilot
from drone.link.vehicle import Vehicle
from drone.types import PatrolPlan

_POLYGONS = 4  # of FENCE_TYPE's bits: the fences that are uploaded, polygons and circles
_WARNS = 1  # GF_ACTION up to this stops nobody


async def fence_said(vehicle: Vehicle, plan: PatrolPlan) -> str | None:
    """A sentence for the operator where nothing is known to hold the vehicle to the plan's fence; None where it is
    kept to, or there is none."""
    if not plan.fence:
        return None
    why = await (_of_ardupilot(vehicle) if vehicle.autopilot is Autopilot.ARDUPILOT else _of_px4(vehicle))
    if why is None:
        return None
    if not why:
        return "Whether the vehicle keeps to the fence that goes up with the plan is not told by it: find out first."
    return f"The fence that goes up with the plan does NOT hold the vehicle: {why}."


async def _of_ardupilot(vehicle: Vehicle) -> str | None:
    """Why not; empty where it is not told, None where it does."""
    enabled = await read_parameter(vehicle, "FENCE_ENABLE")
    if enabled is None:
        return ""
    if not enabled and not await read_parameter(vehicle, "FENCE_AUTOENABLE"):
        return "FENCE_ENABLE is 0, set it to 1"
    action = await read_parameter(vehicle, "FENCE_ACTION")
    if action == 0:
        return "FENCE_ACTION is 0, which only reports, set it to 1 (return) or more"
    kinds = await read_parameter(vehicle, "FENCE_TYPE")
    if kinds is not None and not round(kinds) & _POLYGONS:
        return f"FENCE_TYPE is {kinds:g} and leaves polygons and circles out, add {_POLYGONS} to it"
    return "" if action is None or kinds is None else None


async def _of_px4(vehicle: Vehicle) -> str | None:
    action = await read_parameter(vehicle, "GF_ACTION")
    if action is None:
        return ""
    return f"GF_ACTION is {action:g}, set it to 2 (hold), 3 (return) or 5 (land)" if action <= _WARNS else None
