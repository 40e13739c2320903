"""Making and ending mutes, and the round that lets go of what they held back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth.service import Principal
from api.errors import NotAllowed, NotFound, Unprocessable
from api.hazards import service as hazards
from api.hazards.models import HazardRow
from api.house import House
from api.kit.clock import CLOCKS_DIFFER
from api.mutes import repository, service
from api.mutes.models import MuteRow
from api.mutes.schemas import MuteBody
from api.site import repository as site
from api.tickets.desk import Desk
from streams.delivery.events import utc_text

# What is out of order for longer should leave the site, where everybody sees that it is not watched.
LONGEST = timedelta(days=30)
MADE, ENDED = "mute.made", "mute.ended"
_AT_ONCE = 200


async def make(house: House, who: Principal, body: MuteBody) -> MuteRow:
    """Raises `NotFound`, `NotAllowed` and `Unprocessable`."""
    async with house.database.writing() as session:
        desk = await Desk.at(house, session)
        starts_at = body.starts_at or desk.now
        longest = LONGEST if body.starts_at else LONGEST + CLOCKS_DIFFER
        if not desk.now < body.ends_at <= starts_at + longest or body.ends_at <= starts_at:
            fault = {
                "at": "ends_at",
                "expected": f"at most {LONGEST.days} days after it starts",
                "got": str(body.ends_at),
            }
            raise Unprocessable("a mute ends at a time to come, after it has begun", [fault])
        await _check_target(desk, who, body)
        row = MuteRow(
            id=str(uuid.uuid4()),
            **body.model_dump(include={"purpose", "camera", "zone", "unit", "reason", "ends_at"}),
            kinds=",".join(body.kinds),
            starts_at=starts_at,
            ended_at=None,
            created_at=desk.now,
            created_by=who.username,
            ended_by=None,
        )
        session.add(row)
        what = f"{_target(row)} until {utc_text(row.ends_at)}: {row.reason}"
        await audit.append(session, Entry(desk.now, who.username, who.role.value, MADE, row.id, what))
    return row


async def end(house: House, who: Principal, mute_id: str) -> MuteRow:
    """End it now; done twice, it is done. What it held back gets its tickets at once."""
    async with house.database.writing() as session:
        desk = await Desk.at(house, session)
        row = await repository.find(session, mute_id, who.scope)
        if row is None:
            raise NotFound("no such mute, or it lies outside your grids")
        if row.ended_at is None and row.ends_at > desk.now:
            row.ended_at, row.ended_by = desk.now, who.username
            await audit.append(session, Entry(desk.now, who.username, who.role.value, ENDED, row.id, _target(row)))
    await let_go(house)
    return row


async def let_go(house: House) -> None:
    """Hazards whose mute has ended, and which are there still, get their tickets. Safe on many servers at once."""
    while await _some(house) == _AT_ONCE:
        pass


async def _some(house: House) -> int:
    async with house.database.reading() as session:
        if not await repository.waiting(session, house.clock.now(), 1):
            return 0
    async with house.database.writing() as session:
        desk = await Desk.at(house, session)
        live = await repository.live(session, desk.now)
        waiting = await repository.waiting(session, desk.now, _AT_ONCE)
        told = [
            (row, await hazards.unmute(desk, row, "was muted until now: there still"))
            for row in waiting
            if not _under_another(desk, row, live)
        ]
    for row, ticket in told:
        house.bus.publish("hazard", row.id, row.grid)
        if ticket is not None:
            house.bus.publish("ticket", ticket.id, ticket.grid)
    return len(waiting)


def _under_another(desk: Desk, row: HazardRow, live: Sequence[MuteRow]) -> bool:
    """Whether it goes on waiting, under another mute."""
    other = service.mute_over(desk.town, row, live)
    if other is not None:
        row.muted_by = other.id
    return other is not None


async def _check_target(desk: Desk, who: Principal, body: MuteBody) -> None:
    if body.unit is not None:
        if desk.town.unit(body.unit) is None:
            raise NotFound(f"there is no unit {body.unit}")
        grid: str | None = body.unit
    else:
        camera = await site.camera(desk.session, str(body.camera))
        if camera is None:
            raise NotFound(f"there is no camera {body.camera}")
        if body.zone is not None and await site.zone(desk.session, camera.id, body.zone) is None:
            raise NotFound(f"camera {camera.id} has no zone {body.zone}")
        grid = camera.grid
    if not who.scope.covers(grid):
        raise NotAllowed("it lies outside your grids")


def _target(row: MuteRow) -> str:
    where = f"unit {row.unit}" if row.unit else f"camera {row.camera}" + (f", zone {row.zone}" if row.zone else "")
    return f"{row.purpose} of {where}"
