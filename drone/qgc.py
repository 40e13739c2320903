"""QGroundControl's `.plan` file, version 1 (docs.qgroundcontrol.com, "Plan File Format")."""

from __future__ import annotations

import json
from typing import Any

from drone.types import PatrolPlan

# MAV_CMD, MAV_FRAME, MAV_AUTOPILOT and MAV_TYPE numbers of MAVLink's common.xml.
_TAKEOFF, _WAYPOINT, _RETURN, _SPEED = 22, 16, 20, 178
_RELATIVE, _MISSION = 3, 2
_PX4, _QUADROTOR = 12, 2


def to_plan(plan: PatrolPlan) -> str:
    """The plan as JSON text: take off at home, speed, waypoints, return. Heights are above home.

    The planned home's own altitude is not known here and written as 0: the autopilot sets it when it arms.
    """
    lon, lat = plan.home
    first = plan.waypoints[0]
    items = [_item(_TAKEOFF, _RELATIVE, [0, 0, 0, None, lat, lon, first.height_above_home_m])]
    speed: float | None = None
    for point in plan.waypoints:
        if point.speed_m_s != speed:
            speed = point.speed_m_s
            items.append(_item(_SPEED, _MISSION, [1, speed, -1, 0, 0, 0, 0]))
        items.append(_item(_WAYPOINT, _RELATIVE, [0, 0, 0, None, point.lat, point.lon, point.height_above_home_m]))
    items.append(_item(_RETURN, _MISSION, [0] * 7))
    for number, item in enumerate(items, start=1):
        item["doJumpId"] = number
    document = {
        "fileType": "Plan",
        "geoFence": {"circles": [], "polygons": [], "version": 2},
        "groundStation": "QGroundControl",
        "mission": {
            "cruiseSpeed": first.speed_m_s,
            "firmwareType": _PX4,
            "globalPlanAltitudeMode": 1,
            "hoverSpeed": first.speed_m_s,
            "items": items,
            "plannedHomePosition": [lat, lon, 0],
            "vehicleType": _QUADROTOR,
            "version": 2,
        },
        "rallyPoints": {"points": [], "version": 2},
        "version": 1,
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _item(command: int, frame: int, params: list[float | None]) -> dict[str, Any]:
    item: dict[str, Any] = {
        "autoContinue": True,
        "command": command,
        "frame": frame,
        "params": params,
        "type": "SimpleItem",
    }
    if frame == _RELATIVE:
        item |= {"AMSLAltAboveTerrain": None, "Altitude": params[6], "AltitudeMode": 1}
    return item
