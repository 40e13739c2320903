"""A street in simulated time: the real rules on a real database in memory, on a clock that only the test moves."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import StaticPool

from api.auth.models import Account
from api.auth.roles import Role
from api.auth.service import Principal
from api.db.tables import metadata
from api.hazards.kinds import Source
from api.hazards.models import HazardRow, HazardState
from api.notify.models import NoticeRow
from api.tickets.assign import Spot
from api.tickets.commands import give
from api.tickets.desk import Desk
from api.tickets.models import TicketRow
from api.tickets.opening import Opening, open_ticket
from api.tickets.overdue import step_together
from api.tickets.service import Given, check_command, is_repeat
from api.tickets.states import Command
from api.town.index import Town
from api.town.models import RosterEntry
from api.town.settings import CalendarSpec, TownSettings
from api.town.units import Department
from api.whistles import service as whistling
from api.whistles.models import WhistleRow
from tests.api.postgres import running
from tests.town.builders import SOUTH, STEP, WEST, small_town

# Monday 9:00 in Shanghai, in the day shift.
MONDAY_9 = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# The middle of micro-grid m1, and its border with m2.
IN_M1, ON_THE_BORDER = (WEST + STEP / 2, SOUTH + STEP / 2), (WEST + STEP, SOUTH + STEP / 2)
OFFICE = CalendarSpec(hours=("Mon-Fri 08:30-17:30",))
DEPARTMENTS = (
    Department("fire", "Fire brigade", (), (), 30),
    Department("power", "Power company", (), ("wiring",), 60),
)
CENTRE = Principal("centre", "Command centre", Role.COMMAND_CENTRE, ())
ANN = Principal("ann", "Ann", Role.GRID_WORKER, ())
BO = Principal("bo", "Bo", Role.GRID_WORKER, ())
FIRE = Principal("fire1", "Fire brigade", Role.DEPARTMENT, (), department="fire")
ACCOUNTS = {"ann": Role.GRID_WORKER, "bo": Role.GRID_WORKER, "com": Role.OFFICER, "centre": Role.COMMAND_CENTRE}
# Ann and Bo share the grid's days; an officer of the community sits there on weekdays.
ROSTERS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "g1": (("day", "ann", "Mon-Sun"), ("day", "bo", "Mon-Sun"), ("late", "bo", "Mon-Sun")),
    "c1": (("day", "com", "Mon-Fri"),),
}


def street_town(calendar: CalendarSpec | None = None) -> Town:
    settings = TownSettings(calendars={"office": calendar}, calendar="office") if calendar else TownSettings()
    town = small_town(settings)
    town.departments = DEPARTMENTS
    return town


@dataclass
class Street:
    """`at` is now. Everything happens in one transaction, which is thrown away with the street."""

    session: AsyncSession
    runner: asyncio.Runner
    town: Town
    at: datetime = MONDAY_9
    tickets: list[TicketRow] = field(default_factory=list)
    whistles: list[WhistleRow] = field(default_factory=list)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @property
    def desk(self) -> Desk:
        return Desk(self.session, self.town, self.at)

    def open(
        self, kind: str = "illegal_parking", spot: Spot | None = None, *, waits: bool = False, **opening: Any
    ) -> TicketRow:
        hazard = HazardRow(
            id=f"h-{len(self.tickets)}",
            kind=kind,
            camera="cam-1",
            zone="aisle",
            grid=None,
            state=HazardState.OPEN,
            raised_at=self.at,
            began_at=self.at,
            cleared_at=None,
            xyxy=[0, 0, 1, 1],
            source_wh=[2, 2],
            confidence=0.9,
            why={},
            source=Source.CAMERA.value,
        )
        found = Opening(hazard, spot or Spot(*IN_M1), waits=waits, **opening)
        ticket: TicketRow = self.run(open_ticket(self.desk, found))
        self.tickets.append(ticket)
        return ticket

    def give(self, ticket: TicketRow, command: Command, who: Principal = ANN, **given: Any) -> TicketRow:
        """A person's command, checked as over HTTP; one that has had its effect changes nothing."""
        whole = Given(command, **given)
        if not is_repeat(ticket, command, who):
            check_command(ticket, whole, who, self.at)
            self.run(give(self.desk, ticket, whole, who))
        return ticket

    def whistle(self, ticket: TicketRow, department: str = "fire", who: Principal = ANN) -> WhistleRow:
        row: WhistleRow = self.run(whistling.blow(self.desk, ticket, department, who, "the stairs are full"))
        if row not in self.whistles:
            self.whistles.append(row)
        return row

    def passes(self, **time: float) -> None:
        """Time goes by, and every moment that is due on the way comes, in order."""
        until = self.at + timedelta(**time)
        for _ in range(2000):
            due = [t.due_at for t in self.tickets if t.due_at is not None]
            due += [w.due_at for w in self.whistles if w.due_at is not None]
            if not due or min(due) > until:
                break
            self.at = max(self.at, min(due))
            self._look()
        else:
            raise AssertionError("something is due again and again")
        self.at = until

    def _look(self) -> None:
        due = [ticket for ticket in self.tickets if ticket.due_at is not None and ticket.due_at <= self.at]
        if due:
            self.run(step_together(self.desk, due))
        for whistle in self.whistles:
            if whistle.due_at is not None and whistle.due_at <= self.at:
                self.run(whistling.give_up_waiting(self.desk, whistle))

    def told(self) -> list[tuple[str, tuple[str, ...]]]:
        """What was told since it was asked last: topic and recipients."""
        rows = self.run(_all(self.session, NoticeRow))
        self.run(self.session.execute(delete(NoticeRow)))
        return [(row.topic, tuple(row.recipients)) for row in rows]

    def roster(self, rosters: Mapping[str, Sequence[tuple[str, str, str]]]) -> None:
        """Instead of the rosters that there are: unit → (shift, username, days)."""
        self.run(self.session.execute(delete(RosterEntry)))
        self.session.add_all(
            RosterEntry(unit=unit, shift=shift, username=username, on_date=None, days=days)
            for unit, entries in rosters.items()
            for shift, username, days in entries
        )
        self.run(self.session.flush())


