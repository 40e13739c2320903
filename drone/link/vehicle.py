"""One vehicle as its messages tell it: what it is, where, in which mode, at which mission item."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drone.link.dialect import mavlink
from drone.link.modes import Autopilot, Mode, mode_of
from drone.link.transports import Peer

if TYPE_CHECKING:
    from drone.link.link import Link

SILENT_S = 3.0  # three heartbeats missed
MOST_WAITING = 512


@dataclass(frozen=True, slots=True)
class Position:
    """Where the vehicle said it was; `at_s` is the event loop's time of hearing it, `boot_ms` the vehicle's own."""

    lon: float
    lat: float
    height_above_home_m: float
    altitude_amsl_m: float
    speed_m_s: float
    boot_ms: int
    at_s: float


class Inbox:
    """The messages of some types since it was opened, oldest first; of an overflow the oldest are lost."""

    def __init__(self, types: tuple[str, ...], where: Callable[[Any], bool]) -> None:
        self.types = types
        self._where = where
        self._waiting: deque[Any] = deque(maxlen=MOST_WAITING)
        self._came = asyncio.Event()

    def put(self, message: Any) -> None:
        if self._where(message):
            self._waiting.append(message)
            self._came.set()

    async def next(self, within_s: float) -> Any | None:
        """The next one, or None when none came in time."""
        if not self._waiting:
            self._came.clear()
            try:
                async with asyncio.timeout(within_s):
                    await self._came.wait()
            except TimeoutError:
                return None
        return self._waiting.popleft()


class Vehicle:
    """Known from its first heartbeat on. Its fields are what was last heard; None: not heard yet."""

    def __init__(self, link: Link, system: int, component: int, autopilot: Autopilot, peer: Peer) -> None:
        self.link = link
        self.system = system
        self.component = component
        self.autopilot = autopilot
        self.peer = peer
        self.armed = False
        self.mode: Mode = ""
        self.landed: bool | None = None
        self.position: Position | None = None
        self.home: tuple[float, float] | None = None
        self.mission_current: int | None = None
        self.battery_share: float | None = None
        self.heard_at_s = 0.0
        self.heartbeat_at_s = 0.0
        # Whoever asks for or answers about missions touches them: what was verified before is verified no longer.
        self.mission_touches = 0
        self.rivals: dict[Peer, float] = {}
        self._inboxes: list[Inbox] = []
        self._waiters: list[asyncio.Event] = []

    def __str__(self) -> str:
        return f"vehicle {self.system} ({self.autopilot.value})"

    @property
    def silent(self) -> bool:
        return asyncio.get_running_loop().time() - self.heartbeat_at_s > SILENT_S

    @property
    def doubled(self) -> bool:
        """Whether two vehicles at different addresses claim this system id: neither may be commanded."""
        now_s = asyncio.get_running_loop().time()
        return sum(now_s - at_s < SILENT_S for at_s in self.rivals.values()) > 1

    def send(self, message: Any) -> None:
        self.link.send(message, self)

    @contextmanager
    def inbox(self, *types: str, where: Callable[[Any], bool] = lambda message: True) -> Iterator[Inbox]:
        """Collects messages of these types from now on."""
        box = Inbox(types, where)
        self._inboxes.append(box)
        try:
            yield box
        finally:
            self._inboxes.remove(box)

    async def until(self, true: Callable[[], bool], within_s: float) -> bool:
        """Whether it became true in time; looked at after each message of the vehicle."""
        changed = asyncio.Event()
        self._waiters.append(changed)
        try:
            async with asyncio.timeout(within_s):
                while not true():
                    changed.clear()
                    await changed.wait()
            return True
        except TimeoutError:
            return True if true() else False  # noqa: SIM210 - it may have come true by time alone
        finally:
            self._waiters.remove(changed)

    def hear(self, message: Any, component: int, peer: Peer) -> None:
        """Take in a message that the link found worth believing."""
        self.heard_at_s = asyncio.get_running_loop().time()
        kind = message.get_type()
        if component == self.component:
            taken = _TAKERS.get(kind)
            if taken is not None:
                taken(self, message)
            if kind == "HEARTBEAT":
                self._beat(peer)
        # A gimbal's heartbeat, or a camera's, tells nothing of the vehicle's mode: who waits for one means its own.
        if component == self.component or kind != "HEARTBEAT":
            for box in self._inboxes:
                if kind in box.types:
                    box.put(message)
        for changed in self._waiters:
            changed.set()

    def overhear(self, message: Any) -> None:
        """A message to another ground station: if it is about missions, somebody else changes or reads them."""
        if _TAKERS.get(message.get_type()) is _touch:
            _touch(self, message)

    def _beat(self, peer: Peer) -> None:
        self.heartbeat_at_s = self.heard_at_s
        self.rivals = {who: at_s for who, at_s in self.rivals.items() if self.heard_at_s - at_s < SILENT_S}
        self.rivals[peer] = self.heard_at_s
        self.peer = peer


def _heartbeat(vehicle: Vehicle, message: Any) -> None:
    vehicle.armed = bool(message.base_mode & mavlink.MAV_MODE_FLAG_SAFETY_ARMED)
    vehicle.mode = mode_of(vehicle.autopilot, message.custom_mode)


def _position(vehicle: Vehicle, message: Any) -> None:
    vehicle.position = Position(
        lon=message.lon / 1e7,
        lat=message.lat / 1e7,
        height_above_home_m=message.relative_alt / 1e3,
        altitude_amsl_m=message.alt / 1e3,
        speed_m_s=(message.vx**2 + message.vy**2) ** 0.5 / 100,
        boot_ms=message.time_boot_ms,
        at_s=vehicle.heard_at_s,
    )


def _current(vehicle: Vehicle, message: Any) -> None:
    vehicle.mission_current = message.seq


def _home(vehicle: Vehicle, message: Any) -> None:
    vehicle.home = (message.longitude / 1e7, message.latitude / 1e7)


def _landed(vehicle: Vehicle, message: Any) -> None:
    if message.landed_state != mavlink.MAV_LANDED_STATE_UNDEFINED:
        vehicle.landed = message.landed_state == mavlink.MAV_LANDED_STATE_ON_GROUND


def _battery(vehicle: Vehicle, message: Any) -> None:
    vehicle.battery_share = message.battery_remaining / 100 if message.battery_remaining >= 0 else None


def _touch(vehicle: Vehicle, message: Any) -> None:
    vehicle.mission_touches += 1


_TAKERS: dict[str, Callable[[Vehicle, Any], None]] = {
    "HEARTBEAT": _heartbeat,
    "GLOBAL_POSITION_INT": _position,
    "MISSION_CURRENT": _current,
    "HOME_POSITION": _home,
    "EXTENDED_SYS_STATE": _landed,
    "SYS_STATUS": _battery,
    "MISSION_REQUEST": _touch,
    "MISSION_REQUEST_INT": _touch,
    "MISSION_ACK": _touch,
}
