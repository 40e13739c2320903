"""Taking in what workers say of a camera's troubles, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.troubles import repository
from api.troubles.models import CameraTroubleRow
from api.troubles.schemas import CameraChangeIn
from streams.delivery.camera_events import TroubleChange


async def take_change(session: AsyncSession, change: CameraChangeIn, sent_by: str, now: datetime) -> bool:
    """Store it; False where it had come before. An end that overtakes its beginning is kept until that comes."""
    row = await repository.find(session, change.trouble_id)
    if row is None:
        row = _begun(change, sent_by, now)
        session.add(row)
    began = change.change is TroubleChange.BEGAN
    if (row.began_event_id if began else row.ended_event_id) is not None:
        return False
    if began:
        row.began_event_id, row.told_at, row.since = change.event_id, change.at, change.since
        row.why, row.detail = dict(change.why), change.detail
    else:
        row.ended_event_id, row.ended_at = change.event_id, change.at
    await session.flush()
    return True


def _begun(change: CameraChangeIn, sent_by: str, now: datetime) -> CameraTroubleRow:
    return CameraTroubleRow(
        id=change.trouble_id,
        camera=change.camera,
        trouble=change.trouble.value,
        since=change.since,
        told_at=None,
        ended_at=None,
        why=dict(change.why),
        detail=change.detail,
        began_event_id=None,
        ended_event_id=None,
        sent_by=sent_by,
        received_at=now,
    )
