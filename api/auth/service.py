"""Accounts, sessions and tokens: making them, and finding who a secret belongs to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth import lockout, repository, second_factor
from api.auth.limits import SignInLimit
from api.auth.models import Account, ServiceToken, SignIn
from api.auth.passwords import hash_password, new_secret, password_fits, secret_hash
from api.auth.roles import PEOPLE, Role, refuse_units
from api.auth.vault import KEY_NAME, Vault
from api.auth.who import Principal as Principal
from api.db.engine import Database
from api.errors import NeedsCode, NotSignedIn
from api.kit.clock import Clock
from api.settings import Settings
from api.town.index import TownIndex
from api.town.repository import not_there

TOKEN_PREFIX = "sxt_"
SESSION_PREFIX = "sxs_"
# A worker sends a tile four times a second per camera: its token is not looked up each time, and a revoked token
# works for at most this long.
_REMEMBER_S = 5.0
_MOST_REMEMBERED = 1000


def _principal(row: Account | ServiceToken, **known: Any) -> Principal:
    username = row.username if isinstance(row, Account) else f"token:{row.name}"
    return Principal(username, row.name, Role(row.role), tuple(row.grids), row.department, **known)


async def create_user(
    session: AsyncSession,
    clock: Clock,
    username: str,
    password: str,
    role: Role,
    *,
    name: str = "",
    grids: Iterable[str] = (),
    department: str | None = None,
) -> Account:
    """A new account. Raises ValueError: name taken or not usable, password too short, a program's role; a department's
    account without its department."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", username):
        raise ValueError(f"a username is 1 to 64 letters, digits, dots, hyphens or underscores; got {username!r}")
    if role not in PEOPLE:
        raise ValueError(f"{role} is a program's role: make a token for it instead of an account")
    if role is Role.DEPARTMENT and not department:
        raise ValueError("a department's account needs its department: whistles find it by that")
    units = sorted(set(grids))
    refuse_units(role, units)
    if await repository.account_named(session, username) is not None:
        raise ValueError(f"there is an account {username!r} already; reset its password instead")
    account = Account(
        username=username,
        name=name or username,
        role=role.value,
        grids=units,
        password_hash=await asyncio.to_thread(hash_password, password),
        created_at=clock.now(),
        department=department or None,
    )
    await repository.add(session, account)
    return account


async def reset_password(session: AsyncSession, account: Account, password: str) -> None:
    """Also ends the account's sessions: whoever held the old password is out."""
    account.password_hash = await asyncio.to_thread(hash_password, password)
    await repository.end_sessions_of(session, account.id)


async def create_token(
    session: AsyncSession,
    clock: Clock,
    role: Role,
    *,
    name: str = "",
    grids: Iterable[str] = (),
    scopes: Iterable[str] = (),
    days: float | None = None,
    department: str | None = None,
) -> str:
    """A new bearer token, shown this once. Without `days` it lasts until it is revoked. Raises ValueError for units
    of a role that has the whole site."""
    units = sorted(set(grids))
    refuse_units(role, units)
    secret, now = new_secret(TOKEN_PREFIX), clock.now()
    row = ServiceToken(
        secret_sha256=secret_hash(secret),
        name=name or role.value,
        role=role.value,
        grids=units,
        created_at=now,
        scopes=list(scopes),
        expires_at=None if days is None else now + timedelta(days=days),
        department=department or None,
    )
    await repository.add(session, row)
    return secret


async def check_units(session: AsyncSession, units: Iterable[str]) -> None:
    """Raises ValueError naming those that are no units of the town: whoever had them alone would see nothing."""
    if lacking := await not_there(session, list(units)):
        named = ", ".join(lacking)
        raise ValueError(f"there is no unit {named}: import the town first, or name one of those that it has")


