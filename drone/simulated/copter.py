"""A vehicle that answers as ArduCopter 4.7 was seen to, flies missions on a simple body, and keeps its pictures.

What it is for: tests of the link and of flights, and `--simulate`. It is no model of flight dynamics.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drone.link.clocks import Clocks
from drone.link.dialect import mavlink
from drone.link.frames import Splitter, decode
from drone.link.items import WireItem
from drone.link.signing import Guard, SigningKey, Verdict
from drone.simulated.air import Air
from drone.simulated.body import Body
from drone.simulated.flyer import CameraState, Flyer
from drone.simulated.reports import MODES, REPORTS, picture
from drone.simulated.store import Store
from drone.simulated.time import loop_wall_s
from drone.types import Place

STEP_S = 0.1
FAILSAFE_S = 4.5  # seen: RTL 4.5 s after the last heartbeat
RETURN_HEIGHT_M = 15.0
_NAMES = {number: name for name, number in MODES.items()}
PARAMETERS = {
    "FS_GCS_ENABLE": 1.0,
    "FS_GCS_TIMEOUT": 5.0,
    "FS_OPTIONS": 0.0,
    "RTL_ALT": 1500.0,
    "SYSID_MYGCS": 255.0,
    "FENCE_ENABLE": 0.0,  # it keeps fences, and keeps to none
    "FENCE_AUTOENABLE": 0.0,
}


@dataclass(frozen=True, slots=True)
class Habits:
    """`in_progress`: long commands are answered "in progress" first. `silent_arrivals`: the share of items whose
    MISSION_ITEM_REACHED never comes. `cruise_m_s`: the speed on the way home."""

    in_progress: bool = True
    silent_arrivals: float = 0.3
    cruise_m_s: float = 8.0
    seed: int = 0


class SimulatedCopter:
    """One vehicle with system id `system`, standing at `home`, in `air`. `async with` it, in any event loop."""

    def __init__(
        self,
        air: Air,
        system: int,
        home: Place,
        *,
        habits: Habits | None = None,
        key: SigningKey | None = None,
        wall_s: Callable[[], float] = loop_wall_s,
    ) -> None:
        self.system = system
        self.habits = habits or Habits()
        self.body = Body.at(home)
        self.plane = self.body.plane
        self.camera = CameraState()
        self.flyer = Flyer(self.plane, self.camera)
        ground = WireItem(16, 0, (0.0, 0.0, 0.0, 0.0), round(home[1] * 1e7), round(home[0] * 1e7), 10.1)
        self.store = Store(ground)
        self.home = home
        self.armed = False
        self._mode = "guided"
        self.left_mission_at: tuple[float, float] | None = None  # east, north in metres
        self.goal: tuple[float, float, float] | None = None
        self.ending: str | None = None
        self.commands: list[int] = []
        self.parameters = dict(PARAMETERS)
        self.battery_share = 1.0
        self._air = air
        self._random = random.Random(self.habits.seed)
        self._voice = mavlink.MAVLink(None, system, mavlink.MAV_COMP_ID_AUTOPILOT1)
        self._splitter = Splitter()
        self._wall_s = wall_s
        self._guard = Guard(key, Clocks(None, wall_s), link_id=0) if key else None
        self._ground_beat_s: float | None = None
        self._told_reached = self._told_pictures = 0
        self.steps = 0
        self._intervals: dict[int, float] = {0: 1.0, 1: 1.0, 33: 0.2, 42: 1.0, 245: 1.0}
        self._due: dict[int, float] = {}
        self._task: asyncio.Task[None] | None = None
        air.join(system, self)

    async def __aenter__(self) -> SimulatedCopter:
        self._task = asyncio.create_task(self._live())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, name: str) -> None:
        if self._mode == "mission" and name != "mission":
            self.left_mission_at = (self.body.east_m, self.body.north_m)
        self._mode = name

    def swap_battery(self) -> None:
        """On the ground, disarmed: as an operator does between two parts of a patrol."""
        self.battery_share = 1.0
        self.mode = "guided"

    def say(self, message: Any) -> None:
        raw = bytes(message.pack(self._voice))
        self._voice.seq = (self._voice.seq + 1) % 256
        self._air.from_vehicle(self.system, self._guard.sign(raw) if self._guard else raw)

    def hear(self, data: bytes) -> None:
        for frame in self._splitter.feed(data, whole=True):
            if self._guard is not None and self._guard.judge(frame) is not Verdict.GENUINE:
                continue
            message = decode(frame)
            if getattr(message, "target_system", 0) in (0, self.system):
                self._take(message, (frame.system, frame.component))

    def _take(self, message: Any, who: tuple[int, int]) -> None:
        kind = message.get_type()
        if kind == "HEARTBEAT" and message.type == mavlink.MAV_TYPE_GCS:
            self._ground_beat_s = self._now_s()
        elif kind in ("COMMAND_LONG", "COMMAND_INT"):
            self._command(message, who)
        elif kind == "MISSION_SET_CURRENT" and message.seq == 0:
            self.flyer.restart()
            self._told_reached = 0
            self.say(mavlink.MAVLink_mission_current_message(0))
        elif kind == "SETUP_SIGNING" and not self.armed:
            key = SigningKey(bytes(message.secret_key))
            self._guard = Guard(key, Clocks(None, self._wall_s), link_id=0)
        elif kind == "PARAM_REQUEST_READ":
            self._parameter(message)
        else:
            self.store.take(message, who, self._now_s(), self.say)

    def _command(self, message: Any, who: tuple[int, int]) -> None:
        number = int(message.command)
        self.commands.append(number)
        params = [getattr(message, f"param{index}") for index in range(1, 5)]
        if message.get_type() == "COMMAND_LONG":
            params += [message.param5, message.param6, message.param7]
            place: Place | None = None
        else:
            params += [message.x, message.y, message.z]
            place = (message.y / 1e7, message.x / 1e7)
        answer = self._COMMANDS.get(number, SimulatedCopter._for_camera)(self, number, params, place)
        if self.habits.in_progress and number == mavlink.MAV_CMD_COMPONENT_ARM_DISARM:
            self._acknowledge(number, mavlink.MAV_RESULT_IN_PROGRESS, who)
            asyncio.get_running_loop().call_later(2.0, self._acknowledge, number, answer, who)
        else:
            self._acknowledge(number, answer, who)

    def _acknowledge(self, number: int, result: int, who: tuple[int, int]) -> None:
        self.say(mavlink.MAVLink_command_ack_message(number, result, 0, 0, *who))

    def _arm(self, number: int, params: list[float], place: Place | None) -> int:
        if params[0] == 1 and not self.armed:
            if self.mode != "guided":
                return int(mavlink.MAV_RESULT_FAILED)  # "Arm: mode not armable"
            self.armed = True
            self.goal = self.ending = None  # the mission itself goes on where it was broken off (MIS_RESTART 0)
        elif params[0] == 0:
            if self.body.height_m > 0.3:
                return int(mavlink.MAV_RESULT_FAILED)
            self.armed = False
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def _set_mode(self, number: int, params: list[float], place: Place | None) -> int:
        name = _NAMES.get(int(params[1]))
        if name is None or (name == "mission" and len(self.store.items[0]) < 2):
            return int(mavlink.MAV_RESULT_FAILED)
        self.mode = name
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def _start(self, number: int, params: list[float], place: Place | None) -> int:
        if not self.armed or len(self.store.items[0]) < 2:
            return int(mavlink.MAV_RESULT_FAILED)
        self.mode = "mission"
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def _reposition(self, number: int, params: list[float], place: Place | None) -> int:
        if not self.armed or place is None:
            return int(mavlink.MAV_RESULT_DENIED)
        self.mode, self.goal = "guided", (*self.body.metres(place), params[6])
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def _interval(self, number: int, params: list[float], place: Place | None) -> int:
        self._intervals[int(params[0])] = params[1] / 1e6
        return int(mavlink.MAV_RESULT_ACCEPTED)

    def _for_camera(self, number: int, params: list[float], place: Place | None) -> int:
        self.camera.told(number, tuple(params), place, self.body)
        return int(mavlink.MAV_RESULT_ACCEPTED)

    _COMMANDS: dict[int, Callable[[SimulatedCopter, int, list[float], Place | None], int]] = {  # noqa: RUF012
        mavlink.MAV_CMD_COMPONENT_ARM_DISARM: _arm,
        mavlink.MAV_CMD_DO_SET_MODE: _set_mode,
        mavlink.MAV_CMD_MISSION_START: _start,
        mavlink.MAV_CMD_SET_MESSAGE_INTERVAL: _interval,
        mavlink.MAV_CMD_DO_REPOSITION: _reposition,
    }

    def _parameter(self, message: Any) -> None:
        name = message.param_id
        if name in self.parameters:
            kind = mavlink.MAV_PARAM_TYPE_REAL32
            self.say(mavlink.MAVLink_param_value_message(name.encode(), self.parameters[name], kind, 1, 0))

    async def _live(self) -> None:
        while True:
            self._step()
            await asyncio.sleep(STEP_S)

    def _step(self) -> None:
        now_s = self._now_s()
        self.steps += 1
        self.store.tick(now_s, self.say)
        if self.armed:
            self._failsafe(now_s)
            self._fly(now_s)
        for number, every_s in self._intervals.items():
            if number in REPORTS and every_s > 0 and now_s >= self._due.get(number, 0.0) - 1e-6:
                self._due[number] = now_s + every_s
                self.say(REPORTS[number](self))

    def _failsafe(self, now_s: float) -> None:
        silent_s = now_s - self._ground_beat_s if self._ground_beat_s is not None else 0.0
        enabled = self.parameters["FS_GCS_ENABLE"] == 1
        if enabled and silent_s > FAILSAFE_S and self.mode not in ("return", "land"):
            self.mode = "return"

    def _fly(self, now_s: float) -> None:
        body = self.body
        if self.mode == "mission" and self.ending is None:
            self.ending = self.flyer.step(self.store.items[0], body, now_s, STEP_S)
            self._arrivals()
        # The end of a mission, its return home, is still its own mode.
        doing = self.ending if self.mode == "mission" and self.ending else self.mode
        if doing == "return":
            height = max(RETURN_HEIGHT_M, body.height_m)
            if body.towards((0.0, 0.0), height, self.habits.cruise_m_s, STEP_S) < 0.5:
                self.mode, self.ending = ("mission", "land") if self.mode == "mission" else ("land", None)
        elif doing == "land":
            body.towards(None, -1.0, 0.0, STEP_S)
            if body.height_m <= 0.05:
                body.height_m, self.armed = 0.0, False
        elif doing == "guided" and self.goal is not None:
            body.towards(self.goal[:2], self.goal[2], self.habits.cruise_m_s, STEP_S)
        elif doing != "mission":
            body.towards(None, body.height_m, 0.0, STEP_S)
        self.camera.pass_over(body)
        for number in range(self._told_pictures + 1, len(self.camera.pictures) + 1):  # single ones as those of a series
            self.say(picture(self, number))
        self._told_pictures = len(self.camera.pictures)
        self.battery_share -= STEP_S / 1500

    def _arrivals(self) -> None:
        for number in self.flyer.reached[self._told_reached :]:
            if self._random.random() >= self.habits.silent_arrivals:
                self.say(mavlink.MAVLink_mission_item_reached_message(number))
        self._told_reached = len(self.flyer.reached)

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()
