"""The rules of mutes: which one covers a hazard, and what becomes of what it held back when it ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.hazards.kinds import PEOPLES
from api.hazards.models import HazardRow
from api.mutes import repository
from api.mutes.models import MuteRow
from api.town.index import Town


def kinds_of(mute: MuteRow) -> list[str]:
    return [kind for kind in mute.kinds.split(",") if kind]


async def mute_over(session: AsyncSession, town: Town, row: HazardRow, at: datetime) -> MuteRow | None:
    """The window that silences a hazard now; None where none does. A person's word is never silenced."""
    if row.source in PEOPLES:
        return None
    units = town.path(row.grid) or ((row.grid,) if row.grid else ())
    found = await repository.covering(session, row.camera, row.zone, units, at)
    return next((mute for mute in found if not mute.kinds or row.kind in kinds_of(mute)), None)


def holds(mute: MuteRow, at: datetime) -> bool:
    return mute.ended_at is None and mute.starts_at <= at < mute.ends_at
