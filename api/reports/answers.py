"""What a reporter is told of a ticket, and the reporter's word on whether the thing is gone."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from api.hazards.kinds import Kind
from api.hazards.models import HazardState
from api.hazards.verifying import has_eyes
from api.house import House
from api.reports.repository import Reported
from api.reports.schemas import Followed, Progress
from api.tickets import chain, service
from api.tickets.desk import Desk
from api.tickets.states import TicketState

REPORTER = "the reporter"
_PROGRESS: dict[TicketState, Progress] = {
    TicketState.RECEIVED: "received",
    TicketState.REGISTERED: "known",
    TicketState.DISPATCHED: "known",
    TicketState.SUSPENDED: "known",
    TicketState.MERGED: "known",
    TicketState.WORKING: "working",
    TicketState.RETURNED: "working",
    TicketState.VERIFYING: "checking",
    TicketState.CLOSED: "settled",
    TicketState.REJECTED: "not_taken_up",
    TicketState.VOIDED: "not_taken_up",
}


async def followed(house: House, session: AsyncSession, found: Reported) -> Followed:
    report, hazard, ticket = found
    return Followed(
        progress="known" if ticket is None else _PROGRESS[TicketState(ticket.state)],
        kind=Kind(hazard.kind),
        at=report.at,
        asked=await is_asked(house, session, found),
        answered="gone" if report.answered == "gone" else "there" if report.answered == "there" else None,
    )


async def is_asked(house: House, session: AsyncSession, found: Reported) -> bool:
    """Whether the reporter's word counts now: it is said to be done, and nothing that sees the place can tell."""
    _report, _hazard, ticket = found
    if ticket is None or ticket.state != TicketState.VERIFYING or service.waits_for_a_judgement(ticket):
        return False
    return not await has_eyes(house, session, ticket)


async def take(desk: Desk, found: Reported, *, gone: bool) -> None:
    """Gone: closed. There still: back to whoever said that it was done. The reporter stays nameless."""
    report, _hazard, ticket = found
    assert ticket is not None, "only what has a ticket is asked about"
    report.answered = "gone" if gone else "there"
    if gone:
        service.close_by_evidence(ticket, REPORTER, desk.now, "the reporter says that it is gone")
        ticket.hazard.state, ticket.hazard.cleared_at = HazardState.CLEARED, desk.now
        ticket.hazard.source_cleared_at = ticket.hazard.source_cleared_at or desk.now
    else:
        await chain.give_back(desk, ticket, REPORTER, "the reporter says that it is there still")
