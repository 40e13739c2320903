"""What some events refer to, read with one statement a kind for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.events import repository
from api.events.schemas import AnyEventIn, EventIn
from api.hazards import repository as hazards
from api.hazards.models import HazardRow
from api.site import repository as site
from api.site.models import CameraRow, ZoneRow
from vision.types import Change


@dataclass(frozen=True, slots=True)
class AtHand:
    """`known`: ids of events that have come; `hazards` by incident; `cleared_at`: their first all-clear, if any.
    Whoever takes an event in adds it here, for those after it. The rows of `cameras` and `zones` are what the
    session answers with while this is held."""

    known: set[str]
    hazards: dict[str, HazardRow]
    cleared_at: dict[str, datetime]
    cameras: Sequence[CameraRow]
    zones: Sequence[ZoneRow]

    def raises(self, event: EventIn) -> bool:
        """Whether taking it in makes a hazard."""
        return (
            event.event == Change.RAISED and event.event_id not in self.known and event.incident_id not in self.hazards
        )

    @classmethod
    async def of(cls, session: AsyncSession, events: Sequence[AnyEventIn]) -> AtHand:
        known = await repository.known(session, [event.event_id for event in events])
        fresh = [event for event in events if event.event_id not in known]
        incidents = sorted({event.incident_id for event in fresh if isinstance(event, EventIn)})
        cameras = sorted({event.camera for event in fresh})
        return cls(
            known,
            await hazards.by_ids(session, incidents) if incidents else {},
            await repository.first_clearings(session, incidents) if incidents else {},
            await site.cameras_named(session, cameras) if cameras else [],
            await site.zones_of(session, cameras) if cameras else [],
        )
