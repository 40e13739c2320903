"""Signing in and out, one's own sessions and password."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth import repository
from api.auth.models import Account
from api.auth.passwords import hash_password, password_fits
from api.auth.principal import COOKIE, may, same_origin
from api.auth.roles import PEOPLE, Role
from api.auth.schemas import Elsewhere, NewPassword, Session, Sessions, SignedIn, SignInRequest, User, Ways
from api.auth.service import Principal
from api.errors import NotAllowed, NotFound, NotSignedIn
from api.house import House, house_of
from api.problems import responses

router = APIRouter(prefix="/session", tags=["session"])
HouseIn = Annotated[House, Depends(house_of)]
Anyone = Annotated[Principal, may(*PEOPLE)]
SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
SIGN_IN_ELSEWHERE = "/api/v1/session/elsewhere"


def address_of(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def set_cookie(request: Request, response: Response, house: House, secret: str) -> None:
    response.set_cookie(
        COOKIE,
        secret,
        max_age=round(house.settings.session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def person(who: Principal) -> int:
    """The account of whoever is signed in. Raises `NotAllowed` for a service token."""
    if who.account_id is None:
        raise NotAllowed("this is for people who are signed in, not for a service token")
    return who.account_id


@router.post("", responses=responses(401, 403, 422, 429, 503))
async def sign_in(request: Request, response: Response, given: SignInRequest, house: HouseIn) -> SignedIn:
    """Start a session. Anybody may try; failures are counted.

    Where the account has a second factor, a right password without `code` is answered 401 with the type
    ``urn:sanxun:problem:second-factor``: send the same again with it.
    """
    if not same_origin(request):
        raise NotAllowed("this came from another site's page; sign in on Sanxun's own")
    agent = request.headers.get("user-agent", "")
    who, secret = await house.auth.sign_in(given.username, given.password, address_of(request), given.code, agent)
    set_cookie(request, response, house, secret)
    return SignedIn(user=User.of(who))


@router.get("", responses=responses(401))
async def who_am_i(who: Annotated[Principal, may(*Role)]) -> User:
    return User.of(who)


@router.delete("", status_code=204, responses=responses(403))
async def sign_out(request: Request, response: Response, house: HouseIn) -> None:
    """End this browser's session; without one, nothing is done."""
    if not same_origin(request):
        raise NotAllowed("this came from another site's page; sign out on Sanxun's own")
    if secret := request.cookies.get(COOKIE):
        await house.auth.sign_out(secret)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


@router.get("/ways")
async def list_ways(house: HouseIn) -> Ways:
    """How one can sign in here. Anybody may ask: the sign-in form does."""
    settings = house.settings
    there = settings.oidc_issuer and Elsewhere(name=settings.oidc_name, href=SIGN_IN_ELSEWHERE)
    return Ways(elsewhere=there or None)


@router.get("/all", responses=responses(401, 403))
async def list_own_sessions(who: Anyone, house: HouseIn) -> Sessions:
    """Where I am signed in."""
    async with house.database.reading() as session:
        rows = await repository.sessions_of(session, person(who), house.clock.now())
    return Sessions(items=[Session.of(row, who.session_id) for row in rows])


@router.delete("/all/{session_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def end_own_session(session_id: SessionId, who: Anyone, house: HouseIn) -> None:
    """Sign out there."""
    async with house.database.writing() as session:
        if not await repository.end_one(session, person(who), session_id):
            raise NotFound("you have no such session; it may have ended already")


@router.delete("/others", status_code=204, responses=responses(401, 403))
async def end_other_sessions(who: Anyone, house: HouseIn) -> None:
    """Sign out everywhere but here."""
    async with house.database.writing() as session:
        await repository.end_others(session, person(who), who.session_id or "")


async def check_password(request: Request, house: House, who: Principal, password: str | None) -> Account:
    """The caller's account, the password being right (or it has none). Guesses count as failed sign-ins do."""
    async with house.database.reading() as session:
        account = await session.get(Account, person(who))
    assert account is not None
    if not account.password_hash:
        return account
    address = address_of(request)
    house.auth.limit.attempt(address, account.username)
    if not await asyncio.to_thread(password_fits, password or "", account.password_hash):
        raise NotAllowed("this is not the account's password")
    house.auth.limit.forgive(address, account.username)
    return account


@router.post("/password", status_code=204, responses=responses(401, 403, 422, 429))
async def change_password(request: Request, given: NewPassword, who: Anyone, house: HouseIn) -> None:
    """Change one's own password. Ends one's other sessions."""
    account = await check_password(request, house, who, given.current_password)
    if not account.password_hash:
        raise NotAllowed("you sign in elsewhere: there is no password to change here")
    hashed = await asyncio.to_thread(hash_password, given.new_password)
    async with house.database.writing() as session:
        own = await session.get(Account, account.id)
        if own is None:
            raise NotSignedIn
        own.password_hash = hashed
        await repository.end_others(session, account.id, who.session_id or "")
        await audit.append(session, entry(house, who, "account.password", who.username, "changed by the person"))


def entry(house: House, who: Principal, action: str, subject: str, reason: str) -> Entry:
    return Entry(house.clock.now(), who.username, who.role, action, subject[:64], reason)
