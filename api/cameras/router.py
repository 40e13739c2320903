"""Cameras for people, and the workers' word on how they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.auth.principal import may
from api.auth.roles import PEOPLE, WATCHERS, Role
from api.auth.service import Principal
from api.cameras.schemas import Camera, Cameras, LookedAt, WorkerStatus, Zone
from api.cameras.sight import note_sight
from api.hazards import verifying
from api.house import House, house_of
from api.kit.cursor import decode_cursor, encode_cursor
from api.problems import responses
from api.site import repository
from api.site.models import CameraRow, ZoneRow
from api.troubles.models import CameraTroubleRow
from api.troubles.repository import open_by_camera
from api.troubles.schemas import CameraTrouble
from streams.sources.urls import scrub, without_credentials

router = APIRouter(tags=["cameras"])


def _zone(row: ZoneRow) -> Zone:
    return Zone.model_validate({"id": row.id, "name": row.name, "polygon": row.polygon, **row.settings})


def _without_passwords(text: str, *urls: str) -> str:
    for url in urls:
        text = scrub(text, url)
    return text


def _camera(row: CameraRow, zones: list[ZoneRow], troubles: list[CameraTroubleRow], house: House) -> Camera:
    health = house.health.of(row.id)
    urls = (row.url, row.settings.get("watch_url") or row.url)
    if health is not None:
        words = {"error": health.error, "because": health.because}
        health = health.model_copy(
            update={name: _without_passwords(text, *urls) for name, text in words.items() if text}
        )
    shown = troubles if row.enabled else []
    return Camera(
        id=row.id,
        name=row.name or row.id,
        lon=row.wgs84_lon,
        lat=row.wgs84_lat,
        datum="WGS-84",
        grid=row.grid,
        enabled=row.enabled,
        url=without_credentials(row.url),
        zones=[_zone(zone) for zone in zones],
        view=int(row.settings.get("view", 0)),
        health=health,
        troubles=[CameraTrouble.of(found).saying(_without_passwords(found.detail, *urls)) for found in shown],
    )


@router.get("/cameras", responses=responses(400, 401, 403, 422))
async def list_cameras(
    who: Annotated[Principal, may(*PEOPLE)],
    house: Annotated[House, Depends(house_of)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Cameras:
    """In the order of the site."""
    async with house.database.reading() as session:
        found = await repository.cameras(session, who.scope, decode_cursor(cursor), limit + 1)
        rows = found[:limit]
        zones = await repository.zones_by_camera(session)
        troubles = await open_by_camera(session)
    items = [_camera(row, zones.get(row.id, []), troubles.get(row.id, []), house) for row in rows]
    return Cameras(
        items=items,
        next=encode_cursor(rows[-1].position) if len(found) > limit else None,
        workers=house.workers.now() if who.role in WATCHERS else [],
    )


@router.post("/worker/status", tags=["worker"], responses=responses(401, 403, 422))
async def worker_status(
    who: Annotated[Principal, may(Role.WORKER)], status: WorkerStatus, house: Annotated[House, Depends(house_of)]
) -> LookedAt:
    """Say every 2 s how the cameras are; learn which of them somebody looks at."""
    async with house.database.reading() as session:
        places = {row.id: row.grid for row in await repository.cameras(session, who.scope)}
        asked = await verifying.asked(session, house.clock.now())
    theirs = {report.camera for report in status.cameras}
    known = [report for report in status.cameras if report.camera in places]
    house.health.keep_only(set(places))
    if status.outbox is not None:
        house.workers.report(status.worker, status.outbox)
    for camera in house.health.report(status.worker, status.model, status.provider, known):
        house.bus.publish("camera", camera, places[camera])
    await note_sight(house, status.worker, known)
    looks = [one for one in asked if one.camera in theirs]
    return LookedAt(looked_at=house.tiles.looked_at(), looks=looks)
