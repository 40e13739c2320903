"""What is under way on a ticket goes on in the one that it is merged into, and comes back where that is undone.

Who is at work, what was said to be done, and the departments that were called: the surviving ticket takes the further
state with its worker, and the whistles. The steps are those of the table, each explained in the history. What was taken
over, and what was there before, is kept with the merge, as words: undoing it puts back what nobody has changed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from api.notify.notices import NoticeTopic
from api.tickets import chain, clocks
from api.tickets.desk import Desk
from api.tickets.models import TicketRow, TicketStep
from api.tickets.service import Given, move, note_down, take_done
from api.tickets.states import ENDED, Command, TicketState
from api.tickets.telling import tell_of
from api.whistles import service as whistling
from streams.delivery.events import utc_text

_S = TicketState
_FURTHER = {_S.RECEIVED: 0, _S.REGISTERED: 1, _S.DISPATCHED: 2, _S.RETURNED: 2, _S.WORKING: 3, _S.VERIFYING: 4}
Figures = dict[str, float | str]


async def carry(desk: Desk, mine: TicketRow, into: TicketRow, by: str) -> Figures:
    """Before `mine` is merged. Both are open, and `into` is a case. Returns what undoing it needs."""
    before = {"before_grid": into.grid or "", "before_department": into.department or ""}
    before["before_until"] = utc_text(into.suspended_until) if into.suspended_until else ""
    taken: Figures = {}
    if _rank(mine, suspended=1) > _rank(into, suspended=2):
        _take_over(desk, mine, into, by)
        taken["carried_state"], taken["carried_assignee"] = into.state, into.assignee or ""
    if mine.suspended_until is not None:
        taken["mine_until"] = utc_text(mine.suspended_until)
    if whistles := await whistling.move_to(desk, mine, into):
        taken["carried_whistles"] = " ".join(whistles)
    into.department = into.department or mine.department
    if mine.assignee and _S(mine.state) is _S.WORKING and into.assignee != mine.assignee:
        await _second_worker(desk, mine, into, by)
    return taken | before


def _rank(ticket: TicketRow, *, suspended: int) -> int:
    """A suspension is no step further; to end one somebody must be at work."""
    return _FURTHER.get(_S(ticket.state), suspended)


def _take_over(desk: Desk, mine: TicketRow, into: TicketRow, by: str) -> None:
    part = f"#{mine.number} is part of this one now"
    if mine.grid != into.grid:
        # It lies where somebody has it in hand: they must see it.
        into.grid = into.hazard.grid = mine.grid
    if _S(into.state) is _S.SUSPENDED:
        move(desk, into, Command.RESUME, by, f"{part}: there it goes on")
    into.escalated_to, into.dispatched_to = mine.escalated_to, list(mine.dispatched_to)
    if _rank(mine, suspended=1) == _FURTHER[_S.DISPATCHED]:
        move(desk, into, Command.DISPATCH, by, f"{part}, and was sent there: {mine.cause}")
        return
    _at_work(desk, into, mine.assignee or by, f"{part}: {mine.assignee or by} is at work there")
    into.ack_until = mine.ack_until
    if mine.responded_at and into.dispatched_at and into.responded_at == desk.now:
        into.responded_at = max(mine.responded_at, into.dispatched_at)
    if _S(mine.state) is _S.VERIFYING:
        said_done, rectified_at = _said_done(mine), mine.rectified_at
        into.closing_photo_id = into.closing_photo_id or mine.closing_photo_id
        _done(desk, into, said_done, rectified_at)
    into.due_at = clocks.next_due(into)


def _at_work(desk: Desk, ticket: TicketRow, who: str, note: str) -> None:
    if _S(ticket.state) is not _S.WORKING:
        move(desk, ticket, Command.ACCEPT, who, note)
    ticket.assignee = who


def _said_done(ticket: TicketRow) -> TicketStep:
    """The step that led to its verification."""
    return [step for step in ticket.history if step.to_state == _S.VERIFYING != step.from_state][-1]


def _done(desk: Desk, ticket: TicketRow, said: TicketStep, at: datetime | None) -> None:
    """Said again on this ticket, as of when it was said: what has been seen since counts."""
    move(desk, ticket, Command(said.command), said.by, said.note)
    ticket.rectified_at = at
    if said.command == Command.CLOSE:
        take_done(ticket, desk.now)


async def _second_worker(desk: Desk, mine: TicketRow, into: TicketRow, by: str) -> None:
    """Two were at it: the surviving ticket's own goes on, and the other hears of everything."""
    who = str(mine.assignee)
    if who not in into.dispatched_to:
        into.dispatched_to = [*into.dispatched_to, who]
    words = f"{who} is at work on #{mine.number}, which is part of this one now; {into.assignee or 'nobody'} holds it"
    note_down(into, Command.MERGE, by, desk.now, words)
    await tell_of(desk, into, NoticeTopic.DISPATCHED, (who,))


