"""What else must become true with whatever a request writes, in the same transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from sqlalchemy.ext.asyncio import AsyncSession

# Set around a request, called at the end of each of its writing transactions; it may raise, to have nothing written.
also: ContextVar[Callable[[AsyncSession], Awaitable[None]] | None] = ContextVar("also", default=None)


async def write_also(session: AsyncSession) -> None:
    if (more := also.get()) is not None:
        await more(session)