async def _all(session: AsyncSession, model: Any) -> Sequence[Any]:
    await session.flush()
    return (await session.scalars(select(model))).all()


@dataclass(frozen=True)
class Tables:
    """A database for many streets, one after the other: making its tables takes longer than a test. In memory, or on
    the PostgreSQL that ``SANXUN_TEST_DATABASE=postgres`` asks for."""

    runner: asyncio.Runner
    engine: AsyncEngine


@contextmanager
def tables() -> Iterator[Tables]:
    with ExitStack() as stack:
        if os.environ.get("SANXUN_TEST_DATABASE") == "postgres":
            server = stack.enter_context(running())
            url = server.url(server.new_database())
        else:
            url = "sqlite+aiosqlite://"
        yield from _tables(create_async_engine(url, poolclass=StaticPool))


def _tables(engine: AsyncEngine) -> Iterator[Tables]:

    async def make() -> None:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)

    with asyncio.Runner() as runner:
        runner.run(make())
        try:
            yield Tables(runner, engine)
        finally:
            runner.run(engine.dispose())


@contextmanager
def street(database: Tables, calendar: CalendarSpec | None = None, *, organised: bool = True) -> Iterator[Street]:
    """`organised` False: a town without rosters and without accounts of grid workers."""
    run = database.runner.run
    session = AsyncSession(database.engine, expire_on_commit=False)
    made = Street(session, database.runner, street_town(calendar))
    try:
        for name, role in ACCOUNTS.items():
            if organised or role is Role.COMMAND_CENTRE:
                session.add(_account(name, role))
        run(session.flush())
        if organised:
            made.roster(ROSTERS)
        yield made
    finally:
        run(session.rollback())
        run(session.close())


def _account(name: str, role: Role) -> Account:
    return Account(username=name, name=name, role=role.value, grids=["nowhere"], password_hash="-", created_at=MONDAY_9)
