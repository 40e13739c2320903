"""Signing in with the town's own identity provider: sending there, coming back, the account that it is here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth import repository
from api.auth.claims import Person, person_of
from api.auth.limits import VisitLimit
from api.auth.models import Account, SignInElsewhere
from api.auth.oidc import Client, Provider
from api.auth.passwords import secret_hash
from api.auth.roles import Role, refuse_units
from api.auth.service import Auth
from api.db.engine import Database
from api.errors import NotAllowed, NotFound, NotSignedIn
from api.kit.clock import Clock
from api.settings import Settings

# As long as somebody may take to type a password and find the phone, there.
_WAIT = timedelta(minutes=10)
_MOST_OF_ONE_NAME = 1000


@dataclass(frozen=True, slots=True)
class Sent:
    """`browser` is for a cookie: only the browser that was sent may come back."""

    address: str
    browser: str


class SignInThere:
    """`Provider` and accounts together. Raises `NotFound` where no provider is set."""

    def __init__(self, database: Database, clock: Clock, settings: Settings, auth: Auth) -> None:
        self._database, self._clock, self._settings, self._auth = database, clock, settings, auth
        self._limit = VisitLimit(clock)
        self._provider: Provider | None = None
        if settings.oidc_issuer:
            secret = settings.oidc_client_secret
            client = Client(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_scopes)
            self._provider = Provider(client, clock)

    def _there(self) -> Provider:
        if self._provider is None:
            raise NotFound("no identity provider is set up here; sign in with a password")
        return self._provider

    async def send(self, redirect_uri: str, visitor: str) -> Sent:
        """`visitor`: the address that it came from. Raises `NotFound`, `TooManyAttempts`, `Unavailable`."""
        self._there()
        self._limit.visit(visitor)
        state, nonce, verifier, browser = (secrets.token_urlsafe(32) for _ in range(4))
        address = await self._there().address(redirect_uri, state, nonce, verifier)
        now = self._clock.now()
        async with self._database.writing() as session:
            await session.execute(delete(SignInElsewhere).where(SignInElsewhere.expires_at <= now))
            session.add(
                SignInElsewhere(
                    state_sha256=secret_hash(state),
                    browser_sha256=secret_hash(browser),
                    nonce=nonce,
                    verifier=verifier,
                    expires_at=now + _WAIT,
                )
            )
        return Sent(address, browser)

    async def come_back(self, state: str, code: str, browser: str, redirect_uri: str, agent: str, visitor: str) -> str:
        """The new session's secret. Raises `NotSignedIn`, `NotAllowed`, `TooManyAttempts`, `Unavailable`."""
        provider = self._there()
        self._limit.visit(visitor)
        async with self._database.writing() as session:
            sent = await session.get(SignInElsewhere, secret_hash(state))
            if sent is not None:
                await session.delete(sent)  # used once, also where what follows fails
        if sent is None or sent.expires_at <= self._clock.now():
            raise NotSignedIn("this sign-in took too long or was used before; begin again")
        if not secrets.compare_digest(sent.browser_sha256, secret_hash(browser)):
            raise NotSignedIn("this sign-in was begun in another browser; begin again in this one")
        claims = await provider.claims(code, redirect_uri, sent.nonce, sent.verifier)
        try:
            person = person_of(claims, self._settings)
            async with self._database.writing() as session:
                account = await self._account(session, person)
                secret = await self._auth.open_session(session, account, agent, "elsewhere")
        except NotAllowed:
            await self._shut_out(str(claims["iss"]), str(claims["sub"]))
            raise
        self._limit.arrived(visitor)
        return secret

    async def _account(self, session: AsyncSession, person: Person) -> Account:
        """Made at the first sign-in; role, units and department follow the provider at each. An account with a
        password is never taken over for having the same name."""
        account = await repository.account_elsewhere(session, person.issuer, person.subject)
        if person.role is Role.DEPARTMENT and not person.department:
            raise NotAllowed("the identity provider names no department for you; its claim is needed for this role")
        try:
            refuse_units(person.role, person.grids)
        except ValueError as error:
            raise NotAllowed(f"{error} from the identity provider") from None
        if account is None:
            account = await self._make(session, person)
        if account.disabled_at is not None:
            raise NotAllowed("this account is shut out here; ask an administrator")
        changed = (account.role, account.grids, account.department)
        account.name, account.role = person.name, person.role.value
        account.grids, account.department = sorted(set(person.grids)), person.department
        if changed != (account.role, account.grids, account.department):
            told = f"{person.role}; units {', '.join(account.grids) or 'none named'}; as the identity provider says"
            now = self._clock.now()
            await audit.append(session, Entry(now, "server", "server", "account.change", account.username, told))
        await session.flush()
        return account

    async def _make(self, session: AsyncSession, person: Person) -> Account:
        account = Account(
            username=await self._free_name(session, person.username),
            name=person.name,
            role=person.role.value,
            grids=[],
            password_hash="",
            created_at=self._clock.now(),
            department=person.department,
            issuer=person.issuer,
            subject=person.subject,
        )
        await repository.add(session, account)
        return account

    async def _free_name(self, session: AsyncSession, wanted: str) -> str:
        for number in range(1, _MOST_OF_ONE_NAME):
            name = wanted if number == 1 else f"{wanted}-{number}"
            if await repository.account_named(session, name) is None:
                return name
        raise NotAllowed(f"there are too many accounts called {wanted}")

    async def _shut_out(self, issuer: str, subject: str) -> None:
        """Whoever has lost their role there, or has one there that cannot be had here, loses their sessions here."""
        async with self._database.writing() as session:
            account = await repository.account_elsewhere(session, issuer, subject)
            if account is not None:
                await repository.end_sessions_of(session, account.id)
