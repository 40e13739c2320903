"""Locking a name after many failures in a row, from whatever addresses, on every server of the database.

`limits.SignInLimit` slows one address down within minutes; this stops a slow guesser who has many. Names that do not
exist lock in the same way: otherwise the lock would tell which ones do.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.models import SignInFailure
from api.errors import TooManyAttempts

# Failures further apart than this are not in a row.
_FORGOTTEN_AFTER = timedelta(days=1)


def _key(username: str) -> str:
    return username.casefold()[:64]


async def refuse_locked(session: AsyncSession, username: str, now: datetime) -> None:
    """Raises `TooManyAttempts` while the name is locked."""
    row = await session.get(SignInFailure, _key(username))
    if row is not None and row.locked_until is not None and row.locked_until > now:
        wait_s = ceil((row.locked_until - now).total_seconds())
        raise TooManyAttempts(
            f"too many failed sign-ins for this name; try again in {wait_s} s, or ask an administrator", wait_s
        )


async def count_failure(session: AsyncSession, username: str, now: datetime, most: int, lock_for: timedelta) -> bool:
    """One more failure; true where the name is locked by it."""
    await session.execute(delete(SignInFailure).where(SignInFailure.last_at < now - _FORGOTTEN_AFTER))
    row = await session.get(SignInFailure, _key(username))
    if row is None:
        row = SignInFailure(username=_key(username), failures=0, last_at=now, locked_until=None)
        session.add(row)
    row.failures, row.last_at = row.failures + 1, now
    if row.failures >= most:
        row.locked_until, row.failures = now + lock_for, 0
        return True
    return False


async def forget(session: AsyncSession, username: str) -> None:
    """After a success, or by an administrator."""
    await session.execute(delete(SignInFailure).where(SignInFailure.username == _key(username)))