async def bring_back(
    desk: Desk, mine: TicketRow, into: TicketRow | None, by: str, why: str, figures: Mapping[str, float | str]
) -> None:
    """`mine` comes out of the merge as it went in, and `into` gives back what it took over, where both are as they
    were left; what has gone on since stays, and `mine` is sent out anew."""
    was, assignee, rectified_at, rectify_by = _state_before(mine), mine.assignee, mine.rectified_at, mine.rectify_by
    said = _said_done(mine) if was is _S.VERIFYING else None
    same = into is not None and await _give_back(desk, mine, into, by, why, figures)
    until = str(figures.get("mine_until", ""))
    if was is _S.SUSPENDED and _is_ahead(desk, until):
        chain.take_out(desk, mine, by, why)
        _suspend(desk, mine, until, by, why)
    elif same and assignee and was in (_S.WORKING, _S.VERIFYING):
        chain.take_out(desk, mine, by, why)
        _at_work(desk, mine, assignee, "at work on it as before the merge")
        if said is not None:
            _done(desk, mine, said, rectified_at)
            mine.rectify_by = rectify_by  # as of that moment too: what was left then is left if it is sent back
    else:
        await chain.unmerge(desk, mine, by, why)


def _state_before(mine: TicketRow) -> TicketState:
    merge = [step for step in mine.history if step.to_state == _S.MERGED != step.from_state][-1]
    return _S(str(merge.from_state))


async def _give_back(
    desk: Desk, mine: TicketRow, into: TicketRow, by: str, why: str, figures: Mapping[str, float | str]
) -> bool:
    """Whether nobody has gone on with it since the merge."""
    ids = str(figures.get("carried_whistles", "")).split()
    back = await whistling.move_back(desk, ids, into, mine)
    before = str(figures.get("before_department", "")) or None
    if into.department != before and into.department in {mine.department, *back}:
        into.department, mine.department = before, into.department
    if _S(into.state) in ENDED:
        return False
    carried = figures.get("carried_state")
    if carried is None:
        return True
    if (into.state, into.assignee or "") != (carried, figures.get("carried_assignee")):
        return False
    into.grid = into.hazard.grid = str(figures.get("before_grid", "")) or None
    into.escalated_to = None
    if _S(into.state) is _S.VERIFYING:
        move(desk, into, Command.RETURN, by, f"what was said to be done was #{mine.number}: {why}")
    await chain.send_to(desk, into, None, by, f"who was at work has #{mine.number} again: {why}")
    if _is_ahead(desk, until := str(figures.get("before_until", ""))):
        _suspend(desk, into, until, by, why)
    return True


def _is_ahead(desk: Desk, until: str) -> bool:
    return bool(until) and datetime.fromisoformat(until) > desk.now


def _suspend(desk: Desk, ticket: TicketRow, until: str, by: str, why: str) -> None:
    ends = datetime.fromisoformat(until).astimezone(UTC)
    chain.suspend(desk, ticket, Given(Command.SUSPEND, f"suspended as before the merge: {why}", until=ends), by)
