"""Whose looks can close what a follow-up looks at.

What a drone found stands in the memory of the camera id that its video comes in as: from where it was seen, and how the
ground looked. Only looks of that camera are comparable, so only they close the ticket or send it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import Unprocessable
from api.hazards import repository
from api.hazards.kinds import Source
from api.hazards.models import HazardRow
from api.patrols.orders import FollowUpBody
from api.tickets.models import TicketRow
from drone.check.terms import Broken
from drone.visits import Spot

# Of tickets, by id: what drones found there, the oldest first; none where no drone did.
Eyes = Mapping[str, tuple[HazardRow, ...]]


async def eyes_of(session: AsyncSession, tickets: Sequence[TicketRow]) -> Eyes:
    members = await repository.sightings(session, [ticket.hazard_id for ticket in tickets])
    return {
        ticket.id: tuple(
            sorted(
                (row for row in (ticket.hazard, *members[ticket.hazard_id]) if row.source == Source.DRONE),
                key=lambda row: row.seq,
            )
        )
        for ticket in tickets
    }


def refuse_others(body: FollowUpBody, tickets: Sequence[TicketRow], eyes: Eyes) -> list[TicketRow]:
    """The tickets that `body.camera` can tell of, all where none is named.

    Raises:
        Unprocessable: one was asked for by its id, or none is left.
    """
    if body.camera is None:
        return list(tickets)
    if body.drones > 1:
        raise Unprocessable(
            f"camera {body.camera!r} is one drone's, and {body.drones} drones are asked for: plan for each drone's "
            "camera by itself, or for several drones without `camera`"
        )
    others = [one for one in tickets if eyes[one.id] and body.camera not in _cameras(eyes, [one.id])]
    if others and (body.tickets is not None or len(others) == len(tickets)):
        told = "; ".join(f"{one.number} by {_named(_cameras(eyes, [one.id]))}" for one in others[:5])
        raise Unprocessable(
            f"camera {body.camera!r} cannot tell of {len(others)} of these tickets, for another drone's camera raised "
            f"them and only its looks are comparable: {told}. Fly that drone, or look all the same without `camera`"
        )
    return [one for one in tickets if one not in others]


def cautions(
    spots: Iterable[Spot], beside: Mapping[str, Sequence[str]], eyes: Eyes, drones: int
) -> list[tuple[str, Broken]]:
    """Where tickets were raised by several drones' cameras no one flight closes all, and where several `drones` fly
    nobody knows which of them has which camera: each with its spot's name."""
    spots = list(spots)
    raised_by = {spot.name: _cameras(eyes, beside[spot.name]) for spot in spots}
    if drones == 1 and len({camera for cameras in raised_by.values() for camera in cameras}) < 2:
        return []
    return [
        (
            spot.name,
            Broken(
                "other_camera",
                spot.lon,
                spot.lat,
                spot.height_m,
                1,
                f"raised by {_named(raised_by[spot.name])}: only looks of that camera close its ticket "
                "(`camera` plans for one of them)",
            ),
        )
        for spot in spots
        if raised_by[spot.name]
    ]


def _cameras(eyes: Eyes, tickets: Iterable[str]) -> set[str]:
    return {row.camera for ticket in tickets for row in eyes[ticket]}


def _named(cameras: Iterable[str]) -> str:
    return " or ".join(repr(camera) for camera in sorted(cameras))
