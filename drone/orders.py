"""A patrol as somebody asks for it, and the plans that come of it: the same for the command line and for HTTP."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from shapely.geometry import Polygon

from drone import keep_out
from drone.area import FARTHEST_HOME_M, KeepOut
from drone.battery import CLIMB_M_S, DESCENT_M_S, Battery
from drone.camera import every_m, height_m, spacing_m
from drone.check.rules import check
from drone.check.terms import Broken, Rules, Verdict
from drone.errors import BadArea, PlanRefused
from drone.fence import fitted
from drone.figures import Figures
from drone.fleet import LEAST_M, Sortie, apart_m, layered, timetable
from drone.kind import Kind
from drone.kinds import Manner, Target, flights_of
from drone.terrain import Terrain, over_ground
from drone.types import Camera, Land, PatrolPlan, Place, Rally, Takeoff


@dataclass(frozen=True, slots=True)
class Picturing:
    """A camera that takes pictures: they say how wide swaths and how far apart pictures are, `gsd_m` (metres on the
    ground to a pixel) how high is flown. Overlaps are shares."""

    camera: Camera
    side_overlap: float = 0.6
    front_overlap: float = 0.75
    gsd_m: float | None = None

    def applied(self, manner: Manner) -> Manner:
        height = manner.height_m if self.gsd_m is None else round(height_m(self.camera, self.gsd_m), 2)
        return replace(
            manner,
            height_m=height,
            spacing_m=spacing_m(self.camera, height, self.side_overlap),
            every_m=every_m(self.camera, height, self.front_overlap),
        )


@dataclass(frozen=True, slots=True)
class Order:
    """`rules` without an area: what the kind flies over or round is where its legs stay."""

    kind: Kind
    name: str
    home: Place
    target: Target
    rules: Rules
    manner: Manner = field(default_factory=Manner)
    picturing: Picturing | None = None
    landing: Place | None = None
    rally: tuple[Place, ...] = ()
    drones: int = 1
    separation_m: float = 10.0

    def __post_init__(self) -> None:
        refuse_too_many(self.drones, self.separation_m)


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """One flight a battery, each with its verdict by `rules`. What breaks one is here to be shown, not to be flown.
    `sorties` say who flies which and when; `apart_m` is the least difference of heights where ways of two drones come
    near each other, None where they do not."""

    flights: tuple[PatrolPlan, ...]
    verdicts: tuple[Verdict, ...]
    rules: Rules
    figures: Figures | None = None
    sweep_deg: float | None = None
    sorties: tuple[Sortie, ...] = ()
    apart_m: float | None = None

    @property
    def broken(self) -> tuple[Broken, ...]:
        return tuple(one for verdict in self.verdicts for one in verdict.broken)

    @property
    def cautions(self) -> tuple[Broken, ...]:
        return tuple(one for verdict in self.verdicts for one in verdict.cautions)


def carried_out(order: Order) -> CarriedOut:
    """Plan it and hold it to its rules.

    Raises:
        DroneError: no plan can be made of it; the message says why.
    """
    manner = order.manner if order.picturing is None else order.picturing.applied(order.manner)
    above_m = (order.drones - 1) * order.separation_m
    refuse_too_high(manner.height_m, order.rules, above_m)
    battery = climbing(order.rules.battery, above_m)
    made = flights_of(order.kind, order.name, order.home, order.target, manner, off(order.rules), battery, order.drones)
    rules = order.rules if order.target.area is None else replace(order.rules, area=order.target.area)
    layers = layered(made.flights, order.drones, order.separation_m)
    flights = finished(layers, rules, order.landing, order.rally)
    if order.picturing is not None:
        flights = tuple(replace(plan, camera=order.picturing.camera) for plan in flights)
    verdicts, sorties, apart = held_together(flights, rules, order.drones)
    return CarriedOut(flights, verdicts, rules, made.figures, made.sweep_deg, sorties, apart)


def held_together(
    flights: tuple[PatrolPlan, ...], rules: Rules, drones: int
) -> tuple[tuple[Verdict, ...], tuple[Sortie, ...], float | None]:
    """Each flight's verdict, who flies which and when, and the least difference of heights as `CarriedOut` has it.
    Raises `PlanRefused` where two drones could meet."""
    verdicts = tuple(check(plan, rules) for plan in flights)
    least_m = apart_m(flights, drones)
    sorties = timetable(flights, [verdict.duration_s for verdict in verdicts], drones)
    return verdicts, sorties, least_m if math.isfinite(least_m) else None


def refuse_too_many(drones: int, separation_m: float) -> None:
    """Raises `BadArea`."""
    if not 1 <= drones <= 20:
        raise BadArea(f"a patrol is shared by 1 to 20 drones, got {drones}")
    if not LEAST_M <= separation_m <= 100:
        raise BadArea(f"drones fly {LEAST_M:g} to 100 m above one another, got {separation_m:g} m")


def climbing(battery: Battery, above_m: float) -> Battery:
    """What is left of a battery when the highest drone has climbed above the lowest, and come down again."""
    needed_s = above_m * (1 / CLIMB_M_S + 1 / DESCENT_M_S) / (1 - battery.reserve)
    if not needed_s:
        return battery
    if needed_s >= battery.endurance_s:
        raise PlanRefused(f"the highest drone spends its battery on climbing {above_m:g} m above the lowest")
    return replace(battery, endurance_s=battery.endurance_s - needed_s)


def off(rules: Rules) -> KeepOut:
    """What plans made under these rules keep out of."""
    if rules.fence is not None and not isinstance(rules.fence, Polygon):
        raise BadArea(f"a geofence is one polygon, got a {rules.fence.geom_type}")
    return KeepOut(rules.zones, rules.buffer_m, rules.fence)


def finished(
    flights: Sequence[PatrolPlan], rules: Rules, landing: Place | None, rally: Sequence[Place]
) -> tuple[PatrolPlan, ...]:
    """With landing and rally points, the fence that goes up fitted to both and to the geofence, and over the ground
    where that is known."""
    refuse_elsewhere(flights[0].home, landing, rally)
    found = []
    geofence = off(rules).fence
    for plan in flights:
        height_m = next(item.height_above_home_m for item in plan.items if isinstance(item, Takeoff))
        points = tuple(Rally(lon, lat, height_m) for lon, lat in rally)
        items = plan.items if landing is None else (*plan.items[:-1], Land(*landing))
        whole = fitted(replace(plan, rally=points, items=items), geofence)
        if isinstance(rules.terrain, Terrain):
            whole = over_ground(whole, rules.terrain, rules.max_height_m or math.inf)
        found.append(whole)
    return tuple(found)


def refuse_elsewhere(home: Place, landing: Place | None, rally: Sequence[Place]) -> None:
    """Raises `BadArea` for a landing or rally point that is no place, or none that this home's flights could mean."""
    named = [("the landing place", landing)] if landing is not None else []
    for what, (lon, lat) in [*named, *((f"rally point {n}", point) for n, point in enumerate(rally, start=1))]:
        if not (-180 <= lon <= 180 and -85 <= lat <= 85):
            raise BadArea(f"{what} must be longitude, latitude in degrees, got {lon:g}, {lat:g}")
        away_m = keep_out.apart_m((lon, lat), home)
        if away_m > FARTHEST_HOME_M:
            raise BadArea(
                f"{what} is {away_m / 1000:.0f} km from home, at most {FARTHEST_HOME_M / 1000:.0f} km is planned "
                "(longitude comes first)"
            )


def refuse_too_high(height_m: float, rules: Rules, above_m: float = 0.0) -> None:
    """Raises PlanRefused, before time is spent on planning; the highest of several drones is `above_m` higher."""
    if rules.max_height_m is not None and height_m <= rules.max_height_m < height_m + above_m:
        raise PlanRefused(
            f"max_height: drones one above the other from {height_m:g} m fly up to {height_m + above_m:g} m, at most "
            f"{rules.max_height_m:g} m are allowed: fly lower, with fewer, or with less separation"
        )
    if rules.max_height_m is not None and height_m > rules.max_height_m:
        raise PlanRefused(f"max_height: {height_m:g} m are asked for, at most {rules.max_height_m:g} m are allowed")
