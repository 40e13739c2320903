"""Patrols to places: a look at each from beside it, or a circle round it. Follow-ups of tickets are made of these."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from shapely.geometry import LineString

from drone.airspace import Airspace
from drone.area import KeepOut
from drone.assemble import rounded
from drone.battery import Battery, flight_s
from drone.errors import BadArea, PlanRefused
from drone.plane import Points
from drone.share_out import shared_out
from drone.types import PatrolPlan, Photo, Place, PlanItem, Return, Roi, RoiEnd, Takeoff, Waypoint

_BEARINGS = 16
_CORNERS = 12
LOWEST_M = 10.0
_FLATTEST_DEG, _STEEPEST_DEG = 15.0, 88.0
# A look is as good as another at this angle to it, and so much farther away or nearer (`streams.aerial.sight`).
_ASIDE_DEG, _FARTHER, _NEARER = 20.0, 1.25, 0.55


@dataclass(frozen=True, slots=True)
class Seen:
    """From where a thing was found: the bearing from it to the camera, by how much that looked down on it, and how far
    away it was. Only from there does it tell anything that a detector finds nothing."""

    bearing_deg: float
    down_deg: float
    away_m: float

    @property
    def height_m(self) -> float:
        return self.away_m * math.sin(math.radians(self.down_deg))


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to look at; `height_m` is its own, above home. `orbit`: flown round once, else looked at from beside, and
    from where it was `seen` where that is known."""

    name: str
    lon: float
    lat: float
    height_m: float = 0.0
    orbit: bool = False
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class Visiting:
    """`away_m` is the distance on the ground that a place is looked at from, and the radius of circles."""

    height_m: float
    speed_m_s: float
    away_m: float = 30.0
    hold_s: float = 5.0

    def __post_init__(self) -> None:
        if not (0 < self.height_m <= 500 and 0 < self.speed_m_s <= 40 and 0 <= self.hold_s <= 600):
            raise BadArea(
                "height (to 500 m) and speed (to 40 m/s) must be above 0, hold 0 to 600 s, got "
                f"{self.height_m:g} m, {self.speed_m_s:g} m/s and {self.hold_s:g} s"
            )
        if not 1 <= self.away_m <= 500:
            raise BadArea(f"places are looked at from 1 to 500 m, got {self.away_m:g} m")


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """Flights, and the names of the places that each looks at, in order. `from_elsewhere` are those of places that were
    seen from where this plan cannot look: height or zones forbid it."""

    flights: tuple[PatrolPlan, ...]
    visited: tuple[tuple[str, ...], ...]
    from_elsewhere: tuple[str, ...] = ()


def height_as_seen_m(spots: Sequence[Spot], default_m: float) -> float:
    """How high to fly to see places as they were seen: as low as the lowest of those looks, for nearer shows more."""
    return min((max(spot.seen.height_m, LOWEST_M) for spot in spots if spot.seen is not None), default=default_m)


