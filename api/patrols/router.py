"""Patrols over HTTP: flights and schedules."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.cursor import decode_cursor, encode_cursor
from api.patrols import flights, repository, schedules
from api.patrols.access import Cursor, HouseIn, Limit, Operator, Planner, Reader
from api.patrols.calendar import Slot
from api.patrols.checklist import Item
from api.patrols.models import PatrolDecisionRow, PatrolFlightRow, PatrolProgressRow, PatrolScheduleRow
from api.patrols.schemas import (
    Answer,
    Calendar,
    ChecklistBody,
    Clash,
    Decision,
    DecisionBody,
    Flight,
    FlightBody,
    Flights,
    Occurrence,
    Progress,
    ProgressBody,
    Schedule,
    ScheduleBody,
    Schedules,
)
from api.problems import responses

router = APIRouter(prefix="/patrols", tags=["patrols"])
FlightId = Annotated[str, Path(max_length=64)]


@router.get("/flights", responses=responses(400, 401, 403, 422))
async def list_patrol_flights(who: Reader, house: HouseIn, limit: Limit = 50, cursor: Cursor = None) -> Flights:
    """Newest first, each with its checklist and every decision."""
    async with house.database.reading() as session:
        rows = await repository.flights(session, who, decode_cursor(cursor), limit + 1)
        decided = await repository.decisions(session, [row.id for row in rows])
        progress = await repository.progress(session, [row.id for row in rows])
    following = encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None
    return Flights(items=[_flight(row, decided, progress) for row in rows[:limit]], next=following)


@router.post("/flights", status_code=201, responses=responses(401, 403, 404, 422))
async def prepare_patrol_flight(body: FlightBody, who: Operator, house: HouseIn) -> Flight:
    """Put a plan on a vehicle's list: nothing moves yet."""
    return _flight(await flights.prepare(house, who, body), [], {})


@router.get("/flights/{flight_id}", responses=responses(401, 403, 404))
async def get_patrol_flight(flight_id: FlightId, who: Reader, house: HouseIn) -> Flight:
    async with house.database.reading() as session:
        return await _shown(session, await flights.find(session, who, flight_id))


@router.post("/flights/{flight_id}/checklist", responses=responses(401, 403, 404, 409, 422))
async def answer_patrol_checklist(flight_id: FlightId, body: ChecklistBody, who: Operator, house: HouseIn) -> Flight:
    """Answer items of the go/no-go checklist: it is go when all are yes."""
    return _flight(await flights.answer(house, who, flight_id, body), [], {})


@router.post("/flights/{flight_id}/decisions", status_code=201, responses=responses(401, 403, 404, 409, 422))
async def decide_patrol(flight_id: FlightId, body: DecisionBody, who: Operator, house: HouseIn) -> Decision:
    """A signed-in drone operator decides that the vehicle shall move. A token decides nothing."""
    decision = await flights.decide(house, who, flight_id, body)
    async with house.database.reading() as session:
        row = await flights.find(session, who, flight_id)
    return _decision(decision, row)


@router.post("/flights/{flight_id}/end", responses=responses(401, 403, 404))
async def end_patrol_flight(flight_id: FlightId, who: Operator, house: HouseIn) -> Flight:
    """Say that it is on the ground, or called off."""
    row = await flights.end(house, who, flight_id)
    async with house.database.reading() as session:
        return await _shown(session, row)


@router.post("/flights/{flight_id}/progress", responses=responses(401, 403, 404, 409, 422))
async def tell_patrol_progress(flight_id: FlightId, body: ProgressBody, who: Operator, house: HouseIn) -> Flight:
    """Say how far it is, for those who watch: whoever holds the link does, every few seconds. It decides nothing."""
    row = await flights.progressed(house, who, flight_id, body)
    async with house.database.reading() as session:
        return await _shown(session, row)


