"""SQL of hazards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from api.db.postgresql import in_order
from api.evidence.models import EvidenceRow
from api.hazards.kinds import PASSING, SEEN_GONE, WATCHING
from api.hazards.models import HazardRow, HazardState, LookRow, MergeRow
from api.kit.scope import WHOLE_SITE, Scope
from api.tickets.models import TicketRow
from api.whistles.called import called_to

_MOST_CANDIDATES = 100
_MOST_VERIFIED = 500


@dataclass(frozen=True, slots=True)
class HazardAndTicket:
    hazard: HazardRow
    ticket_id: str | None


async def by_incident(session: AsyncSession, incident_id: str) -> HazardRow | None:
    return await session.scalar(select(HazardRow).where(HazardRow.id == incident_id))


async def one_at_a_time(session: AsyncSession) -> None:
    """Hold back other servers' arrivals until this transaction ends: two must not both find that nothing is there."""
    await in_order(session, "hazards")


async def page(
    session: AsyncSession,
    scope: Scope,
    state: HazardState | None,
    before_seq: int | None,
    limit: int,
    *,
    sightings: bool = False,
) -> Sequence[HazardAndTicket]:
    """Newest first; one more than `limit`, so that the caller knows whether there is a next page. Without `sightings`
    each thing is there once."""
    statement = _with_tickets(scope).order_by(HazardRow.seq.desc()).limit(limit + 1)
    if not sightings:
        statement = statement.where(HazardRow.merged_into.is_(None))
    if state is not None:
        statement = statement.where(HazardRow.state == state)
    if before_seq is not None:
        statement = statement.where(HazardRow.seq < before_seq)
    return [HazardAndTicket(hazard, ticket) for hazard, ticket in await session.execute(statement)]


async def find(session: AsyncSession, hazard_id: str, scope: Scope) -> HazardAndTicket | None:
    found = (await session.execute(_with_tickets(scope).where(HazardRow.id == hazard_id))).first()
    return HazardAndTicket(*found) if found else None


def _with_tickets(scope: Scope) -> Select[HazardRow, str]:
    """Hazards within a scope, each with the ticket of its head. A sighting is seen by whoever sees its head."""
    head = aliased(HazardRow)
    return (
        select(HazardRow, TicketRow.id)
        .outerjoin(head, head.id == HazardRow.merged_into)
        .outerjoin(TicketRow, TicketRow.hazard_id == func.coalesce(HazardRow.merged_into, HazardRow.id))
        .where(or_(scope.where(HazardRow.grid.expression), scope.where(head.grid.expression)))
        .where(called_to(scope, TicketRow.number.expression))
    )


async def count_open(session: AsyncSession) -> dict[str, int]:
    """How many hazards of each kind are there now, on the whole site; kinds that ever were have their 0."""
    is_open = func.sum(case((and_(HazardRow.state == HazardState.OPEN, HazardRow.merged_into.is_(None)), 1), else_=0))
    rows = await session.execute(select(HazardRow.kind, is_open).group_by(HazardRow.kind))
    return {kind: int(count) for kind, count in rows}


async def sightings(session: AsyncSession, head_ids: Iterable[str]) -> dict[str, list[HazardRow]]:
    """What was merged into each head, the oldest first."""
    found: dict[str, list[HazardRow]] = {head_id: [] for head_id in head_ids}
    statement = (
        select(HazardRow)
        .where(HazardRow.merged_into.in_(list(found)), WHOLE_SITE.where(HazardRow.grid.expression))
        .order_by(HazardRow.seq)
    )
    for row in await session.scalars(statement):
        found[str(row.merged_into)].append(row)
    return found


async def near(
    session: AsyncSession, row: HazardRow, degrees_wh: tuple[float, float], since: datetime, *, by_ground: bool = True
) -> Sequence[HazardRow]:
    """Other hazards of the kind, sightings too, in the same camera or within `degrees_wh` of lon and lat: those that
    are open, then those cleared since a time, each the newest first. Without `by_ground` the cleared ones are those of
    the camera alone.

    One query each: a busy camera's many that are over must not crowd out the few that are open.
    """
    inside = _inside(row, degrees_wh)
    places = [HazardRow.camera == row.camera] if row.camera else []
    anywhere = or_(*places, inside) if inside is not None else places[0] if places else None
    if anywhere is None:
        return []
    open_ones = await _some(session, row, anywhere, HazardRow.state == HazardState.OPEN)
    over = [*places, *([inside] if by_ground and inside is not None else [])]
    cleared = and_(HazardRow.state == HazardState.CLEARED, HazardRow.cleared_at >= since)
    found = {one.id: one for place in over for one in await _some(session, row, place, cleared)}
    return [*open_ones, *sorted(found.values(), key=lambda one: -one.seq)]


async def near_of_other_kinds(
    session: AsyncSession, row: HazardRow, degrees_wh: tuple[float, float]
) -> Sequence[HazardRow]:
    """Open hazards of other kinds, no sightings, in the same camera or within `degrees_wh`; the newest first."""
    inside = _inside(row, degrees_wh)
    places = [*([HazardRow.camera == row.camera] if row.camera else []), *([inside] if inside is not None else [])]
    if not places:
        return []
    open_heads = (HazardRow.state == HazardState.OPEN, HazardRow.merged_into.is_(None))
    statement = (
        select(HazardRow)
        .where(HazardRow.kind != row.kind, or_(*places), *open_heads)
        .where(WHOLE_SITE.where(HazardRow.grid.expression))
        .order_by(HazardRow.seq.desc())
        .limit(_MOST_CANDIDATES)
    )
    return (await session.scalars(statement)).all()


