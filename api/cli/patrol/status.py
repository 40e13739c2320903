"""`sanxun patrol status`: what is kept of a flight, and what a vehicle says of itself. Nothing moves."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.options import Json
from api.cli.patrol.line import Key, LineOptions, LinkAddress, System, open_line, run

MaybeState = Annotated[
    Path | None,
    typer.Option("--state", metavar="FILE", exists=True, dir_okay=False, help="The flight that `fly` kept."),
]


def patrol_status(
    state: MaybeState = None,
    link: LinkAddress = None,
    system: System = None,
    signing_key: Key = None,
    as_json: Json = False,
) -> None:
    """Print how far a flight got, and with --link what the vehicle says now."""
    if state is None and link is None:
        raise typer.BadParameter("nothing to tell of: give --state FILE, --link ADDRESS or both")
    facts: dict[str, Any] = {}
    if state is not None:
        facts["flight"] = _kept(state)
    if link is not None:
        options = LineOptions(link, system, signing_key)
        facts["vehicles"] = run(_heard(options), options)
    print(json.dumps(facts, indent=1) if as_json else "\n".join(_lines(facts)))


def _kept(path: Path) -> dict[str, Any]:
    from drone.fly.kept import read_state
    from drone.fly.route import Route

    kept = read_state(path)
    route = Route(kept.plan)
    flown_m = 0.0
    if kept.stop is not None:
        leg = route.leg_to(kept.stop.item)
        flown_m = leg.before_m + kept.stop.fraction * leg.length_m
    return {
        "flight_id": kept.flight_id,
        "plan": kept.plan.name,
        "hash": kept.plan.hash,
        "whole_hash": kept.whole_hash,
        "part": kept.part,
        "stage": kept.stage,
        "why": kept.why,
        "finished": kept.finished,
        "system": kept.system,
        "pictures": kept.pictures,
        "flown_m": round(flown_m, 1),
        "length_m": round(route.length_m, 1),
        "stop": asdict(kept.stop) if kept.stop else None,
        "at_s": kept.at_s,
    }


async def _heard(options: LineOptions) -> list[dict[str, Any]]:
    async with open_line(options) as line:
        there = await line.all_vehicles() if options.system is None else [await line.vehicle(options.system)]
        for one in there:
            await one.until(lambda one=one: one.position is not None, 3.0)  # type: ignore[misc]
        return [
            {
                "system": one.system,
                "autopilot": one.autopilot.value,
                "armed": one.armed,
                "mode": one.mode,
                "position": asdict(one.position) if one.position else None,
                "mission_current": one.mission_current,
                "battery": one.battery_share,
                "two_with_this_id": one.doubled,
                "link": asdict(line.counts),
            }
            for one in there
        ]


def _lines(facts: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    if flight := facts.get("flight"):
        share = "all flown" if flight["finished"] else f"{flight['flown_m']:.0f} of {flight['length_m']:.0f} m flown"
        stage = f"{flight['stage']} ({flight['why'] or 'no word'})"
        lines.append(f"{flight['plan']}: {stage}, {share}, {flight['pictures']} pictures")
    for one in facts.get("vehicles", []):
        armed = "armed" if one["armed"] else "disarmed"
        lines.append(f"vehicle {one['system']} ({one['autopilot']}): {armed}, mode {one['mode']}")
    return lines
