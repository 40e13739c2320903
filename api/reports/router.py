"""Reports of people who are signed in: a foot patrol's photo, and the list of what was reported."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from api.auth.principal import may
from api.auth.roles import PEOPLE, REPORTERS
from api.auth.service import Principal
from api.errors import NotFound
from api.hazards import commands as hazard_commands
from api.hazards.kinds import Kind
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.moment import MomentIn
from api.problems import responses
from api.reports import photos, repository, service
from api.reports.schemas import ProposalIn, ProposalOut, Report, ReportIn, Reports, Suggested, WhereIn
from api.reports.service import Filed, Filing
from api.tickets.desk import Desk

router = APIRouter(prefix="/reports", tags=["reports"])
HouseIn = Annotated[House, Depends(house_of)]
Reporter = Annotated[Principal, may(*REPORTERS)]


@router.get("", responses=responses(400, 401, 403, 422))
async def list_reports(
    who: Annotated[Principal, may(*PEOPLE)],
    house: HouseIn,
    since: Annotated[MomentIn | None, Query(description="Only those from then on, with a UTC offset.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Reports:
    """What people reported, newest first. Who a resident was, nobody knows."""
    before = decode_cursor(cursor)
    async with house.database.reading() as session:
        rows = await repository.page(session, who.scope, since, before, limit)
    following = encode_cursor(rows[limit - 1][0].seq) if len(rows) > limit else None
    return Reports(items=[Report.of(row) for row in rows[:limit]], next=following)


class Kinds(BaseModel):
    kinds: list[Kind]


@router.get("/kinds", responses=responses(401, 403))
async def list_kinds(who: Reporter) -> Kinds:
    """What can be reported: also what no detector knows."""
    return Kinds(kinds=list(Kind))


@router.post("/proposal", responses=responses(401, 403, 413, 422, 503))
async def propose_report(body: ProposalIn, who: Reporter, house: HouseIn) -> ProposalOut:
    """What the detectors make of a photo, where it lies, and what is known there already. Nothing is kept."""
    _, proposed = await photos.look(house, body.photo_jpeg)
    unit, nearby = await _around(house, who, proposed.kind or Kind.OTHER, body.where)
    return ProposalOut(
        kind=proposed.kind,
        confidence=proposed.confidence,
        xyxy=proposed.xyxy,
        source_wh=proposed.source_wh,
        because=proposed.because,
        unit=unit,
        kinds=list(Kind),
        nearby=nearby,
    )


@router.post("", status_code=201, responses=responses(401, 403, 413, 422, 503))
async def make_report(body: ReportIn, who: Reporter, house: HouseIn) -> Report:
    """A hazard seen on foot: a ticket, or one sighting more of what is known there already."""
    lon, lat = body.where.wgs84()
    kept, proposed = await photos.take(house, body.photo_jpeg)
    kind = body.kind or (proposed.kind if proposed else None) or Kind.OTHER
    filing = Filing(
        way="phone",
        kind=kind,
        words=body.words,
        lon=lon,
        lat=lat,
        uncertainty_m=body.where.uncertainty_m,
        by=who.username,
        photo=kept,
        proposed=proposed,
    )
    async with house.database.writing() as session:
        filed = await service.file(await Desk.at(house, session), filing)
        answer = Report.of((filed.report, filed.arrived.row, filed.arrived.ticket))
    tell(house, filed)
    return answer


@router.get("/{report_id}", responses=responses(401, 403, 404))
async def read_report(
    report_id: Annotated[str, Path(max_length=64)], who: Annotated[Principal, may(*PEOPLE)], house: HouseIn
) -> Report:
    async with house.database.reading() as session:
        found = await repository.find(session, report_id, who.scope)
    if found is None:
        raise NotFound("no such report, or it lies outside your grids")
    return Report.of(found)


def tell(house: House, filed: Filed) -> None:
    """Once it has been committed: the wall hears of it."""
    head, ticket = filed.arrived.head, filed.arrived.ticket
    house.bus.publish("hazard", head.id, head.grid)
    if ticket is not None:
        house.bus.publish("ticket", ticket.id, ticket.grid)


async def _around(
    house: House, who: Principal, kind: Kind, where: WhereIn | None
) -> tuple[str | None, list[Suggested]]:
    if where is None:
        return None, []
    lon, lat = where.wgs84()
    async with house.database.reading() as session:
        unit = (await house.town.now(session)).at(lon, lat)
    found = await hazard_commands.around(house, who, kind, lon, lat, where.uncertainty_m, timedelta(days=30))
    nearby = [
        Suggested(
            hazard_id=one.id,
            kind=one.kind,
            source=one.source,
            ticket_number=one.ticket_number,
            ended=one.ended,
            distance_m=one.distance_m,
            raised_at=one.raised_at,
        )
        for one in found.items
    ]
    return unit.id if unit else None, nearby
