"""What a person does to hazards, each in one transaction: looking for the same thing nearby, merging, splitting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.service import Principal
from api.errors import NotFound
from api.evidence.urls import evidence_url
from api.hazards import repository, service, ticketing
from api.hazards.group import Fit, distance, fit_across, reach_degrees
from api.hazards.kinds import Kind, Source
from api.hazards.merging import RECURS_WITHIN, Verdict
from api.hazards.models import HazardRow
from api.hazards.schemas import MergeBody, Nearby, NearbyHazards
from api.house import House
from api.tickets.desk import Desk
from api.tickets.models import TicketRow


async def nearby(house: House, who: Principal, hazard_id: str) -> NearbyHazards:
    """Raises `NotFound`. Only what the caller may see."""
    since = house.clock.now() - RECURS_WITHIN
    items = []
    async with house.database.reading() as session:
        row = await _row(session, who, hazard_id)
        around = await repository.near(session, row, reach_degrees(row), since)
        fitting = await service.fits(await Desk.at(house, session), row, around)
        for head, found in [*fitting, *await _of_other_kinds(session, row)]:
            # A department: of these too only what it was called to.
            if await repository.find(session, head.id, who.scope) is not None:
                items.append(_nearby(row, head, found, await ticketing.of_head(session, head.id)))
    return NearbyHazards(items=items)


async def _of_other_kinds(session: AsyncSession, row: HazardRow) -> list[tuple[HazardRow, Fit]]:
    """What may be the same thing though it is of another kind, without what a person took apart from it."""
    apart = await repository.undone_with(session, row.id)
    heads = await repository.near_of_other_kinds(session, row, reach_degrees(row))
    judged = [(head, fit_across(row, head)) for head in heads if head.id not in apart | {row.merged_into}]
    return [pair for pair in judged if pair[1].judgement.verdict is Verdict.PERHAPS]


async def merge(house: House, who: Principal, hazard_id: str, body: MergeBody) -> str:
    """Returns the id of the head, muted no longer. Given again, it has had its effect. Raises the errors of
    `service.check_merge`."""
    async with house.database.writing() as session:
        await repository.one_at_a_time(session)
        desk = await Desk.at(house, session)
        row = await _row(session, who, hazard_id)
        head = await service.find_head(session, body.into, who.scope)
        if row.merged_into == head.id:
            return head.id
        await service.check_merge(session, row, head, anyway=body.anyway)
        if head.muted_by is not None:
            await service.unmute(desk, head, "a person says that it is the same as another, which is not muted")
        why: dict[str, float | str] = {"rule": "a person says so", "reason": body.reason}
        apart_m = distance(row, head)
        if apart_m is not None:
            why["distance_m"] = round(apart_m, 1)
        await service.merge_into(desk, row, head, who.username, why)
        tickets = await _tickets(session, row, head)
    _publish(house, [row, head], tickets)
    return head.id


async def split(house: House, who: Principal, hazard_id: str, reason: str) -> None:
    """Raises `NotFound` and `WrongState`."""
    async with house.database.writing() as session:
        await repository.one_at_a_time(session)
        desk = await Desk.at(house, session)
        row = await _row(session, who, hazard_id)
        head = await service.split(desk, row, who.username, reason)
        tickets = await _tickets(session, row, head)
    _publish(house, [row, head], tickets)


async def _tickets(session: AsyncSession, *rows: HazardRow) -> list[TicketRow]:
    found = [await ticketing.of_head(session, row.id) for row in rows]
    return [ticket for ticket in found if ticket is not None]


def _publish(house: House, rows: Sequence[HazardRow], tickets: Sequence[TicketRow]) -> None:
    for row in rows:
        house.bus.publish("hazard", row.id, row.grid)
    for ticket in tickets:
        house.bus.publish("ticket", ticket.id, ticket.grid)


async def _row(session: AsyncSession, who: Principal, hazard_id: str) -> HazardRow:
    found = await repository.find(session, hazard_id, who.scope)
    if found is None:
        raise NotFound("no such hazard, or it lies outside your grids")
    return found.hazard


def _nearby(row: HazardRow, head: HazardRow, found: Fit, ticket: TicketRow | None) -> Nearby:
    return Nearby.model_validate(
        {
            "id": head.id,
            "kind": Kind(head.kind),
            "source": Source(head.source),
            "state": head.state,
            "ticket_id": ticket.id if ticket else None,
            "ticket_number": ticket.number if ticket else None,
            "ended": ticket is not None and ticketing.has_ended(ticket),
            "verdict": found.judgement.verdict.value,
            "why": found.judgement.why,
            "distance_m": distance(row, head),
            "raised_at": head.raised_at,
            "still_url": evidence_url(head.evidence_id),
        }
    )


async def around(
    house: House, who: Principal, kind: Kind, lon: float, lat: float, uncertainty_m: float, since: timedelta
) -> NearbyHazards:
    """What a report from a place, WGS-84, may be the same as: before it is made. Only what the caller may see."""
    now = house.clock.now()
    row = HazardRow(
        id="",
        kind=kind.value,
        source=Source.MANUAL.value,
        camera="",
        zone="",
        lon=lon,
        lat=lat,
        uncertainty_m=uncertainty_m,
        raised_at=now,
        began_at=now,
        source_cleared_at=None,
        merged_into=None,
        xyxy=[0, 0, 1, 1],
        source_wh=[1, 1],
    )
    async with house.database.reading() as session:
        desk = await Desk.at(house, session)
        near = await repository.near(session, row, reach_degrees(row), now - since)
        found = [
            _nearby(row, head, fits, await ticketing.of_head(session, head.id))
            for head, fits in await service.fits(desk, row, near)
            if await repository.find(session, head.id, who.scope) is not None
        ]
    return NearbyHazards(items=found)