class Auth:
    """Sign-in and recognition for the running server."""

    def __init__(self, database: Database, clock: Clock, settings: Settings, town: TownIndex | None = None) -> None:
        self._database, self._clock, self._town = database, clock, town
        self._settings = settings
        self.vault = Vault(settings.sign_in_key_file or settings.data / KEY_NAME)
        self.limit = SignInLimit(clock, settings.sign_in_failures)
        self._remembered: dict[str, tuple[float, Principal]] = {}

    async def sign_in(
        self, username: str, password: str, address: str, code: str | None = None, agent: str = ""
    ) -> tuple[Principal, str]:
        """The principal and the cookie's value. Raises `NotSignedIn`, `NeedsCode`, `TooManyAttempts`."""
        self.limit.attempt(address, username)
        async with self._database.reading() as session:
            await lockout.refuse_locked(session, username, self._clock.now())
            account = await repository.account_named(session, username)
        usable = account is not None and account.disabled_at is None
        stored = account.password_hash or None if account is not None and usable else None
        if not await asyncio.to_thread(password_fits, password, stored) or account is None:
            await self._count_failure(username, address)
            raise NotSignedIn("no such username with this password")
        if account.totp_since is not None:
            await self._check_code(account, address, code)
        async with self._database.writing() as session:
            # The check takes its time: what has been changed since holds.
            current = await repository.account_named(session, username)
            if current is None or current.disabled_at or current.password_hash != account.password_hash:
                raise NotSignedIn("no such username with this password")
            await lockout.forget(session, username)
            secret = await self.open_session(session, account, agent, "totp" if account.totp_since else "password")
        self.limit.succeeded(address, username)
        return await self._of_session(account, secret), secret

    async def _check_code(self, account: Account, address: str, code: str | None) -> None:
        if not code:
            # Neither a failure nor a success: whoever knows the password must not wipe out wrong codes by it.
            self.limit.forgive(address, account.username)
            raise NeedsCode(wrong=False)
        async with self._database.writing() as session:
            good = await second_factor.use(session, self.vault, account, code, self._clock.now())
        if not good:
            await self._count_failure(account.username, address)
            raise NeedsCode(wrong=True)

    async def _count_failure(self, username: str, address: str) -> None:
        settings, now = self._settings, self._clock.now()
        lock_for = timedelta(minutes=settings.lock_minutes)
        async with self._database.writing() as session:
            if await lockout.count_failure(session, username, now, settings.lock_after_failures, lock_for):
                reason = f"{settings.lock_after_failures} failed sign-ins in a row, the last from {address}"
                await audit.append(session, Entry(now, "server", "server", "account.lock", username[:64], reason))

    async def open_session(self, session: AsyncSession, account: Account, agent: str, method: str) -> str:
        """A new session's secret. `method` is how it was proved who it is: password, totp or elsewhere."""
        secret, now = new_secret(SESSION_PREFIX), self._clock.now()
        row = SignIn(
            secret_sha256=secret_hash(secret),
            account_id=account.id,
            created_at=now,
            expires_at=now + timedelta(hours=self._settings.session_hours),
            agent=agent[:200],
            method=method,
        )
        await repository.forget_expired(session, now)
        await repository.add(session, row)
        return secret

    async def sign_out(self, secret: str) -> None:
        async with self._database.writing() as session:
            await repository.end_session(session, secret_hash(secret))

    async def by_session(self, secret: str) -> Principal | None:
        async with self._database.glancing() as session:
            account = await repository.account_of_session(session, secret_hash(secret), self._clock.now())
            return await self._of_session(account, secret, session) if account else None

    async def _of_session(self, account: Account, secret: str, session: AsyncSession | None = None) -> Principal:
        role = Role(account.role)
        # Whoever signs in elsewhere proves themselves there; with a password beside it, here too.
        asked = role in self._settings.second_factor_for and bool(account.password_hash)
        return _principal(
            account,
            below=await self._below(session, account.grids) if session else None,
            session_id=secret_hash(secret)[: repository.SESSION_ID_LENGTH],
            account_id=account.id,
            must_enrol=asked and account.totp_since is None,
        )

    async def _below(self, session: AsyncSession, grids: list[str]) -> frozenset[str] | None:
        if not grids or self._town is None:
            return None
        return (await self._town.now(session)).below(grids)

    async def by_token(self, secret: str) -> Principal | None:
        hashed, now = secret_hash(secret), self._clock.monotonic()
        known = self._remembered.get(hashed)
        if known and known[0] > now:
            return known[1]
        async with self._database.reading() as session:
            row = await repository.token(session, hashed, self._clock.now())
            below = await self._below(session, row.grids) if row else None
        if row is None:
            self._remembered.pop(hashed, None)
            return None
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        principal = _principal(row, below=below, scopes=frozenset(row.scopes))
        self._remembered[hashed] = (now + _REMEMBER_S, principal)
        return principal

    async def recognise(self, bearer: str | None, cookie: str | None) -> Principal | None:
        """Whoever the bearer token or, without one, the cookie belongs to. A bearer may also be a session's secret."""
        secret = bearer or cookie
        if not secret:
            return None
        return await (self.by_token(secret) if secret.startswith(TOKEN_PREFIX) else self.by_session(secret))
