"""Making and keeping plans. Geometry runs in a thread: a square kilometre takes a second."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth.service import Principal
from api.errors import NotFound, Unprocessable
from api.hazards.models import HazardRow
from api.patrols import eyes, repository, rules
from api.patrols.kept import Kept
from api.patrols.models import PatrolPlanRow
from api.patrols.orders import FollowUpBody, Format, Ordered
from api.patrols.refused import refuse_broken
from api.patrols.schemas import PlanBody, RulesBody
from api.tickets.models import TicketRow
from drone.check.carried import carried, carrying
from drone.check.terms import Rules, Verdict
from drone.errors import DroneError
from drone.formats.files import written
from drone.keep_out import apart_m
from drone.orders import CarriedOut
from drone.qgc import from_plan, to_plan
from drone.types import PatrolPlan
from drone.visits import LOWEST_M, Seen, Spot, height_as_seen_m

PLANNED = "patrol.planned"
HEIGHT_M = 60.0  # of a follow-up, where no drone's look says more


@dataclass(frozen=True, slots=True)
class Share:
    """Whose a flight is of those who share a patrol, as `PatrolPlanRow` has it."""

    drone: int = 1
    starts_after_s: float = 0.0
    apart_m: float | None = None


async def keep(house: Kept, who: Principal, body: PlanBody) -> PatrolPlanRow:
    """Store a plan that keeps all rules. Raises `PlanRefused` with each broken rule and its place."""
    plan, held_to, verdict = await asyncio.to_thread(rules.checked, body.plan, body.name, body.rules, house.terrain)
    refuse_broken([plan], held_to, [verdict])
    (row,) = await _store(house, who, body.name, [(plan, verdict)], held_to, body.rules, [()])
    return row


async def make(house: Kept, who: Principal, body: Ordered) -> Sequence[PatrolPlanRow]:
    """Plan what was asked for, one plan a battery of each drone. Raises `Unprocessable` as `rules.made` does."""
    held_to = await asyncio.to_thread(rules.of_request, body.rules, body.home, house.terrain)
    found = await asyncio.to_thread(rules.made, body, held_to)
    plans = list(zip(found.flights, found.verdicts, strict=True))
    return await _store(house, who, body.name, plans, found.rules, body.rules, [()] * len(plans), _shares(found))


async def follow_up(house: Kept, who: Principal, body: FollowUpBody) -> Sequence[PatrolPlanRow]:
    """Plans to the places of unsolved tickets, those at one place looked at once.

    Raises:
        NotFound: no such ticket has a place within reach.
        Unprocessable: no plan can be made, or there are more of them than one follow-up is planned for.
    """
    async with house.database.reading() as session:
        tickets = await repository.unsolved(session, who, body.tickets, body.home, body.within_m)
        if len(tickets) > repository.MOST_TICKETS:
            raise Unprocessable(
                f"over {repository.MOST_TICKETS} tickets are unsolved within {body.within_m:g} m of home: say a "
                "smaller `within_m`, or which by `tickets`"
            )
        seen_by = await eyes.eyes_of(session, tickets)
    near = [one for one in tickets if apart_m(_place(one), body.home) <= body.within_m]
    if not near:
        raise NotFound(
            f"no ticket that is open, overdue or waiting for verification lies within {body.within_m:g} m of home "
            "and has a place"
        )
    near = eyes.refuse_others(body, near, seen_by)
    places: dict[tuple[float, float], list[TicketRow]] = {}
    for ticket in near:
        lon, lat = _place(ticket)
        places.setdefault((round(lon, 5), round(lat, 5)), []).append(ticket)
    spots = [_spot(ticket_list, seen_by, body.camera) for ticket_list in places.values()]
    highest_m = body.rules.max_height_m - (body.drones - 1) * body.separation_m
    height_m = body.height_m or round(min(height_as_seen_m(spots, HEIGHT_M), max(highest_m, LOWEST_M)), 2)
    held_to = await asyncio.to_thread(rules.of_request, body.rules, body.home, house.terrain)
    planned = await asyncio.to_thread(rules.to_places, spots, held_to, height_m, body)
    beside = {ticket_list[0].id: [one.id for one in ticket_list] for ticket_list in places.values()}
    seen = [tuple(ticket for name in names for ticket in beside[name]) for names in planned.visited]
    told = eyes.cautions(spots, beside, seen_by, body.drones)
    found = [
        (plan, replace(verdict, cautions=(*verdict.cautions, *(one for name, one in told if name in names))))
        for (plan, verdict), names in zip(planned.plans, planned.visited, strict=True)
    ]
    return await _store(house, who, body.name, found, held_to, body.rules, seen, _shares(planned))


def _shares(made: CarriedOut | rules.ToPlaces) -> list[Share]:
    return [Share(one.drone, one.starts_after_s, made.apart_m) for one in made.sorties]


def _spot(tickets: Sequence[TicketRow], seen_by: eyes.Eyes, camera: str | None) -> Spot:
    """A place, and from where a drone saw what is there, that of `camera` if one is named: the newest of them that
    tells. What a car saw from the road no drone sees like that."""
    rows = [row for ticket in tickets for row in seen_by[ticket.id] if camera in (None, row.camera)]
    looks = [_seen(row) for row in reversed(rows)]
    seen = next((look for look in looks if look is not None), None)
    return Spot(tickets[0].id, *_place(tickets[0]), seen=seen)


def _seen(row: HazardRow) -> Seen | None:
    why = row.why
    told = [why.get(name) for name in ("seen_from_deg", "seen_down_deg", "seen_away_m")]
    from_deg, down_deg, away_m = (one if isinstance(one, int | float) else math.nan for one in told)
    sound = math.isfinite(from_deg) and 0 < down_deg <= 90 and 0 < away_m <= 2_000
    return Seen(from_deg, down_deg, away_m) if sound else None


def _place(ticket: TicketRow) -> tuple[float, float]:
    assert ticket.lon is not None
    assert ticket.lat is not None
    return ticket.lon, ticket.lat


def _named(name: str, part: int, parts: int, drone: int | None) -> str:
    whose = "" if drone is None else f" drone {drone}"
    return name if parts == 1 else f"{name}{whose} {part}/{parts}"


async def find(session: AsyncSession, who: Principal, plan_id: str) -> PatrolPlanRow:
    """Raises `NotFound`."""
    row = await repository.plan(session, who, plan_id)
    if row is None:
        raise NotFound("no such patrol plan")
    return row


def file_of(row: PatrolPlanRow, form: Format = "plan") -> bytes:
    """The plan as a file: a `.plan` with the rules that it was held to, of which others draw the zones. Plans of before
    rules were kept in the document get them from what was asked for. Raises `Unprocessable` where the format cannot say
    what the plan flies."""
    own = carried(row.document, row.name)
    if own is None:
        own = rules.rules_of(RulesBody(**row.rules))
    elif form == "plan":
        return row.document.encode()
    try:
        return written(replace(from_plan(row.document, row.name), no_fly=own.zones), f"{row.id}.{form}", own)
    except DroneError as error:
        raise Unprocessable(str(error)) from error


async def _store(
    house: Kept,
    who: Principal,
    name: str,
    found: Sequence[tuple[PatrolPlan, Verdict]],
    held_to: Rules,
    said: RulesBody,
    tickets: Sequence[Sequence[str]],
    shares: Sequence[Share] | None = None,
) -> Sequence[PatrolPlanRow]:
    if any(not plan.waypoints for plan, _ in found):
        raise Unprocessable("a patrol needs a waypoint")
    documents = await asyncio.to_thread(lambda: [carrying(to_plan(plan), held_to) for plan, _ in found])
    shares = shares or [Share()] * len(found)
    now, batch = house.clock.now(), str(uuid.uuid4())
    rows = [
        PatrolPlanRow(
            id=str(uuid.uuid4()),
            batch=batch,
            part=part,
            **asdict(share),
            name=_named(name, part, len(found), share.drone if shares[-1].drone > 1 else None),
            hash=plan.hash,
            document=document,
            rules=said.model_dump(mode="json"),
            cautions=[asdict(one) for one in verdict.cautions],
            tickets=list(seen),
            length_m=verdict.length_m,
            duration_s=verdict.duration_s,
            created_at=now,
            created_by=who.username,
        )
        for part, ((plan, verdict), seen, document, share) in enumerate(
            zip(found, tickets, documents, shares, strict=True), start=1
        )
    ]
    async with house.database.writing() as session:
        session.add_all(rows)
        await audit.append(session, Entry(now, who.username, who.role.value, PLANNED, batch, f"{name}: {rows[0].hash}"))
    return rows
