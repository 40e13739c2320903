"""`Idempotency-Key` on POST, after draft-ietf-httpapi-idempotency-key-header-07 (a draft that has expired).

A request with a key is done once; sent again, it is answered as the first time. The transaction that does the work
also marks the key as done, so that after a crash in the middle a repeat knows which of the two it was: nothing
written (it is done now) or written and not answered (it is told so, and never done twice).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import CursorResult, delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.models import KeptAnswer
from api.auth.passwords import secret_hash
from api.auth.principal import COOKIE
from api.db.also import also
from api.errors import ApiError, BadRequest, Unprocessable, WrongState
from api.house import House
from api.problems import answer_for, problem_answer

HEADER = "Idempotency-Key"
_FORM = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')
_KEPT_FOR = timedelta(hours=24)
# A request that is still at it after so long has died with its server.
_LEASE = timedelta(seconds=60)
_MOST_KEPT_BYTES = 256 * 1024
# Whoever signs in gets a secret, and does so again without harm.
_LEFT_ALONE = "/api/v1/session"
# What anybody may send; elsewhere nobody gets past the door, and needs nothing kept.
_ANYBODYS = ("/api/v1/public/", "/open311/")
# These answer with a secret once: that it was done is kept, the answer is not.
_SECRETIVE = ("/api/v1/accounts", "/api/v1/tokens")
_KEPT_HEADERS = ("content-type", "etag", "location")
_BEGUN, _DONE = 0, 1
_FORGET_EVERY_S = 600.0
_NONCE_BYTES = 12


@dataclass(slots=True)
class _Claim:
    """A key that this request works under; `open` until its answer is known. `seal`: what its answer is enciphered with
    where that holds a secret: made of what the sender alone has, the request with its key, and kept nowhere."""

    caller: str
    key: str
    fingerprint: str
    at: datetime
    seal: AESGCM | None = None
    open: bool = True

    @property
    def things(self) -> tuple[str]:
        """What is locked while its row is looked at and written: others write beside it."""
        return (f"idempotency:{self.caller}:{self.key}",)

    async def mark(self, session: AsyncSession) -> None:
        """In the transaction of the work itself: done, and by nobody else meanwhile."""
        if not self.open:
            return
        mine = update(KeptAnswer).where(
            KeptAnswer.caller == self.caller,
            KeptAnswer.key == self.key,
            KeptAnswer.at == self.at,
            KeptAnswer.status.in_((_BEGUN, _DONE)),
        )
        result = await session.execute(mine.values(status=_DONE))
        if isinstance(result, CursorResult) and result.rowcount == 0:
            raise WrongState("another request with this Idempotency-Key has taken over; read what it did")


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
            answer = await _kept(scope, claim)
        except ApiError as error:
            await answer_for(error, scope["path"])(scope, receive, send)
            return
        except HTTPException as error:  # the body is over the limit
            refused = problem_answer(scope["path"], error.status_code, "too-large", "Too many bytes", error.detail, {})
            await refused(scope, receive, send)
            return
        if answer is not None:
            await _replay(answer, claim, send)
            return
        await self._work(claim, scope, body, receive, send)

    async def _forget(self, house: House) -> None:
        """What is over its time, now and then."""
        now_s = house.clock.monotonic()
        if now_s < self._forget_at_s:
            return
        self._forget_at_s = now_s + _FORGET_EVERY_S
        async with house.database.writing(on=("idempotency",)) as session:
            await session.execute(delete(KeptAnswer).where(KeptAnswer.at < house.clock.now() - _KEPT_FOR))

    async def _work(self, claim: _Claim, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
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


def _claim(scope: Scope, given: str, caller: str | None, body: bytes) -> _Claim:
    found = _FORM.fullmatch(given)
    if found is None:
        raise BadRequest(f"{HEADER} must be 1 to 255 visible ASCII characters, such as a UUID; got {given[:40]!r}")
    said = b"\0".join([scope["path"].encode(), scope["query_string"], body])
    fingerprint = hashlib.sha256(said).hexdigest()
    now = _house(scope).clock.now()
    if not scope["path"].startswith(_ANYBODYS):
        return _Claim(caller or f"anyone {fingerprint}", found[1], fingerprint, now)
    # Nobody's address is kept, and whoever shares one shares no answers: who sends the very same is the same. The
    # answer holds the resident's receipt: of the key its hash alone is kept, and the answer opens with the key alone.
    seal = AESGCM(hmac.digest(found[1].encode(), said, "sha256"))
    key = hashlib.sha256(found[1].encode()).hexdigest()
    return _Claim(caller or f"anyone {fingerprint}", key, fingerprint, now, seal)


async def _kept(scope: Scope, claim: _Claim) -> KeptAnswer | None:
    """The answer of before, or None where the work is this request's to do."""
    database = _house(scope).database
    try:
        async with database.writing(on=claim.things) as session:
            row = await session.get(KeptAnswer, (claim.caller, claim.key))
            if row is None or row.at < claim.at - _KEPT_FOR or _died(row, claim):
                await _begin(session, row, claim)
                return None
    except IntegrityError:  # another server was a moment faster
        async with database.reading() as session:
            row = await session.get(KeptAnswer, (claim.caller, claim.key))
    if row is not None and row.fingerprint != claim.fingerprint:
        raise Unprocessable(f"this {HEADER} was used for another request; give every new request a key of its own")
    if row is None or row.status == _BEGUN:
        raise WrongState("a request with this Idempotency-Key is being worked on; send it again in a moment")
    if row.status == _DONE:
        raise WrongState("this was done already, and its answer is not kept; read what it did", done=True)
    return row


