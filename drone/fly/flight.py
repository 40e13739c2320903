"""One flight of one plan on one vehicle: who may do what in which stage, and what is kept of it."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from drone.check.terms import Rules
from drone.fly.acts import arm, begin, disarm, into_mode, rewind
from drone.fly.by_itself import followed
from drone.fly.camera_replay import stop_series, tell_again
from drone.fly.checks import check_ready
from drone.fly.errors import NotNow, NotReady
from drone.fly.journal import Journal
from drone.fly.kept import FlightState, Stage
from drone.fly.rest import CameraNow, Stop, camera_before, rest_of
from drone.fly.route import Route
from drone.fly.tracker import Progress, Tracker
from drone.fly.way_back import back_to, stands
from drone.link.confirmation import Action, Confirmation
from drone.link.errors import LinkError
from drone.link.items import missions_of
from drone.link.modes import Autopilot
from drone.link.streams import ask_for_streams
from drone.link.upload import Receipt, verify
from drone.link.vehicle import Vehicle
from drone.types import PatrolPlan

# Gives the decision's number, where whoever keeps it has one.
Record = Callable[[Confirmation, str], Awaitable[str | None]]
DISARMED_WITHIN_S = 3.0
STANDING_WITHIN_S = 20.0
_COMES_DOWN: tuple[Action, ...] = ("return", "land")
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
        self._tracker = Tracker(vehicle, self.route, missions_of(plan, vehicle.autopilot))
        state = FlightState(
            plan,
            whole_hash or plan.hash,
            "uploaded",
            vehicle.system,
            flight_id=flight_id or str(uuid.uuid4()),
            rules=rules,
        )
        self._journal = Journal(state, self._tracker, vehicle.link.wall_s, path)
        self._busy = asyncio.Lock()
        self._receipt: Receipt | None = None
        self._journal.begin()

    @classmethod
    def going_on(cls, vehicle: Vehicle, kept: FlightState, *, record: Record, path: Path | None = None) -> Flight:
        """A flight that another process began and that is still in the air: watched on, with the stage it is in.

        Raises `NotNow` where it was never started or has landed: what the vehicle does now is something else.
        """
        if kept.stage in ("uploaded", "landed"):
            was = "was never started" if kept.stage == "uploaded" else "has landed"
            raise NotNow(
                f"this flight {was}, and {vehicle} is armed: what it does now is not this flight. Look to it by its "
                "remote control, and come back when it is on the ground and disarmed"
            )
        flight = cls(vehicle, kept.plan, record=record, whole_hash=kept.whole_hash, flight_id=kept.flight_id)
        flight._journal.state = replace(kept, system=vehicle.system, flight_id=flight.state.flight_id)
        if path is not None:
            flight._journal.keep_in(path)
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
        if path is not None:
            flight._journal.keep_in(path)
        flight._journal.note(part=part)
        return flight

    def keep_in(self, path: Path, rules: Rules) -> None:
        """Keep it there from now on, over what was kept there before, with what it is held to now."""
        self._journal.keep_in(path)
        self._journal.note(rules=rules)

    def answered(self, checklist: Mapping[str, Mapping[str, Any]]) -> None:
        """The go/no-go answers are kept with it."""
        self._journal.note(checklist=checklist)

    @property
    def state(self) -> FlightState:
        return self._journal.state

    @property
    def stage(self) -> Stage:
        return self._journal.stage

    @property
    def progress(self) -> Progress | None:
        return self._tracker.progress

    async def start(self, by: Confirmation) -> None:
        """Read the mission back once more, arm, go. Raises `NotNow`, `NotReady`, `NotTheSame`, `CommandRefused`, …"""
        async with self._busy:
            await self._decide(by, "start", ("uploaded",))
            await check_ready(self.vehicle, self.plan)
            await ask_for_streams(self.vehicle)
            self._receipt = receipt = await verify(self.vehicle, self.plan)
            try:
                self._journal.to("starting", f"started by {by.operator}")
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
                    self._journal.to("uploaded", "the start failed")
                raise  # armed: it may be rising, so the stage stays and watching tells
            self._journal.to("flying", f"started by {by.operator}")

    async def pause(self, by: Confirmation) -> None:
        """Stop in the air and stay; the place where it stands is where it goes on."""
        async with self._busy:
            await self._decide(by, "pause", ("flying",))
            await into_mode(self.vehicle, "hold", by)
            standing = await self.vehicle.until(lambda: stands(self.vehicle), STANDING_WITHIN_S)
            if standing:
                self._tracker.stand()
            await stop_series(self.vehicle, self._camera())
            self._journal.to("paused", f"paused by {by.operator}")

    async def resume(self, by: Confirmation) -> None:
        """Go on in the air: camera and gimbal are told again first, as the mission had told them. Where somebody may
        have touched the vehicle's mission since, it is read back before. Raises `NotTheSame`, `NotReady`, …"""
        async with self._busy:
            await self._decide(by, "resume", ("paused",))
            if self._receipt is None or not self._receipt.stands(self.vehicle):
                self._receipt = await verify(self.vehicle, self.plan)
            await back_to(self.vehicle, self.plan, self.route, self._tracker.stop, by)
            await tell_again(self.vehicle, self._camera(), by)
            await into_mode(self.vehicle, "mission", by)
            self._journal.to("flying", f"resumed by {by.operator}")

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
                        self._journal.step()
                        if message.get_type() in ("HEARTBEAT", "EXTENDED_SYS_STATE") and not self._busy.locked():
                            await self._follow()
                    told()
        finally:
            self._journal.close()
        return self.state

    async def _decide(self, by: Confirmation, action: Action, stages: tuple[Stage, ...]) -> None:
        by.check(action, self.vehicle.system, self.plan.hash, self.vehicle.link.wall_s)
        if self.stage not in stages:
            raise NotNow(f"{action} is for a flight that is {' or '.join(stages)}; this one is {self.stage}")
        # One that cannot be heard may hear: it is told to come down all the same, for as long as our heartbeat reaches
        # it, it does not do so by itself.
        if self.vehicle.silent and action not in _COMES_DOWN:
            raise NotReady(f"{self.vehicle} is silent: no heartbeat for 3 s")
        what = f"{action} {self.plan.name} on vehicle {self.vehicle.system}, flight {self.state.flight_id}"
        reference = await self._record(by, what)
        self._journal.state = replace(self.state, reference=by.reference or reference or "")

    async def _leave(self, by: Confirmation, action: Action, stage: Stage) -> None:
        await self._decide(by, action, ("starting", "flying", "paused", "returning", "landing"))
        was_flying = self.stage == "flying"
        await into_mode(self.vehicle, "return" if action == "return" else "land", by)
        self._journal.to(stage, f"{action} by {by.operator}")
        if was_flying:
            await stop_series(self.vehicle, self._camera())

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
        stage, why = followed(self.stage, self.state.why, self.vehicle, finished=self._tracker.finished)
        if stage != self.stage:
            self._journal.to(stage, why)


__all__ = ["Flight", "FlightState", "Record", "Stop"]
