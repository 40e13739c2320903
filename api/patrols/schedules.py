"""Recurring patrols: kept, and looked at for what cannot both be flown."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth.service import Principal
from api.errors import NotFound, Unprocessable
from api.patrols import calendar, plans, repository
from api.patrols.calendar import Conflict, Recurring, Slot
from api.patrols.kept import Kept
from api.patrols.models import PatrolPlanRow, PatrolScheduleRow
from api.patrols.schemas import ScheduleBody
from api.site import repository as site
from drone.qgc import from_plan

SCHEDULED, ENDED = "patrol.scheduled", "patrol.schedule_ended"


async def make(house: Kept, who: Principal, body: ScheduleBody) -> PatrolScheduleRow:
    """Raises `NotFound` for an unknown plan, `Unprocessable` for a last day before the first, or for an operator who
    may send nothing up."""
    if body.last is not None and body.last < body.first:
        raise Unprocessable(f"the last day, {body.last}, is before the first, {body.first}")
    now = house.clock.now()
    async with house.database.writing() as session:
        plan = await plans.find(session, who, body.plan_id)
        if body.operator not in await repository.who_may_fly(session, [body.operator]):
            raise Unprocessable(f"{body.operator} is no drone operator whose account is open: name one who can fly it")
        row = PatrolScheduleRow(
            id=str(uuid.uuid4()),
            plan_id=plan.id,
            **body.model_dump(include={"vehicle", "operator", "minute", "first", "last"}),
            weekdays=sorted(set(body.weekdays)),
            skipped=[day.isoformat() for day in sorted(set(body.skipped))],
            created_at=now,
            created_by=who.username,
            ended_at=None,
        )
        session.add(row)
        await audit.append(session, Entry(now, who.username, who.role.value, SCHEDULED, row.id, plan.hash))
    return row


async def end(house: Kept, who: Principal, schedule_id: str) -> PatrolScheduleRow:
    """Raises `NotFound`. Ended twice, it is ended."""
    now = house.clock.now()
    async with house.database.writing() as session:
        row = await repository.schedule(session, who, schedule_id)
        if row is None:
            raise NotFound("no such schedule")
        if row.ended_at is None:
            row.ended_at = now
            await audit.append(session, Entry(now, who.username, who.role.value, ENDED, row.id, ""))
    return row


@dataclass(frozen=True, slots=True)
class Upcoming:
    """`grounded` are schedules whose operator may send nothing up any more: the account was closed, or its role is
    another now."""

    schedules: list[PatrolScheduleRow]
    slots: list[Slot]
    conflicts: list[Conflict]
    grounded: set[str]


async def upcoming(session: AsyncSession, who: Principal, start: date | None, days: int, house: Kept) -> Upcoming:
    """The schedules, their occurrences from a local day on, today by default, and what of those cannot be flown."""
    zone = ZoneInfo((await site.site_row(session)).timezone)
    begin = start or house.clock.now().astimezone(zone).date()
    found = await repository.schedules(session, who)
    slots = [slot for row, plan in found for slot in calendar.slots(recurring(row, plan), begin, days, zone)]
    slots.sort(key=lambda slot: (slot.starts_at, slot.schedule.id))
    may_fly = await repository.who_may_fly(session, {row.operator for row, _ in found})
    grounded = {row.id for row, _ in found if row.operator not in may_fly}
    return Upcoming([row for row, _ in found], slots, calendar.conflicts(slots), grounded)


def recurring(row: PatrolScheduleRow, plan: PatrolPlanRow) -> Recurring:
    flown = from_plan(plan.document, plan.name)
    path = (flown.home, *((point.lon, point.lat) for point in flown.waypoints), flown.home)
    return Recurring(
        id=row.id,
        vehicle=row.vehicle,
        operator=row.operator,
        weekdays=frozenset(row.weekdays),
        minute=row.minute,
        first=row.first,
        last=row.last,
        skipped=frozenset(date.fromisoformat(day) for day in row.skipped),
        lasts=timedelta(seconds=plan.duration_s),
        path=path,
    )
