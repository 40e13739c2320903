"""Two thin layers around the whole application: security headers on every content, and a bound on every body."""

from __future__ import annotations

from fnmatch import fnmatchcase

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import TooLarge
from api.problems import answer_for

_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=(self)",
}
# A year in which a browser that was here once asks this name by HTTPS alone.
_STRICT = "max-age=31536000"


class SecurityHeaders:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            # A 304 has no content to protect, a browser keeps the headers of what it has, and a page is polled all day.
            if message["type"] == "http.response.start" and message["status"] != 304:
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", _STRICT)
            await send(message)

        await self._app(scope, receive, sending)


class BodyLimit:
    """Refuses bodies over `most_bytes`, announced or not, with 413. `larger` gives some paths a bound of their own;
    a ``*`` in it stands for anything."""

    def __init__(self, app: ASGIApp, most_bytes: int, larger: dict[str, int]) -> None:
        self._app, self._most_bytes, self._larger = app, most_bytes, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most_for(scope["path"])
        error = TooLarge(f"this route takes at most {most} bytes; send less at a time")
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > most:
            await answer_for(error, scope["path"])(scope, receive, send)
            return
        taken = 0

        async def receiving() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                # The framework turns any other error that breaks off a body into a 400.
                raise HTTPException(error.status, error.detail)
            return message

        await self._app(scope, receiving, send)

    def _most_for(self, path: str) -> int:
        return next((most for pattern, most in self._larger.items() if fnmatchcase(path, pattern)), self._most_bytes)
