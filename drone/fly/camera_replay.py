"""Camera and gimbal told by commands what the mission had told them: a pause must not change what is seen."""

from __future__ import annotations

from drone.fly.rest import CameraNow
from drone.link.commands import Command, tell
from drone.link.confirmation import Confirmation
from drone.link.dialect import mavlink
from drone.link.vehicle import Vehicle
from drone.mission import ROI, MissionItem


async def stop_series(vehicle: Vehicle, camera: CameraNow) -> None:
    """No more pictures of a series while the vehicle waits or goes home."""
    if camera.every_m > 0:
        await tell(vehicle, Command(mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, (0.0,)))


async def tell_again(vehicle: Vehicle, camera: CameraNow, by: Confirmation) -> None:
    """Where to look, then video, then a picture at once and the series."""
    for item in (camera.looking, camera.video):
        if item is not None:
            await tell(vehicle, _command(item), by=by)  # looking at a place may turn the vehicle's nose
    if camera.every_m > 0:
        await tell(vehicle, Command(mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, (camera.every_m, 0.0, 1.0)))


def _command(item: MissionItem) -> Command:
    frame = mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT if item.command == ROI else None
    return Command(item.command, item.params, frame)
