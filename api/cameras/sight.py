"""Which cameras are live, for every server: the boards in memory know what was said to their own server alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.cameras.health import CameraReport, CameraState
from api.cameras.models import WorkerSightRow
from api.house import House

# Workers speak every 2 s. Not each word is written; what changes is, at once.
_WRITE_EVERY_S = 4.0
_FORGET = timedelta(days=1)


async def note_sight(house: House, worker: str, reports: Sequence[CameraReport]) -> None:
    """Write down which of a worker's cameras are live, where that is news or was written a while ago."""
    live = sorted(report.camera for report in reports if report.state is CameraState.LIVE)
    if not house.workers.sight_is_due(worker, live, _WRITE_EVERY_S):
        return
    now = house.clock.now()
    async with house.database.writing(on=(f"worker:{worker}",)) as session:
        row = await session.get(WorkerSightRow, worker)
        if row is None:
            session.add(WorkerSightRow(worker=worker, at=now, live=live))
            await session.execute(delete(WorkerSightRow).where(WorkerSightRow.at < now - _FORGET))
        else:
            row.at, row.live = now, live


async def seen_live(house: House, session: AsyncSession) -> set[str]:
    """The cameras that some worker has just said to see live, whichever server it said so to."""
    since: datetime = house.clock.now() - timedelta(seconds=house.settings.health_silence_s)
    rows = await session.scalars(select(WorkerSightRow.live).where(WorkerSightRow.at >= since))
    return {camera for live in rows for camera in live}
