"""SQL of the four colours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.colours.rule import Tally
from api.kit.scope import Scope
from api.tickets.models import TicketRow
from api.tickets.states import ENDED, OPEN, TicketState

_T = TicketRow
_NEVER_WAS = [state.value for state in ENDED if state is not TicketState.CLOSED]


async def tallies(
    session: AsyncSession, scope: Scope, now: datetime, recurring_since: datetime
) -> list[tuple[str | None, Tally]]:
    """For each unit that tickets name, what is open, overdue and came back; null for those of the whole site."""
    is_open = _T.state.in_([state.value for state in OPEN])
    running = and_(_T.dispatched_at.is_not(None), _T.rectify_left_s.is_(None), _T.rectified_at.is_(None))
    late = and_(is_open, or_(_T.rectify_overdue, and_(running, _T.rectify_by < now)))
    came_back = and_(_T.recurrence_of.is_not(None), _T.created_at >= recurring_since, _T.state.not_in(_NEVER_WAS))
    sums = [func.sum(case((condition, 1), else_=0)) for condition in (is_open, late, came_back)]
    statement = select(_T.grid, *sums).where(or_(is_open, came_back), scope.where(_T.grid.expression)).group_by(_T.grid)
    return [(grid, Tally(*(int(n) for n in counts))) for grid, *counts in await session.execute(statement)]
