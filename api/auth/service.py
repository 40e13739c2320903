"""Accounts, sessions and tokens: making them, and finding who a secret belongs to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import repository
from api.auth.limits import SignInLimit
from api.auth.models import Account, ServiceToken, SignIn
from api.auth.passwords import hash_password, new_secret, password_fits, secret_hash
from api.auth.roles import PEOPLE, Role
from api.db.engine import Database
from api.errors import NotSignedIn
from api.kit.clock import Clock
from api.kit.scope import Scope
from api.settings import Settings

TOKEN_PREFIX = "sxt_"
SESSION_PREFIX = "sxs_"
# A worker sends a tile four times a second per camera: its token is not looked up each time, and a revoked token
# works for at most this long.
_REMEMBER_S = 5.0
_MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who has proved who they are. `username` is what histories show: a token's is ``token:NAME``."""

    username: str
    name: str
    role: Role
    grids: tuple[str, ...]

    @property
    def scope(self) -> Scope:
        limited = self.role is Role.GRID_WORKER and self.grids
        return Scope(frozenset(self.grids)) if limited else Scope()


def _principal(row: Account | ServiceToken) -> Principal:
    username = row.username if isinstance(row, Account) else f"token:{row.name}"
    return Principal(username, row.name, Role(row.role), tuple(row.grids))


async def create_user(
    session: AsyncSession,
    clock: Clock,
    username: str,
    password: str,
    role: Role,
    *,
    name: str = "",
    grids: Iterable[str] = (),
) -> Account:
    """A new account. Raises ValueError: name taken or not usable, password too short, a program's role."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", username):
        raise ValueError(f"a username is 1 to 64 letters, digits, dots, hyphens or underscores; got {username!r}")
    if role not in PEOPLE:
        raise ValueError(f"{role} is a program's role: make a token for it instead of an account")
    if await repository.account_named(session, username) is not None:
        raise ValueError(f"there is an account {username!r} already; reset its password instead")
    account = Account(
        username=username,
        name=name or username,
        role=role.value,
        grids=sorted(set(grids)),
        password_hash=await asyncio.to_thread(hash_password, password),
        created_at=clock.now(),
    )
    await repository.add(session, account)
    return account


async def reset_password(session: AsyncSession, account: Account, password: str) -> None:
    """Also ends the account's sessions: whoever held the old password is out."""
    account.password_hash = await asyncio.to_thread(hash_password, password)
    await repository.end_sessions_of(session, account.id)


async def create_token(
    session: AsyncSession, clock: Clock, role: Role, *, name: str = "", grids: Iterable[str] = ()
) -> str:
    """A new bearer token, shown this once."""
    secret = new_secret(TOKEN_PREFIX)
    row = ServiceToken(
        secret_sha256=secret_hash(secret),
        name=name or role.value,
        role=role.value,
        grids=sorted(set(grids)),
        created_at=clock.now(),
    )
    await repository.add(session, row)
    return secret


class Auth:
    """Sign-in and recognition for the running server."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database, self._clock = database, clock
        self._session_for = timedelta(hours=settings.session_hours)
        self._limit = SignInLimit(clock, settings.sign_in_failures)
        self._remembered: dict[str, tuple[float, Principal]] = {}

    async def sign_in(self, username: str, password: str, address: str) -> tuple[Principal, str]:
        """The principal and the cookie's value. Raises `NotSignedIn`, `TooManyAttempts`."""
        self._limit.attempt(address, username)
        async with self._database.reading() as session:
            account = await repository.account_named(session, username)
        usable = account is not None and account.disabled_at is None
        stored = account.password_hash if account is not None and usable else None
        if not await asyncio.to_thread(password_fits, password, stored) or account is None:
            raise NotSignedIn("no such username with this password")
        self._limit.succeeded(address, username)
        secret, now = new_secret(SESSION_PREFIX), self._clock.now()
        row = SignIn(
            secret_sha256=secret_hash(secret),
            account_id=account.id,
            created_at=now,
            expires_at=now + self._session_for,
        )
        async with self._database.writing() as session:
            await repository.forget_expired(session, now)
            await repository.add(session, row)
        return _principal(account), secret

    async def sign_out(self, secret: str) -> None:
        async with self._database.writing() as session:
            await repository.end_session(session, secret_hash(secret))

    async def by_session(self, secret: str) -> Principal | None:
        async with self._database.reading() as session:
            account = await repository.account_of_session(session, secret_hash(secret), self._clock.now())
        return _principal(account) if account else None

    async def by_token(self, secret: str) -> Principal | None:
        hashed, now = secret_hash(secret), self._clock.monotonic()
        known = self._remembered.get(hashed)
        if known and known[0] > now:
            return known[1]
        async with self._database.reading() as session:
            row = await repository.token(session, hashed)
        if row is None:
            self._remembered.pop(hashed, None)
            return None
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        principal = _principal(row)
        self._remembered[hashed] = (now + _REMEMBER_S, principal)
        return principal

    async def recognise(self, bearer: str | None, cookie: str | None) -> Principal | None:
        """Whoever the bearer token or, without one, the cookie belongs to. A bearer may also be a session's secret."""
        secret = bearer or cookie
        if not secret:
            return None
        return await (self.by_token(secret) if secret.startswith(TOKEN_PREFIX) else self.by_session(secret))
