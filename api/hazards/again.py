"""A place that fills again before anybody has settled what was there: one ticket, and not one for each time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from api.hazards import repository, ticketing
from api.hazards.group import again
from api.hazards.models import HazardRow, HazardState
from api.tickets.states import TicketState

# Not what is being verified, which the looks decide, nor what waits for a first word from the command centre.
_UNSETTLED = (
    TicketState.REGISTERED,
    TicketState.DISPATCHED,
    TicketState.WORKING,
    TicketState.RETURNED,
    TicketState.SUSPENDED,
)
_MOST_SIGHTINGS = 50  # then a ticket of its own: nobody reads on


async def unsettled(
    session: AsyncSession, row: HazardRow, around: Sequence[HazardRow]
) -> tuple[HazardRow, dict[str, float | str]] | None:
    """The head of what lay there last, seen gone by all and settled by nobody; None where there is no such."""
    for old in around:
        why = again(row, old)
        if why is None:
            continue
        await session.flush()
        head = (await repository.by_ids(session, [old.merged_into]))[old.merged_into] if old.merged_into else old
        ticket = await ticketing.of_head(session, head.id)
        if head.state != HazardState.CLEARED or ticket is None or TicketState(ticket.state) not in _UNSETTLED:
            return None
        members = (await repository.sightings(session, [head.id]))[head.id]
        return (head, why) if len(members) < _MOST_SIGHTINGS else None
    return None
