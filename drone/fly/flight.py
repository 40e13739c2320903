"""One flight of one plan on one vehicle: who may do what in which stage, and what is kept of it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from drone.check.terms import Rules
from drone.fly.acts import arm, begin, disarm, into_mode, rewind
from drone.fly.camera_replay import stop_series, tell_again
from drone.fly.checks import check_ready
from drone.fly.errors import NotNow, NotReady
from drone.fly.kept import FlightState, Keeper, Stage
from drone.fly.rest import CameraNow, Stop, camera_before, rest_of
from drone.fly.route import Route, Spot
from drone.fly.tracker import STANDING_M_S, Progress, Tracker
from drone.link.commands import Command, tell
from drone.link.confirmation import Action, Confirmation
from drone.link.dialect import mavlink
from drone.link.errors import LinkError
from drone.link.items import missions_of
from drone.link.modes import Autopilot
from drone.link.streams import ask_for_streams
from drone.link.upload import verify
from drone.link.vehicle import Vehicle
from drone.types import PatrolPlan

# Gives the decision's number, where whoever keeps it has one.
Record = Callable[[Confirmation, str], Awaitable[str | None]]
DISARMED_WITHIN_S = 3.0
STANDING_WITHIN_S = 20.0
KEEP_EVERY_S = 0.2
BACK_M = 1.0  # nearer than this to where it stopped is there
BACK_WITHIN_S = 60.0
OWN = "the vehicle's own decision, or its pilot's"
_WATCHED = (
    "HEARTBEAT",
    "GLOBAL_POSITION_INT",
    "MISSION_CURRENT",
    "EXTENDED_SYS_STATE",
    "CAMERA_FEEDBACK",
    "CAMERA_IMAGE_CAPTURED",
)


class Flight:
    """Every public verb takes a person's `Confirmation`, checks it, and has `record` write it down before a word goes
    out; where `record` raises, nothing is sent. `path` None: nothing is kept."""

    def __init__(
        self,
        vehicle: Vehicle,
        plan: PatrolPlan,
        *,
        record: Record,
        path: Path | None = None,
        whole_hash: str = "",
        rules: Rules | None = None,
        flight_id: str = "",
    ) -> None:
        self.vehicle = vehicle
        self.plan = plan
        self.route = Route(plan)
        self._record = record
        self._keeper = Keeper(path) if path else None
        self._tracker = Tracker(vehicle, self.route, missions_of(plan, vehicle.autopilot))
        self._state = FlightState(
            plan,
            whole_hash or plan.hash,
            "uploaded",
            vehicle.system,
            flight_id=flight_id or str(uuid.uuid4()),
            rules=rules,
        )
        self._busy = asyncio.Lock()
        self._stepped_at_s = 0.0
        self._keep(whole=True)

    @classmethod
    def going_on(cls, vehicle: Vehicle, kept: FlightState, *, record: Record, path: Path | None = None) -> Flight:
        """A flight that another process began and that is still in the air: watched on, with the stage it is in."""
        flight = cls(vehicle, kept.plan, record=record, whole_hash=kept.whole_hash)
        flight._keeper = Keeper(path) if path else None
        flight._state = replace(kept, system=vehicle.system, flight_id=kept.flight_id or flight._state.flight_id)
        if kept.stop is not None:
            flight._tracker.begin_at(kept.stop, kept.pictures)
        flight._tracker.finished = kept.finished
        flight._follow_mode()
        return flight

    @classmethod
    def resuming(
        cls, vehicle: Vehicle, kept: FlightState, *, record: Record, path: Path | None = None, flight_id: str = ""
    ) -> Flight:
        """The rest of a flight that ended on the ground, on this vehicle or another: upload its `plan`, then start. It
        is the same flight's next part, unless `flight_id` names another: a server's are one vehicle's each.

        Raises `NotNow` where nothing is left or the flight is not over.
        """
        if kept.finished:
            raise NotNow("nothing is left of this patrol: every item was flown")
        part = kept.part + 1
        plan = rest_of(kept.plan, kept.stop, part=part, rules=kept.rules) if kept.stop else kept.plan
        flight = cls(
            vehicle,
            plan,
            record=record,
            whole_hash=kept.whole_hash,
            rules=kept.rules,
            flight_id=flight_id or kept.flight_id,
        )
        flight._keeper = Keeper(path) if path else None
        flight._state = replace(flight._state, part=part)
        flight._keep(whole=True)
        return flight

    def keep_in(self, path: Path, rules: Rules) -> None:
        """Keep it there from now on, over what was kept there before, with what it is held to now."""
        self._state = replace(self._state, rules=rules)
        self._keeper = Keeper(path)
        self._keep(whole=True)

    def answered(self, checklist: Mapping[str, Mapping[str, Any]]) -> None:
        """The go/no-go answers are kept with it."""
        self._state = replace(self._state, checklist=checklist)
        self._keep(whole=True)

    @property
    def state(self) -> FlightState:
        return self._state

    @property
    def stage(self) -> Stage:
        return self._state.stage

    @property
    def progress(self) -> Progress | None:
        return self._tracker.progress

    async def start(self, by: Confirmation) -> None:
        """Read the mission back once more, arm, go. Raises `NotNow`, `NotReady`, `NotTheSame`, `CommandRefused`, …"""
        async with self._busy:
            await self._decide(by, "start", ("uploaded",))
            await check_ready(self.vehicle, self.plan)
            await ask_for_streams(self.vehicle)
            receipt = await verify(self.vehicle, self.plan)
            self._to("starting", f"started by {by.operator}")
            try:
                if self.vehicle.autopilot is Autopilot.ARDUPILOT:
                    await into_mode(self.vehicle, "guided", by)  # it arms in no mode that flies by itself
                await rewind(self.vehicle)
                await arm(self.vehicle, by)
                if not receipt.stands(self.vehicle):
                    raise NotReady(f"somebody else touched the mission of {self.vehicle} just now: upload it again")
                await begin(self.vehicle, by)
            except BaseException:
                await disarm(self.vehicle, by)
                if await self.vehicle.until(lambda: not self.vehicle.armed, DISARMED_WITHIN_S):
                    self._to("uploaded", "the start failed")
                raise  # armed: it may be rising, so the stage stays and watching tells
            self._to("flying", f"started by {by.operator}")

    async def pause(self, by: Confirmation) -> None:
        """Stop in the air and stay; the place where it stands is where it goes on."""
        async with self._busy:
            await self._decide(by, "pause", ("flying",))
            await into_mode(self.vehicle, "hold", by)
            standing = await self.vehicle.until(self._stands, STANDING_WITHIN_S)
            if standing:
                self._tracker.stand()
            await stop_series(self.vehicle, self._camera())
            self._to("paused", f"paused by {by.operator}")

    async def resume(self, by: Confirmation) -> None:
        """Go on in the air: camera and gimbal are told again first, as the mission had told them."""
        async with self._busy:
            await self._decide(by, "resume", ("paused",))
            await self._back_to_stop(by)
            await tell_again(self.vehicle, self._camera(), by)
            await into_mode(self.vehicle, "mission", by)
            self._to("flying", f"resumed by {by.operator}")

    async def return_home(self, by: Confirmation) -> None:
        async with self._busy:
            await self._leave(by, "return", "returning")

    async def land(self, by: Confirmation) -> None:
        """Land where it is."""
        async with self._busy:
            await self._leave(by, "land", "landing")

    async def watch(self, told: Callable[[], None] = lambda: None) -> FlightState:
        """Follow the flight until it is on the ground and disarmed; `told` is called after each step.

        Cancel it at any time: the vehicle flies on, what was kept is enough to go on watching.
        """
        try:
            with self.vehicle.inbox(*_WATCHED) as inbox:
                while self.stage != "landed":
                    message = await inbox.next(1.0)
                    if message is not None:
                        self._tracker.take(message)
                        self._keep_step()
                        if message.get_type() in ("HEARTBEAT", "EXTENDED_SYS_STATE") and not self._busy.locked():
                            await self._follow()
                    told()
        finally:
            if self._keeper is not None:
                self._keeper.close()
        return self.state

    async def _decide(self, by: Confirmation, action: Action, stages: tuple[Stage, ...]) -> None:
        by.check(action, self.vehicle.system, self.plan.hash, self.vehicle.link.wall_s)
        if self.stage not in stages:
            raise NotNow(f"{action} is for a flight that is {' or '.join(stages)}; this one is {self.stage}")
        if self.vehicle.silent:
            raise NotReady(f"{self.vehicle} is silent: no heartbeat for 3 s")
        what = f"{action} {self.plan.name} on vehicle {self.vehicle.system}, flight {self._state.flight_id}"
        reference = await self._record(by, what)
        self._state = replace(self._state, reference=by.reference or reference or "")

    async def _leave(self, by: Confirmation, action: Action, stage: Stage) -> None:
        await self._decide(by, action, ("starting", "flying", "paused", "returning", "landing"))
        was_flying = self.stage == "flying"
        await into_mode(self.vehicle, "return" if action == "return" else "land", by)
        if was_flying:
            await stop_series(self.vehicle, self._camera())
        self._to(stage, f"{action} by {by.operator}")

    async def _back_to_stop(self, by: Confirmation) -> None:
        """Moved since it stopped, by wind or a pilot: an autopilot would cut the corner to its next item."""
        stop = self._tracker.stop
        if stop is None or self._away_m(stop) <= BACK_M:
            return
        place = (stop.lat, stop.lon, stop.height_above_home_m)
        frame = mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT
        change_mode = float(mavlink.MAV_DO_REPOSITION_FLAGS_CHANGE_MODE)
        back = Command(mavlink.MAV_CMD_DO_REPOSITION, (-1.0, change_mode, 0.0, math.nan, *place), frame)
        await tell(self.vehicle, back, by=by)
        if not await self.vehicle.until(lambda: self._away_m(stop) <= BACK_M, BACK_WITHIN_S):
            raise NotReady(f"{self.vehicle} does not come back to where it stopped: {self._away_m(stop):.0f} m away")

    def _away_m(self, stop: Stop) -> float:
        at = self.vehicle.position
        return self.route.distance_m(stop.spot, Spot((at.lon, at.lat), at.height_above_home_m)) if at else math.inf

    def _stands(self) -> bool:
        at = self.vehicle.position
        return at is not None and at.speed_m_s < STANDING_M_S

    def _camera(self) -> CameraNow:
        stop = self._tracker.stop
        return camera_before(self.route.items, stop.item if stop else 0)

    async def _follow(self) -> None:
        was = self.stage
        self._follow_mode()
        if was == "flying" and self.stage in ("returning", "landing", "paused"):
            with contextlib.suppress(LinkError):  # it may be out of reach: that is why it left
                await stop_series(self.vehicle, self._camera())

    def _follow_mode(self) -> None:
        """The vehicle may decide by itself: failsafes, its pilot's stick, the end of the mission."""
        vehicle = self.vehicle
        if not vehicle.armed and self.stage in ("flying", "paused", "returning", "landing"):
            self._to("landed", self._state.why if self.stage != "flying" else "landed")
        elif self.stage == "flying" and vehicle.mode in ("return", "land") and not self._tracker.finished:
            self._to("returning" if vehicle.mode == "return" else "landing", OWN)
        elif self.stage in ("starting", "paused") and vehicle.armed and vehicle.mode == "mission":
            self._to("flying", self._state.why if self.stage == "starting" else OWN)
        elif self.stage == "flying" and vehicle.mode not in ("mission", "return", "land"):
            self._to("paused", OWN)

    def _to(self, stage: Stage, why: str) -> None:
        self._state = replace(self._state, stage=stage, why=why)
        self._keep(whole=True)

    def _keep_step(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._tracker.progress is not None and now_s - self._stepped_at_s >= KEEP_EVERY_S:
            self._stepped_at_s = now_s
            self._keep()

    def _keep(self, *, whole: bool = False) -> None:
        self._state = replace(
            self._state,
            stop=self._tracker.stop or self._state.stop,
            finished=self._tracker.finished,
            pictures=self._tracker.pictures,
            at_s=self.vehicle.link.wall_s(),
        )
        if self._keeper is not None:
            (self._keeper.keep if whole else self._keeper.step)(self._state)


__all__ = ["Flight", "FlightState", "Record", "Stop"]
