"""The kinds of patrol that `sanxun patrol plan` makes, from what the options say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from api.cli.patrol import options

if TYPE_CHECKING:
    from shapely.geometry import Polygon

    from drone.area import KeepOut
    from drone.battery import Battery
    from drone.figures import Figures
    from drone.lines import Look
    from drone.types import PatrolPlan, Place, PlanItem


class Kind(StrEnum):
    AREA = "area"  # a polygon, back and forth
    CORRIDOR = "corridor"  # a line, the camera across it
    PERIMETER = "perimeter"  # a polygon, once round
    PLACES = "places"  # points, looked at
    ORBITS = "orbits"  # points, flown round


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line said, in metres, seconds and degrees."""

    kind: Kind
    path: Path
    home: Place
    height_m: float
    spacing_m: float
    speed_m_s: float
    keep_out_of: KeepOut
    battery: Battery
    side: Side
    offset_m: float
    pitch_deg: float
    away_m: float
    hold_s: float
    every_m: float | None


@dataclass(frozen=True, slots=True)
class Made:
    """`area` is where legs must stay, where that is a rule of the kind."""

    flights: tuple[PatrolPlan, ...]
    figures: Figures | None = None
    area: Polygon | None = None
    sweep_deg: float | None = None


def make(asked: Asked) -> Made:
    """Plan it.

    Raises:
        DroneError: it cannot be planned; the message says why.
    """
    if asked.kind is Kind.AREA:
        return _area(asked)
    if asked.kind is Kind.CORRIDOR:
        return Made(_corridor(asked))
    if asked.kind is Kind.PERIMETER:
        return _perimeter(asked)
    return Made(_places(asked))


def _area(asked: Asked) -> Made:
    from drone.area import Flight, plan_area

    area = options.polygon_in(asked.path)
    found = plan_area(
        area,
        Flight(asked.height_m, asked.spacing_m, asked.speed_m_s),
        asked.home,
        name=asked.path.stem,
        keep_out_of=asked.keep_out_of,
        battery=asked.battery,
    )
    flights = found.flights
    if asked.every_m is not None:
        flights = tuple(_with_pictures(plan, asked.every_m) for plan in flights)
    return Made(flights, found.figures, area, found.sweep_deg)


def _with_pictures(plan: PatrolPlan, every_m: float) -> PatrolPlan:
    """Straight down, from the first waypoint that is looked from to the last."""
    from drone.types import Gimbal, Photo, Waypoint

    items: list[PlanItem] = []
    last = max(index for index, item in enumerate(plan.items) if isinstance(item, Waypoint) and not item.transit)
    started = False
    for index, item in enumerate(plan.items):
        if isinstance(item, Waypoint) and not item.transit and not started:
            items += [Gimbal(-90.0), Photo(every_m)]
            started = True
        items.append(item)
        if index == last:
            items.append(Photo(0.0))
    return replace(plan, items=tuple(items))


def _corridor(asked: Asked) -> tuple[PatrolPlan, ...]:
    from drone.formats.places import read_line
    from drone.lines import corridor

    sides: dict[Side, Literal["left", "right", "both"]] = {
        Side.LEFT: "left",
        Side.RIGHT: "right",
        Side.BOTH: "both",
    }
    line = read_line(options.text_of(asked.path), asked.path.name)
    return corridor(
        line,
        _look(asked),
        asked.home,
        sides[asked.side],
        name=asked.path.stem,
        keep_out_of=asked.keep_out_of,
        battery=asked.battery,
    )


def _perimeter(asked: Asked) -> Made:
    from drone.lines import perimeter

    area = options.polygon_in(asked.path)
    flights = perimeter(
        area,
        _look(asked),
        asked.home,
        name=asked.path.stem,
        keep_out_of=asked.keep_out_of,
        battery=asked.battery,
    )
    return Made(flights, area=area)


def _look(asked: Asked) -> Look:
    from drone.lines import Look

    return Look(asked.height_m, asked.speed_m_s, asked.offset_m, asked.pitch_deg, asked.every_m)


def _places(asked: Asked) -> tuple[PatrolPlan, ...]:
    from drone.formats.places import read_places
    from drone.visits import Spot, Visiting, visit

    spots = [
        Spot(name, lon, lat, orbit=asked.kind is Kind.ORBITS)
        for name, (lon, lat) in read_places(options.text_of(asked.path), asked.path.name)
    ]
    how = Visiting(asked.height_m, asked.speed_m_s, asked.away_m, asked.hold_s)
    return visit(
        spots, how, asked.home, name=asked.path.stem, keep_out_of=asked.keep_out_of, battery=asked.battery
    ).flights
