"""SQL of suggestions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.kit.scope import Scope
from api.site.models import CameraRow
from api.suggestions.models import SuggestionRow


async def page(session: AsyncSession, scope: Scope, after: int | None, most: int) -> list[tuple[SuggestionRow, int]]:
    """Of the cameras that the site has and the caller may see, each with its camera's position: the first of those
    after a position."""
    statement = (
        select(SuggestionRow, CameraRow.position)
        .join(CameraRow, CameraRow.id == SuggestionRow.camera)
        .where(scope.where(CameraRow.grid.expression))
        .order_by(CameraRow.position)
        .limit(most)
    )
    if after is not None:
        statement = statement.where(CameraRow.position > after)
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def find(session: AsyncSession, camera: str, scope: Scope) -> SuggestionRow | None:
    statement = (
        select(SuggestionRow)
        .join(CameraRow, CameraRow.id == SuggestionRow.camera)
        .where(SuggestionRow.camera == camera, scope.where(CameraRow.grid.expression))
    )
    return await session.scalar(statement)


async def picture(session: AsyncSession, camera: str, scope: Scope, of: str | None) -> bytes | None:
    """`of`: that of the suggestion with this id alone, for another may have taken its place."""
    statement = (
        select(SuggestionRow.picture_jpeg)
        .join(CameraRow, CameraRow.id == SuggestionRow.camera)
        .where(SuggestionRow.camera == camera, scope.where(CameraRow.grid.expression))
    )
    if of is not None:
        statement = statement.where(SuggestionRow.id == of)
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
