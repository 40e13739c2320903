"""SQL of cameras' troubles."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import Scope
from api.site.models import CameraRow
from api.troubles.models import CameraTroubleRow


async def find(session: AsyncSession, trouble_id: str) -> CameraTroubleRow | None:
    return await session.scalar(select(CameraTroubleRow).where(CameraTroubleRow.id == trouble_id))


async def page(
    session: AsyncSession, scope: Scope, camera: str | None, is_open: bool | None, before_seq: int | None, limit: int
) -> Sequence[CameraTroubleRow]:
    """Newest first, of cameras that the site has; one more than `limit`, which tells that there is a next page."""
    statement = (
        select(CameraTroubleRow)
        .join(CameraRow, CameraRow.id == CameraTroubleRow.camera)
        .where(scope.where(CameraRow.grid.expression))
        .order_by(CameraTroubleRow.seq.desc())
        .limit(limit + 1)
    )
    if camera is not None:
        statement = statement.where(CameraTroubleRow.camera == camera)
    if is_open is not None:
        ended = CameraTroubleRow.ended_at
        statement = statement.where(ended.is_(None) if is_open else ended.is_not(None))
    if before_seq is not None:
        statement = statement.where(CameraTroubleRow.seq < before_seq)
    return (await session.scalars(statement)).all()


async def open_by_camera(session: AsyncSession) -> dict[str, list[CameraTroubleRow]]:
    """The troubles that hold now, the oldest first."""
    found: dict[str, list[CameraTroubleRow]] = {}
    statement = select(CameraTroubleRow).where(CameraTroubleRow.ended_at.is_(None)).order_by(CameraTroubleRow.since)
    for row in await session.scalars(statement):
        found.setdefault(row.camera, []).append(row)
    return found
