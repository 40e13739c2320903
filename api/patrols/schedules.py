"""Recurring patrols: kept, and looked at for what cannot both be flown."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth.service import Principal
from api.errors import NotFound, Unprocessable
from api.patrols import calendar, plans, repository
from api.patrols.calendar import Conflict, Recurring, Slot
from api.patrols.kept import Kept
from api.patrols.models import PatrolScheduleRow
from api.patrols.schemas import ScheduleBody
from api.site import repository as site
from drone.beside import Airspace, Timed
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
    """Occurrences, and what cannot be flown together with them, in the site's time zone; `more` where others follow."""

    slots: list[Slot]
    conflicts: list[Conflict]
    zone: ZoneInfo
    more: bool = False


async def upcoming(
    house: Kept, who: Principal, start: date | None, days: int, after: int | None = None, most: int | None = None
) -> Upcoming:
    """What comes from a local day on, today by default: all of it, or the first `most` beyond the place `after`."""
    async with house.database.reading() as session:
        zone = ZoneInfo((await site.site_row(session)).timezone)
        begin = start or house.clock.now().astimezone(zone).date()
        schedules = [recurring(row, lasts_s) for row, lasts_s in await repository.lasting(session, who)]
        found = await asyncio.to_thread(
            calendar.page, schedules, begin, days, zone, after, None if most is None else most + 1
        )
        shown = found[:most]
        beside = calendar.around(schedules, shown, zone)
        documents = await repository.documents(session, {slot.schedule.plan_id for slot in beside})

    def clashes() -> list[Conflict]:
        lasts_s = {slot.schedule.plan_id: slot.schedule.lasts.total_seconds() for slot in beside}
        flights = {name: Timed(from_plan(text, ""), lasts_s[name]) for name, text in documents.items()}
        return calendar.conflicts(beside, Airspace(flights), {slot.place for slot in shown})

    return Upcoming(shown, await asyncio.to_thread(clashes), zone, len(found) > len(shown))


def recurring(row: PatrolScheduleRow, lasts_s: float) -> Recurring:
    return Recurring(
        id=row.id,
        seq=row.seq,
        plan_id=row.plan_id,
        vehicle=row.vehicle,
        operator=row.operator,
        weekdays=frozenset(row.weekdays),
        minute=row.minute,
        first=row.first,
        last=row.last,
        skipped=frozenset(date.fromisoformat(day) for day in row.skipped),
        lasts=timedelta(seconds=lasts_s),
    )
