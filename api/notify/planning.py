"""From a notice to its deliveries: which channels, to whom, from when on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from api.notify import repository
from api.notify.models import DeliveryRow, DeliveryState, NoticeRow
from api.notify.quiet import quiet_until
from api.notify.settings import ChannelSpec


def hears(channel: ChannelSpec, notice: NoticeRow, path: Sequence[str]) -> bool:
    """Whether a channel is for this notice. `path`: the notice's unit and all above it."""
    if channel.topics and notice.topic not in channel.topics:
        return False
    return not channel.units or any(unit in channel.units for unit in path)


async def plan(
    session: AsyncSession,
    notice: NoticeRow,
    channels: Sequence[ChannelSpec],
    path: Sequence[str],
    zone: ZoneInfo,
    now: datetime,
) -> list[DeliveryRow]:
    """The deliveries of a notice, added to the session. Who has no address for a channel is not reached by it."""
    made = []
    for channel in channels:
        if not hears(channel, notice, path):
            continue
        addresses = [""]
        if channel.reaches is not None:
            found = await repository.contacts(session, notice.recipients, channel.reaches)
            addresses = sorted(set(found.values()))
        due_at = _due(channel, notice, zone, now)
        made += [_delivery(notice, channel.id, address, due_at) for address in addresses]
    session.add_all(made)
    notice.planned_at = now
    return made


def _due(channel: ChannelSpec, notice: NoticeRow, zone: ZoneInfo, now: datetime) -> datetime:
    if notice.topic in channel.urgent:
        return now
    return quiet_until(now, channel.quiet, zone) or now


def _delivery(notice: NoticeRow, channel: str, address: str, due_at: datetime) -> DeliveryRow:
    return DeliveryRow(
        notice_seq=notice.seq,
        channel=channel,
        address=address,
        state=DeliveryState.WAITING.value,
        attempts=0,
        due_at=due_at,
        lease_until=None,
        last_error="",
        done_at=None,
    )
