"""A thin layer that times every request."""

from __future__ import annotations

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.house import House

_NO_ROUTE = "(files)"


class RequestTimes:
    """Counts what was asked and how long it was until the answer began: a wall's stream goes on for hours. Sockets are
    left out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s = perf_counter()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _count(scope, message["status"], perf_counter() - began_s)
            await send(message)

        await self._app(scope, receive, sending)


def _count(scope: Scope, status: int, seconds: float) -> None:
    house = getattr(scope["app"].state, "house", None)
    if isinstance(house, House):
        # A route's name is its operationId; its path here lacks the prefix that it was included under.
        name = getattr(scope.get("route"), "name", _NO_ROUTE)
        house.metrics.request(scope["method"], name, status, seconds)
