"""Who stands behind a command that moves a vehicle: a drone operator, signed in, in the audit trail."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from api.db.engine import Database
    from drone.fly.flight import Flight
    from drone.link.confirmation import Action, Confirmation

OperatorName = Annotated[
    str | None,
    typer.Option("--operator", metavar="USERNAME", help="The drone operator who decides; asks the password."),
]
Confirm = Annotated[
    str | None,
    typer.Option(
        "--confirm", metavar="HASH6", help="The decision to start, beforehand: the plan's first 6 of its hash."
    ),
]
HASH_SHOWN = 6


class Operator:
    """`database` None: a simulation, which moves nothing and keeps no trail."""

    def __init__(self, name: str, database: Database | None, alive: Callable[[], Awaitable[bool]]) -> None:
        self.name = name
        self.alive = alive
        self.remark = ""  # what stands in the trail beside a start or resumption: rules that were set aside
        self._database = database

    def decides(self, flight: Flight, action: Action) -> Confirmation:
        from drone.link.confirmation import Confirmation

        wall_s = flight.vehicle.link.wall_s()
        return Confirmation(self.name, action, flight.vehicle.system, flight.plan.hash, wall_s)

    async def takes_up(self, system: int, kept_id: str = "") -> str:
        """The name of the flight that this operator has with that vehicle: the kept one's, empty for a new one."""
        return kept_id

    async def landed(self, kept_id: str) -> None:
        """A kept flight that is over, for its vehicle stands on the ground. Nobody has to be told."""

    async def answered(self, flight: Flight, what: str) -> None:
        """The checklist's answers, into the trail beside the decisions."""
        if self._database is not None:
            await self._write("patrol.checklist", flight.plan.hash, self.name, what)

    async def progressed(self, told: dict[str, Any]) -> None:
        """How far the flight is. Nobody has to be told."""

    async def ended(self) -> None:
        """The flight is over. Nobody has to be told."""

    async def record(self, by: Confirmation, what: str) -> str:
        """Written down before anything is said to the vehicle; where it cannot be, nothing is said.

        Raises:
            NotSignedIn: the session ended since, while the operator thought or typed.
        """
        if not await self.alive():
            from api.errors import NotSignedIn

            raise NotSignedIn(f"{self.name}'s session has ended: {by.action} is not done; sign in again")
        if self._database is None:
            return ""
        if by.action in ("start", "resume"):
            what += self.remark
        await self._write(f"patrol.{by.action}", by.plan_hash, by.operator, what)
        return ""  # it is the plan's own entry in the trail of this data folder

    async def _write(self, action: str, subject: str, who: str, what: str) -> None:
        from api.audit import repository as audit
        from api.audit.chain import Entry
        from api.auth.roles import Role
        from api.kit.clock import Clock

        assert self._database is not None
        entry = Entry(Clock().now(), who, Role.DRONE_OPERATOR.value, action, subject, what)
        async with self._database.writing() as session:
            await audit.append(session, entry)


@asynccontextmanager
async def signed_in(name: str | None, data: Path, *, simulate: bool) -> AsyncIterator[Operator]:
    """Signs in against the accounts in `data`, as the web page does. Raises `NotSignedIn`, `NotAllowed`, …"""
    if simulate:
        yield Operator(name or "simulation", None, _always)
        return
    from api.auth.roles import Role
    from api.auth.service import Auth
    from api.errors import NeedsCode, NotAllowed, NotSignedIn
    from api.house import offline
    from api.kit.clock import Clock
    from api.settings import Settings

    if name is None:
        raise NotSignedIn("sending a drone up is a person's decision: say whose with --operator USERNAME")
    async with offline(data) as database:
        auth = Auth(database, Clock(), Settings(data=data))
        password = asked_secret("SANXUN_PASSWORD", f"password of {name}: ")
        try:
            who, secret = await auth.sign_in(name, password, "this machine", agent="sanxun patrol")
        except NeedsCode:
            code = asked_secret("SANXUN_CODE", "code of the second factor: ")
            who, secret = await auth.sign_in(name, password, "this machine", code, "sanxun patrol")
        try:
            if who.role is not Role.DRONE_OPERATOR:
                raise NotAllowed(f"{name} is no drone operator (role {who.role}): only those send vehicles up")

            async def alive() -> bool:
                """Whether the session still stands, and is still a drone operator's: an administrator may end it or
                change the role, and with it ends the heartbeat."""
                now = await auth.by_session(secret)
                return now is not None and now.role is Role.DRONE_OPERATOR

            yield Operator(who.username, database, alive)
        finally:
            await auth.sign_out(secret)


async def _always() -> bool:
    return True


def asked_secret(variable: str, prompt: str) -> str:
    """From the environment, else from the terminal without showing it."""
    given = os.environ.get(variable)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"there is no terminal to ask on: set {variable}")
    return getpass.getpass(prompt)
