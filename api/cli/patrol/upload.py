"""`sanxun patrol upload`: a plan put on a vehicle and read back, nothing flown."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from api.cli.options import Json
from api.cli.patrol import held, options
from api.cli.patrol.line import Key, LineOptions, LinkAddress, Plan, Simulate, System, Tlog, open_line, run


def upload_patrol(
    plan: Plan,
    link: LinkAddress = None,
    system: System = None,
    signing_key: Key = None,
    tlog: Tlog = None,
    simulate: Simulate = False,
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
    as_json: Json = False,
) -> None:
    """Hold a plan against its rules, upload mission, fence and rally points, read them back and compare. Exit status 1
    where a rule is broken, or where they are not the plan."""
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
    ready = held.read_and_held(plan, given)
    line = LineOptions(link, system, signing_key, tlog, simulate, ready.plan.home)
    facts = run(_upload(ready, line), line, 1e6) | ready.facts()
    if as_json:
        print(json.dumps(facts, indent=1))
        return
    print(f"verified on vehicle {facts['system']} ({facts['autopilot']}): {facts['said']}")
    print(facts["link_loss"])
    if facts["fence"]:
        print(facts["fence"])
    print(f"hash {facts['hash']}")


async def _upload(ready: held.Held, options: LineOptions) -> dict[str, Any]:
    from drone.fly.fence_kept import fence_said
    from drone.fly.link_loss import link_loss_of, require_height, statement
    from drone.link.upload import upload

    plan = ready.plan
    async with open_line(options) as line:
        vehicle = await line.vehicle(options.system)
        loss = await link_loss_of(vehicle)
        require_height(loss, ready.rules.return_height_m)
        receipt = await upload(vehicle, plan)
        return {
            "verified": True,
            "system": vehicle.system,
            "autopilot": vehicle.autopilot.value,
            "items": receipt.items,
            "said": receipt.said,
            "attempts": receipt.attempts,
            "link_loss": statement(loss, plan),
            "fence": await fence_said(vehicle, plan),
            "hash": receipt.plan_hash,
            "wire_hash": receipt.missions.hash,
            "link": asdict(line.counts),
        }
