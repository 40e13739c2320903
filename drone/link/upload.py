"""A plan put on a vehicle and proved to be there: offered, read back, compared. Nothing else makes it flyable."""

from __future__ import annotations

from dataclasses import dataclass

from drone.link.compare import differences
from drone.link.dialect import FENCE, KINDS, MISSION, RALLY
from drone.link.errors import LinkError, NoAnswer, NotTheSame, UploadRefused
from drone.link.items import Missions, missions_of
from drone.link.transfer import fetch_items, send_items
from drone.link.vehicle import Vehicle
from drone.types import PatrolPlan

ATTEMPTS = 4
ORDER = (FENCE, RALLY, MISSION)  # the fence first: a mission is never there without it


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a vehicle held a plan when it was last read: `items` by kind, `touches` the vehicle's count at that time."""

    system: int
    plan_hash: str
    missions: Missions
    items: dict[str, int]
    attempts: int
    touches: int

    @property
    def said(self) -> str:
        """What is there, in words."""
        fence, rally, mission = (self.items[KINDS[kind]] for kind in ORDER)
        return f"{mission} items of the mission, {fence} of the fence, {rally} rally point{'' if rally == 1 else 's'}"

    def stands(self, vehicle: Vehicle) -> bool:
        """Whether nothing was heard since of anybody's changing the vehicle's missions."""
        return self.system == vehicle.system and self.touches == vehicle.mission_touches


async def upload(vehicle: Vehicle, plan: PatrolPlan) -> Receipt:
    """Upload mission, fence and rally points until what is read back is the plan.

    Raises `UploadRefused` (`VehicleRefused`, `NotTheSame`), `NoAnswer`. After any of them the vehicle holds perhaps
    nothing, perhaps a mixture: its mission is cleared where that can be, and `Receipt` is what arming asks for.
    """
    if vehicle.armed:
        raise UploadRefused(f"{vehicle} is armed: a plan is uploaded on the ground, disarmed")
    if vehicle.doubled:
        raise UploadRefused(f"two vehicles use the system id {vehicle.system}: give one of them another")
    missions = missions_of(plan, vehicle.autopilot)
    attempts = 0
    try:
        for kind in ORDER:
            attempts += await _upload_one(vehicle, missions, kind)
    except LinkError:
        await _clear(vehicle)
        raise
    return _receipt(vehicle, missions, attempts)


async def verify(vehicle: Vehicle, plan: PatrolPlan) -> Receipt:
    """Read back and compare, sending nothing. Raises `NotTheSame`, `NoAnswer`."""
    missions = missions_of(plan, vehicle.autopilot)
    for kind in ORDER:
        found = await fetch_items(vehicle, kind)
        told = differences(missions.of(kind), found, vehicle.autopilot, kind)
        if told:
            raise _not_the_same(vehicle, kind, told)
    return _receipt(vehicle, missions, 0)


async def _upload_one(vehicle: Vehicle, missions: Missions, kind: int) -> int:
    """How many attempts it took."""
    told: tuple[str, ...] = ()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await send_items(vehicle, kind, missions.of(kind))
            told = differences(missions.of(kind), await fetch_items(vehicle, kind), vehicle.autopilot, kind)
        except NoAnswer:
            if attempt == ATTEMPTS:
                raise
            continue
        if not told:
            return attempt
    raise _not_the_same(vehicle, kind, told)


def _not_the_same(vehicle: Vehicle, kind: int, told: tuple[str, ...]) -> NotTheSame:
    return NotTheSame(f"{vehicle} does not hold the {KINDS[kind]} of the plan: {'; '.join(told)}", told)


async def _clear(vehicle: Vehicle) -> None:
    """A mixed mission is a trap for whoever flies next; an empty one is not."""
    try:
        await send_items(vehicle, MISSION, ())
    except LinkError:
        return


def _receipt(vehicle: Vehicle, missions: Missions, attempts: int) -> Receipt:
    items = {KINDS[kind]: len(missions.of(kind)) for kind in ORDER}
    return Receipt(vehicle.system, missions.plan_hash, missions, items, attempts, vehicle.mission_touches)
