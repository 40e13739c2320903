"""MAVSDK 4.1 as the reader of `.plan` files, in a process of its own (its native threads outlive tests otherwise).

`python -m tests.drone.peers.mavsdk_judge PORT FILE …` prints a line of JSON for each file: its mission, fence and rally
items as MAVSDK understood them, or the error. It wants a vehicle before it reads, so it brings its own.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from mavsdk import ComponentType, Configuration, Mavsdk, MavsdkError
from mavsdk.plugins.mission_raw.mission_raw import MissionRaw

PATIENCE_S = 120.0


def station(port: int) -> tuple[Mavsdk, Mavsdk, MissionRaw]:
    """A ground station with a vehicle on the other end of a loopback port. Keep all three."""
    ground = Mavsdk(Configuration.create_with_component_type(ComponentType.GROUND_STATION))
    ground.add_any_connection(f"udpin://127.0.0.1:{port}")
    vehicle = Mavsdk(Configuration.create_with_component_type(ComponentType.AUTOPILOT))
    vehicle.add_any_connection(f"udpout://127.0.0.1:{port}")
    component = vehicle.server_component_by_type(ComponentType.AUTOPILOT, 0)
    end = time.monotonic() + PATIENCE_S
    while not (systems := ground.get_systems()):
        if time.monotonic() > end:
            raise TimeoutError("MAVSDK did not find its own vehicle")
        time.sleep(0.02)
    assert component is not None
    return ground, vehicle, MissionRaw(systems[0])


def items(found: list[Any]) -> list[dict[str, Any]]:
    names = ("command", "frame", "param1", "param2", "param3", "param4", "x", "y", "z")
    return [{name: _json(getattr(item, name)) for name in names} for item in found]


def _json(value: float) -> float | None:
    return None if value != value else value


def main() -> None:
    kept = station(int(sys.argv[1]))
    for path in sys.argv[2:]:
        try:
            found = kept[2].import_qgroundcontrol_mission(path)
        except MavsdkError as error:
            print(json.dumps({"error": str(error)}), flush=True)
            continue
        parts = (found.mission_items, found.geofence_items, found.rally_items)
        print(json.dumps(dict(zip(("mission", "fence", "rally"), map(items, parts), strict=True))), flush=True)


if __name__ == "__main__":
    main()
