"""MAVSDK 4.1 as the vehicle, in a process of its own (its native threads outlive tests otherwise).

`python -m tests.drone.peers.mavsdk_autopilot PORT SYSTEM [TIMES]` calls 127.0.0.1:PORT (with `:PORT` it waits there to
be called), takes missions, arms, and moves along them in straight lines, TIMES as fast as they say. It has no inertia.
Its gimbal points where the mission says, and tells so. A line of JSON says what happened.

Which item is flown MAVSDK alone counts: it is told that one is done, and the next is flown once it says so. Counted
here as well, the two parted whenever its word came late: items were flown twice, and others told and not flown.
"""

from __future__ import annotations

import json
import math
import sys
import threading
import time
from typing import Any

from mavsdk import ComponentType, Configuration, Mavsdk
from mavsdk.plugins.action_server.action_server import ActionServer, AllowableFlightModes, FlightMode
from mavsdk.plugins.mavlink_direct_server.mavlink_direct_server import MavlinkDirectServer
from mavsdk.plugins.mission_raw_server.mission_raw_server import MissionRawServer, MissionRawServerResult
from mavsdk.plugins.param_server.param_server import ParamServer
from mavsdk.plugins.telemetry_server import telemetry_server as telemetry

from tests.drone.peers.eye import METRES, Eye

HOME = (113.85, 27.62)
NAV = {16, 17, 18, 19, 20, 21, 22}
STEP_S = 0.05


_SAYING = threading.Lock()


def say(**what: Any) -> None:
    """A whole line at a time: MAVSDK calls back from threads of its own."""
    with _SAYING:
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()


