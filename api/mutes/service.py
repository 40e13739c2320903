"""The rules of mutes: which one covers a hazard, and what becomes of what it held back when it ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from api.hazards.kinds import PEOPLES
from api.hazards.models import HazardRow
from api.mutes.models import MuteRow
from api.town.index import Town


def kinds_of(mute: MuteRow) -> list[str]:
    return [kind for kind in mute.kinds.split(",") if kind]


def mute_over(town: Town, row: HazardRow, live: Iterable[MuteRow]) -> MuteRow | None:
    """Which of the mutes that hold now, the longest first, silences a hazard; None where none does. A person's word is
    never silenced."""
    if row.source in PEOPLES:
        return None
    units = town.path(row.grid) or ((row.grid,) if row.grid else ())
    return next((mute for mute in live if _covers(mute, row, units)), None)


def _covers(mute: MuteRow, row: HazardRow, units: Collection[str]) -> bool:
    by_camera = bool(row.camera) and mute.camera == row.camera and mute.zone in (None, row.zone)
    by_kind = not mute.kinds or row.kind in kinds_of(mute)
    return by_kind and (by_camera or mute.unit in units)


def holds(mute: MuteRow, at: datetime) -> bool:
    return mute.ended_at is None and mute.starts_at <= at < mute.ends_at