async def near_any(
    session: AsyncSession, places: Sequence[tuple[HazardRow, tuple[float, float]]], since: datetime
) -> Sequence[HazardRow] | None:
    """What `near` finds for any of several hazards, newest first; None where that is more than to be read at once."""
    boxes = [box for row, degrees_wh in places if (box := _inside(row, degrees_wh)) is not None]
    cameras = sorted({row.camera for row, _ in places if row.camera})
    anywhere = or_(HazardRow.camera.in_(cameras), *boxes)
    wanted = or_(
        HazardRow.state == HazardState.OPEN, and_(HazardRow.state == HazardState.CLEARED, HazardRow.cleared_at >= since)
    )
    most = _MOST_CANDIDATES * min(len(places), 10)
    statement = (
        select(HazardRow)
        .where(HazardRow.kind.in_(sorted({row.kind for row, _ in places})), anywhere, wanted)
        .where(WHOLE_SITE.where(HazardRow.grid.expression))
        .order_by(HazardRow.seq.desc())
        .limit(most + 1)
    )
    found = (await session.scalars(statement)).all()
    return found if len(found) <= most else None


def _inside(row: HazardRow, degrees_wh: tuple[float, float]) -> ColumnElement[bool] | None:
    if row.lon is None or row.lat is None:
        return None
    wide, high = degrees_wh
    lon = HazardRow.lon.between(row.lon - wide, row.lon + wide)
    return and_(lon, HazardRow.lat.between(row.lat - high, row.lat + high))


async def _some(
    session: AsyncSession, row: HazardRow, place: ColumnElement[bool], state: ColumnElement[bool]
) -> Sequence[HazardRow]:
    statement = (
        select(HazardRow)
        .where(HazardRow.kind == row.kind, HazardRow.id != row.id, place, state)
        .where(WHOLE_SITE.where(HazardRow.grid.expression))
        .order_by(HazardRow.seq.desc())
        .limit(_MOST_CANDIDATES)
    )
    return (await session.scalars(statement)).all()


async def by_ids(session: AsyncSession, ids: Iterable[str]) -> dict[str, HazardRow]:
    statement = select(HazardRow).where(HazardRow.id.in_(sorted(set(ids))), WHOLE_SITE.where(HazardRow.grid.expression))
    return {row.id: row for row in await session.scalars(statement)}


async def merges_of(session: AsyncSession, head_id: str, member_ids: Iterable[str]) -> Sequence[MergeRow]:
    """Every merge, undone ones too, that these were part of, the oldest first."""
    ids = sorted({head_id, *member_ids})
    statement = (
        select(MergeRow).where(or_(MergeRow.hazard_id.in_(ids), MergeRow.into_id.in_(ids))).order_by(MergeRow.id)
    )
    return (await session.scalars(statement)).all()


async def live_merge(session: AsyncSession, hazard_id: str) -> MergeRow | None:
    """The merge that made this a sighting, while it holds."""
    statement = select(MergeRow).where(MergeRow.hazard_id == hazard_id, MergeRow.undone_at.is_(None))
    return await session.scalar(statement.order_by(MergeRow.id.desc()).limit(1))


async def undone_with(session: AsyncSession, hazard_id: str) -> set[str]:
    """Those that a person took apart from this one."""
    rows = await session.scalars(
        select(MergeRow).where(
            or_(MergeRow.hazard_id == hazard_id, MergeRow.into_id == hazard_id), MergeRow.undone_at.is_not(None)
        )
    )
    return {other for row in rows for other in (row.hazard_id, row.into_id)} - {hazard_id}


async def being_verified(
    session: AsyncSession, watching_since: datetime, passing_since: datetime
) -> Sequence[tuple[HazardRow, TicketRow]]:
    """What fixed cameras raised, or drones and cars, of the kinds that a look can tell, and is said to be done since a
    time of each."""
    watching = and_(HazardRow.source.in_(WATCHING), TicketRow.rectified_at >= watching_since)
    passing = and_(HazardRow.source.in_(PASSING), TicketRow.rectified_at >= passing_since)
    statement = (
        select(HazardRow, TicketRow)
        .join(TicketRow, TicketRow.hazard_id == func.coalesce(HazardRow.merged_into, HazardRow.id))
        .where(TicketRow.state == "verifying", or_(watching, passing))
        .where(HazardRow.kind.in_(SEEN_GONE), HazardRow.source_cleared_at.is_(None))
        .where(WHOLE_SITE.where(TicketRow.grid.expression))
        .order_by(HazardRow.source.in_(PASSING), TicketRow.number)
        .limit(_MOST_VERIFIED)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def looks_since(session: AsyncSession, hazard_id: str, since: datetime) -> Sequence[LookRow]:
    """Oldest first."""
    statement = select(LookRow).where(LookRow.hazard_id == hazard_id, LookRow.captured_at >= since)
    return (await session.scalars(statement.order_by(LookRow.captured_at))).all()


async def pictures(session: AsyncSession, hazard_ids: Iterable[str]) -> Sequence[EvidenceRow]:
    """Every picture of these hazards, oldest first; of one moment, in the order that the hazards are given in."""
    order = {hazard_id: number for number, hazard_id in enumerate(dict.fromkeys(hazard_ids))}
    found = (await session.scalars(select(EvidenceRow).where(EvidenceRow.hazard_id.in_(sorted(order))))).all()
    return sorted(found, key=lambda row: (row.created_at, order[row.hazard_id], row.id))
