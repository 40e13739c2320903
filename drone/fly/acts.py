"""What starts a flight, one act each: every one is answered, and seen to be done."""

from __future__ import annotations

from drone.fly.errors import NotReady
from drone.link.commands import Command, tell
from drone.link.confirmation import Confirmation
from drone.link.dialect import mavlink
from drone.link.modes import Autopilot, Mode, mode_params
from drone.link.vehicle import Vehicle

ARMED_WITHIN_S = 20.0
MODE_WITHIN_S = 8.0
REWINDS, REWOUND_WITHIN_S = 8, 1.5


async def rewind(vehicle: Vehicle) -> None:
    """To the first item: ArduCopter goes on in the middle of a mission that was broken off (MIS_RESTART 0), and a
    number left from the flight before would be taken for progress."""
    vehicle.mission_current = None
    for _ in range(REWINDS):
        vehicle.send(mavlink.MAVLink_mission_set_current_message(vehicle.system, vehicle.component, 0))
        if await vehicle.until(lambda: vehicle.mission_current in (0, 1), REWOUND_WITHIN_S):
            return
    raise NotReady(f"{vehicle} does not go to the first item of its mission: it is at {vehicle.mission_current}")


async def arm(vehicle: Vehicle, by: Confirmation) -> None:
    await tell(vehicle, Command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, (1.0,)), by=by)
    if not await vehicle.until(lambda: vehicle.armed, ARMED_WITHIN_S):
        raise NotReady(f"{vehicle} says it takes the command to arm, and does not arm")


async def begin(vehicle: Vehicle, by: Confirmation) -> None:
    if vehicle.autopilot is Autopilot.ARDUPILOT:
        await tell(vehicle, Command(mavlink.MAV_CMD_MISSION_START), by=by)
        if not await vehicle.until(lambda: vehicle.mode == "mission", MODE_WITHIN_S):
            raise NotReady(f"{vehicle} is armed and does not begin its mission")
    else:
        await into_mode(vehicle, "mission", by)


async def disarm(vehicle: Vehicle, by: Confirmation) -> None:
    """After a failed start: only on the ground, and the vehicle itself refuses it in the air."""
    if vehicle.armed and vehicle.landed is not False:
        try:
            await tell(vehicle, Command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, (0.0,)), by=by)
        except Exception:  # the first error says more
            return


async def into_mode(vehicle: Vehicle, mode: Mode, by: Confirmation) -> None:
    params = mode_params(vehicle.autopilot, mode)
    await tell(vehicle, Command(mavlink.MAV_CMD_DO_SET_MODE, params), by=by)
    if not await vehicle.until(lambda: vehicle.mode == mode, MODE_WITHIN_S):
        raise NotReady(f"{vehicle} takes the mode {mode} and does not go into it")
