"""Accounts, as an administrator sees and changes them. Every change is in the audit trail."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import repository as audit
from api.auth import lockout, repository, second_factor
from api.auth.account_schemas import AccountChange, AccountMade, AccountOut, Accounts, NewAccount, PasswordMade
from api.auth.models import Account
from api.auth.passwords import generate_password
from api.auth.principal import may
from api.auth.roles import AUDITORS, PEOPLE, Role, refuse_units
from api.auth.router import HouseIn, SessionId, entry
from api.auth.schemas import Session, Sessions
from api.auth.service import Principal, check_units, create_user, reset_password
from api.errors import NotFound, Unprocessable, WrongState
from api.house import House
from api.kit.cursor import decode_cursor, encode_cursor
from api.kit.etag import body_tag, demand_tag
from api.kit.scope import WHOLE_SITE, Scope
from api.problems import responses

router = APIRouter(prefix="/accounts", tags=["accounts"])
Administrator = Annotated[Principal, may(Role.ADMINISTRATOR)]
Reader = Annotated[Principal, may(*AUDITORS)]
Username = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
IfMatch = Annotated[str | None, Header(description="The ETag of the account as it was read.")]


async def _found(session: AsyncSession, username: str, scope: Scope = WHOLE_SITE) -> Account:
    account = await repository.account_within(session, scope, username)
    if account is None:
        raise NotFound(f"there is no account {username!r}{'' if scope.grids is None else ' of your units'}")
    return account


def _tag(account: Account) -> str:
    return body_tag(AccountOut.of(account).model_dump_json().encode())


def _answer(response: Response, account: Account) -> AccountOut:
    response.headers["ETag"] = _tag(account)
    response.headers["Cache-Control"] = "private, no-cache"
    return AccountOut.of(account)


@router.get("", responses=responses(400, 401, 403, 422))
async def list_accounts(
    who: Reader,
    house: HouseIn,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Accounts:
    """The newest first. An auditor of some units: those with one of them."""
    async with house.database.reading() as session:
        rows = await repository.page(session, who.scope, decode_cursor(cursor), limit + 1)
    more = len(rows) > limit
    return Accounts(
        items=[AccountOut.of(row) for row in rows[:limit]], next=encode_cursor(rows[limit - 1].id) if more else None
    )


@router.post("", status_code=201, responses=responses(401, 403, 409, 422))
async def create_account(given: NewAccount, who: Administrator, house: HouseIn) -> AccountMade:
    """Make an account; its password is generated, and shown this once."""
    password = generate_password()
    async with house.database.writing() as session:
        if await repository.account_named(session, given.username) is not None:
            raise WrongState(f"there is an account {given.username!r} already")
        try:
            await check_units(session, given.grids)
            account = await create_user(
                session,
                house.clock,
                given.username,
                password,
                given.role,
                name=given.name,
                grids=given.grids,
                department=given.department,
            )
        except ValueError as error:
            raise Unprocessable(str(error)) from None
        told = f"{given.role}; units {', '.join(given.grids) or 'none named'}"
        await audit.append(session, entry(house, who, "account.create", given.username, told))
    return AccountMade(account=AccountOut.of(account), password=password)


@router.get("/{username}", responses=responses(401, 403, 404, 422))
async def read_account(username: Username, who: Reader, house: HouseIn, response: Response) -> AccountOut:
    async with house.database.reading() as session:
        return _answer(response, await _found(session, username, who.scope))


@router.patch("/{username}", responses=responses(401, 403, 404, 409, 412, 422, 428))
async def change_account(
    username: Username,
    given: AccountChange,
    who: Administrator,
    house: HouseIn,
    response: Response,
    if_match: IfMatch = None,
) -> AccountOut:
    """Change name, role, units, department, or shut it out. Needs If-Match: it overwrites what others change too."""
    async with house.database.writing() as session:
        account = await _found(session, username)
        demand_tag(if_match, _tag(account))
        _refuse(account, given, who)
        try:
            await check_units(session, set(given.grids or ()) - set(account.grids))
        except ValueError as error:
            raise Unprocessable(str(error)) from None
        _apply(account, given, house)
        if given.disabled:
            await repository.end_sessions_of(session, account.id)
        told = given.model_dump_json(exclude_none=True)
        await audit.append(session, entry(house, who, "account.change", username, told))
        await session.flush()
    return _answer(response, account)


def _refuse(account: Account, given: AccountChange, who: Principal) -> None:
    role = given.role or Role(account.role)
    if role not in PEOPLE:
        raise Unprocessable(f"{role} is a program's role: make a token for it instead")
    department = account.department if given.department is None else given.department
    if role is Role.DEPARTMENT and not department:
        raise Unprocessable("a department's account needs its department: whistles find it by that")
    units = given.grids if given.grids is not None else account.grids
    if given.role is not None or given.grids:
        try:
            refuse_units(role, units)
        except ValueError as error:
            raise Unprocessable(str(error)) from None
    if account.username == who.username and (given.disabled or role is not Role.ADMINISTRATOR):
        raise WrongState("an administrator cannot shut out or demote their own account; ask another one")


def _apply(account: Account, given: AccountChange, house: House) -> None:
    if given.name is not None:
        account.name = given.name
    if given.role is not None:
        account.role = given.role.value
    if given.grids is not None:
        account.grids = sorted(set(given.grids))
    if given.department is not None:
        account.department = given.department or None
    if given.disabled is not None:
        account.disabled_at = (account.disabled_at or house.clock.now()) if given.disabled else None


@router.post("/{username}/unlock", status_code=204, responses=responses(401, 403, 404, 422))
async def unlock_account(username: Username, who: Administrator, house: HouseIn) -> None:
    """End the lock that failed sign-ins put on the name."""
    async with house.database.writing() as session:
        await _found(session, username)
        await lockout.forget(session, username)
        await audit.append(session, entry(house, who, "account.unlock", username, "by an administrator"))


@router.post("/{username}/reset-password", responses=responses(401, 403, 404, 422))
async def reset_account_password(username: Username, who: Administrator, house: HouseIn) -> PasswordMade:
    """A new generated password, shown this once. Ends the account's sessions."""
    password = generate_password()
    async with house.database.writing() as session:
        await reset_password(session, await _found(session, username), password)
        await audit.append(session, entry(house, who, "account.password", username, "reset by an administrator"))
    return PasswordMade(password=password)


