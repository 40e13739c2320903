"""`sanxun patrol upload`: a plan put on a vehicle and read back, nothing flown."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from api.cli.options import Json
from api.cli.patrol.line import Key, LineOptions, LinkAddress, Plan, Simulate, System, Tlog, open_line, read_plan, run


def upload_patrol(
    plan: Plan,
    link: LinkAddress = None,
    system: System = None,
    signing_key: Key = None,
    tlog: Tlog = None,
    simulate: Simulate = False,
    as_json: Json = False,
) -> None:
    """Upload mission, fence and rally points, read them back and compare. Exit status 1 where they are not the plan."""
    read = read_plan(plan)
    options = LineOptions(link, system, signing_key, tlog, simulate, read.home)
    facts = run(_upload(read, options), options, 1e6)
    if as_json:
        print(json.dumps(facts, indent=1))
        return
    items = ", ".join(f"{count} {kind}" for kind, count in facts["items"].items())
    print(f"verified on vehicle {facts['system']} ({facts['autopilot']}): {items}")
    print(facts["link_loss"])
    print(f"hash {facts['hash']}")


async def _upload(plan: Any, options: LineOptions) -> dict[str, Any]:
    from drone.fly.link_loss import link_loss_of, statement
    from drone.link.upload import upload

    async with open_line(options) as line:
        vehicle = await line.vehicle(options.system)
        receipt = await upload(vehicle, plan)
        loss = await link_loss_of(vehicle)
        return {
            "verified": True,
            "system": vehicle.system,
            "autopilot": vehicle.autopilot.value,
            "items": receipt.items,
            "attempts": receipt.attempts,
            "link_loss": statement(loss, plan),
            "hash": receipt.plan_hash,
            "wire_hash": receipt.missions.hash,
            "link": asdict(line.counts),
        }
