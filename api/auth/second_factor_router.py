"""One's own second factor: codes of an authenticator app."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.audit import repository as audit
from api.auth import second_factor
from api.auth.models import Account
from api.auth.router import Anyone, HouseIn, address_of, check_password, entry, person
from api.auth.schemas import CodeRequest, EnrolmentOut, EnrolRequest, RecoveryCodes, SecondFactorState
from api.auth.service import Principal
from api.errors import NotAllowed, NotSignedIn, WrongState
from api.house import House
from api.problems import responses
from api.reports.qr import qr_svg
from api.site.models import SiteRow

router = APIRouter(prefix="/session/second-factor", tags=["session"])
_OWN = responses(401, 403, 409, 422, 429, 503)


@router.get("", responses=responses(401, 403))
async def show_second_factor(who: Anyone, house: HouseIn) -> SecondFactorState:
    async with house.database.reading() as session:
        account = await session.get(Account, person(who))
        left = await second_factor.codes_left(session, person(who))
    return SecondFactorState(in_force_since=account.totp_since if account else None, recovery_codes_left=left)


@router.post("", responses=_OWN)
async def enrol_second_factor(request: Request, given: EnrolRequest, who: Anyone, house: HouseIn) -> EnrolmentOut:
    """Begin: a secret for the app, in force once `confirm` has shown that the app has it."""
    checked = await check_password(request, house, who, given.password)
    async with house.database.writing() as session:
        account = await session.get(Account, checked.id)
        site = await session.get(SiteRow, 1)
        if account is None:
            raise NotSignedIn
        begun = await second_factor.begin(session, house.auth.vault, account, site.name if site else "")
    return EnrolmentOut(secret=begun.secret, uri=begun.uri, qr_svg=qr_svg(begun.uri))


@router.post("/confirm", responses=_OWN)
async def confirm_second_factor(request: Request, given: CodeRequest, who: Anyone, house: HouseIn) -> RecoveryCodes:
    """Put it in force with the first code of the app; the answer holds the recovery codes, this once."""
    address, vault = address_of(request), house.auth.vault
    house.auth.limit.attempt(address, who.username)
    async with house.database.writing() as session:
        account = await session.get(Account, person(who))
        if account is None:
            raise NotSignedIn
        codes = await second_factor.confirm(session, vault, account, given.code, house.clock.now())
        if codes is None:
            raise NotAllowed("this is not the app's current code; check the phone's clock and try the next one")
        await audit.append(session, entry(house, who, "second-factor.enrol", who.username, "by the person"))
    house.auth.limit.forgive(address, who.username)
    return RecoveryCodes(codes=codes)


@router.post("/recovery-codes", responses=_OWN)
async def renew_recovery_codes(request: Request, given: CodeRequest, who: Anyone, house: HouseIn) -> RecoveryCodes:
    """New recovery codes; the earlier ones stop working."""
    await _spend(request, house, who, given.code)
    async with house.database.writing() as session:
        account = await session.get(Account, person(who))
        if account is None:
            raise NotSignedIn
        codes = await second_factor.renew_codes(session, house.auth.vault, account)
        await audit.append(session, entry(house, who, "second-factor.codes", who.username, "by the person"))
    return RecoveryCodes(codes=codes)


@router.post("/remove", status_code=204, responses=_OWN)
async def remove_second_factor(request: Request, given: CodeRequest, who: Anyone, house: HouseIn) -> None:
    """Take it away, with a code of it."""
    await _spend(request, house, who, given.code)
    async with house.database.writing() as session:
        account = await session.get(Account, person(who))
        if account is None:
            raise NotSignedIn
        await second_factor.remove(session, account)
        await audit.append(session, entry(house, who, "second-factor.remove", who.username, "by the person"))


async def _spend(request: Request, house: House, who: Principal, code: str) -> None:
    """Raises `NotAllowed` for a code that is not good, `WrongState` where there is no second factor."""
    address = address_of(request)
    house.auth.limit.attempt(address, who.username)
    async with house.database.writing() as session:
        account = await session.get(Account, person(who))
        if account is None or account.totp_since is None:
            house.auth.limit.forgive(address, who.username)
            raise WrongState("no second factor is in force for this account")
        good = await second_factor.use(session, house.auth.vault, account, code, house.clock.now())
    if not good:
        raise NotAllowed("this code is wrong or was used before")
    house.auth.limit.forgive(address, who.username)
