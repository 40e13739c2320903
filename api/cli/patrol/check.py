"""`sanxun patrol check`: plans against rules, before anything is uploaded."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.options import Json
from api.cli.patrol import options

if TYPE_CHECKING:
    from drone.check.terms import Broken, Rules, Verdict
    from drone.types import PatrolPlan


def check_patrol(
    plans: Annotated[
        list[Path], typer.Argument(metavar="PLAN.plan …", exists=True, dir_okay=False, help="QGroundControl plans.")
    ],
    area: Annotated[
        Path | None,
        typer.Option(metavar="AREA.geojson", exists=True, dir_okay=False, help="Legs stay inside, transits apart."),
    ] = None,
    no_fly: options.NoFly = None,
    no_fly_buffer: options.NoFlyBuffer = 0,
    people: options.People = None,
    fence: options.Fence = None,
    endurance: options.Endurance = None,
    reserve: options.Reserve = options.RESERVE_PERCENT,
    wind: options.Wind = 0,
    max_height: options.MaxHeight = options.MAX_HEIGHT_M,
    min_height: options.MinHeight = None,
    dem: options.Dem = None,
    clearance: options.Clearance = None,
    return_height: options.ReturnHeight = None,
    safe_returns: options.SafeReturns = False,
    plot: options.Plot = None,
    as_json: Json = False,
) -> None:
    """Hold plans against zones, fences, heights and batteries, and against the rules that they carry themselves. Exit
    status 1 when a rule is broken; each is listed with its place."""
    from drone.check.terms import Rules, stricter
    from drone.formats.files import read
    from drone.formats.svg import to_svg

    rules = Rules(
        area=options.polygon_in(area) if area else None,
        fence=options.polygon_in(fence) if fence else None,
        zones=options.zones_in(no_fly, people),
        buffer_m=no_fly_buffer,
        min_height_m=min_height,
        max_height_m=max_height,
        battery=options.battery_of(endurance, reserve, wind),
        terrain=options.terrain_in(dem),
        clearance_m=options.clearance_of(clearance),
        return_height_m=return_height,
        safe_returns=safe_returns,
    )
    found = [read(path.read_bytes(), path.name) for path in plans]
    verdicts = [(path, _verdict(path, plan, rules)) for path, plan in zip(plans, found, strict=True)]
    if plot:
        shown = rules
        for own in filter(None, map(_own, plans)):
            shown = stricter(shown, own)
        options.write(plot, to_svg(found, shown, [verdict for _, verdict in verdicts]))
    print(json.dumps(_facts(verdicts), indent=1) if as_json else _sentences(verdicts))
    if not all(verdict.ok for _, verdict in verdicts):
        raise typer.Exit(1)


def _verdict(path: Path, plan: PatrolPlan, rules: Rules) -> Verdict:
    """By what is given here, and by what the file says that it was planned by: an upload would be held to that."""
    from drone.check.rules import check
    from drone.check.terms import stricter

    own = _own(path)
    if own is None:
        return check(plan, rules)
    if rules.return_height_m is None:
        rules = replace(rules, return_height_m=own.return_height_m)
    both, more = check(plan, stricter(rules, own)), check(plan, own)  # its own fence and ground hold beside others
    return replace(both, broken=_both(both.broken, more.broken), cautions=_both(both.cautions, more.cautions))


def _own(path: Path) -> Rules | None:
    """The rules that a file carries."""
    from drone.check.carried import carried

    return carried(options.text_of(path), path.name) if path.suffix.lower() == ".plan" else None


def _both(some: tuple[Broken, ...], others: tuple[Broken, ...]) -> tuple[Broken, ...]:
    """Each place where a rule is broken once."""
    told = {(one.rule, one.item) for one in some}
    return (*some, *(one for one in others if (one.rule, one.item) not in told))


def _facts(verdicts: list[tuple[Path, Verdict]]) -> dict[str, Any]:
    return {
        "ok": all(verdict.ok for _, verdict in verdicts),
        "broken": [fact(path, broken) for path, verdict in verdicts for broken in verdict.broken],
        "cautions": [fact(path, caution) for path, verdict in verdicts for caution in verdict.cautions],
        "plans": [
            {
                "file": str(path),
                "ok": verdict.ok,
                "length_m": round(verdict.length_m, 2),
                "duration_s": round(verdict.duration_s, 1),
            }
            for path, verdict in verdicts
        ],
    }


def fact(path: Path, broken: Broken) -> dict[str, Any]:
    """A broken rule as JSON: `place` is where, `item` which of the plan's items, counted from 1."""
    return {
        "file": str(path),
        "rule": broken.rule,
        "place": {"lon": broken.lon, "lat": broken.lat, "height_m": broken.height_m},
        "item": broken.item,
        "detail": broken.detail,
    }


def _sentences(verdicts: list[tuple[Path, Verdict]]) -> str:
    lines = []
    for path, verdict in verdicts:
        lines.append(f"{path}: {verdict.told}; {verdict.length_m:.0f} m, {verdict.duration_s / 60:.1f} min")
        lines += [f"  broken {one.rule} at {one.lon:.6f},{one.lat:.6f}: {one.detail}" for one in verdict.broken]
        lines += [f"  {line}" for line in options.told(verdict.cautions)]
    return "\n".join(lines)
