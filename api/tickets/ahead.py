"""What several hazards that arrive in one transaction need to know, read at once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.hazards.models import HazardRow, HazardState
from api.mutes.models import MuteRow
from api.notify.notices import Notice, tell
from api.tickets.models import TicketRow


@dataclass(frozen=True, slots=True)
class Ahead:
    """Holds while nobody else writes, as in a transaction that has the whole database's lock.

    `mutes`: all that hold now. `near`: hazards around those that arrive, newest first; None where they are too many to
    read at once. `untold`: notices of tickets that the database has not numbered yet.
    """

    mutes: Sequence[MuteRow] = ()
    near: list[HazardRow] | None = None
    untold: list[tuple[TicketRow, Notice]] = field(default_factory=list)

    def around(
        self, row: HazardRow, degrees_wh: tuple[float, float], since: datetime, *, by_ground: bool
    ) -> list[HazardRow] | None:
        """As `api.hazards.repository.near` answers; None where it has to be asked."""
        if self.near is None:
            return None
        others = [one for one in self.near if one.kind == row.kind and one.id != row.id]
        by_camera = {one.id for one in others if row.camera and one.camera == row.camera}
        inside = {one.id for one in others if _inside(row, one, degrees_wh)}
        over = by_camera | inside if by_ground else by_camera
        return [
            *(one for one in others if one.state == HazardState.OPEN and one.id in by_camera | inside),
            *(one for one in others if one.id in over and _cleared_since(one, since)),
        ]

    def arrived(self, row: HazardRow) -> None:
        if self.near is not None:
            self.near.insert(0, row)

    async def tell_all(self, session: AsyncSession) -> None:
        """Write down what waited for numbers."""
        await session.flush()
        for ticket, notice in self.untold:
            await tell(session, replace(notice, facts={**notice.facts, "number": ticket.number}))
        self.untold.clear()


def _inside(row: HazardRow, other: HazardRow, degrees_wh: tuple[float, float]) -> bool:
    if row.lon is None or row.lat is None or other.lon is None or other.lat is None:
        return False
    return abs(other.lon - row.lon) <= degrees_wh[0] and abs(other.lat - row.lat) <= degrees_wh[1]


def _cleared_since(row: HazardRow, since: datetime) -> bool:
    return row.state == HazardState.CLEARED and row.cleared_at is not None and row.cleared_at >= since
