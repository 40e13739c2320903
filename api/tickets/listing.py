"""Pages of tickets, as thousands of phones ask for them.

Most of a page is what it was when it was last asked for. So one light question says which tickets are on it and how
each stands; the JSON of those that stand as before is at hand, and only the others are read.
"""

from __future__ import annotations

import json
from collections import defaultdict, namedtuple
from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import BindParameter, DateTime, Row, Select, Text, bindparam, cast, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from api.auth.service import Principal
from api.hazards.models import HazardRow
from api.kit.cursor import encode_cursor
from api.kit.newest import Newest
from api.tickets.models import TicketRow, TicketStep
from api.tickets.states import TicketState
from api.tickets.told import OF_HAZARD, OF_STEP, told
from api.whistles.called import called_to
from streams.delivery.events import utc_text

_TICKET, _HAZARD, _STEP = TicketRow.__table__.c, HazardRow.__table__.c, TicketStep.__table__.c
_Ticket: Any = namedtuple("_Ticket", _TICKET.keys())  # type: ignore[misc]
_Hazard: Any = namedtuple("_Hazard", OF_HAZARD)  # type: ignore[misc]
# All that an answer is made from, but for the history: each line of that counts the version up.
_STANDING = (
    _TICKET.number,
    _TICKET.version,
    _TICKET.closing_photo_id,
    _HAZARD.state,
    type_coerce(_HAZARD.began_at, DateTime),
    type_coerce(_HAZARD.cleared_at, DateTime),
    _HAZARD.evidence_id,
    *(cast(_HAZARD[name], Text) for name in ("xyxy", "source_wh", "why")),
)
# Made once: to make a statement of so many columns takes longer than to carry it out.
_BOTH = TicketRow.__table__.join(HazardRow.__table__)
_NUMBERS: BindParameter[int] = bindparam("numbers", expanding=True)
_STANDINGS = select(*_STANDING).select_from(_BOTH).order_by(_TICKET.number.desc())
_TICKETS = (
    select(*_TICKET, *(_HAZARD[name] for name in OF_HAZARD)).select_from(_BOTH).where(_TICKET.number.in_(_NUMBERS))
)
_STEPS = (
    select(_STEP.ticket_number, *(_STEP[name] for name in OF_STEP))
    .where(_STEP.ticket_number.in_(_NUMBERS))
    .order_by(_STEP.id)
)


async def page_json(
    session: AsyncSession,
    kept: Newest[Hashable, bytes],
    who: Principal,
    states: Sequence[TicketState],
    before_number: int | None,
    limit: int,
) -> bytes:
    """`schemas.Tickets` as JSON: at most `limit` tickets that `who` may see, newest first, with numbers below
    `before_number`; `next` is null where there are no more. `kept` is what was told before, by how it stood then."""
    connection = await session.connection()  # only columns are read: nothing to be kept track of
    rows = (await connection.execute(_standing(who, states, before_number, limit + 1))).all()
    standing = {row.number: (who.role, who.department, *row) for row in rows[:limit]}
    items = {number: kept.get(key) for number, key in standing.items()}
    fresh = await _read(connection, [number for number, item in items.items() if item is None], who)
    for number, item in fresh.items():
        kept.put(standing[number], item)
    following = encode_cursor(rows[limit - 1].number) if len(rows) > limit else None
    return b'{"items":[%b],"next":%b}' % (b",".join((items | fresh).values()), _json(following))  # type: ignore[arg-type]


def _json(value: Any) -> bytes:
    return json.dumps(value, default=utc_text, separators=(",", ":")).encode()


def _standing(who: Principal, states: Sequence[TicketState], before_number: int | None, limit: int) -> Select[Any]:
    statement = _STANDINGS.where(who.scope.where(_TICKET.grid), called_to(who.scope, _TICKET.number)).limit(limit)
    if states:
        statement = statement.where(_TICKET.state.in_(states))
    if before_number is not None:
        statement = statement.where(_TICKET.number < before_number)
    return statement


async def _read(connection: AsyncConnection, numbers: Sequence[int], who: Principal) -> dict[int, bytes]:
    """The JSON of these tickets by number, from columns: nothing is made that could be changed."""
    if not numbers:
        return {}
    rows = (await connection.execute(_TICKETS, {"numbers": numbers})).all()
    steps = await _steps(connection, numbers)
    return {row.number: _json(told(_ticket(row), _hazard(row), steps[row.number], who)) for row in rows}


def _ticket(row: Row[Any]) -> Any:
    return _Ticket._make(row[: len(_TICKET)])


def _hazard(row: Row[Any]) -> Any:
    return _Hazard._make(row[len(_TICKET) :])


async def _steps(connection: AsyncConnection, numbers: Sequence[int]) -> dict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for step in await connection.execute(_STEPS, {"numbers": numbers}):
        found[step.ticket_number].append(step)
    return found
