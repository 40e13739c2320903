"""MAVSDK 4.1 as the ground station: `python -m tests.drone.peers.mavsdk_client PORT ROWS` uploads one plan."""

from __future__ import annotations

import json
import sys
from typing import Any

from mavsdk import ComponentType, Configuration, Mavsdk
from mavsdk.plugins.mission_raw.mission_raw import MissionItem, MissionRaw

from drone.link.items import WireItem, missions_of
from drone.link.modes import Autopilot
from tests.drone.peers.plans import sweep


def items_of(wire: tuple[WireItem, ...], kind: int) -> list[Any]:
    return [
        MissionItem(
            number, item.frame, item.command, int(number == 0), 1, *item.params, item.x, item.y, item.z, kind
        )
        for number, item in enumerate(wire)
    ]  # fmt: skip


def main() -> None:
    port, rows = int(sys.argv[1]), int(sys.argv[2])
    ground = Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION))
    ground.add_any_connection(f"udpin://127.0.0.1:{port}")
    vehicle = ground.first_autopilot(30.0)
    if vehicle is None:
        print(json.dumps({"result": "refused", "why": "no vehicle"}), flush=True)
        return
    missions = missions_of(sweep(rows), Autopilot.OTHER)
    raw = MissionRaw(vehicle)
    try:
        raw.upload_geofence(items_of(missions.fence, 1))
        raw.upload_rally_points(items_of(missions.rally, 2))
        raw.upload_mission(items_of(missions.mission, 0))
        print(json.dumps({"result": "verified"}), flush=True)
    except Exception as error:
        print(json.dumps({"result": "refused", "why": type(error).__name__ + ": " + str(error)[:60]}), flush=True)
    ground.destroy()


if __name__ == "__main__":
    main()
