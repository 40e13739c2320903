"""QGroundControl's `.plan` file, version 1 (docs.qgroundcontrol.com, "Plan File Format"), written and read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from shapely.geometry import Polygon

from drone.errors import BadPlan
from drone.mission import (
    FRAME_RELATIVE,
    RETURN,
    TAKEOFF,
    MissionItem,
    mission_items,
    plan_items,
    refuse_endless,
    refuse_nowhere,
    refuse_unknown_heights,
)
from drone.types import FenceCircle, FencePolygon, PatrolPlan, Place, Rally

# MAV_AUTOPILOT and MAV_TYPE numbers of MAVLink's common.xml.
_PX4, _QUADROTOR = 12, 2
_MODE_MIXED, _MODE_RELATIVE = 0, 1  # QGroundControl's AltitudeMode; 2 is above sea level, 3 and 4 above terrain
_SAME_HEIGHT_M = 0.01
_LEAST_CORNERS = 3


def to_plan(plan: PatrolPlan) -> str:
    """The plan as JSON text: take off at home, speed, waypoints, return. Heights are above home.

    The planned home's own altitude is not known here and written as 0: the autopilot sets it when it arms.
    """
    lon, lat = plan.home
    speed = plan.waypoints[0].speed_m_s if plan.waypoints else 5.0
    mission = mission_items(plan)
    document = {
        "fileType": "Plan",
        "geoFence": _fence(plan),
        "groundStation": "QGroundControl",
        "mission": {
            "cruiseSpeed": speed,
            "firmwareType": _PX4,
            "globalPlanAltitudeMode": 1,
            "hoverSpeed": speed,
            "items": [_item(item, number) for number, item in enumerate(mission, start=1)],
            "plannedHomePosition": [lat, lon, 0],
            "vehicleType": _QUADROTOR,
            "version": 2,
        },
        "rallyPoints": {"points": [[r.lat, r.lon, r.height_above_home_m] for r in plan.rally], "version": 2},
        "version": 1,
    }
    return json.dumps(document, indent=2, sort_keys=True, allow_nan=False) + "\n"


def _item(item: MissionItem, number: int) -> dict[str, Any]:
    params = [None if math.isnan(value) else value for value in item.params]
    written: dict[str, Any] = {
        "autoContinue": True,
        "command": item.command,
        "doJumpId": number,
        "frame": item.frame,
        "params": params,
        "type": "SimpleItem",
    }
    if item.frame == FRAME_RELATIVE:
        written |= {"AMSLAltAboveTerrain": None, "Altitude": params[6], "AltitudeMode": 1}
    if item.transit:
        written["sanxunTransit"] = True  # others skip what they do not know
    return written


def _fence(plan: PatrolPlan) -> dict[str, Any]:
    circles, polygons = [], []
    for part in plan.fence:
        if isinstance(part, FenceCircle):
            circle = {"center": [part.lat, part.lon], "radius": part.radius_m}
            circles.append({"circle": circle, "inclusion": part.inclusion, "version": 1})
        else:
            ring = [[lat, lon] for lon, lat in part.ring]
            polygons.append({"inclusion": part.inclusion, "polygon": ring, "version": 1})
    return {"circles": circles, "polygons": polygons, "version": 2}


def from_plan(text: str, name: str = "plan") -> PatrolPlan:
    """The flight in a `.plan` text: of QGroundControl's too, whose surveys and scans are taken as the items that they
    were worked out to.

    Raises:
        BadPlan: no such text, or one with heights that are not above home; the message says where.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadPlan(f"{name} is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("fileType") != "Plan":
        raise BadPlan(f'{name} is no QGroundControl plan: expected "fileType": "Plan"')
    try:
        return _plan(document, name)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise BadPlan(f"{name}: the plan is damaged: {type(error).__name__} {error}") from error


def _plan(document: dict[str, Any], name: str) -> PatrolPlan:
    mission = document["mission"]
    items = tuple(_mission_item(item, name) for item in _simple(mission["items"]))
    return PatrolPlan(
        name=name,
        home=_home(mission, items, name),
        items=plan_items(items, _number(mission.get("hoverSpeed") or 5.0)),
        fence=tuple(_fence_parts(document.get("geoFence") or {}, name)),
        rally=tuple(
            Rally(*_place(p, f"{name}: rally point {number}"), _number(p[2]))
            for number, p in enumerate(_rally(document), start=1)
        ),
    )


def _rally(document: dict[str, Any]) -> list[list[float]]:
    return list((document.get("rallyPoints") or {}).get("points") or [])


def _simple(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if item.get("type") == "ComplexItem":
            worked_out = item.get("TransectStyleComplexItem", {}).get("Items")
            if not worked_out:
                raise BadPlan(f"a {item.get('complexItemType')} without its worked-out items cannot be read")
            yield from _simple(worked_out)
        else:
            yield item


def _mission_item(item: dict[str, Any], name: str) -> MissionItem:
    command, frame = int(item["command"]), int(item["frame"])
    one, two, three, four, five, six, seven = (math.nan if p is None else float(p) for p in item["params"])
    numbers = (one, two, three, four, five, six, seven)
    read = MissionItem(command, FRAME_RELATIVE if frame == 6 else frame, numbers, item.get("sanxunTransit") is True)
    says = f"{name}: item {item.get('doJumpId', '?')}"
    refuse_endless(read, says)
    refuse_unknown_heights(read, says)
    _refuse_two_heights(item, seven, says)
    if command != RETURN and read.frame == FRAME_RELATIVE:
        refuse_nowhere(says, six, five)
    return read


def _refuse_two_heights(item: dict[str, Any], height_m: float, says: str) -> None:
    """QGroundControl shows `Altitude`, and flies it once the plan is edited; vehicles get the seventh parameter."""
    shown, mode = item.get("Altitude"), item.get("AltitudeMode")
    if item.get("frame") not in (FRAME_RELATIVE, 6) or shown is None:
        return
    if mode not in (None, _MODE_MIXED, _MODE_RELATIVE):
        raise BadPlan(f"{says} says that its height is of AltitudeMode {mode}, and carries one above home (frame 3)")
    if not abs(_number(shown) - height_m) <= _SAME_HEIGHT_M:
        raise BadPlan(
            f"{says} says Altitude {float(shown):g} m and carries {height_m:g} m: which is meant is not known"
        )


def _home(mission: dict[str, Any], items: tuple[MissionItem, ...], name: str) -> Place:
    planned = mission.get("plannedHomePosition")
    if planned and planned[0] is not None and (planned[0], planned[1]) != (0, 0):
        return _place(planned, f"{name}: its home")
    for item in items:
        lat, lon = item.params[4:6]
        if item.command == TAKEOFF and math.isfinite(lat + lon) and (lat, lon) != (0, 0):
            return lon, lat
    raise BadPlan(f"{name} says neither its home nor where it takes off")


def _fence_parts(fence: dict[str, Any], name: str) -> Iterator[FencePolygon | FenceCircle]:
    for number, part in enumerate(fence.get("polygons") or [], start=1):
        says = f"{name}: fence polygon {number}"
        ring = tuple(_place(corner, says) for corner in part["polygon"])
        if len(ring) < _LEAST_CORNERS or not Polygon(ring).is_valid:
            raise BadPlan(
                f"{says} is no outline: it needs three corners that are not in one line, and must not cross itself"
            )
        yield FencePolygon(ring, bool(part["inclusion"]))
    for number, part in enumerate(fence.get("circles") or [], start=1):
        says = f"{name}: fence circle {number}"
        place, radius_m = _place(part["circle"]["center"], says), _number(part["circle"]["radius"])
        if radius_m <= 0:
            raise BadPlan(f"{says} has a radius of {radius_m:g} m")
        yield FenceCircle(*place, radius_m, bool(part["inclusion"]))


def _place(position: list[Any], says: str) -> Place:
    """Longitude and latitude of a position that has its latitude first."""
    lat, lon = _number(position[0]), _number(position[1])
    refuse_nowhere(says, lon, lat)
    return lon, lat


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is no number")
    return number
