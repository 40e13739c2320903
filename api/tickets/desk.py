"""What a step in a ticket's life is taken with: the transaction, the town as it is, and the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.house import House
from api.tickets.ahead import Ahead
from api.tickets.models import TicketRow
from api.town.calendar import ServiceCalendar, calendar_of
from api.town.index import Town


@dataclass(slots=True)
class OnDuty:
    """What this transaction has asked already, by unit: who is on duty, and whether a shift is planned; and who sits in
    the command centre. All of it is of the desk's one moment."""

    people: dict[str | None, tuple[str, ...]] = field(default_factory=dict)
    planned: dict[str | None, bool] = field(default_factory=dict)
    centre: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    session: AsyncSession
    town: Town
    now: datetime
    ahead: Ahead | None = None
    duty: OnDuty = field(default_factory=OnDuty)

    @classmethod
    async def at(cls, house: House, session: AsyncSession) -> Desk:
        return cls(session, await house.town.now(session), house.clock.now())

    def calendar(self, ticket: TicketRow) -> ServiceCalendar:
        """The calendar of the place: a ticket that went up a level keeps the hours of the grid where people work."""
        return calendar_of(self.town, ticket.grid, ticket.kind)
