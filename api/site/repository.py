"""SQL of the site, and the way between its rows and the specs of `streams.site`."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import Scope
from api.site.models import CameraRow, GridRow, SiteRow, ZoneRow
from api.town.index import Town
from streams.site import CameraSpec, GridSpec, Site, ZoneSpec, site_from

_CAMERA = ("id", "name", "url", "lon", "lat", "datum", "enabled")
_ZONE = ("id", "name", "polygon")
_GRID = ("id", "name", "datum", "polygon")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a camera stands: WGS-84, and the micro-grid that the point lies in."""

    wgs84_lon: float | None
    wgs84_lat: float | None
    grid: str | None


async def ensure_site(session: AsyncSession) -> None:
    """The one row of the site table, with an identity of its own."""
    if await session.get(SiteRow, 1) is None:
        row = SiteRow(id=1, name="Sanxun", timezone="Asia/Shanghai", revision=0, instance=secrets.token_hex(8))
        session.add(row)
        await session.flush()


async def site_row(session: AsyncSession) -> SiteRow:
    row = await session.get(SiteRow, 1)
    assert row is not None, "ensure_site runs before anything reads"
    return row


async def zones_by_camera(session: AsyncSession) -> dict[str, list[ZoneRow]]:
    found: dict[str, list[ZoneRow]] = {}
    for row in await session.scalars(select(ZoneRow).order_by(ZoneRow.camera, ZoneRow.position)):
        found.setdefault(row.camera, []).append(row)
    return found


async def cameras(
    session: AsyncSession, scope: Scope, after: int | None = None, most: int | None = None
) -> Sequence[CameraRow]:
    """In the order of the site; of those after a position the first, where asked for."""
    statement = select(CameraRow).where(scope.where(CameraRow.grid.expression)).order_by(CameraRow.position)
    if after is not None:
        statement = statement.where(CameraRow.position > after)
    return (await session.scalars(statement.limit(most))).all()


async def camera(session: AsyncSession, camera_id: str) -> CameraRow | None:
    return await session.get(CameraRow, camera_id)


async def cameras_named(session: AsyncSession, camera_ids: Collection[str]) -> Sequence[CameraRow]:
    return (await session.scalars(select(CameraRow).where(CameraRow.id.in_(list(camera_ids))))).all()


async def zones_of(session: AsyncSession, camera_ids: Collection[str]) -> Sequence[ZoneRow]:
    return (await session.scalars(select(ZoneRow).where(ZoneRow.camera.in_(list(camera_ids))))).all()


async def accept_view(session: AsyncSession, row: CameraRow) -> int:
    """Count one view more of the camera, and a revision of the site, by which workers learn of it."""
    view = int(row.settings.get("view", 0)) + 1
    row.settings = {**row.settings, "view": view}
    (await site_row(session)).revision += 1
    await session.flush()
    return view


async def approve_wiring(session: AsyncSession, row: ZoneRow) -> int:
    """Count one approval more of the wires in a zone, and a revision of the site, by which workers learn of it."""
    wiring = {**row.settings.get("wiring", {})}
    wiring["approved"] = int(wiring.get("approved", 0)) + 1
    row.settings = {**row.settings, "wiring": wiring}
    (await site_row(session)).revision += 1
    await session.flush()
    return int(wiring["approved"])


async def place_cameras(session: AsyncSession, town: Town) -> None:
    """The town has changed: each camera's grid is the unit that its point lies in now."""
    for row in await session.scalars(select(CameraRow)):
        if row.wgs84_lon is not None and row.wgs84_lat is not None:
            unit = town.at(row.wgs84_lon, row.wgs84_lat)
            row.grid = unit.id if unit else None
    await session.flush()


async def camera_ids(session: AsyncSession) -> set[str]:
    return set(await session.scalars(select(CameraRow.id)))


async def zone(session: AsyncSession, camera_id: str, zone_id: str) -> ZoneRow | None:
    return await session.get(ZoneRow, (camera_id, zone_id))


async def grid(session: AsyncSession, grid_id: str) -> GridRow | None:
    return await session.get(GridRow, grid_id)


async def load_site(session: AsyncSession) -> Site:
    """The whole site, camera URLs with their credentials: for workers and for export alone."""
    row = await site_row(session)
    zones = await zones_by_camera(session)
    grids = await session.scalars(select(GridRow).order_by(GridRow.position))
    values = {
        "site": {"name": row.name, "timezone": row.timezone},
        "camera": [
            {**_merged(found, _CAMERA), "zone": [_merged(z, _ZONE) for z in zones.get(found.id, [])]}
            for found in await cameras(session, Scope())
        ],
        "grid": [_merged(found, _GRID) for found in grids],
    }
    return site_from(values, "the stored site")


async def replace_site(session: AsyncSession, site: Site, places: Mapping[str, Place]) -> None:
    """Write `site` over what is stored and count a revision. Cameras and grids that it lacks go; history stays."""
    row = await site_row(session)
    row.name, row.timezone, row.revision = site.site.name, site.site.timezone, row.revision + 1
    await session.execute(delete(ZoneRow))
    await session.execute(delete(CameraRow))
    await session.execute(delete(GridRow))
    session.add_all(_camera_row(spec, i, places[spec.id]) for i, spec in enumerate(site.camera))
    session.add_all(_grid_row(spec, i) for i, spec in enumerate(site.grid))
    await session.flush()
    session.add_all(_zone_row(camera.id, spec, i) for camera in site.camera for i, spec in enumerate(camera.zone))
    await session.flush()


def _camera_row(spec: CameraSpec, position: int, place: Place) -> CameraRow:
    columns, rest = _split(spec.model_dump(mode="json", exclude={"zone"}), _CAMERA)
    return CameraRow(
        **columns,
        position=position,
        settings=rest,
        wgs84_lon=place.wgs84_lon,
        wgs84_lat=place.wgs84_lat,
        grid=place.grid,
    )


def _zone_row(camera_id: str, spec: ZoneSpec, position: int) -> ZoneRow:
    columns, rest = _split(spec.model_dump(mode="json"), _ZONE)
    return ZoneRow(**columns, camera=camera_id, position=position, settings=rest)


def _grid_row(spec: GridSpec, position: int) -> GridRow:
    columns, rest = _split(spec.model_dump(mode="json"), _GRID)
    return GridRow(**columns, position=position, settings=rest)


def _split(values: dict[str, Any], names: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    return {n: values[n] for n in names}, {n: v for n, v in values.items() if n not in names}


def _merged(row: CameraRow | ZoneRow | GridRow, names: Sequence[str]) -> dict[str, Any]:
    return {**{n: getattr(row, n) for n in names}, **row.settings}
