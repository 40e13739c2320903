"""What people are told of a ticket, and who: no names of persons, no pictures."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from api.hazards.kinds import PEOPLES
from api.kit.scope import WHOLE_SITE
from api.notify import causes
from api.notify.notices import Fact, Notice, NoticeTopic, tell
from api.reports.models import ReportPointRow, ReportRow
from api.tickets import repository
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from streams.delivery.events import utc_text


async def tell_of(desk: Desk, ticket: TicketRow, topic: NoticeTopic, recipients: Iterable[str], **facts: Fact) -> None:
    """In the transaction of the step. Without recipients nothing is written. `cause` given: instead of the ticket's."""
    to = tuple(dict.fromkeys(recipients))
    if not to:
        return
    if ticket.number is None and desk.ahead is None:  # it is new: the database numbers it
        await desk.session.flush()
    unit = ticket.escalated_to or ticket.grid
    known: dict[str, Fact] = {
        "number": ticket.number,
        "kind": ticket.kind,
        "state": ticket.state,
        "place": await _place(desk, ticket),
        "unit": unit,
        "cause": causes.read(ticket.cause, desk.town),
        "respond_by": utc_text(ticket.respond_by) if ticket.dispatched_at else None,
        "rectify_by": utc_text(ticket.rectify_by) if ticket.dispatched_at else None,
    }
    notice = Notice(topic, desk.now, to, ticket.id, unit, known | facts)
    if ticket.number is None and desk.ahead is not None:
        desk.ahead.untold.append((ticket, notice))
    else:
        await tell(desk.session, notice)


async def _place(desk: Desk, ticket: TicketRow) -> str:
    """The names that the site gives it. Where a person reported it, the address may be their own words: then the
    name of the code that they scanned, if any."""
    if ticket.source not in PEOPLES:
        return " · ".join(name for name in (ticket.camera_name, ticket.zone_name) if name)
    statement = (
        select(ReportPointRow.name)
        .join(ReportRow, ReportRow.point == ReportPointRow.id)
        .where(ReportRow.hazard_id == ticket.hazard_id, WHOLE_SITE.where(ReportPointRow.grid.expression))
    )
    return await desk.session.scalar(statement) or ""


async def tell_centre(desk: Desk, ticket: TicketRow, topic: NoticeTopic, **facts: Fact) -> None:
    if desk.duty.centre is None:
        desk.duty.centre = await repository.command_centre(desk.session)
    await tell_of(desk, ticket, topic, desk.duty.centre, **facts)
