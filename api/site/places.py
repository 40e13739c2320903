"""From a point to the micro-grid that it lies in."""

from __future__ import annotations

from collections.abc import Sequence

from shapely import STRtree
from shapely.geometry import Point, Polygon

from api.kit.gcj02 import to_wgs84
from api.site.repository import Place
from streams.site import CameraSpec, GridSpec


class GridIndex:
    """Finds the grid of a WGS-84 point, among 20,000 as fast as among two."""

    def __init__(self, grids: Sequence[GridSpec]) -> None:
        self._ids = [grid.id for grid in grids]
        self._shapes = [Polygon([to_wgs84(lon, lat, grid.datum) for lon, lat in grid.polygon]) for grid in grids]
        self._tree = STRtree(self._shapes)

    def at(self, lon: float, lat: float) -> str | None:
        """The grid that covers the point; of several, the first of the site file; None outside all."""
        found = self._tree.query(Point(lon, lat), predicate="covered_by")
        return self._ids[int(found.min())] if len(found) else None


def place_of(camera: CameraSpec, index: GridIndex) -> Place:
    if camera.lon is None or camera.lat is None:
        return Place(None, None, None)
    lon, lat = to_wgs84(camera.lon, camera.lat, camera.datum)
    return Place(lon, lat, index.at(lon, lat))


def grid_faults(grids: Sequence[GridSpec]) -> list[str]:
    """Grids whose ring encloses nothing or crosses itself."""
    faults = []
    for grid in grids:
        shape = Polygon(grid.polygon)
        if not shape.is_valid or shape.area <= 0:
            faults.append(f"grid {grid.id}: polygon must be simple (no edges that cross) and enclose an area")
    return faults
