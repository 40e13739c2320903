"""Reported false alarms for those who may see them; taken out only on record."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth.service import Principal
from api.evidence.models import Way
from api.evidence.views import add_views
from api.false_alarms import repository
from api.false_alarms.repository import Reported
from api.false_alarms.training_set import Alarm, write_zip
from api.house import House
from api.tickets.false_alarm import from_note
from streams.delivery.events import utc_text

EXPORTED = "false_alarms.exported"
MOST_AT_ONCE = 2000
_TRIES = 5


async def export(
    house: House, who: Principal, since: datetime | None, before_step: int | None, limit: int
) -> tuple[Path, int | None]:
    """A zip of them in a temporary file, which the caller removes, and the step from which the next goes on. It is
    written down before it is handed out."""
    async with house.database.reading() as session:
        rows = await repository.reported(session, who.scope, since, before_step, limit + 1)
    following = rows[limit - 1][0].id if len(rows) > limit else None
    alarms = [alarm for row in rows[:limit] if (alarm := _alarm(house, row)) is not None]
    with tempfile.NamedTemporaryFile(prefix="false-alarms-", suffix=".zip", delete=False) as file:
        path = Path(file.name)
    try:
        written = await asyncio.to_thread(write_zip, path, alarms)
        await _write_down(house, who, written, utc_text(since) if since else "the beginning")
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise
    return path, following


async def _write_down(house: House, who: Principal, written: Sequence[Alarm], since: str) -> None:
    """The export in the trail, and each of its pictures with those that were given singly."""
    what = f"{len(written)} pictures since {since}"
    entry = Entry(house.clock.now(), who.username, who.role.value, EXPORTED, "false-alarms", what)
    for attempt in range(_TRIES):
        try:
            async with house.database.writing() as session:
                await audit.append(session, entry)
                add_views(session, house, who, Way.EXPORT, [alarm.evidence_id for alarm in written])
            return
        except IntegrityError:  # another server added an entry at the same moment
            if attempt == _TRIES - 1:
                raise


def _alarm(house: House, row: Reported) -> Alarm | None:
    """None where the still is gone: its retention ended."""
    step, ticket, hazard, evidence = row
    if evidence is None or not (path := house.evidence.path_of(evidence.sha256)).is_file():
        return None
    wide, high = hazard.source_wh
    left, top, right, bottom = hazard.xyxy
    facts = {
        "ticket": ticket.number,
        "reported_at": utc_text(step.at),
        "hazard": hazard.kind,
        "camera": hazard.camera,
        "zone": hazard.zone,
        "raised_at": utc_text(hazard.raised_at),
        "confidence": hazard.confidence,
        "why": hazard.why,
    }
    relative = (left / wide, top / high, right / wide, bottom / high)
    return Alarm(f"ticket-{ticket.number}", evidence.id, path, relative, from_note(step.note), facts)
