"""The rules that a plan is held against, from what was sent; CPU work, off the event loop."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from shapely.geometry import Polygon

from api.errors import Unprocessable
from api.patrols.ground import ground_of
from api.patrols.orders import FollowUpBody, Ordered, order_of
from api.patrols.refused import refuse_broken
from api.patrols.schemas import BrokenRule, RulesBody
from drone.battery import Battery
from drone.check.carried import carried
from drone.check.rules import check
from drone.check.terms import Broken, Rules, Verdict, stricter
from drone.errors import DroneError
from drone.fleet import Sortie, layered
from drone.formats.zones import read_zones
from drone.geojson import read_area
from drone.orders import CarriedOut, carried_out, climbing, finished, held_together, off, refuse_too_high
from drone.qgc import from_plan
from drone.terrain import Terrain
from drone.types import PatrolPlan, Zone
from drone.visits import Spot, Visiting, VisitPlan, visit


def rules_of(body: RulesBody, ground: Terrain | None = None) -> Rules:
    """Raises `DroneError` where a shape is none."""
    return Rules(
        area=_polygon(body.area, "`area`"),
        fence=_polygon(body.fence, "`fence`"),
        zones=zones_of(body),
        buffer_m=body.no_fly_buffer_m,
        min_height_m=body.min_height_m,
        max_height_m=body.max_height_m,
        battery=battery_of(body),
        terrain=ground,
        clearance_m=body.clearance_m,
        return_height_m=body.return_height_m,
        safe_returns=body.safe_returns,
    )


def zones_of(body: RulesBody) -> tuple[Zone, ...]:
    closed = read_zones(json.dumps(body.no_fly), "no_fly") if body.no_fly else ()
    crowded = read_zones(json.dumps(body.people), "people", "people") if body.people else ()
    return (*closed, *crowded)


def battery_of(body: RulesBody) -> Battery:
    whole = Battery(reserve=body.reserve, wind_m_s=body.wind_m_s)
    if body.endurance_min is None:
        return whole
    return Battery(body.endurance_min * 60, body.reserve, body.wind_m_s)


def _polygon(shape: dict[str, Any] | None, name: str) -> Polygon | None:
    return read_area(json.dumps(shape), name) if shape is not None else None


def checked(
    document: dict[str, Any], name: str, body: RulesBody, folder: Path | None
) -> tuple[PatrolPlan, Rules, Verdict]:
    """By what was sent, and by what the document carries. `folder` is the server's ground. Raises `Unprocessable`
    where the plan or a shape cannot be read."""
    text = json.dumps(document)
    try:
        plan = from_plan(text, name)
        rules = rules_of(body, ground_of(folder, body, plan.home))
        own = carried(text, name)
        rules = rules if own is None else stricter(rules, own)
        return plan, rules, check(plan, rules)
    except DroneError as error:
        raise Unprocessable(str(error)) from error


def of_request(body: RulesBody, home: tuple[float, float], folder: Path | None) -> Rules:
    """What plans that are made here are held to. Raises `Unprocessable` where a shape or the ground cannot be read."""
    try:
        return rules_of(body, ground_of(folder, body, home))
    except DroneError as error:
        raise Unprocessable(str(error)) from error


def made(body: Ordered, rules: Rules) -> CarriedOut:
    """Raises `Unprocessable` where no plan can be made, `PlanRefused` where one breaks a rule."""
    try:
        found = carried_out(order_of(body, rules))
    except DroneError as error:
        raise Unprocessable(str(error)) from error
    refuse_broken(found.flights, found.rules, found.verdicts)
    return found


@dataclass(frozen=True, slots=True)
class ToPlaces:
    """Flights to places: each plan with its verdict, the names of those that it looks at, and who flies it when."""

    plans: list[tuple[PatrolPlan, Verdict]]
    visited: tuple[tuple[str, ...], ...]
    sorties: tuple[Sortie, ...]
    apart_m: float | None


def to_places(spots: list[Spot], rules: Rules, height_m: float, body: FollowUpBody) -> ToPlaces:
    """Raises `Unprocessable` where no plan can be made, `PlanRefused` where one breaks a rule."""
    how = Visiting(height_m, body.speed_m_s, body.away_m, body.hold_s)
    above_m = (body.drones - 1) * body.separation_m
    try:
        refuse_too_high(height_m, rules, above_m)
        found = visit(
            spots,
            how,
            body.home,
            name=body.name,
            keep_out_of=off(rules),
            battery=climbing(rules.battery, above_m),
            drones=body.drones,
            separation_m=body.separation_m,
        )
        layers = layered(found.flights, body.drones, body.separation_m)
        flights = finished(layers, rules, body.landing, body.rally)
        verdicts, sorties, apart_m = held_together(flights, rules, body.drones)
    except DroneError as error:
        raise Unprocessable(str(error)) from error
    refuse_broken(flights, rules, verdicts)
    plans = [
        (plan, replace(verdict, cautions=(*verdict.cautions, *_not_as_seen(spots, names, found))))
        for plan, verdict, names in zip(flights, verdicts, found.visited, strict=True)
    ]
    return ToPlaces(plans, found.visited, sorties, apart_m)


def _not_as_seen(spots: list[Spot], names: Sequence[str], found: VisitPlan) -> list[Broken]:
    """A caution for each place of a flight that is not looked at from where it was seen: a person may have to tell."""
    told = "it is not looked at as it was seen: that nothing is found there will not close its ticket"
    return [
        Broken("not_as_seen", spot.lon, spot.lat, spot.height_m, 1, told)
        for spot in spots
        if spot.name in names and spot.name in found.from_elsewhere
    ]


def shown(broken: tuple[Broken, ...]) -> list[BrokenRule]:
    return [BrokenRule(**asdict(one)) for one in broken]