class Autopilot:
    def __init__(self, port: str, system: int, times: float) -> None:
        self.times = times
        configuration = Configuration.create_with_component_type(ComponentType.AUTOPILOT)
        configuration.system_id = system
        self.mavsdk = Mavsdk(configuration)
        way = "udpin" if port.startswith(":") else "udpout"
        result = self.mavsdk.add_any_connection(f"{way}://127.0.0.1:{port.lstrip(':')}")
        component = self.mavsdk.server_component_by_type(ComponentType.AUTOPILOT, 0)
        self.params = ParamServer(component)
        self.params.provide_param_int("NAV_DLL_ACT", 2)
        self.params.provide_param_float("COM_DL_LOSS_T", 10.0)
        self.params.provide_param_float("RTL_RETURN_ALT", 30.0)
        self.telemetry = telemetry.TelemetryServer(component)
        self.missions = MissionRawServer(component)
        self.direct = MavlinkDirectServer(component)
        self.eye = Eye(HOME)
        self.heading = self.hold_s = 0.0
        self.steps = 0
        self.action = ActionServer(component)
        self.action.set_allow_takeoff(True)
        self.action.set_armable(True, True)
        self.action.set_disarmable(True, True)
        self.action.set_allowable_flight_modes(AllowableFlightModes(True, True, True))
        self.action.set_flight_mode(FlightMode.HOLD)
        self.lock = threading.Lock()
        self.items: list[Any] = []
        self.current = 0
        self.waits = False  # for MAVSDK to say which item follows
        self.flying: int | None = None
        self.mode = FlightMode.HOLD
        self.armed = False
        self.east = self.north = self.height = 0.0
        self.speed = 5.0
        self.missions.subscribe_incoming_mission(self.mission)
        self.missions.subscribe_current_item_changed(self.changed)
        self.action.subscribe_flight_mode_change(self.flight_mode)
        self.action.subscribe_arm_disarm(self.arm)
        say(up=str(result), system=system)

    def mission(self, result: Any, plan: Any, _: Any) -> None:
        if result is MissionRawServerResult.SUCCESS and {item.mission_type for item in plan.mission_items} == {0}:
            with self.lock:
                self.items = list(plan.mission_items)
        held = [[item.command, item.x, item.y, round(item.z, 2)] for item in plan.mission_items]
        say(mission=len(held), result=result.name, held=held)

    def changed(self, item: Any, _: Any) -> None:
        """It gives the item; that has a flag `current`, which is another thing."""
        with self.lock:
            self.current, self.waits = item.seq, False

    def flight_mode(self, result: Any, mode: Any, _: Any) -> None:
        with self.lock:
            self.mode = FlightMode(mode)
        say(mode=self.mode.name)

    def arm(self, result: Any, change: Any, _: Any) -> None:
        with self.lock:
            self.armed = bool(change.arm)
        say(armed=self.armed)

    def step(self) -> None:
        with self.lock:
            mode, armed, current, items, waits = self.mode, self.armed, self.current, self.items, self.waits
        if armed and mode is FlightMode.MISSION and current < len(items) and not waits:
            if current != self.flying:
                self.flying = current
                say(flies=current)
            self.fly(items[current])
        elif armed and mode in (FlightMode.RETURN_TO_LAUNCH, FlightMode.LAND):
            self.home((self.east, self.north) if mode is FlightMode.LAND else (0.0, 0.0))
        self.publish()

    def fly(self, item: Any) -> None:
        if item.command == 20:
            self.home((0.0, 0.0))
            return
        if item.command == 21:
            self.home(self.target(item)[:2])
            return
        if item.command == 178:
            self.speed = item.param2
        self.eye.told(item)
        if item.command not in NAV or self.towards(*self.target(item)):
            if item.command == 16 and self.hold_s < item.param1:
                self.hold_s += STEP_S * self.times
                return
            self.hold_s = 0.0
            with self.lock:
                self.waits = True
            self.missions.set_current_item_complete()

    def target(self, item: Any) -> tuple[float, float, float]:
        if item.command == 22:
            return self.east, self.north, item.z
        east = (item.y / 1e7 - HOME[0]) * METRES * math.cos(math.radians(HOME[1]))
        return east, (item.x / 1e7 - HOME[1]) * METRES, item.z

    def home(self, there: tuple[float, float]) -> None:
        """There as high as it is, then down."""
        down = 0.0 if math.hypot(self.east - there[0], self.north - there[1]) < 0.5 else self.height
        if self.towards(*there, down) and self.height <= 0.01:
            with self.lock:
                self.armed = False
                self.mode = FlightMode.HOLD
                self.flying = None
            self.action.set_armed_state(False)
            say(landed=[round(self.east, 1), round(self.north, 1)])

    def towards(self, east: float, north: float, height: float) -> bool:
        away = (east - self.east, north - self.north, height - self.height)
        left = math.hypot(*away)
        if math.hypot(*away[:2]) > 0.1:
            self.heading = math.degrees(math.atan2(*away[:2]))
        share = min(1.0, self.speed * self.times * STEP_S / max(left, 1e-9))
        self.east += away[0] * share
        self.north += away[1] * share
        self.height += away[2] * share
        return share >= 1.0

    def publish(self) -> None:
        lat = HOME[1] + self.north / METRES
        lon = HOME[0] + self.east / (METRES * math.cos(math.radians(HOME[1])))
        here = telemetry.Position(lat, lon, 50.0 + self.height, self.height)
        self.telemetry.publish_position(here, telemetry.VelocityNed(0.0, 0.0, 0.0), telemetry.Heading(0.0))
        self.steps += 1
        looks_from = (self.east, self.north, self.height)
        self.direct.send_message(self.eye.message(looks_from, self.heading, round(self.steps * STEP_S * 1000)))
        landed = telemetry.LandedState.IN_AIR if self.height > 0.1 else telemetry.LandedState.ON_GROUND
        self.telemetry.publish_extended_sys_state(telemetry.VtolState.UNDEFINED, landed)


def main() -> None:
    port, system = sys.argv[1], int(sys.argv[2])
    autopilot = Autopilot(port, system, float(sys.argv[3]) if len(sys.argv) > 3 else 1.0)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    until = time.monotonic() + 1200
    while not ended.is_set() and time.monotonic() < until:  # ends with whoever started it
        autopilot.step()
        time.sleep(STEP_S)
    autopilot.mavsdk.destroy()


if __name__ == "__main__":
    main()
