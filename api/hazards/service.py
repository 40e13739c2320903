"""The rules of hazards: arriving, merging, coming apart, being seen gone. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.db.revisions import NOWHERE, touch
from api.errors import NotFound, Unprocessable, WrongState
from api.hazards import repository, ticketing
from api.hazards.again import unsettled
from api.hazards.group import Fit, alike, fit, place_again, reach_degrees, settle
from api.hazards.kinds import PEOPLES, Kind
from api.hazards.merging import RECURS_WITHIN, RULES, Verdict
from api.hazards.models import HazardRow, HazardState, MergeRow
from api.kit.scope import Scope
from api.mutes import service as mutes
from api.mutes.models import MuteRow
from api.mutes.repository import live
from api.tickets.ahead import Ahead
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.town.duty import all_on_duty

SYSTEM = "system"


@dataclass(slots=True)
class Arrived:
    """What became of a new hazard: `head` is itself or what it was merged into; `ticket` None while it is muted."""

    row: HazardRow
    head: HazardRow
    ticket: TicketRow | None
    merge: MergeRow | None = None
    mute: MuteRow | None = None


async def arrive(desk: Desk, row: HazardRow, *, waits: bool = False, place_name: str = "") -> Arrived:
    """Take in a new hazard, whatever its source: merged into what it is the same as, held back by a mute, or given a
    ticket, which is linked to the closed one of the same place. `waits`: the command centre looks at that first."""
    await repository.one_at_a_time(desk.session)
    with desk.session.no_autoflush:
        arrived = await _arrive(desk, row, waits, place_name)
    if desk.ahead is None:
        await desk.session.flush()
    else:
        desk.ahead.arrived(row)  # the next one in this transaction may be the same thing
    return arrived


async def _arrive(desk: Desk, row: HazardRow, waits: bool, place_name: str) -> Arrived:
    mute = mutes.mute_over(desk.town, row, desk.ahead.mutes if desk.ahead else await live(desk.session, desk.now))
    row.muted_by = mute.id if mute else None
    around = await _around(desk, row)
    desk.session.add(row)
    if found := await _same_thing(desk, row, around):
        head, why = found
        merge = await merge_into(desk, row, head, SYSTEM, why)
        if mute is None and head.muted_by is not None:
            await unmute(desk, head, "another source, which is not muted, saw it too")
        ticket = await ticketing.of_head(desk.session, head.id)
        if ticket is not None and mute is None and not waits:
            await ticketing.make_a_case(desk, ticket, f"{ticketing.origin(row)} saw it too")
        return Arrived(row, head, ticket, merge, mute)
    if mute is not None:
        return Arrived(row, row, None, None, mute)
    if found := await unsettled(desk.session, row, around):
        head, why = found
        merge = await merge_into(desk, row, head, SYSTEM, why)
        return Arrived(row, head, await ticketing.of_head(desk.session, head.id), merge)
    recurrence_of = await _recurs(desk, row, around)
    ticket = await ticketing.open_for(desk, row, recurrence_of=recurrence_of, waits=waits, place_name=place_name)
    return Arrived(row, row, ticket)


async def _around(desk: Desk, row: HazardRow) -> Sequence[HazardRow]:
    """What lies near a hazard, open or cleared within 30 days; on the ground only where its place is known so well."""
    fine = row.uncertainty_m is not None and row.uncertainty_m <= RULES[Kind(row.kind)].unsure_m
    since, reach = desk.now - RECURS_WITHIN, reach_degrees(row)
    if desk.ahead and (found := desk.ahead.around(row, reach, since, by_ground=fine)) is not None:
        return found
    await desk.session.flush()
    return await repository.near(desk.session, row, reach, since, by_ground=fine)


async def look_ahead(desk: Desk, rows: Sequence[HazardRow]) -> Ahead:
    """For several hazards that are about to arrive. Each has its unit already, as far as its place says."""
    if not rows:
        return Ahead()
    places = [(row, reach_degrees(row)) for row in rows]
    near = await repository.near_any(desk.session, places, desk.now - RECURS_WITHIN)
    desk.duty.people.update(await all_on_duty(desk.session, desk.town, {row.grid for row in rows}, desk.now))
    return Ahead(
        await live(desk.session, desk.now),
        None if near is None else list(near),
    )


async def fits(desk: Desk, row: HazardRow, around: Sequence[HazardRow]) -> list[tuple[HazardRow, Fit]]:
    """The heads of what is `around` a hazard, with how well it fits each: the best first, without those far away and
    without what a person took apart from it."""
    likely = [one for one in around if alike(row, one).verdict is not Verdict.OTHER]
    head_ids = {one.merged_into or one.id for one in likely} - {row.id, row.merged_into}
    if not head_ids:
        return []
    await desk.session.flush()
    heads = await repository.by_ids(desk.session, head_ids)
    members = await repository.sightings(desk.session, heads)
    apart = await repository.undone_with(desk.session, row.id)
    judged = [
        (head, fit(row, head, members[head.id]))
        for head in heads.values()
        if not apart & {head.id, *(one.id for one in members[head.id])}
    ]
    order = (Verdict.SAME, Verdict.PERHAPS)
    kept = [pair for pair in judged if pair[1].judgement.verdict in order]
    return sorted(kept, key=lambda pair: (order.index(pair[1].judgement.verdict), _distance(pair[1]), -pair[0].seq))


def _distance(found: Fit) -> float:
    return float(found.judgement.why.get("distance_m", 0.0))


async def _same_thing(
    desk: Desk, row: HazardRow, around: Sequence[HazardRow]
) -> tuple[HazardRow, dict[str, float | str]] | None:
    """The head that a new hazard surely is; None where it is a thing of its own, or perhaps one."""
    there = [one for one in around if one.state == HazardState.OPEN and alike(row, one).verdict is Verdict.SAME]
    for head, found in await fits(desk, row, there):
        if found.judgement.verdict is not Verdict.SAME or head.state != HazardState.OPEN:
            continue
        ticket = await ticketing.of_head(desk.session, head.id)
        if ticket is not None and ticketing.has_ended(ticket):
            continue
        return head, {**found.judgement.why, "against": found.against}
    return None


async def _recurs(desk: Desk, row: HazardRow, around: Sequence[HazardRow]) -> str | None:
    """The newest ticket of the last 30 days that has been closed at this very place."""
    for old in around:
        other_zone = bool(row.camera) and old.camera == row.camera and old.zone != row.zone
        if not other_zone and place_again(row, old) is not None:
            await desk.session.flush()
            ticket = await ticketing.of_head(desk.session, old.merged_into or old.id)
            if ticket is not None and ticket.state == "closed":
                return ticket.id
    return None


async def merge_into(desk: Desk, row: HazardRow, head: HazardRow, by: str, why: dict[str, float | str]) -> MergeRow:
    """`row`, with all that was merged into it, becomes a sighting of `head`; a ticket of its own is merged too."""
    for member in (await repository.sightings(desk.session, [row.id]))[row.id]:
        member.merged_into = head.id
    row.merged_into = head.id
    merge = MergeRow(hazard_id=row.id, into_id=head.id, at=desk.now, by=by, why=why)
    desk.session.add(merge)
    _told_of_sightings(desk, head)
    await desk.session.flush()
    await _after(desk, head)
    if taken := await ticketing.merged(desk, row, head, by, why):
        merge.why = why | taken
    return merge


async def split(desk: Desk, row: HazardRow, by: str, why: str) -> HazardRow:
    """Take a merge back: `row` is a hazard of its own again, with its sightings and its ticket; it stays apart from
    what it was merged into. Returns what that was. Raises `WrongState` where it is no sighting."""
    merge = await repository.live_merge(desk.session, row.id)
    if row.merged_into is None or merge is None:
        raise WrongState("this hazard was not merged into another: there is nothing to take apart")
    head = (await repository.by_ids(desk.session, [row.merged_into]))[row.merged_into]
    merge.undone_at, merge.undone_by, merge.undone_why = desk.now, by, why
    row.merged_into = None
    for member in (await repository.sightings(desk.session, [head.id]))[head.id]:
        if await _hangs_on(desk.session, member, row.id):
            member.merged_into = row.id
    _told_of_sightings(desk, head)
    await desk.session.flush()
    await _after(desk, head)
    await _after(desk, row)
    await ticketing.apart(desk, row, head, by, why, merge.why)
    return head


async def _hangs_on(session: AsyncSession, member: HazardRow, root_id: str) -> bool:
    """Whether the merges that hold lead from `member` to `root_id`."""
    at = member.id
    for _ in range(100):
        merge = await repository.live_merge(session, at)
        if merge is None:
            return False
        at = merge.into_id
        if at == root_id:
            return True
    return False


async def source_cleared(desk: Desk, row: HazardRow, moment: datetime) -> HazardRow:
    """The source of `row` sees its place free. Returns the head, whose state follows."""
    if row.source_cleared_at is None:
        row.source_cleared_at = moment
    head = row
    if row.merged_into is not None:
        head = (await repository.by_ids(desk.session, [row.merged_into]))[row.merged_into]
        row.state, row.cleared_at = HazardState.CLEARED, row.source_cleared_at
        _told_of_sightings(desk, head)
    await _after(desk, head)
    return head


def _told_of_sightings(desk: Desk, head: HazardRow) -> None:
    """What is shown of the head has changed, for those too who see its place and not its sighting's."""
    touch(desk.session, head.grid or NOWHERE)


