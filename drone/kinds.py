"""The kinds of patrol, and how each is planned from what was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shapely.geometry import Polygon

from drone.area import Flight, KeepOut, plan_area
from drone.battery import Battery
from drone.errors import BadArea
from drone.figures import Figures
from drone.kind import Kind, Side
from drone.lines import Look, corridor, perimeter
from drone.lines import Side as LookedAt
from drone.types import Gimbal, PatrolPlan, Photo, Place, PlanItem, Video, Waypoint
from drone.visits import Spot, Visiting, visit


@dataclass(frozen=True, slots=True)
class Target:
    """What is flown over, along or to, in degrees: the one of these that the kind needs."""

    area: Polygon | None = None
    line: tuple[Place, ...] | None = None
    places: tuple[tuple[str, Place], ...] | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How, in metres, seconds and degrees. `every_m` is between pictures; None: the kind's own way of looking."""

    height_m: float = 60.0
    speed_m_s: float = 8.0
    spacing_m: float = 40.0
    side: Side = Side.BOTH
    offset_m: float = 15.0
    pitch_deg: float = -30.0
    away_m: float = 30.0
    hold_s: float = 5.0
    every_m: float | None = None


@dataclass(frozen=True, slots=True)
class Flights:
    """`figures` and `sweep_deg` are those of an area."""

    flights: tuple[PatrolPlan, ...]
    figures: Figures | None = None
    sweep_deg: float | None = None


def flights_of(
    kind: Kind,
    name: str,
    home: Place,
    target: Target,
    manner: Manner,
    keep_out_of: KeepOut,
    battery: Battery,
    drones: int = 1,
) -> Flights:
    """Plan it; for several drones as many flights for each, in order.

    Raises:
        DroneError: it cannot be planned; the message says why.
    """
    look = Look(manner.height_m, manner.speed_m_s, manner.offset_m, manner.pitch_deg, manner.every_m)
    match kind, target:
        case Kind.AREA, Target(area=Polygon() as area):
            over = Flight(manner.height_m, manner.spacing_m, manner.speed_m_s)
            found = plan_area(area, over, home, name=name, keep_out_of=keep_out_of, battery=battery, drones=drones)
            flights = tuple(_looking_down(plan, manner.every_m) for plan in found.flights)
            return Flights(flights, found.figures, found.sweep_deg)
        case Kind.CORRIDOR, Target(line=tuple() as line):
            sides: dict[Side, LookedAt] = {Side.LEFT: "left", Side.RIGHT: "right", Side.BOTH: "both"}
            side = sides[manner.side]
            return Flights(
                corridor(line, look, home, side, name=name, keep_out_of=keep_out_of, battery=battery, drones=drones)
            )
        case Kind.PERIMETER, Target(area=Polygon() as area):
            return Flights(
                perimeter(area, look, home, name=name, keep_out_of=keep_out_of, battery=battery, drones=drones)
            )
        case Kind.PLACES | Kind.ORBITS, Target(places=tuple() as places):
            spots = [Spot(called, lon, lat, orbit=kind is Kind.ORBITS) for called, (lon, lat) in places]
            how = Visiting(manner.height_m, manner.speed_m_s, manner.away_m, manner.hold_s)
            return Flights(
                visit(spots, how, home, name=name, keep_out_of=keep_out_of, battery=battery, drones=drones).flights
            )
    needs = {Kind.AREA: "an area", Kind.PERIMETER: "an area", Kind.CORRIDOR: "a line"}.get(kind, "places")
    raise BadArea(f"a patrol of the kind {kind} needs {needs}: none is given")


def _looking_down(plan: PatrolPlan, every_m: float | None) -> PatrolPlan:
    """Straight down, from the first waypoint that is looked from to the last: pictures, or video where their distance
    is not known."""
    flown = [(index, item) for index, item in enumerate(plan.items) if isinstance(item, Waypoint)]
    looking = [index for index, item in flown if not item.transit] or [index for index, _ in flown]
    begin: list[PlanItem] = [Gimbal(-90.0), Video(True) if every_m is None else Photo(every_m)]
    end: PlanItem = Video(False) if every_m is None else Photo(0.0)
    first, last = looking[0], looking[-1]
    items = (*plan.items[:first], *begin, *plan.items[first : last + 1], end, *plan.items[last + 1 :])
    return replace(plan, items=items)
