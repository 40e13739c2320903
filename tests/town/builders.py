"""Small towns: squares of 0.01 degrees beside one another."""

from __future__ import annotations

from shapely import to_wkb
from shapely.geometry import MultiPolygon, box

from api.town.index import Town
from api.town.settings import TownSettings
from api.town.units import Level, Source, Unit

WEST, SOUTH, STEP = 113.8, 27.6, 0.01


def wkb(west: float, south: float, east: float, north: float) -> bytes:
    shape: bytes = to_wkb(MultiPolygon([box(west, south, east, north)]))
    return shape


def unit(path: str, calendar: str | None = None) -> Unit:
    """``s/c/g/m`` as a unit: its level is its depth."""
    parts = tuple(path.split("/"))
    return Unit(parts[-1], list(Level)[len(parts) - 1], f"Name of {parts[-1]}", parts, Source.IMPORT, calendar)


def small_town(settings: TownSettings | None = None, calendars: dict[str, str] | None = None) -> Town:
    """One street, two communities; the first has two grids of two micro-grids each, from west to east, and leaves the
    eastern fifth of itself to no grid."""
    x = [WEST + STEP * n for n in range(8)]
    north = SOUTH + STEP
    shapes = {
        "s": wkb(x[0], SOUTH, x[7], north),
        "s/c1": wkb(x[0], SOUTH, x[5], north),
        "s/c2": wkb(x[5], SOUTH, x[7], north),
        "s/c1/g1": wkb(x[0], SOUTH, x[2], north),
        "s/c1/g2": wkb(x[2], SOUTH, x[4], north),
        "s/c1/g1/m1": wkb(x[0], SOUTH, x[1], north),
        "s/c1/g1/m2": wkb(x[1], SOUTH, x[2], north),
        "s/c1/g2/m3": wkb(x[2], SOUTH, x[3], north),
        "s/c1/g2/m4": wkb(x[3], SOUTH, x[4], north),
    }
    named = calendars or {}
    units = [unit(path, named.get(path.split("/")[-1])) for path in shapes]
    return Town(units, list(shapes.values()), settings=settings)