async def people_decided(desk: Desk, head: HazardRow) -> None:
    """Its ticket was ended by the command centre: what people alone saw is not there any more. Of what a machine sees
    too, that machine tells."""
    if head.source in PEOPLES and head.source_cleared_at is None:
        head.source_cleared_at = desk.now
        await _after(desk, head)


async def _after(desk: Desk, head: HazardRow) -> None:
    members: Sequence[HazardRow] = (await repository.sightings(desk.session, [head.id]))[head.id]
    if settle(head, members):
        await ticketing.followed(desk, head)


async def unmute(desk: Desk, row: HazardRow, why: str) -> TicketRow | None:
    """What a mute held back is there still: it gets its ticket now."""
    row.muted_by = None
    ticket = await ticketing.of_head(desk.session, row.id)
    if ticket is None and row.state == HazardState.OPEN:
        around = await _around(desk, row)
        ticket = await ticketing.open_for(desk, row, recurrence_of=await _recurs(desk, row, around))
        ticketing.say(desk, ticket, why)
    return ticket


async def find_head(session: AsyncSession, hazard_id: str, scope: Scope) -> HazardRow:
    """The hazard, or what it was merged into. Raises `NotFound`."""
    found = await repository.find(session, hazard_id, scope)
    if found is None:
        raise NotFound("no such hazard, or it lies outside your grids")
    if found.hazard.merged_into is None:
        return found.hazard
    return (await repository.by_ids(session, [found.hazard.merged_into]))[found.hazard.merged_into]


async def check_merge(session: AsyncSession, row: HazardRow, head: HazardRow, *, anyway: bool) -> None:
    """Raises `WrongState` or `Unprocessable` for what no person can mean."""
    if row.merged_into is not None:
        raise WrongState(f"it was merged already, into {row.merged_into}", merged_into=row.merged_into)
    if row.id == head.id:
        fault = {"at": "into", "expected": "another hazard", "got": row.id}
        raise Unprocessable("a hazard cannot be merged into itself", [fault])
    if row.kind != head.kind and not anyway:
        fault = {"at": "into", "expected": f"a hazard of kind {row.kind}", "got": head.kind}
        raise Unprocessable(
            f"one is {row.kind}, the other {head.kind}: give `anyway` where they are one thing", [fault]
        )
    mine, into = await ticketing.of_head(session, row.id), await ticketing.of_head(session, head.id)
    if into is not None and ticketing.has_ended(into) and (mine is None or not ticketing.has_ended(mine)):
        # What has ended answers for nothing: the open one would be nobody's.
        raise WrongState(f"#{into.number} has ended ({into.state}): merge that one into this one", state=into.state)
