"""What an `Idempotency-Key` claims, and the answer kept under it.

A claim is a row: begun, done without its answer, or done with it. A request that has been at it for longer than a
minute has died with its server; its key may be claimed again by the very same request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import CursorResult, delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.models import KeptAnswer
from api.db.engine import Database
from api.errors import BadRequest, Unprocessable, WrongState

HEADER = "Idempotency-Key"
_FORM = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')
_KEPT_FOR = timedelta(hours=24)
_LEASE = timedelta(seconds=60)
_BEGUN, _DONE = 0, 1
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """What is kept of an answer, or all but its status where that says enough."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Claim:
    """A key that a request works under; `open` until its answer is known. `seal`: what its answer is enciphered with
    where that holds a secret: made of what the sender alone has, the request with its key, and kept nowhere."""

    caller: str
    key: str
    fingerprint: str
    at: datetime
    seal: AESGCM | None = None
    open: bool = True

    @classmethod
    def of(cls, given: str, caller: str | None, said: bytes, at: datetime, *, private: bool) -> Claim:
        """From the header as `given` and what is `said` with it. `private`: the answer is for nobody but the sender,
        who is not known. Raises `BadRequest`."""
        found = _FORM.fullmatch(given)
        if found is None:
            raise BadRequest(f"{HEADER} must be 1 to 255 visible ASCII characters, such as a UUID; got {given[:40]!r}")
        fingerprint = hashlib.sha256(said).hexdigest()
        who = caller or f"anyone {fingerprint}"
        if not private:
            return cls(who, found[1], fingerprint, at)
        # Nobody's address is kept, and whoever shares one shares no answers: who sends the very same is the same. The
        # answer holds the resident's receipt: of the key its hash alone is kept, and it opens with the key alone.
        seal = AESGCM(hmac.digest(found[1].encode(), said, "sha256"))
        return cls(who, hashlib.sha256(found[1].encode()).hexdigest(), fingerprint, at, seal)

    @property
    def things(self) -> tuple[str]:
        """What is locked while its row is looked at and written: others write beside it."""
        return (f"idempotency:{self.caller}:{self.key}",)

    async def begin(self, database: Database) -> Answer | None:
        """The answer of before, or None where the work is this request's to do.

        Raises:
            Unprocessable: the key was used for another request.
            WrongState: it is being worked on, or it was done and its answer is not kept.
        """
        try:
            async with database.writing(on=self.things) as session:
                row = await self._row(session)
                if row is None or row.at < self.at - _KEPT_FOR or self._died(row):
                    await self._write_begun(session, row)
                    return None
        except IntegrityError:  # another server was a moment faster
            async with database.reading() as session:
                row = await self._row(session)
        if row is not None and row.fingerprint != self.fingerprint:
            raise Unprocessable(f"this {HEADER} was used for another request; give every new request a key of its own")
        if row is None or row.status == _BEGUN:
            told = "a request with this Idempotency-Key is being worked on; send it again in a moment"
            raise WrongState(told, underway=True)
        if row.status == _DONE:
            raise WrongState("this was done already, and its answer is not kept; read what it did", done=True)
        return Answer(row.status, row.headers, self._opened(row.body))

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
            told = "another request with this Idempotency-Key has taken over; read what it did"
            raise WrongState(told, underway=True)

    async def keep(self, database: Database, answer: Answer | None) -> None:
        """It was done; with its answer, or that it was done alone."""
        async with database.writing(on=self.things) as session:
            row = await self._mine(session)
            if row is None:
                return
            row.status = _DONE
            if answer is not None:
                row.status, row.headers, row.body = answer.status, dict(answer.headers), self._sealed(answer.body)

    async def drop(self, database: Database, *, only_begun: bool) -> None:
        """It may be sent again; with `only_begun` not where its work was written."""
        async with database.writing(on=self.things) as session:
            row = await self._mine(session)
            if row is not None and (row.status == _BEGUN or not only_begun):
                await session.delete(row)

    async def _row(self, session: AsyncSession) -> KeptAnswer | None:
        return await session.get(KeptAnswer, (self.caller, self.key))

    async def _mine(self, session: AsyncSession) -> KeptAnswer | None:
        row = await self._row(session)
        return row if row is not None and row.at == self.at else None

    def _died(self, row: KeptAnswer) -> bool:
        return row.status == _BEGUN and row.at < self.at - _LEASE and row.fingerprint == self.fingerprint

    async def _write_begun(self, session: AsyncSession, row: KeptAnswer | None) -> None:
        if row is None:
            row = KeptAnswer(caller=self.caller, key=self.key)
            session.add(row)
        row.fingerprint, row.at, row.status, row.headers, row.body = self.fingerprint, self.at, _BEGUN, {}, b""
        await session.flush()

    def _sealed(self, body: bytes) -> bytes:
        if self.seal is None:
            return body
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self.seal.encrypt(nonce, body, None)

    def _opened(self, kept: bytes) -> bytes:
        return kept if self.seal is None else self.seal.decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], None)


async def forget(database: Database, now: datetime) -> None:
    """What is over its time."""
    async with database.writing(on=("idempotency",)) as session:
        await session.execute(delete(KeptAnswer).where(KeptAnswer.at < now - _KEPT_FOR))
