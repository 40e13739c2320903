"""SQL of patrols. Whoever has only some units sees the patrols that they made; whoever has the whole site sees all."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.models import Account
from api.auth.roles import Role
from api.auth.service import Principal
from api.kit.among import among
from api.patrols.models import (
    PatrolDecisionRow,
    PatrolFlightRow,
    PatrolPlanRow,
    PatrolProgressRow,
    PatrolScheduleRow,
)
from api.tickets.models import TicketRow
from api.tickets.states import TicketState

# Something is there still, or is said to be gone and not yet seen to be.
UNSOLVED = (
    TicketState.REGISTERED,
    TicketState.DISPATCHED,
    TicketState.WORKING,
    TicketState.RETURNED,
    TicketState.VERIFYING,
)
MOST_TICKETS = 500  # of a follow-up
_METRES_PER_DEGREE = 110_000.0  # a little less than one of latitude has: the square is rather too large


def _own(who: Principal, made_by: Any) -> ColumnElement[bool]:
    return true() if who.scope.grids is None else made_by == who.username


async def plan(session: AsyncSession, who: Principal, plan_id: str) -> PatrolPlanRow | None:
    mine = _own(who, PatrolPlanRow.created_by)
    return await session.scalar(select(PatrolPlanRow).where(PatrolPlanRow.id == plan_id, mine))


async def plans(session: AsyncSession, who: Principal, before: int | None, limit: int) -> Sequence[PatrolPlanRow]:
    """Newest first."""
    statement = select(PatrolPlanRow).where(_own(who, PatrolPlanRow.created_by))
    if before is not None:
        statement = statement.where(PatrolPlanRow.seq < before)
    return (await session.scalars(statement.order_by(PatrolPlanRow.seq.desc()).limit(limit))).all()


async def flight(session: AsyncSession, who: Principal, flight_id: str) -> PatrolFlightRow | None:
    mine = _own(who, PatrolFlightRow.created_by)
    return await session.scalar(select(PatrolFlightRow).where(PatrolFlightRow.id == flight_id, mine))


async def flights(session: AsyncSession, who: Principal, before: int | None, limit: int) -> Sequence[PatrolFlightRow]:
    """Newest first."""
    statement = select(PatrolFlightRow).where(_own(who, PatrolFlightRow.created_by))
    if before is not None:
        statement = statement.where(PatrolFlightRow.seq < before)
    return (await session.scalars(statement.order_by(PatrolFlightRow.seq.desc()).limit(limit))).all()


async def decisions(session: AsyncSession, flight_ids: Sequence[str]) -> Sequence[PatrolDecisionRow]:
    statement = select(PatrolDecisionRow).where(PatrolDecisionRow.flight_id.in_(flight_ids))
    return (await session.scalars(statement.order_by(PatrolDecisionRow.seq))).all()


async def progress(session: AsyncSession, flight_ids: Sequence[str]) -> dict[str, PatrolProgressRow]:
    statement = select(PatrolProgressRow).where(PatrolProgressRow.flight_id.in_(flight_ids))
    return {row.flight_id: row for row in await session.scalars(statement)}


async def in_the_air(session: AsyncSession, vehicle: int) -> PatrolFlightRow | None:
    """The flight that a vehicle is on."""
    flying = ("flying", "paused", "returning", "landing")
    statement = select(PatrolFlightRow).where(PatrolFlightRow.vehicle == vehicle, PatrolFlightRow.state.in_(flying))
    return await session.scalar(statement.limit(1))


async def schedules(
    session: AsyncSession, who: Principal, before: int | None = None, limit: int | None = None
) -> Sequence[PatrolScheduleRow]:
    """Those that have not ended, newest first."""
    statement = select(PatrolScheduleRow).where(
        PatrolScheduleRow.ended_at.is_(None), _own(who, PatrolScheduleRow.created_by)
    )
    if before is not None:
        statement = statement.where(PatrolScheduleRow.seq < before)
    return (await session.scalars(statement.order_by(PatrolScheduleRow.seq.desc()).limit(limit))).all()


async def lasting(session: AsyncSession, who: Principal) -> list[tuple[PatrolScheduleRow, float]]:
    """All that have not ended, each with the seconds that its flight lasts."""
    statement = (
        select(PatrolScheduleRow, PatrolPlanRow.duration_s)
        .join(PatrolPlanRow, PatrolPlanRow.id == PatrolScheduleRow.plan_id)
        .where(PatrolScheduleRow.ended_at.is_(None), _own(who, PatrolScheduleRow.created_by))
        .order_by(PatrolScheduleRow.seq)
    )
    return [(row, lasts_s) for row, lasts_s in await session.execute(statement)]


async def documents(session: AsyncSession, plan_ids: Collection[str]) -> dict[str, str]:
    """`.plan` texts by plan."""
    statement = select(PatrolPlanRow.id, PatrolPlanRow.document).where(among(PatrolPlanRow.id.expression, plan_ids))
    return {row.id: row.document for row in await session.execute(statement)}


async def schedule(session: AsyncSession, who: Principal, schedule_id: str) -> PatrolScheduleRow | None:
    mine = _own(who, PatrolScheduleRow.created_by)
    return await session.scalar(select(PatrolScheduleRow).where(PatrolScheduleRow.id == schedule_id, mine))


async def who_may_fly(session: AsyncSession, usernames: Collection[str]) -> set[str]:
    """Those of them whose accounts are open and drone operators'."""
    statement = select(Account.username).where(
        among(Account.username.expression, usernames),
        Account.role == Role.DRONE_OPERATOR.value,
        Account.disabled_at.is_(None),
    )
    return set((await session.scalars(statement)).all())


async def unsolved(
    session: AsyncSession, who: Principal, ticket_ids: Sequence[str] | None, near: tuple[float, float], within_m: float
) -> Sequence[TicketRow]:
    """Tickets that are open, overdue or waiting for verification, of the caller's part of the town, the oldest first:
    those in the square of so many metres to each side of a place, one more than `MOST_TICKETS` where there are more."""
    lon, lat = near
    up = within_m / _METRES_PER_DEGREE
    aside = up / math.cos(math.radians(lat))
    statement = select(TicketRow).where(
        TicketRow.state.in_([state.value for state in UNSOLVED]),
        TicketRow.lon.between(lon - aside, lon + aside),
        TicketRow.lat.between(lat - up, lat + up),
        who.scope.where(TicketRow.grid.expression),
    )
    if ticket_ids is not None:
        statement = statement.where(TicketRow.id.in_(ticket_ids))
    return (await session.scalars(statement.order_by(TicketRow.number).limit(MOST_TICKETS + 1))).all()
