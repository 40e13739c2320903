"""`sanxun patrol resume`: go on with a kept flight, in the air or after a battery swap, with this drone or another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.options import DataDir, Json
from api.cli.patrol import held, options
from api.cli.patrol.flying import asked_to_go_on, asked_to_start, attended, facts_of, fly_to_the_end, sent_up
from api.cli.patrol.go_no_go import Answers, Checklist, cleared_to_go, read_answers
from api.cli.patrol.line import Key, LineOptions, LinkAddress, Simulate, SpeedUp, System, Tlog, open_line, run
from api.cli.patrol.operator import Confirm, OperatorName
from api.cli.patrol.over_http import Api, Trail, standing_behind
from api.cli.say import say

KeptState = Annotated[
    Path, typer.Option("--state", metavar="FILE", exists=True, dir_okay=False, help="The flight that `fly` kept.")
]


def resume_patrol(
    state: KeptState,
    link: LinkAddress = None,
    operator: OperatorName = None,
    confirm: Confirm = None,
    checklist: Checklist = None,
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
    """Go on where a flight stopped. A vehicle in the air is watched on; one on the ground gets what is left of the
    plan, held against the rules again. Exit status 1 unless all was flown then."""
    from drone.fly.kept import read_state

    kept = read_state(state)
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
    line = LineOptions(link, system, signing_key, tlog, simulate, kept.plan.home)
    facts = run(_resume(kept, line, state, operator, (confirm, answers), (data, api), given), line, speed_up)
    if as_json:
        print(json.dumps(facts, indent=1))
    if not facts["finished"]:
        raise typer.Exit(1)


async def _resume(
    kept: Any,
    options: LineOptions,
    path: Path,
    name: str | None,
    beforehand: tuple[str | None, Answers],
    trail: Trail,
    given: held.Given,
) -> dict[str, Any]:
    from drone.fly.errors import NotNow
    from drone.fly.fence_kept import fence_said
    from drone.fly.flight import Flight
    from drone.fly.link_loss import link_loss_of, require_height, statement
    from drone.link.upload import upload

    async with standing_behind(name, trail, kept.whole_hash, options) as operator, open_line(options) as line:
        line.lease.renew()
        vehicle = await line.vehicle(options.system)
        loss = await link_loss_of(vehicle)
        say(statement(loss, kept.plan))
        if vehicle.armed:
            if vehicle.system != kept.system:
                raise NotNow(
                    f"{vehicle} is in the air, and {path} keeps the flight of vehicle {kept.system}: say --system "
                    f"{kept.system}, or land this one first"
                )
            await operator.takes_up(vehicle.system, kept.flight_id)
            flight = Flight.going_on(vehicle, kept, record=operator.record, path=path)
            if flight.stage == "paused":
                async with attended(flight, operator):
                    await asked_to_go_on(flight, operator, beforehand[0], simulate=options.simulate)
        else:
            if vehicle.system == kept.system:
                await operator.landed(kept.flight_id)
            flight_id = await operator.takes_up(vehicle.system)
            flight = Flight.resuming(vehicle, kept, record=operator.record, flight_id=flight_id)
            say(f"part {flight.state.part}: {flight.route.length_m:.0f} m are left, hash {flight.plan.hash}")
            ready = held.held(flight.plan, kept.rules, given, flight.plan.name, server=trail[1] is not None)
            operator.remark = ready.remark
            require_height(loss, ready.rules.return_height_m)
            await upload(vehicle, flight.plan)
            if told := await fence_said(vehicle, flight.plan):
                say(told)
            async with attended(flight, operator):
                await cleared_to_go(flight, operator, beforehand[1], asked=not (options.simulate or trail[1]))
                await asked_to_start(flight, operator, beforehand[0], simulate=options.simulate)
                flight.keep_in(path, ready.rules)
                await sent_up(flight, operator)
        await fly_to_the_end(flight, operator)
        await operator.ended()
        return facts_of(flight)
