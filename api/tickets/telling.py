"""What people are told of a ticket, and who: no names of persons, no pictures."""

from __future__ import annotations

from collections.abc import Iterable

from api.notify.notices import Notice, NoticeTopic, tell
from api.tickets import repository
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from streams.delivery.events import utc_text


async def tell_of(
    desk: Desk, ticket: TicketRow, topic: NoticeTopic, recipients: Iterable[str], **facts: float | str | None
) -> None:
    """In the transaction of the step. Without recipients nothing is written."""
    to = tuple(dict.fromkeys(recipients))
    if not to:
        return
    unit = ticket.escalated_to or ticket.grid
    known: dict[str, float | str | None] = {
        "number": ticket.number,
        "kind": ticket.kind,
        "state": ticket.state,
        "place": " · ".join(name for name in (ticket.camera_name, ticket.zone_name) if name),
        "unit": unit,
        "why": ticket.cause,
        "respond_by": utc_text(ticket.respond_by) if ticket.dispatched_at else None,
        "rectify_by": utc_text(ticket.rectify_by) if ticket.dispatched_at else None,
    }
    await tell(desk.session, Notice(topic, desk.now, to, ticket.id, unit, known | facts))


async def tell_centre(desk: Desk, ticket: TicketRow, topic: NoticeTopic, **facts: float | str | None) -> None:
    await tell_of(desk, ticket, topic, await repository.command_centre(desk.session), **facts)
