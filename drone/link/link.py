"""A link: one transport, one ground station's voice on it, and the vehicles heard there.

The order of receiving is the point: whole frame, checksum, signature, and only then anything that changes a state.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

from drone.link.clocks import Clocks
from drone.link.counts import Counts
from drone.link.dialect import CALLER_SYSTEM, GROUND_COMPONENT, GROUND_SYSTEM, mavlink
from drone.link.errors import LinkError, NoVehicle
from drone.link.frames import Frame, Splitter, decode
from drone.link.lease import Lease
from drone.link.modes import Autopilot
from drone.link.signing import UNSIGNED_ALLOWED, Guard, SigningKey, Verdict
from drone.link.tlog import TLog
from drone.link.transports import Peer, Transport
from drone.link.vehicle import Vehicle

# Not vehicles, though some of them name an autopilot in their heartbeats.
_NO_VEHICLES = frozenset(
    {
        mavlink.MAV_TYPE_GCS,
        mavlink.MAV_TYPE_ANTENNA_TRACKER,
        mavlink.MAV_TYPE_ONBOARD_CONTROLLER,
        mavlink.MAV_TYPE_GIMBAL,
        mavlink.MAV_TYPE_ADSB,
        mavlink.MAV_TYPE_CAMERA,
        mavlink.MAV_TYPE_CHARGING_STATION,
    }
)
MOST_PEERS = 64
OTHERS_S = 2.5  # two heartbeats: whoever else is on the line was heard by then


class Link:
    """`async with Link(transport, …) as link`. It beats once a second while `lease` is live, and only then. Where the
    other end knows of us by what we send alone, it is called once a second meanwhile, by no ground station's name.

    `guard` None: packets carry no signatures and none are asked for, so anybody on the line is believed.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        guard: Guard | None = None,
        lease: Lease | None = None,
        tlog: TLog | None = None,
        system: int = GROUND_SYSTEM,
        component: int = GROUND_COMPONENT,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self.transport = transport
        self.lease = lease or Lease()
        self.system = system
        self.component = component
        self.wall_s = wall_s
        self.vehicles: dict[int, Vehicle] = {}
        self._guard = guard
        self._tlog = tlog
        self._voice = mavlink.MAVLink(None, system, component)
        self._caller = mavlink.MAVLink(None, CALLER_SYSTEM, mavlink.MAV_COMP_ID_ONBOARD_COMPUTER)
        self._splitters: dict[Peer, Splitter] = {}
        self._counts = Counts()
        self._came = asyncio.Event()
        self._met_at_s = 0.0  # the first vehicle
        self._beating: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.transport.open(self._hear)
        self._beating = asyncio.create_task(self._beat())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._beating is not None
        self._beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._beating
        await self.transport.close()
        if self._guard is not None:
            self._guard.close()
        if self._tlog is not None:
            self._tlog.close()

    @property
    def signed(self) -> bool:
        return self._guard is not None

    @property
    def counts(self) -> Counts:
        """Now; a copy."""
        splitters = self._splitters.values()
        return replace(
            self._counts,
            bad_checksums=sum(one.bad_checksums for one in splitters),
            unknown=sum(one.unknown for one in splitters),
        )

    async def vehicle(self, system: int | None = None, within_s: float = 10.0) -> Vehicle:
        """The vehicle with that system id, or the only one there is, for which others are waited for: of two that stand
        side by side the quicker heartbeat must not decide which is sent up. Raises `NoVehicle`."""
        await self._first(system, within_s)
        if system is not None:
            return self.vehicles[system]
        (one, *others) = await self.all_vehicles()
        if others:
            raise NoVehicle(f"several vehicles are on this link: say which of {sorted(self.vehicles)}")
        return one

    async def all_vehicles(self, within_s: float = 10.0) -> list[Vehicle]:
        """Those that are heard with the first. Raises `NoVehicle` where there is none."""
        await self._first(None, within_s)
        await asyncio.sleep(max(0.0, self._met_at_s + OTHERS_S - asyncio.get_running_loop().time()))
        return list(self.vehicles.values())

    async def _first(self, system: int | None, within_s: float) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + within_s
        while (system not in self.vehicles) if system is not None else not self.vehicles:
            self._came.clear()
            try:
                async with asyncio.timeout_at(until_s):
                    await self._came.wait()
            except TimeoutError:
                raise NoVehicle(self._silence(system, within_s)) from None

    def send(self, message: Any, to: Vehicle | None = None) -> None:
        """Say a message to one vehicle's address, or to all."""
        if message.get_type() == "SETUP_SIGNING":
            raise LinkError("a signing key goes out by Link.give_key only")
        self._send(message, to)

    def give_key(self, to: Vehicle, key: SigningKey, clocks: Clocks) -> None:
        """Hand a key to a disarmed vehicle at the other end of a cable; it signs from then on. Raises `LinkError`.

        Given over a link that does not sign yet, since the vehicle does not either.
        """
        if not self.transport.wired:
            raise LinkError("a signing key goes over a cable only: connect the vehicle by USB (serial:DEVICE:BAUD)")
        if to.armed:
            raise LinkError(f"{to} is armed: a vehicle takes a signing key only while disarmed")
        for _ in range(2):  # it has no answer: said twice, as the standard advises
            self._send(key.told_to(to.system, to.component, clocks.next()), to)

    def _send(self, message: Any, to: Vehicle | None, voice: Any = None) -> None:
        voice = voice or self._voice
        raw = bytes(message.pack(voice))
        voice.seq = (voice.seq + 1) % 256
        if self._guard is not None:
            raw = self._guard.sign(raw)
        self._log(raw)
        self._counts.sent += 1
        self.transport.send(raw, to.peer if to is not None else None)

    def _silence(self, system: int | None, within_s: float) -> str:
        counts = self.counts
        sought = "no autopilot" if system is None else f"no vehicle {system}"
        hints = [
            f"{number} packets {what}"
            for what, number in (
                ("without a signature", counts.unsigned),
                ("with a wrong signature (another key?)", counts.forged),
                ("with a broken checksum", counts.bad_checksums),
            )
            if number
        ]
        others = f"; heard: vehicles {sorted(self.vehicles)}" if self.vehicles else ""
        if not others and not hints:
            others = ": is the vehicle on, and does its telemetry come to this address?"
        return f"{sought} was heard within {within_s:g} s{others}{'; refused: ' + ', '.join(hints) if hints else ''}"

    async def _beat(self) -> None:
        beat = mavlink.MAVLink_heartbeat_message(
            mavlink.MAV_TYPE_GCS, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, mavlink.MAV_STATE_ACTIVE, 3
        )
        while True:
            if self.lease.live:
                # To the addresses of those believed: others at the port cannot crowd them out.
                for vehicle in {one.peer: one for one in self.vehicles.values()}.values() or (None,):
                    self.send(beat, vehicle)
                self._counts.heartbeats += 1
            elif self.transport.calls and not self._counts.heartbeats:
                self._call()  # not where a heartbeat has ended: from then on there must be silence
            if self._tlog is not None:
                self._tlog.flush()
            await asyncio.sleep(1.0)

    def _call(self) -> None:
        """Say that somebody is here, for an answer. No operator stands behind it, so it must not pass for a ground
        station: a vehicle that took it for one would fly home once it ends."""
        here = mavlink.MAVLink_heartbeat_message(
            mavlink.MAV_TYPE_ONBOARD_CONTROLLER, mavlink.MAV_AUTOPILOT_INVALID, 0, 0, mavlink.MAV_STATE_ACTIVE, 3
        )
        self._send(here, None, self._caller)

    def _hear(self, data: bytes, peer: Peer) -> None:
        splitter = self._splitters.get(peer)
        if splitter is None:
            if len(self._splitters) >= MOST_PEERS:
                self._splitters.pop(next(iter(self._splitters)))
            splitter = self._splitters[peer] = Splitter()
        for frame in splitter.feed(data, whole=self.transport.datagrams):
            self._take(frame, peer)

    def _take(self, frame: Frame, peer: Peer) -> None:
        if (frame.system, frame.component) == (self.system, self.component):
            return  # our own voice, echoed by a radio
        if not self._believed(frame):
            return
        self._counts.received += 1
        self._log(frame.raw)
        try:
            message = decode(frame)
        except mavlink.MAVError:
            self._counts.undecodable += 1
            return
        if getattr(message, "target_system", 0) not in (0, self.system) or getattr(
            message, "target_component", 0
        ) not in (0, self.component):
            self._counts.not_for_us += 1
            if frame.system in self.vehicles:
                self.vehicles[frame.system].overhear(message)
            return
        vehicle = self.vehicles.get(frame.system) or self._meet(message, frame, peer)
        if vehicle is not None:
            vehicle.hear(message, frame.component, peer)

    def _believed(self, frame: Frame) -> bool:
        if self._guard is None:
            return True
        verdict = self._guard.judge(frame)
        if verdict is Verdict.FORGED:
            self._counts.forged += 1
        elif verdict is Verdict.REPLAYED:
            self._counts.replayed += 1
        elif verdict is Verdict.UNSIGNED and frame.message_id not in UNSIGNED_ALLOWED:
            self._counts.unsigned += 1
        else:
            return True
        return False

    def _meet(self, message: Any, frame: Frame, peer: Peer) -> Vehicle | None:
        if message.get_type() != "HEARTBEAT" or message.type in _NO_VEHICLES:
            return None
        if message.autopilot == mavlink.MAV_AUTOPILOT_INVALID:
            return None
        vehicle = Vehicle(self, frame.system, frame.component, Autopilot.of(message.autopilot), peer)
        if not self.vehicles:
            self._met_at_s = asyncio.get_running_loop().time()
        self.vehicles[frame.system] = vehicle
        self._came.set()
        return vehicle

    def _log(self, raw: bytes) -> None:
        if self._tlog is not None:
            self._tlog.write(raw)
