"""SQL of accounts, sessions and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.models import Account, ServiceToken, SignIn
from api.kit.scope import WHOLE_SITE, Scope
from api.town.models import AccountUnit

# A session's public name: the beginning of its secret's hash, which tells nothing of the secret.
SESSION_ID_LENGTH = 16

# Asked at every request: made once.
_OF_SESSION = (
    select(Account)
    .join(SignIn, SignIn.account_id == Account.id)
    .where(
        SignIn.secret_sha256 == bindparam("secret"), SignIn.expires_at > bindparam("now"), Account.disabled_at.is_(None)
    )
)


async def account_named(session: AsyncSession, username: str) -> Account | None:
    return await session.scalar(select(Account).where(Account.username == username))


def _within(scope: Scope) -> ColumnElement[bool]:
    """Accounts with a unit in the scope: whoever has the whole site is nobody's of a part of it."""
    if scope.grids is None:
        return true()
    of_unit = select(AccountUnit.unit).where(AccountUnit.username == Account.username)
    return of_unit.where(scope.where(AccountUnit.unit.expression)).exists()


async def account_within(session: AsyncSession, scope: Scope, username: str) -> Account | None:
    return await session.scalar(select(Account).where(Account.username == username, _within(scope)))


async def accounts(session: AsyncSession) -> Sequence[Account]:
    return (await session.scalars(select(Account).order_by(Account.username))).all()


async def page(session: AsyncSession, scope: Scope, before: int | None, limit: int) -> Sequence[Account]:
    """The newest first."""
    statement = select(Account).where(_within(scope)).order_by(Account.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(Account.id < before)
    return (await session.scalars(statement)).all()


async def count_accounts(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(Account)) or 0


async def add(session: AsyncSession, row: Account | SignIn | ServiceToken) -> None:
    session.add(row)
    await session.flush()


async def account_of_session(session: AsyncSession, secret_sha256: str, now: datetime) -> Account | None:
    """The account whose session this is, unless it has expired or the account is disabled."""
    return await session.scalar(_OF_SESSION, {"secret": secret_sha256, "now": now})


async def end_session(session: AsyncSession, secret_sha256: str) -> None:
    await session.execute(delete(SignIn).where(SignIn.secret_sha256 == secret_sha256))


async def end_sessions_of(session: AsyncSession, account_id: int) -> None:
    await session.execute(delete(SignIn).where(SignIn.account_id == account_id))


async def forget_expired(session: AsyncSession, now: datetime) -> None:
    await session.execute(delete(SignIn).where(SignIn.expires_at <= now))


async def sessions_of(session: AsyncSession, account_id: int, now: datetime) -> Sequence[SignIn]:
    """Those in force, the newest first."""
    statement = select(SignIn).where(SignIn.account_id == account_id, SignIn.expires_at > now)
    return (await session.scalars(statement.order_by(SignIn.created_at.desc(), SignIn.secret_sha256))).all()


async def end_one(session: AsyncSession, account_id: int, session_id: str) -> bool:
    """End a session by its public name; false where the account has none of that name."""
    named = SignIn.secret_sha256.startswith(session_id, autoescape=True)
    found = (await session.scalars(select(SignIn).where(SignIn.account_id == account_id, named))).all()
    for row in found:
        await session.delete(row)
    return bool(found)


async def end_others(session: AsyncSession, account_id: int, session_id: str) -> None:
    """All sessions of an account but this one."""
    others = SignIn.secret_sha256.not_like(f"{session_id}%")
    await session.execute(delete(SignIn).where(SignIn.account_id == account_id, others))


async def account_elsewhere(session: AsyncSession, issuer: str, subject: str) -> Account | None:
    return await session.scalar(select(Account).where(Account.issuer == issuer, Account.subject == subject))


async def token(session: AsyncSession, secret_sha256: str, now: datetime) -> ServiceToken | None:
    in_force = or_(ServiceToken.expires_at.is_(None), ServiceToken.expires_at > now)
    return await session.scalar(
        select(ServiceToken).where(
            ServiceToken.secret_sha256 == secret_sha256, ServiceToken.revoked_at.is_(None), in_force
        )
    )


async def tokens(
    session: AsyncSession, scope: Scope = WHOLE_SITE, before_id: int | None = None, most: int | None = None
) -> Sequence[ServiceToken]:
    """The newest first. Of a part of the town those with a unit in it; a town has few tokens, so they are looked at."""
    statement = select(ServiceToken).order_by(ServiceToken.id.desc())
    if before_id is not None:
        statement = statement.where(ServiceToken.id < before_id)
    if scope.grids is None:
        return (await session.scalars(statement.limit(most))).all()
    found = (await session.scalars(statement)).all()
    return [row for row in found if not scope.grids.isdisjoint(row.grids)][:most]


async def revoke_tokens_named(session: AsyncSession, name: str, now: datetime) -> None:
    statement = update(ServiceToken).where(ServiceToken.name == name, ServiceToken.revoked_at.is_(None))
    await session.execute(statement.values(revoked_at=now))
