"""A thin layer that times every request."""

from __future__ import annotations

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.house import House

_NO_ROUTE = "(files)"


class RequestTimes:
    """Counts what was asked and how long the answer took; sockets, which stay open for hours, are left out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # where the answer never begins
        began_s = perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            house = getattr(scope["app"].state, "house", None)
            if isinstance(house, House):
                # A route's name is its operationId; its path here lacks the prefix it was included under.
                name = getattr(scope.get("route"), "name", _NO_ROUTE)
                house.metrics.request(scope["method"], name, status, perf_counter() - began_s)
