"""Quiet hours: what is not urgent waits until they are over."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def quiet_until(now: datetime, quiet: tuple[time, time] | None, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours that `now` lies in end; None outside them. From 22:00 to 07:00 runs over midnight."""
    if quiet is None or quiet[0] == quiet[1]:
        return None
    begin, end = quiet
    local = now.astimezone(zone)
    clock = local.time()
    inside = begin <= clock < end if begin < end else clock >= begin or clock < end
    if not inside:
        return None
    day = local.date() + timedelta(days=1 if begin > end and clock >= begin else 0)
    return datetime.combine(day, end, zone).astimezone(now.tzinfo)
