"""The thin layer that answers what `known_polls` knows, before any route is looked for."""

from __future__ import annotations

from http.cookies import SimpleCookie
from types import SimpleNamespace

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.passwords import secret_hash
from api.auth.principal import COOKIE
from api.auth.service import SESSION_PREFIX
from api.house import House
from api.kit.etag import matches
from api.kit.known_polls import Known


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
    """Answers a known poll that is unchanged; everything else goes on."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = await self._unchanged(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if known is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = SimpleNamespace(name=known.route)  # for who counts requests by it
        headers = [*self._headers, (b"etag", known.tag.encode())]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _unchanged(self, scope: Scope) -> Known | None:
        headers = Headers(scope=scope)
        given = headers.get("if-none-match")
        house = getattr(scope["app"].state, "house", None) if given else None
        if not isinstance(house, House):
            return None
        secret = session_of(headers)
        known = house.polls.known(secret, asked_of(scope)) if secret else None
        if known is None or secret is None or not matches(given, known.tag):
            return None
        return known if await house.polls.state(secret, known.places) == known.state else None
