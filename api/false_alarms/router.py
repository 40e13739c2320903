"""False alarms that people reported: listed, and handed out as a set of pictures to train on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel
from starlette.background import BackgroundTask

from api.auth.principal import may
from api.auth.roles import FALSE_ALARM_EXPORTERS
from api.auth.service import Principal
from api.evidence.urls import evidence_url
from api.false_alarms import repository, service
from api.hazards.kinds import Kind
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.moment import Moment, MomentIn
from api.problems import responses
from api.tickets.false_alarm import FalseAlarm, from_note

router = APIRouter(prefix="/false-alarms", tags=["false alarms"])
HouseIn = Annotated[House, Depends(house_of)]
Exporter = Annotated[Principal, may(*FALSE_ALARM_EXPORTERS)]
Since = Annotated[MomentIn | None, Query(description="Only those reported from then on, with a UTC offset.")]


class Reported(BaseModel):
    """One report. `xyxy` is in px of `source_wh`."""

    ticket_id: str
    number: int
    at: Moment
    reason: FalseAlarm
    kind: Kind
    camera: str
    zone: str
    grid: str | None
    xyxy: tuple[float, float, float, float]
    source_wh: tuple[int, int]
    still_url: str | None


class ReportedPage(BaseModel):
    items: list[Reported]
    next: str | None


@router.get("", responses=responses(400, 401, 403, 422))
async def list_false_alarms(
    who: Exporter,
    house: HouseIn,
    since: Since = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> ReportedPage:
    """Newest first; not those that the command centre sent back as real."""
    async with house.database.reading() as session:
        rows = await repository.reported(session, who.scope, since, decode_cursor(cursor), limit + 1)
    following = encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None
    return ReportedPage(items=[_shown(row) for row in rows[:limit]], next=following)


_NEXT = {"X-Next": {"description": "the cursor of the next zip, where there is one", "schema": {"type": "string"}}}


@router.get(
    "/export",
    response_class=FileResponse,
    responses={200: {"content": {"application/zip": {}}, "headers": _NEXT}, **responses(400, 401, 403, 422)},
)
async def export_false_alarms(
    who: Exporter,
    house: HouseIn,
    since: Since = None,
    limit: Annotated[int, Query(ge=1, le=service.MOST_AT_ONCE)] = service.MOST_AT_ONCE,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> FileResponse:
    """The newest as a zip: redacted stills with their boxes, and background to train on. Where there are more, X-Next
    is the cursor of the next zip. It is put on record, and so is each picture in it."""
    path, following = await service.export(house, who, since, decode_cursor(cursor), limit)
    return FileResponse(
        path,
        media_type="application/zip",
        filename="false-alarms.zip",
        headers={"Cache-Control": "no-store"} | ({} if following is None else {"X-Next": encode_cursor(following)}),
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


def _shown(row: repository.Reported) -> Reported:
    step, ticket, hazard, _ = row
    return Reported(
        ticket_id=ticket.id,
        number=ticket.number,
        at=step.at,
        reason=from_note(step.note),
        kind=Kind(hazard.kind),
        camera=hazard.camera,
        zone=hazard.zone,
        grid=hazard.grid,
        xyxy=tuple(hazard.xyxy),  # type: ignore[arg-type]
        source_wh=tuple(hazard.source_wh),  # type: ignore[arg-type]
        still_url=evidence_url(hazard.evidence_id),
    )