@router.get("/schedules", responses=responses(400, 401, 403, 422))
async def list_patrol_schedules(who: Reader, house: HouseIn, limit: Limit = 50, cursor: Cursor = None) -> Schedules:
    """Those that have not ended, newest first."""
    async with house.database.reading() as session:
        rows = await repository.schedules(session, who, decode_cursor(cursor), limit + 1)
        may_fly = await repository.who_may_fly(session, {row.operator for row in rows})
    following = encode_cursor(rows[limit - 1].seq) if len(rows) > limit else None
    return Schedules(items=[_schedule(row, may_fly) for row in rows[:limit]], next=following)


@router.get("/calendar", responses=responses(400, 401, 403, 422))
async def list_patrol_occurrences(
    who: Reader,
    house: HouseIn,
    start: Annotated[date | None, Query(description="First local day; today by default.")] = None,
    days: Annotated[int, Query(ge=1, le=92)] = 14,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Calendar:
    """When the schedules come, in order of time, and with each what cannot be flown beside it."""
    seen = await schedules.upcoming(house, who, start, days, decode_cursor(cursor), limit)
    clashes: dict[int, list[Clash]] = {slot.place: [] for slot in seen.slots}
    for clash in seen.conflicts:
        for one, other in ((clash.one, clash.other), (clash.other, clash.one)):
            if one.place in clashes:
                told = Clash(schedule=other.schedule.id, starts_at=other.starts_at, why=list(clash.why))
                clashes[one.place].append(told)
    return Calendar(
        items=[_occurrence(slot, clashes[slot.place]) for slot in seen.slots],
        next=encode_cursor(seen.slots[-1].place) if seen.more else None,
    )


@router.post("/schedules", status_code=201, responses=responses(401, 403, 404, 422))
async def make_patrol_schedule(body: ScheduleBody, who: Planner, house: HouseIn) -> Schedule:
    """A plan flown again and again. It starts nothing by itself: each time a person does."""
    row = await schedules.make(house, who, body)
    return _schedule(row, {row.operator})


@router.post("/schedules/{schedule_id}/end", responses=responses(401, 403, 404))
async def end_patrol_schedule(
    schedule_id: Annotated[str, Path(max_length=64)], who: Planner, house: HouseIn
) -> Schedule:
    row = await schedules.end(house, who, schedule_id)
    async with house.database.reading() as session:
        return _schedule(row, await repository.who_may_fly(session, [row.operator]))


async def _shown(session: AsyncSession, row: PatrolFlightRow) -> Flight:
    decided = await repository.decisions(session, [row.id])
    return _flight(row, decided, await repository.progress(session, [row.id]))


def _flight(
    row: PatrolFlightRow, decided: Sequence[PatrolDecisionRow], progress: Mapping[str, PatrolProgressRow]
) -> Flight:
    told = progress.get(row.id)
    return Flight(
        id=row.id,
        plan_id=row.plan_id,
        plan_hash=row.plan_hash,
        vehicle=row.vehicle,
        state=row.state,
        missing=flights.missing(row),
        checklist={Item(name): Answer.model_validate(said) for name, said in row.checklist.items()},
        decisions=[_decision(one, row) for one in decided if one.flight_id == row.id],
        progress=None if told is None else Progress(**told.told, at=told.at),
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _decision(one: PatrolDecisionRow, row: PatrolFlightRow) -> Decision:
    return Decision(
        id=one.id,
        action=one.action,  # type: ignore[arg-type]
        operator=one.operator,
        plan_hash=row.plan_hash,
        vehicle=row.vehicle,
        at=one.at,
    )


def _occurrence(slot: Slot, conflicts: list[Clash]) -> Occurrence:
    return Occurrence(
        schedule=slot.schedule.id,
        plan_id=slot.schedule.plan_id,
        vehicle=slot.schedule.vehicle,
        operator=slot.schedule.operator,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        conflicts=conflicts,
    )


def _schedule(row: PatrolScheduleRow, may_fly: Collection[str]) -> Schedule:
    return Schedule(
        id=row.id,
        plan_id=row.plan_id,
        vehicle=row.vehicle,
        operator=row.operator,
        weekdays=row.weekdays,
        minute=row.minute,
        first=row.first,
        last=row.last,
        skipped=[date.fromisoformat(day) for day in row.skipped],
        ended=row.ended_at is not None,
        grounded=row.operator not in may_fly,
    )
