"""What happens to whistles by itself: a department that does not answer in time is passed over."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy.orm.exc import StaleDataError

from api.house import House
from api.tickets.desk import Desk
from api.whistles import repository, service
from api.whistles.models import WhistleRow

log = logging.getLogger("sanxun.api")
_AT_ONCE = 50
_LATER = timedelta(minutes=10)


async def look_at_answers(house: House) -> None:
    """The round: every whistle whose answer clock has run out. Servers beside each other share them."""
    while await _some(house) == _AT_ONCE:
        pass


async def _some(house: House) -> int:
    async with house.database.reading() as session:
        if not await repository.any_due(session, house.clock.now()):
            return 0
    try:
        async with house.database.writing() as session:
            desk = await Desk.at(house, session)
            found = await repository.due(session, desk.now, _AT_ONCE)
            for whistle in found:
                await give_up_apart(desk, whistle)
    except StaleDataError:
        return 0  # it was answered at this very moment: nothing of this is kept, and the next round looks again
    for whistle in found:
        house.bus.publish("ticket", whistle.ticket.id, whistle.ticket.grid)
    return len(found)


async def give_up_apart(desk: Desk, whistle: WhistleRow) -> None:
    """One whistle's end. What fails in it keeps no other department's silence waiting; it is tried again later."""
    number = whistle.number
    try:
        async with desk.session.begin_nested():
            await service.give_up_waiting(desk, whistle)
    except StaleDataError:
        raise
    except Exception:
        log.exception("whistle %d could not be passed over; it is tried again in %s", number, _LATER)
        await desk.session.refresh(whistle)
        await desk.session.refresh(whistle.ticket)
        whistle.due_at = desk.now + _LATER
