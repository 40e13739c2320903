"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.auth.principal import COOKIE, may, same_origin
from api.auth.roles import Role
from api.auth.schemas import SignedIn, SignInRequest, User
from api.auth.service import Principal
from api.errors import NotAllowed
from api.house import House, house_of
from api.problems import responses

router = APIRouter(prefix="/session", tags=["session"])


@router.post("", responses=responses(401, 403, 422, 429))
async def sign_in(
    request: Request, response: Response, given: SignInRequest, house: Annotated[House, Depends(house_of)]
) -> SignedIn:
    """Start a session. Anybody may try; failures are counted."""
    if not same_origin(request):
        raise NotAllowed("this came from another site's page; sign in on Sanxun's own")
    address = request.client.host if request.client else "unknown"
    who, secret = await house.auth.sign_in(given.username, given.password, address)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=round(house.settings.session_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return SignedIn(user=User.of(who))


@router.get("", responses=responses(401))
async def who_am_i(who: Annotated[Principal, may(*Role)]) -> User:
    return User.of(who)


@router.delete("", status_code=204)
async def sign_out(request: Request, response: Response, house: Annotated[House, Depends(house_of)]) -> None:
    """End this browser's session; without one, nothing is done."""
    if not same_origin(request):
        raise NotAllowed("this came from another site's page; sign out on Sanxun's own")
    if secret := request.cookies.get(COOKIE):
        await house.auth.sign_out(secret)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
