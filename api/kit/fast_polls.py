"""The thin layer that answers what `known_polls` knows, before any route is looked for."""

from __future__ import annotations

from dataclasses import replace
from http.cookies import SimpleCookie
from types import SimpleNamespace

from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.passwords import secret_hash
from api.auth.principal import COOKIE
from api.auth.service import SESSION_PREFIX
from api.house import House
from api.kit.etag import matches


def session_of(headers: Headers) -> str | None:
    """The hash of the session's secret that a request carries."""
    kind, _, secret = headers.get("authorization", "").partition(" ")
    if not kind:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        secret = morsel.value if morsel else ""
    elif kind.lower() != "bearer":
        return None
    return secret_hash(secret) if secret.startswith(SESSION_PREFIX) else None


def asked_of(scope: Scope) -> str:
    return f"{scope['path']}?{scope['query_string'].decode('latin-1')}"


class FastPolls:
    """Answers a poll that is known, unchanged or with its page made anew; everything else goes on."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        await (response or self._app)(scope, receive, send)

    async def _answer(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        given = headers.get("if-none-match")
        house = getattr(scope["app"].state, "house", None) if given else None
        if not isinstance(house, House):
            return None
        secret, asked = session_of(headers), asked_of(scope)
        known = house.polls.known(secret, asked) if secret else None
        if known is None or secret is None:
            return None
        state = await house.polls.state(secret, known.places)
        if state is None or not known.holds_for(state):
            return None
        scope["route"] = SimpleNamespace(name=known.route)  # for who counts requests by it
        if state == known.state and matches(given, known.tag):
            return Response(status_code=304, headers={**self._headers, "etag": known.tag})
        try:
            response = await known.anew()
        except (SQLAlchemyError, OSError):
            return None  # the ordinary way says what is wrong
        house.polls.remember(secret, asked, replace(known, tag=response.headers["etag"], state=state))
        return response
