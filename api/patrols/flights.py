"""A plan on a vehicle: the go/no-go checklist, and the decisions of a signed-in drone operator, one for each command
that moves a vehicle. The server moves none: whoever holds the link does, with the decision's reference."""

from __future__ import annotations

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit import repository as audit
from api.audit.chain import Entry
from api.auth.service import Principal
from api.errors import NotAllowed, NotFound, WrongState
from api.patrols import plans, repository
from api.patrols.checklist import ITEMS, Item
from api.patrols.kept import Kept
from api.patrols.models import PatrolDecisionRow, PatrolFlightRow, PatrolProgressRow
from api.patrols.schemas import Action, ChecklistBody, DecisionBody, FlightBody, ProgressBody
from streams.delivery.events import utc_text

IN_THE_AIR = ("flying", "paused", "returning", "landing")
PREPARED, ANSWERED, ENDED = "patrol.prepared", "patrol.checklist", "patrol.ended"
# From which state an action may be decided, and where it leads. What was decided is not yet done: a vehicle that did
# not answer is told again, and one that its pilot holds by hand may be told to go on though nobody here paused it.
NEXT: dict[Action, tuple[tuple[str, ...], str]] = {
    "start": (("go",), "flying"),
    "pause": (("flying", "paused"), "paused"),
    "resume": (("paused", "flying"), "flying"),
    "return": (("flying", "paused", "returning"), "returning"),
    "land": (("flying", "paused", "returning", "landing"), "landing"),
}


async def prepare(house: Kept, who: Principal, body: FlightBody) -> PatrolFlightRow:
    """Raises `NotFound` for an unknown plan."""
    now = house.clock.now()
    async with house.database.writing() as session:
        plan = await plans.find(session, who, body.plan_id)
        row = PatrolFlightRow(
            id=str(uuid.uuid4()),
            plan_id=plan.id,
            plan_hash=plan.hash,
            vehicle=body.vehicle,
            state="prepared",
            checklist={},
            created_at=now,
            created_by=who.username,
            changed_at=now,
        )
        session.add(row)
        what = f"vehicle {row.vehicle}, plan {plan.hash}"
        await audit.append(session, Entry(now, who.username, who.role.value, PREPARED, row.id, what))
    return row


async def find(session: AsyncSession, who: Principal, flight_id: str) -> PatrolFlightRow:
    """Raises `NotFound`."""
    row = await repository.flight(session, who, flight_id)
    if row is None:
        raise NotFound("no such flight")
    return row


def missing(row: PatrolFlightRow) -> list[Item]:
    """What is not answered with yes."""
    return [item for item in ITEMS if not row.checklist.get(item.value, {}).get("ok")]


async def answer(house: Kept, who: Principal, flight_id: str, body: ChecklistBody) -> PatrolFlightRow:
    """Keep answers; with all of them yes it is go, with any no it is no-go. Raises `NotFound` and `WrongState`."""
    now = house.clock.now()
    async with house.database.writing() as session:
        row = await find(session, who, flight_id)
        if row.state not in ("prepared", "go", "no_go"):
            raise WrongState(f"this flight is {row.state}: its checklist is closed")
        said = {
            item.value: {"ok": one.ok, "note": one.note, "by": who.username, "at": utc_text(now)}
            for item, one in body.answers.items()
        }
        row.checklist = {**row.checklist, **said}
        refused = any(not one["ok"] for one in row.checklist.values())
        row.state = "no_go" if refused else "go" if not missing(row) else "prepared"
        row.changed_at = now
        what = f"{row.state}: " + ", ".join(f"{name} {'yes' if one['ok'] else 'NO'}" for name, one in said.items())
        await audit.append(session, Entry(now, who.username, who.role.value, ANSWERED, row.id, what))
    return row


async def decide(house: Kept, who: Principal, flight_id: str, body: DecisionBody) -> PatrolDecisionRow:
    """A person decides that the vehicle shall move; it is in the audit trail before anybody can act on it.

    Raises:
        NotAllowed: a token, which is no person that is signed in.
        WrongState: another plan than the operator saw, a checklist that is not all yes, a vehicle in the air, or a
            state that the action does not go with.
    """
    if who.session_id is None:
        raise NotAllowed("sending a vehicle is a person's decision: sign in as a drone operator, with no token")
    now = house.clock.now()
    async with house.database.writing() as session:
        row = await find(session, who, flight_id)
        if body.plan_hash != row.plan_hash:
            raise WrongState(f"the flight's plan is {row.plan_hash[:12]}, not {body.plan_hash[:12]}: look at it again")
        states, following = NEXT[body.action]
        if row.state not in states:
            left = f"; not answered with yes: {', '.join(missing(row))}" if body.action == "start" else ""
            raise WrongState(f"{body.action} goes with {' or '.join(states)}, this flight is {row.state}{left}")
        other = await repository.in_the_air(session, row.vehicle)
        if body.action == "start" and other is not None:
            raise WrongState(f"vehicle {row.vehicle} is on flight {other.id}, which is {other.state}")
        row.state, row.changed_at = following, now
        decision = PatrolDecisionRow(
            id=str(uuid.uuid4()), flight_id=row.id, action=body.action, operator=who.username, at=now
        )
        session.add(decision)
        what = f"vehicle {row.vehicle}, plan {row.plan_hash}, decision {decision.id}"
        action = f"patrol.{body.action}"
        await audit.append(session, Entry(now, who.username, who.role.value, action, row.id, what))
    return decision


async def progressed(house: Kept, who: Principal, flight_id: str, body: ProgressBody) -> PatrolFlightRow:
    """Keep how far it is. It decides nothing. Raises `NotFound`, and `WrongState` for one that is not in the air."""
    async with house.database.writing() as session:
        row = await find(session, who, flight_id)
        if row.state not in IN_THE_AIR:
            raise WrongState(f"this flight is {row.state}: progress is told of one that was started and has not ended")
        told = body.model_dump(mode="json")
        await session.merge(PatrolProgressRow(flight_id=row.id, at=house.clock.now(), told=told))
    return row


async def end(house: Kept, who: Principal, flight_id: str) -> PatrolFlightRow:
    """It is on the ground, or called off. Ended twice, it is ended."""
    now = house.clock.now()
    async with house.database.writing() as session:
        row = await find(session, who, flight_id)
        if row.state != "ended":
            before, row.state, row.changed_at = row.state, "ended", now
            await audit.append(session, Entry(now, who.username, who.role.value, ENDED, row.id, f"it was {before}"))
    return row
