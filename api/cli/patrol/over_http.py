"""The operator's decisions kept by a server: each command has its leave, and the decision's number goes with the
flight."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import data_dir
from api.cli.patrol.operator import Operator, asked_secret, signed_in
from api.cli.say import say

if TYPE_CHECKING:
    from api.cli.patrol.line import LineOptions
    from api.client import Client
    from drone.link.confirmation import Action, Confirmation

Api = Annotated[
    str | None,
    typer.Option(
        "--api",
        metavar="URL",
        help="The server that keeps the decisions: its flight of this plan and vehicle, with its checklist answered.",
    ),
]
Trail = tuple[Path | None, str | None]  # where decisions are kept: a data folder, or a server
# In which of the server's states a flight may be told what; those in which it is not over come first.
_OPEN = ("flying", "paused", "returning", "landing", "go", "prepared", "no_go")


def standing_behind(
    name: str | None, trail: Trail, whole_hash: str, options: LineOptions
) -> AbstractAsyncContextManager[Operator]:
    """The operator, signed in where the decisions are kept; of a simulation without a server, nobody."""
    folder, url = trail
    if url is not None:
        return signed_in_at(url, name, whole_hash)
    return signed_in(name, Path() if options.simulate else data_dir(folder), simulate=options.simulate)


class ServersOperator(Operator):
    """Signed in at a server. Each decision is made there, and refused there: a checklist that is not all yes, another
    plan, a vehicle on another flight, a session that has ended."""

    def __init__(self, name: str, client: Client, whole_hash: str) -> None:
        super().__init__(name, None, self._stands)
        self._client, self._hash = client, whole_hash
        self.flight_id: str | None = None

    async def record(self, by: Confirmation, what: str) -> str:
        """The number of the decision. Raises `NotAllowed` with what the server says, or `Unreachable`."""
        from api.client import Problem
        from api.errors import NotAllowed

        try:
            return await asyncio.to_thread(self._decide, by.action, by.system)
        except Problem as problem:
            raise NotAllowed(f"the server refuses to {by.action}: {problem}") from problem

    async def takes_up(self, system: int, kept_id: str = "") -> str:
        """The server's flight: the kept one where it knows that, else the open one of this plan and vehicle. Raises
        `WrongState` where there is none."""
        self.flight_id = await asyncio.to_thread(self._find, system, kept_id)
        return self.flight_id

    async def landed(self, kept_id: str) -> None:
        """Ended at the server, which would refuse its vehicle another start."""
        from api.client import Problem

        try:
            await asyncio.to_thread(self._client.end_patrol_flight, flight_id=kept_id)
        except Problem as problem:
            if problem.status != 404:  # a flight that no server kept
                raise

    async def progressed(self, told: dict[str, Any]) -> None:
        """For those who watch at the server's pages. Raises as the client does."""
        if self.flight_id is not None:
            body: Any = told
            await asyncio.to_thread(self._client.tell_patrol_progress, flight_id=self.flight_id, body=body)

    async def ended(self) -> None:
        """It is on the ground: said to the server, whose vehicle is free again. Where nobody hears it, a person has to
        say so there: the flight itself went as it went."""
        from api.client import Problem, Unreachable

        if self.flight_id is None:
            return
        try:
            await asyncio.to_thread(self._client.end_patrol_flight, flight_id=self.flight_id)
        except (Problem, Unreachable) as error:
            say(f"the server cannot be told that flight {self.flight_id} is over, end it there: {error}")

    def _decide(self, action: Action, vehicle: int) -> str:
        if self.flight_id is None:
            self.flight_id = self._find(vehicle)
        body: Any = {"action": action, "plan_hash": self._hash}
        return str(self._client.decide_patrol(flight_id=self.flight_id, body=body)["id"])

    def _find(self, vehicle: int, kept_id: str = "") -> str:
        from api.errors import WrongState

        ours = [
            flight
            for flight in self._client.every(self._client.list_patrol_flights)
            if (flight["plan_hash"], flight["vehicle"]) == (self._hash, vehicle)
        ]
        if any(flight["id"] == kept_id for flight in ours):
            return kept_id
        found = [flight for flight in ours if flight["state"] in _OPEN]
        if not found:
            raise WrongState(
                f"the server has no open flight of plan {self._hash[:12]} on vehicle {vehicle}: keep the plan there, "
                "prepare the flight and answer its checklist, then start again"
            )
        return str(min(found, key=lambda flight: _OPEN.index(flight["state"]))["id"])

    async def _stands(self) -> bool:
        from api.client import Problem

        try:
            return await asyncio.to_thread(_is_operator, self._client)
        except Problem as problem:
            if problem.status in (401, 403):
                return False
            raise


def _is_operator(client: Client) -> bool:
    return bool(client.who_am_i()["role"] == "drone_operator")


@asynccontextmanager
async def signed_in_at(url: str, name: str | None, whole_hash: str) -> AsyncIterator[Operator]:
    """A session of its own, ended with the flight. Raises `NotSignedIn`, `NotAllowed`, and `Unavailable` where the
    server does not answer, or not as it should."""
    from api.client import Client, Problem, Unreachable
    from api.errors import NotAllowed, NotSignedIn, Unavailable

    if name is None:
        raise NotSignedIn("sending a drone up is a person's decision: say whose with --operator USERNAME")
    with Client(url) as client:
        try:
            await _sign_in(client, url, name)
            try:
                if not await asyncio.to_thread(_is_operator, client):
                    raise NotAllowed(f"{name} is no drone operator: only those send vehicles up")
                yield ServersOperator(name, client, whole_hash)
            finally:
                with suppress(Problem, Unreachable):  # a session ends by itself, too
                    await asyncio.to_thread(client.sign_out)
        except Unreachable as error:
            raise Unavailable(f"the server that keeps the decisions is out of reach: {error}") from error
        except Problem as problem:
            raise Unavailable(f"{url} answers {problem}") from problem


async def _sign_in(client: Client, url: str, name: str) -> None:
    from api.client import Problem
    from api.errors import NotSignedIn

    body: Any = {"username": name, "password": asked_secret("SANXUN_PASSWORD", f"password of {name}: ")}
    try:
        try:
            await asyncio.to_thread(client.sign_in, body=body)
        except Problem as problem:
            if not problem.type.endswith("second-factor"):
                raise
            code = asked_secret("SANXUN_CODE", "code of the second factor: ")
            body["code"] = code
            await asyncio.to_thread(client.sign_in, body=body)
    except Problem as problem:
        raise NotSignedIn(f"{url} does not sign {name} in: {problem}") from problem
