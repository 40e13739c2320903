"""What a channel is given to send, and how a channel says that it could not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import httpx


@dataclass(frozen=True, slots=True)
class Message:
    """`delivery_id` stays the same when it is sent again; `url` leads to the ticket, "" where no address is set.

    `phones` are those of the recipients, for channels that can call upon them in a group.
    """

    delivery_id: str
    topic: str
    at: datetime
    title: str
    text: str
    url: str
    body: dict[str, Any]
    address: str = ""
    phones: tuple[str, ...] = ()


class Channel(Protocol):
    async def send(self, message: Message, sent_at: datetime) -> None:
        """Deliver. Raises `Refused` where trying again is of no use, `Unreachable` where it may be."""
        ...


class Undelivered(Exception):
    """What a person reads of it, without addresses or secrets."""


class Refused(Undelivered):
    """The other side will not take this message, now or later."""


class Unreachable(Undelivered):
    """It may work later; `after_s` is when the other side asked for, if it did."""

    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.after_s = after_s


TIMEOUT_S = 10.0


async def post(url: str, *, method: str = "POST", **request: Any) -> httpx.Response:
    """A request that ends in an answer of 2xx, or in one of the two errors. Redirects are not followed: what is sent
    is for whom the settings name."""
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False) as client:
            answer = await client.request(method, url, **request)
    except httpx.TransportError as error:
        # The error's own text may hold the address, and with it a key.
        raise Unreachable(f"no answer: {type(error).__name__}") from None
    if answer.is_success:
        return answer
    if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
        raise Unreachable(f"answered {answer.status_code}", _retry_after_s(answer))
    raise Refused(f"answered {answer.status_code}; look at the channel's address and secret")


def _retry_after_s(answer: httpx.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), 3600.0) if text.isdecimal() else None


def verdict(answer: httpx.Response, field: str, busy: frozenset[int]) -> None:
    """For services that answer 200 whatever became of it: `field` is 0 where it went well; `busy`: try again later."""
    try:
        code = int(answer.json()[field])
    except (ValueError, KeyError, TypeError):
        raise Refused(f"answered 200 without a number in {field!r}: is this the right address?") from None
    if code in busy:
        raise Unreachable(f"answered {field} {code}: it is busy, or gets too many messages at once", 60)
    if code:
        raise Refused(f"answered {field} {code}: {str(answer.json().get('errmsg') or answer.json().get('msg'))[:200]}")


def shortened(text: str, most_bytes: int) -> str:
    """The text cut between characters so that its UTF-8 fits, with an ellipsis."""
    raw = text.encode()
    if len(raw) <= most_bytes:
        return text
    return raw[: most_bytes - 3].decode(errors="ignore") + "…"
