"""`sanxun patrol fly`: upload, confirm, start, watch, keep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.options import DataDir, Json
from api.cli.patrol import held, options
from api.cli.patrol.flying import asked_to_start, attended, facts_of, fly_to_the_end, sent_up
from api.cli.patrol.go_no_go import Answers, Checklist, cleared_to_go, read_answers
from api.cli.patrol.line import (
    Key,
    LineOptions,
    LinkAddress,
    Plan,
    Simulate,
    SpeedUp,
    System,
    Tlog,
    open_line,
    run,
)
from api.cli.patrol.operator import Confirm, OperatorName
from api.cli.patrol.over_http import Api, Trail, standing_behind
from api.cli.say import say

State = Annotated[
    Path | None, typer.Option("--state", metavar="FILE", help="Keep the flight here. Default: PLAN.flight.json.")
]


def fly_patrol(
    plan: Plan,
    link: LinkAddress = None,
    operator: OperatorName = None,
    confirm: Confirm = None,
    checklist: Checklist = None,
    state: State = None,
    system: System = None,
    signing_key: Key = None,
    tlog: Tlog = None,
    simulate: Simulate = False,
    speed_up: SpeedUp = 20.0,
    no_fly: options.NoFly = None,
    no_fly_buffer: held.NoFlyBuffer = None,
    people: options.People = None,
    fence: options.Fence = None,
    endurance: options.Endurance = None,
    reserve: held.Reserve = None,
    wind: held.Wind = None,
    max_height: held.MaxHeight = None,
    dem: options.Dem = None,
    clearance: options.Clearance = None,
    return_height: options.ReturnHeight = None,
    safe_returns: options.SafeReturns = False,
    allow_broken: held.AllowBroken = None,
    data: DataDir = None,
    api: Api = None,
    as_json: Json = False,
) -> None:
    """Fly a plan: hold it against its rules, upload it, ask the operator for go or no-go, start, watch until it is
    down. Exit status 1 unless all was flown."""
    answers = read_answers(checklist, server=api is not None)
    given = held.Given(
        no_fly,
        no_fly_buffer,
        people,
        fence,
        endurance,
        reserve,
        wind,
        max_height,
        dem,
        clearance,
        return_height,
        safe_returns,
        allow_broken=allow_broken,
    )
    ready = held.read_and_held(plan, given, server=api is not None)
    line = LineOptions(link, system, signing_key, tlog, simulate, ready.plan.home)
    kept = state or plan.with_name(plan.name + ".flight.json")
    _refuse_unfinished(kept)
    facts = run(_fly(ready, line, kept, operator, (confirm, answers), (data, api)), line, speed_up) | ready.facts()
    if as_json:
        print(json.dumps(facts, indent=1))
    if not facts["finished"]:
        if not as_json:
            say(f"not all of it was flown: sanxun patrol resume --state {kept}")
        raise typer.Exit(1)


def _refuse_unfinished(kept: Path) -> None:
    """A flight that is not over, or not all flown, is not written over."""
    from drone.errors import DroneError
    from drone.fly.kept import read_state

    if kept.exists():
        before = read_state(kept)
        if not before.finished and before.stage != "uploaded":
            raise DroneError(
                f"{kept} keeps a flight that is not finished ({before.stage}): sanxun patrol resume --state {kept}, "
                "or another --state for this one"
            )


async def _fly(
    ready: held.Held,
    options: LineOptions,
    kept: Path,
    name: str | None,
    beforehand: tuple[str | None, Answers],
    trail: Trail,
) -> dict[str, Any]:
    from drone.fly.fence_kept import fence_said
    from drone.fly.flight import Flight
    from drone.fly.link_loss import link_loss_of, require_height, statement
    from drone.link.upload import upload

    plan = ready.plan
    async with standing_behind(name, trail, plan.hash, options) as operator, open_line(options) as line:
        operator.remark = ready.remark
        line.lease.renew()
        vehicle = await line.vehicle(options.system)
        flight_id = await operator.takes_up(vehicle.system)
        loss = await link_loss_of(vehicle)
        require_height(loss, ready.rules.return_height_m)
        receipt = await upload(vehicle, plan)
        say(f"verified on {vehicle}: {receipt.said}")
        say(statement(loss, plan))
        if told := await fence_said(vehicle, plan):
            say(told)
        flight = Flight(vehicle, plan, record=operator.record, path=kept, rules=ready.rules, flight_id=flight_id)
        async with attended(flight, operator):
            await cleared_to_go(flight, operator, beforehand[1], asked=not (options.simulate or trail[1]))
            await asked_to_start(flight, operator, beforehand[0], simulate=options.simulate)
            await sent_up(flight, operator)
        await fly_to_the_end(flight, operator)
        await operator.ended()
        return facts_of(flight)
