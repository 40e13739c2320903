"""`Idempotency-Key` on POST, after draft-ietf-httpapi-idempotency-key-header-07 (a draft that has expired).

A request with a key is done once; sent again, it is answered as the first time. The transaction that does the work
also marks the key as done, so that after a crash in the middle a repeat knows which of the two it was: nothing
written (it is done now) or written and not answered (it is told so, and never done twice).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.passwords import secret_hash
from api.auth.principal import COOKIE
from api.db.also import also
from api.errors import ApiError, BadRequest
from api.house import House
from api.kit.claims import HEADER, Answer, Claim, forget
from api.problems import answer_for, problem_answer

_MOST_KEPT_BYTES = 256 * 1024
# Whoever signs in gets a secret, and does so again without harm.
_LEFT_ALONE = "/api/v1/session"
# What anybody may send; elsewhere nobody gets past the door, and needs nothing kept.
_ANYBODYS = ("/api/v1/public/", "/open311/")
# These answer with a secret once: that it was done is kept, the answer is not.
_SECRETIVE = ("/api/v1/accounts", "/api/v1/tokens")
_KEPT_HEADERS = ("content-type", "etag", "location")
_FORGET_EVERY_S = 600.0


class Idempotency:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._forget_at_s = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = Headers(scope=scope).get(HEADER) if scope["type"] == "http" and scope["method"] == "POST" else None
        if key is None or scope["path"].startswith(_LEFT_ALONE):
            await self._app(scope, receive, send)
            return
        caller = await _caller(scope)
        if caller is None and not scope["path"].startswith(_ANYBODYS):
            await self._app(scope, receive, send)
            return
        try:
            body = await _whole(receive)
            claim = _claim(scope, key, caller, body)
            await self._forget(_house(scope))
            answer = await claim.begin(_house(scope).database)
        except ApiError as error:
            await answer_for(error, scope["path"])(scope, receive, send)
            return
        except HTTPException as error:  # the body is over the limit
            refused = problem_answer(scope["path"], error.status_code, "too-large", "Too many bytes", error.detail, {})
            await refused(scope, receive, send)
            return
        if answer is not None:
            await _replay(answer, send)
            return
        await self._work(claim, scope, body, receive, send)

    async def _forget(self, house: House) -> None:
        """What is over its time, now and then."""
        now_s = house.clock.monotonic()
        if now_s < self._forget_at_s:
            return
        self._forget_at_s = now_s + _FORGET_EVERY_S
        await forget(house.database, house.clock.now())

    async def _work(self, claim: Claim, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        async def settle() -> None:
            if claim.open:
                claim.open = False
                await _settle(scope, claim, answer)

        answer = _Recorder(send, settle)
        token = also.set(claim.mark)
        try:
            await self._app(scope, _again(body, receive), answer)
        finally:
            also.reset(token)
            await settle()


class _Recorder:
    """Sends on, and keeps what was sent while it is small. The end goes out once `settle()` has kept it: whoever has
    the answer, or has lost it on the way, may ask again at once."""

    def __init__(self, send: Send, settle: Callable[[], Awaitable[None]]) -> None:
        self._send, self._settle, self.status, self.headers = send, settle, 0, Headers()
        self._parts: list[bytes] = []
        self.size = 0
        self.whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], Headers(raw=message["headers"])
        elif message["type"] == "http.response.body":
            part = message.get("body", b"")
            self.size += len(part)
            if self.size <= _MOST_KEPT_BYTES:
                self._parts.append(part)
            self.whole = not message.get("more_body", False)
        try:
            if self.whole:
                await self._settle()
        finally:
            await self._send(message)

    @property
    def body(self) -> bytes:
        return b"".join(self._parts)


async def _whole(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("the body broke off")
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return waiting.pop() if waiting else await receive()

    return receiving


def _house(scope: Scope) -> House:
    house = scope["app"].state.house
    assert isinstance(house, House)
    return house


async def _caller(scope: Scope) -> str | None:
    """Whose keys are told apart. A token by its secret: several may have one name."""
    connection = HTTPConnection(scope)
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    bearer = secret.strip() if scheme.lower() == "bearer" else None
    who = await _house(scope).auth.recognise(bearer, connection.cookies.get(COOKIE))
    if who is None:
        return None
    return who.username if who.account_id is not None else f"token {secret_hash(bearer or '')}"


def _claim(scope: Scope, given: str, caller: str | None, body: bytes) -> Claim:
    said = b"\0".join([scope["path"].encode(), scope["query_string"], body])
    private = scope["path"].startswith(_ANYBODYS)
    return Claim.of(given, caller, said, _house(scope).clock.now(), private=private)


async def _settle(scope: Scope, claim: Claim, answer: _Recorder) -> None:
    """Keep a good answer. What failed was not done and may be sent again; so may what answered with a file."""
    database = _house(scope).database
    good = 200 <= answer.status < 300
    if good and scope["path"].startswith(_SECRETIVE):
        await claim.keep(database, None)
    elif good and answer.whole and answer.size <= _MOST_KEPT_BYTES and not _is_file(answer.headers):
        headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        await claim.keep(database, Answer(answer.status, headers, answer.body))
    else:
        await claim.drop(database, only_begun=not answer.status)


def _is_file(headers: Headers) -> bool:
    kind = headers.get("content-type", "application/json")
    return "json" not in kind and "xml" not in kind


async def _replay(kept: Answer, send: Send) -> None:
    headers = {**kept.headers, "content-length": str(len(kept.body)), "idempotent-replayed": "true"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    if kept.status == 204:
        raw = [pair for pair in raw if pair[0] != b"content-length"]
    await send({"type": "http.response.start", "status": kept.status, "headers": raw})
    await send({"type": "http.response.body", "body": kept.body})
