"""Service tokens, as an administrator sees, makes and revokes them. Every change is in the audit trail."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from api.audit import repository as audit
from api.auth import repository
from api.auth.account_schemas import NewToken, TokenMade, TokenOut, Tokens
from api.auth.accounts_router import Administrator, Reader
from api.auth.models import ServiceToken
from api.auth.passwords import secret_hash
from api.auth.router import HouseIn, entry
from api.auth.scopes import parse_scopes
from api.auth.service import check_units, create_token
from api.errors import NotAllowed, NotFound, Unprocessable
from api.kit.cursor import decode_cursor, encode_cursor
from api.problems import responses

router = APIRouter(prefix="/tokens", tags=["tokens"])


@router.get("", responses=responses(400, 401, 403, 422))
async def list_tokens(
    who: Reader,
    house: HouseIn,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
) -> Tokens:
    """All that were ever made, without their secrets, the newest first. An auditor of some units: those of them."""
    async with house.database.reading() as session:
        rows = await repository.tokens(session, who.scope, decode_cursor(cursor), limit + 1)
    following = encode_cursor(rows[limit - 1].id) if len(rows) > limit else None
    return Tokens(items=[TokenOut.of(row) for row in rows[:limit]], next=following)


@router.post("", status_code=201, responses=responses(401, 403, 422))
async def create_service_token(request: Request, given: NewToken, who: Administrator, house: HouseIn) -> TokenMade:
    """A new bearer token, shown this once."""
    from api.openapi import scopes_of  # it looks at every router, this one too

    try:
        # The first to ask waits for the whole document to be made; nobody else waits with them.
        known = await asyncio.to_thread(scopes_of, request.app) if given.scopes else None
        scopes = parse_scopes(given.scopes, known)
    except ValueError as error:
        raise Unprocessable(str(error)) from None
    if who.scopes and not (scopes and who.scopes.issuperset(scopes)):
        raise NotAllowed(f"your own token has the scopes {', '.join(sorted(who.scopes))}: name some of these")
    async with house.database.writing() as session:
        try:
            await check_units(session, given.grids)
            secret = await create_token(
                session,
                house.clock,
                given.role,
                name=given.name,
                grids=given.grids,
                scopes=scopes,
                days=given.days,
                department=given.department,
            )
        except ValueError as error:
            raise Unprocessable(str(error)) from None
        row = await repository.token(session, secret_hash(secret), house.clock.now())
        assert row is not None
        told = f"{given.role}; {' '.join(scopes) or 'all scopes'}; units {', '.join(given.grids) or 'none named'}"
        await audit.append(session, entry(house, who, "token.create", given.name, told))
    return TokenMade(token=TokenOut.of(row), secret=secret)


@router.delete("/{token_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def revoke_token(token_id: Annotated[int, Path(ge=1, lt=2**31)], who: Administrator, house: HouseIn) -> None:
    """It stops working within 5 s. Again: nothing more happens."""
    async with house.database.writing() as session:
        row = await session.get(ServiceToken, token_id)
        if row is None:
            raise NotFound(f"there is no token {token_id}")
        if row.revoked_at is None:
            row.revoked_at = house.clock.now()
            await audit.append(session, entry(house, who, "token.revoke", row.name, "by an administrator"))
