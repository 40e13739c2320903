"""Tickets with the lives that a test gives them, written into a data folder."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from api.db.base import Base
from api.hazards.models import HazardRow, HazardState
from api.house import offline
from api.tickets.models import TicketRow, TicketStep
from api.tickets.states import Command, TicketState

ZONE = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    """``17 09:30``: that day of November 2026 in Shanghai."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZONE)


def hazard(name: str, grid: str | None, kind: str, raised: datetime) -> HazardRow:
    return HazardRow(
        id=name,
        kind=kind,
        camera="cam-1",
        zone="aisle",
        grid=grid,
        state=HazardState.OPEN,
        raised_at=raised,
        began_at=raised,
        cleared_at=None,
        xyxy=[0, 0, 10, 10],
        source_wh=[960, 540],
        confidence=0.8,
        why={},
        evidence_id=None,
    )


def ticket(name: str, grid: str | None, created: str, **changes: Any) -> TicketRow:
    """Dispatched when it was created, with an hour to settle it; `closed` text closes it."""
    began = at(created)
    kind = changes.pop("kind", "illegal_parking")
    closed = changes.pop("closed", None)
    steps = changes.pop("steps", [])
    values: dict[str, Any] = {
        "id": name,
        "kind": kind,
        "hazard": hazard(f"h-{name}", grid, kind, began),
        "camera": "cam-1",
        "camera_name": "East gate",
        "zone": "aisle",
        "zone_name": "The aisle",
        "grid": grid,
        "lon": None,
        "lat": None,
        "state": TicketState.DISPATCHED.value,
        "created_at": began,
        "changed_at": began,
        "dispatched_at": began,
        "respond_by": began + timedelta(minutes=5),
        "rectify_by": began + timedelta(hours=1),
    }
    if closed:
        values |= {"state": TicketState.CLOSED.value, "closed_at": at(closed), "rectified_at": at(closed)}
    row = TicketRow(**(values | changes))
    for command, by in steps:
        step = TicketStep(at=began, by=by, command=command, from_state="working", to_state="verifying", note="")
        row.history.append(step)
    return row


def write(data: Path, rows: Iterable[Base]) -> None:
    async def run() -> None:
        async with offline(data) as database, database.writing() as session:
            session.add_all(rows)

    asyncio.run(run())


FALSE_ALARM = (Command.FALSE_ALARM.value, "ann")
SENT_BACK = (Command.RETURN.value, "centre")
