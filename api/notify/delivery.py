"""The round that delivers: plan what is new, take what is due on lease, send it, write down what became of it.

At least once: after a crash between sending and writing, it is sent again with the same id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from api.errors import Unprocessable
from api.house import House
from api.kit.scope import WHOLE_SITE
from api.notify import repository, words
from api.notify.channels.message import Message, Refused, Undelivered, Unreachable
from api.notify.models import DeliveryRow, DeliveryState, NoticeRow
from api.notify.planning import plan
from api.notify.settings import ChannelSpec
from api.site import repository as site

log = logging.getLogger("sanxun.notify")
# Its log lines hold whole addresses, and with them the keys of group robots.
logging.getLogger("httpx").setLevel(logging.WARNING)

MOST_ATTEMPTS = 12
# Whoever has taken a delivery sends it within its lease, or not at all: another server may send it after that.
LEASE = timedelta(seconds=90)
LONGEST_SEND = timedelta(seconds=30)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 3600.0
_AT_ONCE, _BATCH = 8, 64
_KEEP = timedelta(days=30)
LOCK = ("notices",)


class Change(Protocol):
    def __call__(self, row: DeliveryRow, *, now: datetime) -> None: ...


def pause_s(attempts: int) -> float:
    """How long after its nth attempt a delivery is tried again: 5 s, 10 s, 20 s … an hour."""
    return min(_FIRST_PAUSE_S * float(2 ** (attempts - 1)), _LONGEST_PAUSE_S)


async def deliver(house: House) -> None:
    """One round: everything that is new is planned, one batch of what is due is sent."""
    await _plan_new(house)
    begun_s = house.clock.monotonic()
    taken, notices, zone = await _take_due(house)
    if not taken:
        return
    gate = asyncio.Semaphore(_AT_ONCE)

    async def send(row: DeliveryRow) -> None:
        async with gate:
            if house.clock.monotonic() - begun_s > (LEASE - LONGEST_SEND).total_seconds():
                await _write(house, row, put_back)
                return
            failure = await _send(house, row, notices[row.notice_seq], zone)
        await _write(house, row, partial(note_result, failure=failure))

    await asyncio.gather(*(send(row) for row in taken))


async def _write(house: House, taken: DeliveryRow, change: Change) -> None:
    """At once, not with the whole batch: what was sent must not be sent again because another channel is slow."""
    async with house.database.writing(on=LOCK) as session:
        row = await repository.delivery(session, WHOLE_SITE, taken.id)
        if row is not None and row.state == DeliveryState.WAITING and row.lease_until == taken.lease_until:
            change(row, now=house.clock.now())


async def _plan_new(house: House) -> None:
    async with house.database.reading() as session:
        if not await repository.unplanned(session, 1):
            return
    async with house.database.writing(on=LOCK) as session:
        zone, now = ZoneInfo((await site.site_row(session)).timezone), house.clock.now()
        town = await house.town.now(session)
        for notice in await repository.unplanned(session, _BATCH):
            path = (*town.path(notice.unit), notice.unit) if notice.unit else ()
            await plan(session, notice, house.channels.specs, path, zone, now)
        await repository.forget_before(session, now - _KEEP)


async def _take_due(house: House) -> tuple[Sequence[DeliveryRow], Mapping[int, NoticeRow], ZoneInfo]:
    now = house.clock.now()
    async with house.database.reading() as session:
        zone = ZoneInfo((await site.site_row(session)).timezone)
        if not await repository.due(session, now, 1):
            return [], {}, zone
    async with house.database.writing(on=LOCK) as session:
        rows = await repository.due(session, now, _BATCH)
        for row in rows:
            row.lease_until = now + LEASE
            row.attempts += 1
        return rows, await repository.notices(session, [row.notice_seq for row in rows]), zone


async def _send(house: House, row: DeliveryRow, notice: NoticeRow, zone: ZoneInfo) -> Undelivered | None:
    found = house.channels.named(row.channel)
    if found is None:
        return Refused("notify.toml does not name this channel any more")
    spec, channel = found
    try:
        message = await _message(house, spec, row, notice, zone)
        async with asyncio.timeout(LONGEST_SEND.total_seconds()):
            await channel.send(message, house.clock.now())
    except Undelivered as failure:
        return failure
    except TimeoutError:
        return Unreachable(f"no end to it within {LONGEST_SEND.total_seconds():g} s")
    except Exception as error:
        log.exception("the channel %s failed", row.channel)
        return Unreachable(f"the channel itself failed: {type(error).__name__}")
    return None


async def _message(house: House, spec: ChannelSpec, row: DeliveryRow, notice: NoticeRow, zone: ZoneInfo) -> Message:
    delivery_id, url = f"sanxun-{row.notice_seq}-{row.id}", ticket_url(house.settings.public_url, notice.ticket_id)
    return Message(
        delivery_id=delivery_id,
        topic=notice.topic,
        at=notice.at,
        title=words.title(notice, spec.language),
        text=words.text(notice, spec.language, zone),
        url=url,
        body=words.body(notice, delivery_id, url, zone),
        address=row.address,
        phones=await _phones(house, spec, notice),
    )


async def _phones(house: House, spec: ChannelSpec, notice: NoticeRow) -> tuple[str, ...]:
    if not getattr(spec, "mention", False):
        return ()
    async with house.database.reading() as session:
        return tuple(sorted(set((await repository.contacts(session, notice.recipients, "phone")).values())))


def ticket_url(public_url: str | None, ticket_id: str | None) -> str:
    return f"{public_url}/phone#{ticket_id}" if public_url and ticket_id else (public_url or "")


def put_back(row: DeliveryRow, now: datetime) -> None:
    """It was never begun: no attempt, and due still."""
    row.lease_until, row.attempts = None, row.attempts - 1


def note_result(row: DeliveryRow, failure: Undelivered | None, now: datetime) -> None:
    """Write down what became of an attempt: sent, to be tried again, or dead."""
    row.lease_until = None
    if failure is None:
        row.state, row.last_error, row.done_at = DeliveryState.SENT.value, "", now
        return
    row.last_error = str(failure)[:500]
    if isinstance(failure, Refused) or row.attempts >= MOST_ATTEMPTS:
        row.state, row.done_at = DeliveryState.DEAD.value, now
        log.warning("a notice by %s is dead after %d attempts: %s", row.channel, row.attempts, row.last_error)
        return
    wanted_s = failure.after_s if isinstance(failure, Unreachable) else None
    row.due_at = now + timedelta(seconds=max(pause_s(row.attempts), wanted_s or 0))


def check_dead(row: DeliveryRow) -> None:
    """Raises `Unprocessable` for one that a person has nothing to decide on."""
    if row.state != DeliveryState.DEAD:
        raise Unprocessable(f"it is {row.state}; only a dead one is taken away, for it stays until a person decides")


def send_again(row: DeliveryRow, now: datetime) -> None:
    """Let a dead delivery be tried anew, at once; one that waits stays as it is. Raises `Unprocessable` if sent."""
    if row.state == DeliveryState.SENT:
        raise Unprocessable("it was delivered; sending it twice would only confuse")
    if row.state == DeliveryState.DEAD:
        row.state, row.attempts, row.due_at, row.done_at = DeliveryState.WAITING.value, 0, now, None
