"""SQL of accounts, sessions and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.models import Account, ServiceToken, SignIn


async def account_named(session: AsyncSession, username: str) -> Account | None:
    return await session.scalar(select(Account).where(Account.username == username))


async def accounts(session: AsyncSession) -> Sequence[Account]:
    return (await session.scalars(select(Account).order_by(Account.username))).all()


async def count_accounts(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Account)) or 0


async def add(session: AsyncSession, row: Account | SignIn | ServiceToken) -> None:
    session.add(row)
    await session.flush()


async def account_of_session(session: AsyncSession, secret_sha256: str, now: datetime) -> Account | None:
    """The account whose session this is, unless it has expired or the account is disabled."""
    return await session.scalar(
        select(Account)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(SignIn.secret_sha256 == secret_sha256, SignIn.expires_at > now, Account.disabled_at.is_(None))
    )


async def end_session(session: AsyncSession, secret_sha256: str) -> None:
    await session.execute(delete(SignIn).where(SignIn.secret_sha256 == secret_sha256))


async def end_sessions_of(session: AsyncSession, account_id: int) -> None:
    await session.execute(delete(SignIn).where(SignIn.account_id == account_id))


async def forget_expired(session: AsyncSession, now: datetime) -> None:
    await session.execute(delete(SignIn).where(SignIn.expires_at <= now))


async def token(session: AsyncSession, secret_sha256: str) -> ServiceToken | None:
    return await session.scalar(
        select(ServiceToken).where(ServiceToken.secret_sha256 == secret_sha256, ServiceToken.revoked_at.is_(None))
    )


async def revoke_tokens_named(session: AsyncSession, name: str, now: datetime) -> None:
    statement = update(ServiceToken).where(ServiceToken.name == name, ServiceToken.revoked_at.is_(None))
    await session.execute(statement.values(revoked_at=now))
