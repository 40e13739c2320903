"""From a camera to the unit of the town that it stands in."""

from __future__ import annotations

from collections.abc import Sequence

from shapely.geometry import Polygon

from api.kit.gcj02 import to_wgs84
from api.site.repository import Place
from api.town.index import Town
from streams.site import CameraSpec, GridSpec


def place_of(camera: CameraSpec, town: Town) -> Place:
    if camera.lon is None or camera.lat is None:
        return Place(None, None, None)
    lon, lat = to_wgs84(camera.lon, camera.lat, camera.datum)
    unit = town.at(lon, lat)
    return Place(lon, lat, unit.id if unit else None)


def grid_faults(grids: Sequence[GridSpec]) -> list[str]:
    """Grids whose ring encloses nothing or crosses itself."""
    faults = []
    for grid in grids:
        shape = Polygon(grid.polygon)
        if not shape.is_valid or shape.area <= 0:
            faults.append(f"grid {grid.id}: polygon must be simple (no edges that cross) and enclose an area")
    return faults
