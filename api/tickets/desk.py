"""What a step in a ticket's life is taken with: the transaction, the town as it is, and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.house import House
from api.tickets.ahead import Ahead
from api.tickets.models import TicketRow
from api.town.calendar import ServiceCalendar, calendar_of
from api.town.index import Town


@dataclass(frozen=True, slots=True)
class Desk:
    session: AsyncSession
    town: Town
    now: datetime
    ahead: Ahead | None = None

    @classmethod
    async def at(cls, house: House, session: AsyncSession) -> Desk:
        return cls(session, await house.town.now(session), house.clock.now())

    def calendar(self, ticket: TicketRow) -> ServiceCalendar:
        """The calendar of the place: a ticket that went up a level keeps the hours of the grid where people work."""
        return calendar_of(self.town, ticket.grid, ticket.kind)
