"""The two addresses of signing in elsewhere, which browsers visit: there, and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.auth.router import SIGN_IN_ELSEWHERE, HouseIn, address_of, set_cookie
from api.errors import ApiError, NotAllowed, NotSignedIn
from api.house import House
from api.kit.known_query import any_query
from api.problems import responses

router = APIRouter(prefix="/session/elsewhere", tags=["session"])
_BROWSER = "sanxun_elsewhere"
_CALLBACK = f"{SIGN_IN_ELSEWHERE}/callback"
# The session's cookie is not sent on a way that began at another site. A page of ours that goes on by itself begins
# a way of our own.
_ARRIVED = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><a href="/">Sanxun</a>'


def _back(request: Request, house: House) -> str:
    base = house.settings.public_url or str(request.base_url)
    return base.rstrip("/") + _CALLBACK


def _refused(request: Request, error: ApiError) -> Response:
    """For a person a page that says so; a program gets the problem."""
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    answer = RedirectResponse(f"/?signin={error.slug}", 303)
    answer.delete_cookie(_BROWSER, path=SIGN_IN_ELSEWHERE)
    return answer


@router.get("", status_code=303, response_class=RedirectResponse, responses=responses(404, 429, 503))
async def sign_in_elsewhere(request: Request, house: HouseIn) -> Response:
    """Send the visitor to the town's identity provider."""
    try:
        sent = await house.elsewhere.send(_back(request, house), address_of(request))
    except ApiError as error:
        return _refused(request, error)
    answer = RedirectResponse(sent.address, 303, headers={"Cache-Control": "no-store"})
    secure = request.url.scheme == "https"
    # Lax: it must come along when the provider sends the visitor back.
    answer.set_cookie(
        _BROWSER, sent.browser, max_age=600, path=SIGN_IN_ELSEWHERE, httponly=True, samesite="lax", secure=secure
    )
    return answer


@router.get("/callback", response_class=HTMLResponse, responses=responses(401, 403, 404, 422, 429, 503))
@any_query  # a provider may add parameters of its own, which RFC 6749 (4.1.2) has us pass over
async def come_back_from_elsewhere(
    request: Request,
    house: HouseIn,
    state: Annotated[str, Query(max_length=200)],
    code: Annotated[str, Query(max_length=4096)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """Where the provider sends the visitor back to, with a code or an error."""
    agent = request.headers.get("user-agent", "")
    try:
        if error or not code:
            raise NotAllowed(f"the identity provider did not let you in: {error or 'no code'}")
        if iss is not None and iss != house.settings.oidc_issuer:  # RFC 9207: another provider's answer
            raise NotSignedIn("this answer is from another identity provider")
        browser = request.cookies.get(_BROWSER, "")
        visitor = address_of(request)
        secret = await house.elsewhere.come_back(state, code, browser, _back(request, house), agent, visitor)
    except ApiError as fault:
        return _refused(request, fault)
    answer = HTMLResponse(_ARRIVED, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(_BROWSER, path=SIGN_IN_ELSEWHERE)
    set_cookie(request, answer, house, secret)
    return answer
