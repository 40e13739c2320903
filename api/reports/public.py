"""What a resident may do without signing in: report from a QR code, follow that report, and say whether it is gone.

Nothing that names the resident is asked for or kept: no account, no cookie, no address of the device in the database.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from api.auth.router import address_of
from api.errors import NotFound, WrongState
from api.hazards.kinds import Kind
from api.house import House, house_of
from api.problems import responses
from api.reports import answers, photos, repository, service
from api.reports.router import tell
from api.reports.schemas import AnswerIn, Followed, PublicPoint, PublicReportIn, Receipt
from api.reports.service import Filing, receipt_hash
from api.site import repository as site
from api.tickets.desk import Desk

router = APIRouter(prefix="/public", tags=["residents"])
HouseIn = Annotated[House, Depends(house_of)]
ReceiptIn = Annotated[str, Path(max_length=64)]

# A crowd or wires from a photo of a stranger are a matter for cameras and grid workers.
KINDS = tuple(kind for kind in Kind if kind is not Kind.GATHERING)


@router.get("/report-points/{point_id}", responses=responses(404, 429))
async def read_public_point(
    point_id: Annotated[str, Path(max_length=64)], request: Request, house: HouseIn
) -> PublicPoint:
    """What the page behind a code shows."""
    house.report_limit.ask(address_of(request))
    async with house.database.reading() as session:
        point = await repository.point(session, point_id)
        row = await site.site_row(session)
    if point is None or point.retired_at is not None:
        raise NotFound("this code is not in use (any more)")
    return PublicPoint(name=point.name, site=row.name, kinds=list(KINDS))


@router.post("/reports", status_code=201, responses=responses(404, 413, 422, 429, 503))
async def make_public_report(body: PublicReportIn, request: Request, house: HouseIn) -> Receipt:
    """A resident's report. The command centre looks at it first, unless it is known there already."""
    async with house.database.reading() as session:
        point = await repository.point(session, body.point)
    if point is None or point.retired_at is not None:
        raise NotFound("this code is not in use (any more)")
    house.report_limit.report(address_of(request), point.id)
    kept, proposed = await photos.take(house, body.photo_jpeg)
    filing = Filing(
        way="qr",
        kind=body.kind,
        words=body.words,
        lon=point.lon,
        lat=point.lat,
        uncertainty_m=point.radius_m,
        point=point.id,
        address=point.name,
        photo=kept,
        proposed=proposed,
        waits=True,
    )
    async with house.database.writing() as session:
        filed = await service.file(await Desk.at(house, session), filing)
    tell(house, filed)
    return Receipt(receipt=str(filed.receipt))


@router.get("/reports/{receipt}", responses=responses(404, 429))
async def follow_public_report(receipt: ReceiptIn, request: Request, house: HouseIn) -> Followed:
    """What became of it."""
    house.report_limit.ask(address_of(request))
    async with house.database.reading() as session:
        found = await repository.by_receipt(session, receipt_hash(receipt))
        if found is None:
            raise NotFound("there is no report with this receipt")
        return await answers.followed(house, session, found)


@router.post("/reports/{receipt}/answer", responses=responses(404, 409, 422, 429))
async def answer_public_report(receipt: ReceiptIn, body: AnswerIn, request: Request, house: HouseIn) -> Followed:
    """Whether it is gone, asked once somebody has said that it is done and no camera can look: gone closes it, there
    still sends it back."""
    house.report_limit.ask(address_of(request))
    async with house.database.writing() as session:
        found = await repository.by_receipt(session, receipt_hash(receipt))
        if found is None:
            raise NotFound("there is no report with this receipt")
        desk = await Desk.at(house, session)
        if not await answers.is_asked(house, session, found):
            raise WrongState("nobody asks now whether it is gone: it is not said to be done, or a camera looks itself")
        await answers.take(desk, found, gone=body.gone)
        answer = await answers.followed(house, session, found)
    _, hazard, ticket = found
    house.bus.publish("hazard", hazard.id, hazard.grid)
    if ticket is not None:
        house.bus.publish("ticket", ticket.id, ticket.grid)
    return answer
