"""The dependency by which a route says who may call it: ``who: Annotated[Principal, may(Role.WORKER)]``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from api.auth.roles import Role, refuse_units
from api.auth.scopes import require_scope
from api.auth.service import Principal
from api.errors import NotAllowed, NotSignedIn
from api.house import House, house_of

COOKIE = "sanxun_session"
_ENROLMENT = "/api/v1/session"
_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", description="A token of `sanxun token create`.")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="cookie", description="Set by signing in.")


# The doors that `may` made, for the table of rights.
_DOORS: dict[Callable[..., Any], tuple[Role, ...]] = {}


def same_origin(connection: HTTPConnection) -> bool:
    """False where a browser says that another site's page sent this."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == connection.headers.get("host")


def require_admissible(who: Principal) -> None:
    """Raises `NotAllowed` for who needs a second factor first; for who was given units, before that was refused, with a
    role that reaches the whole town in spite of them."""
    try:
        refuse_units(who.role, who.grids)
    except ValueError as error:
        way = "make the token anew without" if who.session_id is None else "let an administrator take them away"
        raise NotAllowed(f"{error}; {way}") from None
    if who.must_enrol:
        raise NotAllowed(f"enrol a second factor first: {who.role} needs one here", enrol=True)


async def recognised(
    request: Request,
    house: Annotated[House, Depends(house_of)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> Principal:
    """Raises `NotSignedIn` for nobody; `NotAllowed` for another site's page that uses the visitor's cookie."""
    who = await house.auth.recognise(bearer.credentials if bearer else None, cookie)
    if who is None:
        raise NotSignedIn
    route = request.scope.get("route")
    require_scope(who.scopes, getattr(route, "tags", ()), request.method)
    if not request.url.path.startswith(_ENROLMENT):
        require_admissible(who)
    if bearer is None and request.method not in ("GET", "HEAD") and not same_origin(request):
        raise NotAllowed("this came from another site's page; send it from Sanxun's own")
    return who


def may(*roles: Role) -> Any:
    """A dependency that gives the caller, and refuses whoever has none of `roles`."""

    async def allowed(who: Annotated[Principal, Depends(recognised)]) -> Principal:
        if who.role not in roles:
            wanted = ", ".join(roles)
            told = f"this is for {wanted}; you are signed in as {who.username} ({who.role})"
            raise NotAllowed(told, roles=[role.value for role in roles])
        return who

    dependency: Callable[..., Awaitable[Principal]] = allowed
    _DOORS[dependency] = roles
    return Depends(dependency)


def roles_of(dependant: Dependant) -> tuple[Role, ...] | None:
    """The roles that a route lets in: None where it asks nobody who they are."""
    found = _DOORS.get(dependant.call) if dependant.call else None
    for inner in dependant.dependencies:
        theirs = roles_of(inner)
        if theirs is not None:
            found = theirs if found is None else tuple(role for role in found if role in theirs)
    return found
