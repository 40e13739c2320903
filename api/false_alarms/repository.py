"""SQL of reported false alarms: the step in a ticket's history that says so, its hazard, and its still."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.evidence.models import EvidenceRow
from api.hazards.models import HazardRow
from api.kit.scope import Scope
from api.tickets.models import TicketRow, TicketStep
from api.tickets.states import Command, TicketState

_step = aliased(TicketStep)

Reported = tuple[TicketStep, TicketRow, HazardRow, EvidenceRow | None]


async def reported(
    session: AsyncSession, scope: Scope, since: datetime | None, before_step: int | None, limit: int
) -> Sequence[Reported]:
    """Newest first, in the caller's scope. What the command centre sent back as real after all is left out."""
    returned = (
        select(TicketStep.id)
        .where(TicketStep.ticket_number == TicketRow.number, TicketStep.command == Command.RETURN.value)
        .where(TicketStep.id > _step.id)
        .exists()
    )
    statement = (
        select(_step, TicketRow, HazardRow, EvidenceRow)
        .join(TicketRow, TicketRow.number == _step.ticket_number)
        .join(HazardRow, HazardRow.id == TicketRow.hazard_id)
        .outerjoin(EvidenceRow, EvidenceRow.id == HazardRow.evidence_id)
        # A merged ticket's report went on in the one that survives, and may have been sent back there.
        .where(TicketRow.state != TicketState.MERGED)
        .where(_step.command == Command.FALSE_ALARM.value, ~returned, scope.where(TicketRow.grid.expression))
        .order_by(_step.id.desc())
        .limit(limit)
    )
    if since is not None:
        statement = statement.where(_step.at >= since)
    if before_step is not None:
        statement = statement.where(_step.id < before_step)
    return [(row[0], row[1], row[2], row[3]) for row in await session.execute(statement)]