def visit(
    spots: Sequence[Spot],
    how: Visiting,
    home: Place,
    *,
    name: str = "places",
    keep_out_of: KeepOut = KeepOut(),  # noqa: B008 frozen
    battery: Battery = Battery(),  # noqa: B008 frozen
    drones: int = 1,
    separation_m: float = 0.0,
) -> VisitPlan:
    """See each place once, nearest next and no two ways crossing that need not, over as many batteries as it takes.
    Whether places are seen as they were is told of drones that will fly `separation_m` above one another.

    Raises:
        BadArea: no place, or one that no-fly zones keep from being looked at.
        PlanRefused: no way there, or no battery that reaches it.
    """
    if not spots:
        raise BadArea("there is no place to visit")
    air = Airspace.around([(spot.lon, spot.lat) for spot in spots], home, keep_out_of, how.height_m)
    stops = _ordered([_stop(spot, place, how, air) for spot, place in zip(spots, air.places, strict=True)], air)

    def needed_s(flight: list[_Stop]) -> float:
        return _needed_s(flight, how, air, battery)

    def split(usable_s: float) -> list[list[_Stop]]:
        flights: list[list[_Stop]] = [[]]
        for stop in stops:
            if needed_s([*flights[-1], stop]) <= usable_s:
                flights[-1].append(stop)
            elif flights[-1] and needed_s([stop]) <= usable_s:
                flights.append([stop])
            else:
                raise PlanRefused(
                    f"{battery.endurance_s / 60:g} min are allowed, {battery.usable_s / 60:.1f} min without the "
                    f"reserve, and {stop.spot.name!r} is farther than that"
                )
        return flights

    flights = shared_out(split, needed_s, battery.usable_s, drones)
    plans = [
        air.fenced(_plan(name if len(flights) == 1 else f"{name} {n} of {len(flights)}", home, flight, how, air))
        for n, flight in enumerate(flights, start=1)
    ]
    each = len(flights) // drones
    elsewhere = tuple(
        stop.spot.name
        for index, flight in enumerate(flights)
        for stop in flight
        if not _as_seen(stop, air, how.height_m + index // each * separation_m)
    )
    return VisitPlan(tuple(plans), tuple(tuple(stop.spot.name for stop in flight) for flight in flights), elsewhere)


@dataclass(frozen=True, slots=True)
class _Stop:
    spot: Spot
    points: Points  # (N, 2): where to hover, or the corners of the circle


def _stop(spot: Spot, place: Points, how: Visiting, air: Airspace) -> _Stop:
    """Beside the place where it was seen from, else on home's side, or on the nearest bearing to that which is free."""
    towards, away_m = math.atan2(*(air.home - place)[::-1]), how.away_m
    if spot.seen is not None:
        towards = math.radians(90.0 - spot.seen.bearing_deg)
        away_m = how.height_m / math.tan(math.radians(min(max(spot.seen.down_deg, _FLATTEST_DEG), _STEEPEST_DEG)))
    turns = towards + np.arange(_CORNERS + 1) * 2 * math.pi / _CORNERS
    if spot.orbit:
        ring = place + how.away_m * np.column_stack([np.cos(turns), np.sin(turns)])
        if air.barred.intersects(LineString(ring)):
            raise BadArea(f"a circle of {how.away_m:g} m round {spot.name!r} enters a no-fly zone: look at it instead")
        return _Stop(spot, ring)
    for step in sorted(range(_BEARINGS), key=lambda n: min(n, _BEARINGS - n)):
        turn = towards + step * 2 * math.pi / _BEARINGS
        beside: Points = place + away_m * np.array([math.cos(turn), math.sin(turn)])
        if air.is_free(beside) and air.way(air.home, beside) is not None:
            return _Stop(spot, beside[None])
    raise BadArea(f"no-fly zones keep {spot.name!r} from being looked at from {away_m:.0f} m: come nearer or stay off")


def _as_seen(stop: _Stop, air: Airspace, height_m: float) -> bool:
    """Whether a stop looks at its place as it was seen; so does one of which that is not known."""
    seen = stop.spot.seen
    if seen is None:
        return True
    (place,) = air.plane.to_metres(np.array([[stop.spot.lon, stop.spot.lat]]))
    east, north = (stop.points[0] - place).tolist()
    now = np.array([east, north, height_m - stop.spot.height_m])
    down, turn = math.radians(seen.down_deg), math.radians(seen.bearing_deg)
    then = np.array([math.cos(down) * math.sin(turn), math.cos(down) * math.cos(turn), math.sin(down)])
    away_m = float(np.linalg.norm(now))
    near = float(now @ then) / away_m >= math.cos(math.radians(_ASIDE_DEG))
    return near and _NEARER <= away_m / seen.away_m <= _FARTHER


def _ordered(stops: list[_Stop], air: Airspace) -> list[_Stop]:
    """Nearest next from home, then pairs of legs exchanged while that shortens the round."""
    left = list(range(len(stops)))
    firsts = np.array([stop.points[0] for stop in stops])
    # Home is the last of them. A circle ends where it begins, so a piece flown the other way round is as long.
    ends = np.vstack([firsts, air.home])
    apart = np.hypot(*(ends[:, None] - ends[None]).transpose(2, 0, 1))
    order: list[int] = []
    here = home = len(stops)
    while left:
        best = min(left, key=lambda index: round(float(apart[here, index]), 3))
        order.append(best)
        left.remove(best)
        here = best
    improved = True
    while improved:
        improved = False
        for start in range(len(order) - 1):
            before = order[start - 1] if start else home
            for end in range(start + 1, len(order)):
                after = order[end + 1] if end + 1 < len(order) else home
                was = apart[before, order[start]] + apart[order[end], after]
                if apart[before, order[end]] + apart[order[start], after] < was - 0.01:
                    order[start : end + 1] = order[start : end + 1][::-1]
                    improved = True
    return [stops[index] for index in order]


def _path(stops: list[_Stop], air: Airspace) -> Points:
    points = [air.home]
    for stop in stops:
        points += [*air.needed_way(points[-1], stop.points[0])[1:], *stop.points[1:]]
    return np.vstack([*points, *air.needed_way(points[-1], air.home)[1:]])


def _needed_s(stops: list[_Stop], how: Visiting, air: Airspace, battery: Battery) -> float:
    held = sum(how.hold_s for stop in stops if not stop.spot.orbit)
    return flight_s(_path(stops, air), how.speed_m_s, how.height_m, battery.wind_m_s) + held


def _plan(name: str, home: Place, stops: list[_Stop], how: Visiting, air: Airspace) -> PatrolPlan:
    items: list[PlanItem] = [Takeoff(how.height_m)]
    here = air.home

    def fly(point: Points, hold_s: float = 0.0, *, transit: bool) -> None:
        lon, lat = rounded(tuple(air.plane.to_degrees(point[None])[0]))
        items.append(Waypoint(lon, lat, how.height_m, how.speed_m_s, hold_s=hold_s, transit=transit))

    for stop in stops:
        for point in air.needed_way(here, stop.points[0])[1:-1]:
            fly(point, transit=True)
        spot = stop.spot
        items.append(Roi(round(spot.lon, 7), round(spot.lat, 7), spot.height_m))
        fly(stop.points[0], 0.0 if spot.orbit else how.hold_s, transit=True)
        items.append(Photo())
        for point in stop.points[1:]:
            fly(point, transit=False)
            items.append(Photo())
        items.append(RoiEnd())
        here = stop.points[-1]
    for point in air.needed_way(here, air.home)[1:-1]:
        fly(point, transit=True)
    return PatrolPlan(name, rounded(home), (*items, Return()))