def _died(row: KeptAnswer, claim: _Claim) -> bool:
    return row.status == _BEGUN and row.at < claim.at - _LEASE and row.fingerprint == claim.fingerprint


async def _begin(session: AsyncSession, row: KeptAnswer | None, claim: _Claim) -> None:
    if row is None:
        row = KeptAnswer(caller=claim.caller, key=claim.key)
        session.add(row)
    row.fingerprint, row.at, row.status, row.headers, row.body = claim.fingerprint, claim.at, _BEGUN, {}, b""
    await session.flush()


async def _settle(scope: Scope, claim: _Claim, answer: _Recorder) -> None:
    """Keep a good answer. What failed was not done and may be sent again; so may what answered with a file."""
    async with _house(scope).database.writing(on=claim.things) as session:
        row = await session.get(KeptAnswer, (claim.caller, claim.key))
        if row is None or row.at != claim.at:
            return
        good = 200 <= answer.status < 300
        if good and scope["path"].startswith(_SECRETIVE):
            row.status = _DONE
        elif good and answer.whole and answer.size <= _MOST_KEPT_BYTES and not _is_file(answer.headers):
            row.status, row.body = answer.status, _sealed(claim, answer.body)
            row.headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
        elif answer.status or row.status == _BEGUN:
            await session.delete(row)


def _is_file(headers: Headers) -> bool:
    kind = headers.get("content-type", "application/json")
    return "json" not in kind and "xml" not in kind


def _sealed(claim: _Claim, body: bytes) -> bytes:
    if claim.seal is None:
        return body
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + claim.seal.encrypt(nonce, body, None)


def _opened(claim: _Claim, kept: bytes) -> bytes:
    return kept if claim.seal is None else claim.seal.decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], None)


async def _replay(kept: KeptAnswer, claim: _Claim, send: Send) -> None:
    body = _opened(claim, kept.body)
    headers = {**kept.headers, "content-length": str(len(body)), "idempotent-replayed": "true"}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    if kept.status == 204:
        raw = [pair for pair in raw if pair[0] != b"content-length"]
    await send({"type": "http.response.start", "status": kept.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