@router.delete("/{username}/second-factor", status_code=204, responses=responses(401, 403, 404, 422))
async def take_second_factor_away(username: Username, who: Administrator, house: HouseIn) -> None:
    """For who has lost both the phone and the recovery codes. Ends the account's sessions."""
    async with house.database.writing() as session:
        account = await _found(session, username)
        await second_factor.remove(session, account)
        await repository.end_sessions_of(session, account.id)
        await audit.append(session, entry(house, who, "second-factor.remove", username, "by an administrator"))


@router.get("/{username}/sessions", responses=responses(401, 403, 404, 422))
async def list_sessions_of_account(username: Username, who: Administrator, house: HouseIn) -> Sessions:
    """Where an account is signed in; when it is used is not kept."""
    async with house.database.reading() as session:
        account = await _found(session, username)
        rows = await repository.sessions_of(session, account.id, house.clock.now())
    return Sessions(items=[Session.of(row, who.session_id) for row in rows])


@router.delete("/{username}/sessions", status_code=204, responses=responses(401, 403, 404, 422))
async def end_sessions_of_account(username: Username, who: Administrator, house: HouseIn) -> None:
    """Sign an account out everywhere."""
    async with house.database.writing() as session:
        account = await _found(session, username)
        await repository.end_sessions_of(session, account.id)
        await audit.append(session, entry(house, who, "account.sessions", username, "all ended by an administrator"))


@router.delete("/{username}/sessions/{session_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def end_session_of_account(username: Username, session_id: SessionId, who: Administrator, house: HouseIn) -> None:
    async with house.database.writing() as session:
        account = await _found(session, username)
        if not await repository.end_one(session, account.id, session_id):
            raise NotFound("the account has no such session; it may have ended already")
        await audit.append(session, entry(house, who, "account.sessions", username, "one ended by an administrator"))
