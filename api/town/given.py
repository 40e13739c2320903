"""Units as a file gives them, and the faults that are found in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from api.town.units import Level

Corners = NDArray[np.float64]


class FaultKind(StrEnum):
    """The last three may be accepted on purpose: a river between grids is a gap that is there."""

    FILE = "file"
    ID = "id"
    LEVEL = "level"
    PARENT = "parent"
    RING = "ring"
    DATUM = "datum"
    OUTSIDE = "outside"
    OVERLAP = "overlap"
    GAP = "gap"


ACCEPTABLE = (FaultKind.OUTSIDE, FaultKind.OVERLAP, FaultKind.GAP)


@dataclass(frozen=True, slots=True)
class Fault:
    """`at` is the place in the file, ``feature 3`` or ``row 4``; `lon`, `lat` a WGS-84 point where it can be seen."""

    kind: FaultKind
    at: str
    unit: str
    what: str
    lon: float | None = None
    lat: float | None = None

    def line(self) -> str:
        """For a person: ``row 4, grid g-2: overlap: …``."""
        where = "" if self.lon is None or self.lat is None else f" (near {self.lon:.6f}, {self.lat:.6f})"
        name = f", {self.unit}" if self.unit else ""
        return f"{self.at}{name}: {self.kind}: {self.what}{where}"


@dataclass(frozen=True, slots=True)
class GivenUnit:
    """One unit before any check but its own form. `shape` is in the file's datum; None where it cannot be read."""

    at: str
    id: str
    level: Level | None
    parent: str | None
    name: str
    calendar: str | None
    shape: MultiPolygon | None


_LEVELS = {
    "street": Level.STREET,
    "街道": Level.STREET,
    "community": Level.COMMUNITY,
    "社区": Level.COMMUNITY,
    "grid": Level.GRID,
    "网格": Level.GRID,
    "micro_grid": Level.MICRO_GRID,
    "微网格": Level.MICRO_GRID,
}


def level_of(text: str) -> Level | None:
    """A level by its English or Chinese name; None for another word."""
    return _LEVELS.get(text.strip().lower().replace("-", "_").replace(" ", "_"))


def polygons_of(coordinates: Any, kind: str) -> MultiPolygon:
    """GeoJSON coordinates of a Polygon or MultiPolygon. Raises ValueError naming the ring that is wrong."""
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"geometry must be a Polygon or a MultiPolygon, got {kind!r}")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise ValueError("coordinates must be a list of rings, got none")
    return MultiPolygon([_polygon(rings, n) for n, rings in enumerate(polygons, 1)])


def _polygon(rings: Any, number: int) -> Polygon:
    if not isinstance(rings, list) or not rings:
        raise ValueError(f"polygon {number} has no ring")
    read = [ring_of(ring, f"ring {n} of polygon {number}") for n, ring in enumerate(rings, 1)]
    return Polygon(read[0], read[1:])


def ring_of(corners: Any, what: str, *, closed: bool = True) -> Corners:
    """(N, 2) lon, lat. Raises ValueError; with `closed` also where the last corner is not the first again."""
    try:
        ring = np.array([corner[:2] for corner in corners], dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        ring = np.empty(0)
    if ring.ndim != 2 or ring.shape[1] != 2:
        raise ValueError(f"{what} must be a list of [lon, lat] in degrees")
    _check_degrees(ring, what)
    if closed and not np.array_equal(ring[0], ring[-1]):
        raise ValueError(f"{what} is not closed: its last corner must be its first again")
    distinct = len(np.unique(ring, axis=0)) if len(ring) < 8 else 8
    if distinct < 3:
        raise ValueError(f"{what} has {distinct} corners; three enclose an area")
    return ring


def _check_degrees(ring: Corners, what: str) -> None:
    wrong = ~((np.abs(ring[:, 0]) <= 180) & (np.abs(ring[:, 1]) <= 90))
    if wrong.any():
        lon, lat = ring[int(wrong.argmax())]
        hint = "; is it lat, lon?" if abs(lon) <= 90 and abs(lat) <= 180 else "; is it in metres of a projection?"
        raise ValueError(f"{what} has the corner {lon:g}, {lat:g}, which is no lon, lat in degrees{hint}")


def by_id(units: Sequence[GivenUnit]) -> Iterator[tuple[str, list[GivenUnit]]]:
    """Each id with all that bear it, in the file's order."""
    found: dict[str, list[GivenUnit]] = {}
    for unit in units:
        found.setdefault(unit.id, []).append(unit)
    yield from found.items()
