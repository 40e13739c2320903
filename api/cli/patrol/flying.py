"""A flight at a terminal: start it, see how far it is, and say pause, resume, return or land."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import typer

from api.cli.patrol.operator import HASH_SHOWN, Operator
from api.cli.patrol.terminal import next_line
from api.cli.patrol.words import WORDS, Terminal, line_of, obey
from api.cli.say import say

if TYPE_CHECKING:
    from drone.fly.flight import Flight

LINE_EVERY_S = 10.0
RENEW_EVERY_S = 2.0
TELL_EVERY_S = 5.0


async def asked_to_start(flight: Flight, operator: Operator, given: str | None, *, simulate: bool) -> None:
    """Raises `typer.Exit` unless the operator says yes to this very plan."""
    if not await _confirmed(flight, operator, given, f"to send {flight.vehicle} up", simulate=simulate):
        say("not started")
        raise typer.Exit(1)


async def asked_to_go_on(flight: Flight, operator: Operator, given: str | None, *, simulate: bool) -> None:
    """Goes on from a pause where the operator says yes. Else the vehicle stays where it is and is watched, for whoever
    has a terminal may still type what it shall do; raises `typer.Exit` for those who have none."""
    if await _confirmed(flight, operator, given, f"to let {flight.vehicle} go on", simulate=simulate):
        await flight.resume(operator.decides(flight, "resume"))
        return
    say(f"{flight.vehicle} stays where it is, in the air")
    if not sys.stdin.isatty():
        raise typer.Exit(1)


async def _confirmed(flight: Flight, operator: Operator, given: str | None, what: str, *, simulate: bool) -> bool:
    """Whether the operator types the plan's hash. Meanwhile the link goes on: one that stood still would take the
    vehicle for silent afterwards, and be taken for lost by one in the air."""
    wanted = flight.plan.hash[:HASH_SHOWN]
    if simulate:
        return True
    said = given
    if said is None:
        say(f"{operator.name}: {what} with this plan, type {wanted}")
        said = await next_line()
    if said.strip().lower() == wanted:
        return True
    say(f"{wanted} was expected, got {said.strip()!r:.40}")
    return False


async def sent_up(flight: Flight, operator: Operator) -> None:
    """Starts it. A start that failed on the ground is over, also for the server that keeps the decision."""
    try:
        await flight.start(operator.decides(flight, "start"))
    except BaseException:
        if flight.stage == "uploaded" and flight.state.reference:
            await operator.ended()
        raise


@asynccontextmanager
async def attended(flight: Flight, operator: Operator) -> AsyncIterator[None]:
    """The heartbeat goes on while the operator is asked and the vehicle starts, which takes longer than a lease holds:
    a vehicle that armed in a silence would do at once what it does without a link."""
    renewing = asyncio.create_task(_renew(flight, operator, Terminal(listens=False)))
    try:
        yield
    finally:
        renewing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await renewing


async def fly_to_the_end(flight: Flight, operator: Operator) -> None:
    """Watches until the vehicle is down. The operator's session is this process and its terminal: without them the
    heartbeat ends, and the vehicle does what was said of a lost link."""
    loop = asyncio.get_running_loop()
    terminal = Terminal()
    told_at_s = -LINE_EVERY_S
    if terminal.listens:
        say(f"type {', '.join(WORDS)}, then Enter")

    def told() -> None:
        nonlocal told_at_s
        if loop.time() - told_at_s >= LINE_EVERY_S:
            told_at_s = loop.time()
            say(line_of(flight))

    terminal.begin()
    beside = [
        asyncio.create_task(obey(flight, operator, terminal)),
        asyncio.create_task(_renew(flight, operator, terminal)),
        asyncio.create_task(_tell(flight, operator)),
    ]
    try:
        await flight.watch(told)
    finally:
        for task in beside:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        terminal.end()
    say(line_of(flight))
    with contextlib.suppress(Exception):  # said before, where the server is out of reach
        await operator.progressed(progress_of(flight))


async def _tell(flight: Flight, operator: Operator) -> None:
    """The server is told how far it is. Whoever cannot be told only misses that: the flight goes on."""
    reached = True
    while True:
        try:
            await operator.progressed(progress_of(flight))
            reached = True
        except Exception as error:
            if reached:
                say(f"the server cannot be told how far the flight is: {error}")
            reached = False
        await asyncio.sleep(TELL_EVERY_S)


def progress_of(flight: Flight) -> dict[str, Any]:
    """As the server takes it."""
    vehicle, progress, at = flight.vehicle, flight.progress, flight.vehicle.position
    return {
        "stage": flight.stage,
        "finished": flight.state.finished,
        "leg": progress.leg if progress else None,
        "legs": progress.legs if progress else None,
        "flown_m": round(progress.flown_m, 1) if progress else None,
        "length_m": round(flight.route.length_m, 1),
        "pictures": flight.state.pictures,
        "lon": round(at.lon, 7) if at else None,
        "lat": round(at.lat, 7) if at else None,
        "height_above_home_m": round(at.height_above_home_m, 1) if at else None,
        "battery": vehicle.battery_share,
        "silent": vehicle.silent,
    }


async def _renew(flight: Flight, operator: Operator, terminal: Terminal) -> None:
    """The heartbeat is the operator's: it goes on while their session stands and their terminal is there."""
    lease = flight.vehicle.link.lease
    while terminal.open and await _stands(operator):
        lease.renew()
        await asyncio.sleep(RENEW_EVERY_S)
    lease.end()
    say("the operator's session is over: no heartbeat from here on, the vehicle does what it does without one")


async def _stands(operator: Operator) -> bool:
    """Whether the session stands. Where nobody can say just now it is asked again, and the lease is not renewed."""
    while True:
        try:
            return await operator.alive()
        except Exception as error:
            say(f"whether the operator's session stands cannot be told, the heartbeat ends soon: {error}")
            await asyncio.sleep(RENEW_EVERY_S)


def facts_of(flight: Flight) -> dict[str, Any]:
    """How it ended, for --json."""
    state = flight.state
    return {
        "flight_id": state.flight_id,
        "stage": state.stage,
        "finished": state.finished,
        "part": state.part,
        "pictures": state.pictures,
        "why": state.why,
        "reference": state.reference,
        "hash": state.plan.hash,
        "whole_hash": state.whole_hash,
        "flown_m": round(flight.progress.flown_m, 1) if flight.progress else 0.0,
        "length_m": round(flight.route.length_m, 1),
        "system": state.system,
    }
