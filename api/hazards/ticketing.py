"""What happens to tickets when hazards arrive, merge, come apart or are looked at again: the one place that calls the
rules of tickets for hazards."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from api.hazards import carrying
from api.hazards.carrying import Figures
from api.hazards.kinds import WATCHING, Source
from api.hazards.models import HazardRow, HazardState
from api.site import repository as site
from api.tickets import chain, opening, service
from api.tickets import repository as tickets
from api.tickets.assign import Spot
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.tickets.opening import Opening
from api.tickets.states import ENDED, Command, TicketState


def has_ended(ticket: TicketRow) -> bool:
    return TicketState(ticket.state) in ENDED


async def of_head(session: AsyncSession, head_id: str) -> TicketRow | None:
    return await tickets.of_hazard(session, head_id)


async def open_for(
    desk: Desk,
    hazard: HazardRow,
    *,
    recurrence_of: str | None = None,
    waits: bool = False,
    note: str = "",
    place_name: str = "",
) -> TicketRow:
    """A ticket for a head, on its way to whoever is to answer it. `waits`: the command centre looks at it first."""
    camera = await site.camera(desk.session, hazard.camera) if hazard.camera else None
    zone = await site.zone(desk.session, hazard.camera, hazard.zone) if hazard.camera else None
    # A fixed camera's own point stands for what it sees: its grid is the one that people gave it.
    coarse = hazard.source in WATCHING and not (zone and zone.settings.get("lon") is not None)
    return await opening.open_ticket(
        desk,
        Opening(
            hazard,
            spot=Spot(
                lon=hazard.lon,
                lat=hazard.lat,
                radius_m=0.0 if coarse else hazard.uncertainty_m or 0.0,
                grid=hazard.grid if coarse else None,
                nowhere=_nowhere(hazard, camera is not None),
            ),
            camera_name=camera.name if camera else "",
            zone_name=zone.name if zone else place_name,
            source=Source(hazard.source),
            note=note or ("" if hazard.camera else "reported"),
            recurrence_of=recurrence_of,
            waits=waits,
        ),
    )


def _nowhere(hazard: HazardRow, has_camera: bool) -> str:
    if hazard.source not in WATCHING:
        return "nobody said where it is"
    return "the camera has no lon and lat" if has_camera else "the camera is not in the site any more"


def say(desk: Desk, ticket: TicketRow, words: str) -> None:
    """The system's own remark in its history: whoever holds it sees that something was added."""
    service.note_down(ticket, Command.MERGE, service.SYSTEM, desk.now, words)


async def followed(desk: Desk, head: HazardRow) -> None:
    """The head's state has changed: its ticket hears of it."""
    ticket = await of_head(desk.session, head.id)
    if ticket is None or has_ended(ticket):
        return
    if head.state == HazardState.CLEARED:
        service.camera_cleared(ticket, desk.now)
    else:
        say(desk, ticket, "seen there again")


async def merged(desk: Desk, row: HazardRow, head: HazardRow, by: str, why: dict[str, float | str]) -> Figures:
    """A sighting more: the head's ticket tells of it, and the sighting's own, where it has one, is merged. Returns what
    the head's ticket took over, for `apart`."""
    words = in_words(why)
    mine, into = await of_head(desk.session, row.id), await of_head(desk.session, head.id)
    if into is not None:
        service.note_down(into, Command.MERGE, by, desk.now, f"also seen by {origin(row)}: {words}")
    if mine is not None and into is not None and not has_ended(mine):
        if mine.state != TicketState.RECEIVED:
            await make_a_case(desk, into, f"#{mine.number} was one")
        taken = {} if has_ended(into) else await carrying.carry(desk, mine, into, by)
        chain.merge(desk, mine, into, by, f"merged into #{into.number}: {words}")
        return taken
    return {}


async def make_a_case(desk: Desk, ticket: TicketRow, why: str) -> None:
    """A report that waits for the command centre's look goes on without it, where a machine or a worker saw it too."""
    if ticket.state == TicketState.RECEIVED:
        await opening.register(desk, ticket, note=why)


async def apart(desk: Desk, row: HazardRow, head: HazardRow, by: str, why: str, figures: Figures) -> None:
    """A merge was taken back: the sighting has its ticket again, or one for the first time. `figures`: the merge's."""
    mine, other = await of_head(desk.session, row.id), await of_head(desk.session, head.id)
    if other is not None and not has_ended(other):
        service.note_down(other, Command.UNMERGE, by, desk.now, f"taken apart from {origin(row)}: {why}")
    if mine is None and row.state == HazardState.OPEN and row.muted_by is None:
        number = other.number if other else "-"
        await open_for(desk, row, note=f"taken apart from #{number} by {by}: {why}")
    elif mine is not None and mine.state == TicketState.MERGED:
        await carrying.bring_back(desk, mine, other, by, why, figures)
        if row.state == HazardState.CLEARED and not has_ended(mine):
            service.camera_cleared(mine, desk.now)


def origin(row: HazardRow) -> str:
    """A sighting's source in words: ``camera cam-1``, ``a report``."""
    return f"{row.source} {row.camera}" if row.camera else "a report"


def in_words(why: dict[str, float | str]) -> str:
    """A merge's figures in one sentence."""
    parts = [str(why.get("rule", "")), str(why.get("reason", ""))]
    if "distance_m" in why:
        allowed = f", {why['radius_m']:g} m allowed" if "radius_m" in why else ""
        parts.append(f"{why['distance_m']:g} m apart{allowed}")
    if why.get("minutes_apart"):
        parts.append(f"{why['minutes_apart']:g} min apart")
    if "iou" in why:
        parts.append(f"boxes overlap by {why['iou']:g}")
    return "; ".join(part for part in parts if part)
