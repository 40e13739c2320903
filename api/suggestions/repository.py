"""SQL of suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import Scope
from api.site.models import CameraRow
from api.suggestions.models import SuggestionRow


async def all_within(session: AsyncSession, scope: Scope) -> Sequence[SuggestionRow]:
    """Of the cameras that the site has and the caller may see."""
    statement = (
        select(SuggestionRow)
        .join(CameraRow, CameraRow.id == SuggestionRow.camera)
        .where(scope.where(CameraRow.grid.expression))
        .order_by(CameraRow.position)
    )
    return (await session.scalars(statement)).all()


async def find(session: AsyncSession, camera: str, scope: Scope) -> SuggestionRow | None:
    statement = (
        select(SuggestionRow)
        .join(CameraRow, CameraRow.id == SuggestionRow.camera)
        .where(SuggestionRow.camera == camera, scope.where(CameraRow.grid.expression))
    )
    return await session.scalar(statement)


async def picture(session: AsyncSession, camera: str, scope: Scope) -> bytes | None:
    statement = (
        select(SuggestionRow.picture_jpeg)
        .join(CameraRow, CameraRow.id == SuggestionRow.camera)
        .where(SuggestionRow.camera == camera, scope.where(CameraRow.grid.expression))
    )
    return await session.scalar(statement)


async def put(session: AsyncSession, row: SuggestionRow) -> None:
    """In place of whatever was proposed for that camera before."""
    await session.execute(delete(SuggestionRow).where(SuggestionRow.camera == row.camera))
    session.add(row)
    await session.flush()


async def forget(session: AsyncSession, row: SuggestionRow) -> None:
    await session.delete(row)
    await session.flush()


async def forget_before(session: AsyncSession, moment: datetime) -> int:
    """Those that nobody decided upon; how many."""
    done = await session.execute(delete(SuggestionRow).where(SuggestionRow.made_at < moment))
    return done.rowcount if isinstance(done, CursorResult) else 0
