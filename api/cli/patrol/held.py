"""A plan is held against its rules before a vehicle gets any of it, by the check of `sanxun patrol check`."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.patrol import options
from api.cli.say import say

if TYPE_CHECKING:
    from drone.check.terms import Broken, Rules
    from drone.types import PatrolPlan

MAY_BE_BROKEN = (
    "no_fly",
    "people",
    "turn",
    "geofence",
    "max_height",
    "min_height",
    "ground",
    "endurance",
    "unchecked",
    "failsafe_return",
)
AllowBroken = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-broken",
        metavar="RULE",
        help=f"Fly although this rule is broken; said, and kept in the trail. One of {', '.join(MAY_BE_BROKEN)}.",
    ),
]
# As given; those that are not given are the plan's own, which `sanxun patrol plan` writes into it.
NoFlyBuffer = Annotated[float | None, typer.Option(metavar="M", min=0, help="How far to keep off no-fly zones.")]
Reserve = Annotated[float | None, typer.Option(metavar="PERCENT", min=0, max=90, help="Of the battery, to land with.")]
Wind = Annotated[float | None, typer.Option(metavar="M/S", min=0, help="Wind to reckon with.")]
MaxHeight = Annotated[
    float | None, typer.Option(metavar="M", min=1, help="Highest allowed height; default: the plan's, else 120.")
]


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says of rules; None: nothing."""

    no_fly: list[Path] | None = None
    no_fly_buffer: float | None = None
    people: list[Path] | None = None
    fence: Path | None = None
    endurance: float | None = None
    reserve: float | None = None
    wind: float | None = None
    max_height: float | None = None
    dem: Path | None = None
    clearance: float | None = None
    return_height: float | None = None
    safe_returns: bool = False
    allow_broken: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """`plan` keeps the zones that it was held against, for the way on after a stop. `against` says what was held.
    `rules` are all of it, for a flight to keep."""

    plan: PatrolPlan
    against: str
    overridden: tuple[Broken, ...]
    rules: Rules
    cautions: tuple[Broken, ...] = ()

    @property
    def remark(self) -> str:
        """For the audit trail: the rules that a person set aside, and where."""
        return "".join(f"; although {_at(one)} (--allow-broken)" for one in self.overridden)

    def facts(self) -> dict[str, Any]:
        return {
            "held_against": self.against,
            "overridden": [_fact(one) for one in self.overridden],
            "cautions": [_fact(one) for one in self.cautions],
        }


def read_and_held(path: Path, given: Given, *, server: bool = False) -> Held:
    """The plan in a file, held against what it carries and what is given.

    Raises:
        PlanRefused: it breaks a rule that was not set aside by name.
        BadPlan: a file that is no plan.
    """
    from api.cli.patrol.line import read_plan
    from drone.check.carried import carried

    plan = read_plan(path)
    own = carried(options.text_of(path), path.name) if path.suffix.lower() == ".plan" else None
    return held(plan, own, given, str(path), server=server)


def held(plan: PatrolPlan, own: Rules | None, given: Given, name: str, *, server: bool = False) -> Held:
    """As `read_and_held`, of a plan and the rules that came with it. With `server` no rule can be set aside."""
    from drone.check.rules import check, near_plan
    from drone.errors import PlanRefused

    allowed = set(given.allow_broken or ())
    if unknown := allowed - set(MAY_BE_BROKEN):
        raise typer.BadParameter(f"--allow-broken is one of {', '.join(MAY_BE_BROKEN)}; got {', '.join(unknown)}")
    if allowed and server:
        raise typer.BadParameter("--allow-broken does not go with --api: the server's rules cannot be set aside here")
    rules = _rules(plan, own, given)
    verdict = check(plan, rules)
    refused = [one for one in verdict.broken if one.rule not in allowed]
    if refused:
        names = " ".join(f"--allow-broken {rule}" for rule in sorted({one.rule for one in refused} & {*MAY_BE_BROKEN}))
        raise PlanRefused(
            f"{name} is not uploaded, it {replace(verdict, broken=tuple(refused)).told}: {'; '.join(map(_at, refused))}"
            + (f". To fly it nevertheless: {names}" if names and not server else "")
        )
    against = _said(rules, own is not None)
    say(f"held against {against}")
    for one in verdict.broken:
        say(f"FLOWN ALTHOUGH BROKEN (--allow-broken): {_at(one)}")
    for line in options.told(verdict.cautions):
        say(line)
    near = near_plan(rules.zones, plan, rules.widest_m)
    return Held(replace(plan, no_fly=near), against, verdict.broken, rules, verdict.cautions)


def _fact(broken: Broken) -> dict[str, Any]:
    return {"rule": broken.rule, "place": {"lon": broken.lon, "lat": broken.lat}, "detail": broken.detail}


def _at(broken: Broken) -> str:
    return f"{broken.rule} at {broken.lon:.6f},{broken.lat:.6f}: {broken.detail}"


def _rules(plan: PatrolPlan, own: Rules | None, given: Given) -> Rules:
    """What is given stands before what the plan carries; zones of both hold."""
    from drone.battery import Battery
    from drone.check.terms import Rules

    rules = own or Rules(zones=plan.no_fly, max_height_m=options.MAX_HEIGHT_M)
    battery = rules.battery if own else Battery(reserve=options.RESERVE_PERCENT / 100)
    endurance_s = battery.endurance_s if given.endurance is None else given.endurance * 60
    reserve = battery.reserve if given.reserve is None else given.reserve / 100
    zones = options.zones_in(given.no_fly, given.people)
    return replace(
        rules,
        fence=options.polygon_in(given.fence) if given.fence else rules.fence,
        zones=(*rules.zones, *(zone for zone in zones if zone not in rules.zones)),
        buffer_m=rules.buffer_m if given.no_fly_buffer is None else given.no_fly_buffer,
        max_height_m=rules.max_height_m if given.max_height is None else given.max_height,
        battery=Battery(endurance_s, reserve, battery.wind_m_s if given.wind is None else given.wind),
        terrain=rules.terrain if given.dem is None else options.terrain_in(given.dem),
        clearance_m=rules.clearance_m if given.clearance is None else given.clearance,
        return_height_m=rules.return_height_m if given.return_height is None else given.return_height,
        safe_returns=rules.safe_returns or given.safe_returns,
    )


def _said(rules: Rules, carried: bool) -> str:
    closed = sum(zone.kind == "no_fly" for zone in rules.zones)
    battery = rules.battery
    parts = [
        f"{closed} no-fly zone{'' if closed == 1 else 's'} kept off by {rules.buffer_m:g} m"
        if closed
        else "NO no-fly zones (--no-fly names some)",
        f"{len(rules.zones) - closed} of people",
        f"{rules.max_height_m:g} m height" if rules.max_height_m is not None else "no limit of height",
        f"the ground kept off by {rules.clearance_m:g} m"
        if rules.terrain is not None
        else "heights above home, NO ground (--dem names one)",
        "NO endurance (--endurance)"
        if math.isinf(battery.endurance_s)
        else f"{battery.usable_s / 60:.1f} min of battery",
        "the fence that goes up with it",
    ]
    return ", ".join(parts) + ("" if carried else "; the file carries no rules of its own")
