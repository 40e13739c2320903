"""How the simulated vehicle flies a stored mission: one nav item after another, the others in passing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from drone.link.dialect import mavlink
from drone.link.items import WireItem
from drone.plane import LocalPlane
from drone.simulated.body import Body
from drone.types import Place

NAV = frozenset({16, 17, 18, 19, 20, 21, 22, 82})
REACHED_M = 0.3


@dataclass(slots=True)
class CameraState:
    """What a camera on board was last told, and where it took pictures."""

    pitch_deg: float | None = None
    yaw_deg: float | None = None
    locked: bool = False  # yaw_deg counts from true north
    roi: tuple[float, float, float] | None = None  # east, north, up of home in metres
    every_m: float = 0.0
    video: bool = False
    pictures: list[tuple[float, float]] = field(default_factory=list)  # east, north in metres
    _last: tuple[float, float] | None = None

    def told(self, command: int, params: tuple[float, ...], place: Place | None, body: Body) -> None:
        if command == mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW:
            self.pitch_deg, self.yaw_deg, self.roi = params[0], params[1], None
            self.locked = bool(int(params[4]) & mavlink.GIMBAL_MANAGER_FLAGS_YAW_LOCK)
        elif command == mavlink.MAV_CMD_DO_SET_ROI_LOCATION:
            self.roi = None if place is None else (*body.metres(place), params[6])
        elif command == mavlink.MAV_CMD_DO_SET_ROI_NONE:
            self.roi = None
        elif command == mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST:
            self.every_m = params[0]
            self._last = (body.east_m, body.north_m)
            if params[2] == 1:
                self.shoot(body)
        elif command == mavlink.MAV_CMD_IMAGE_START_CAPTURE:
            self.shoot(body)
        elif command in (mavlink.MAV_CMD_VIDEO_START_CAPTURE, mavlink.MAV_CMD_VIDEO_STOP_CAPTURE):
            self.video = command == mavlink.MAV_CMD_VIDEO_START_CAPTURE

    def looks(self, body: Body) -> tuple[float, float, bool]:
        """Yaw and pitch in degrees, and whether the yaw counts from true north, else from the nose."""
        if self.roi is None:
            return self.yaw_deg or 0.0, self.pitch_deg or 0.0, self.locked
        east, north, up = self.roi[0] - body.east_m, self.roi[1] - body.north_m, self.roi[2] - body.height_m
        yaw, pitch = math.atan2(east, north), math.atan2(up, math.hypot(east, north))
        return math.degrees(yaw), math.degrees(pitch), True

    def shoot(self, body: Body) -> None:
        self.pictures.append((body.east_m, body.north_m))
        self._last = (body.east_m, body.north_m)

    def pass_over(self, body: Body) -> None:
        """A series goes on: the next picture, once it is far enough from the last."""
        if self.every_m <= 0 or self._last is None:
            return
        if math.hypot(body.east_m - self._last[0], body.north_m - self._last[1]) >= self.every_m:
            self.shoot(body)


class Flyer:
    """`current` is the nav item being flown; None before the first."""

    def __init__(self, plane: LocalPlane, camera: CameraState) -> None:
        self._plane = plane
        self._camera = camera
        self.restart()

    def restart(self) -> None:
        self.current: int | None = None
        self.speed_m_s = 5.0
        self.done = False
        self.reached: list[int] = []
        self._hold_until_s: float | None = None
        self._angle = 0.0
        self._from = (0.0, 0.0)
        self._there: tuple[WireItem, tuple[float, float]] | None = None

    def step(self, items: list[WireItem], body: Body, now_s: float, dt_s: float) -> str | None:
        """ "return" or "land" where the mission says so."""
        if self.current is None:
            self._advance(items, 0, body)
        while self.current is not None and self.current < len(items):
            item = items[self.current]
            if item.command == mavlink.MAV_CMD_NAV_RETURN_TO_LAUNCH:
                return "return"
            if not self._flown(item, body, now_s, dt_s):
                return None
            if item.command == mavlink.MAV_CMD_NAV_LAND:
                return "land"
            self.reached.append(self.current)
            self._hold_until_s = None
            self._angle = 0.0
            self._advance(items, self.current, body)
            dt_s = 1e-9  # the rest of the step belongs to nobody
        self.done = True
        return "hold"

    def _advance(self, items: list[WireItem], after: int, body: Body) -> None:
        """To the next nav item, doing what stands between."""
        for number in range(after + 1, len(items)):
            item = items[number]
            if item.command in NAV:
                self.current = number
                return
            if item.command == mavlink.MAV_CMD_DO_CHANGE_SPEED:
                self.speed_m_s = item.params[1]
            else:
                self._camera.told(item.command, (*item.params, item.x, item.y, item.z), _place(item), body)
        self.current = len(items)

    def _flown(self, item: WireItem, body: Body, now_s: float, dt_s: float) -> bool:
        if item.command == mavlink.MAV_CMD_NAV_TAKEOFF:
            return body.towards(None, item.z, 0.0, dt_s) < REACHED_M
        if item.command == mavlink.MAV_CMD_NAV_LOITER_TURNS:
            return self._circle(item, body, dt_s)
        height = body.height_m if item.command == mavlink.MAV_CMD_NAV_LAND else item.z
        there = self._metres(item, body)
        if body.towards(there, height, self.speed_m_s, dt_s, self._from) > REACHED_M:
            return False
        self._from = there
        if self._hold_until_s is None:
            self._hold_until_s = now_s + (item.params[0] if item.command == 16 else 0.0)
        return now_s >= self._hold_until_s

    def _metres(self, item: WireItem, body: Body) -> tuple[float, float]:
        if self._there is None or self._there[0] is not item:
            self._there = (item, body.metres(_place(item)))
        return self._there[1]

    def _circle(self, item: WireItem, body: Body, dt_s: float) -> bool:
        centre, radius = body.metres(_place(item)), abs(item.params[2])
        turning = math.copysign(1.0, item.params[2])
        angle = turning * self._angle
        target = (centre[0] + radius * math.sin(angle), centre[1] + radius * math.cos(angle))
        near = math.hypot(target[0] - body.east_m, target[1] - body.north_m)
        body.towards(target, item.z, self.speed_m_s, dt_s)
        if near < 5.0:
            self._angle += self.speed_m_s * dt_s / max(radius, 1.0)
        return self._angle >= 2 * math.pi * item.params[0]


def _place(item: WireItem) -> Place:
    return item.y / 1e7, item.x / 1e7
