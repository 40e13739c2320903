"""Where a hazard is, as well as its source knows: a zone's or a camera's own place, or the one that came with it."""

from __future__ import annotations

from dataclasses import dataclass

from api.events.schemas import PlaceIn
from api.kit.gcj02 import to_wgs84
from api.site.models import CameraRow, ZoneRow
from api.town.index import Town

# A fixed camera's point is where it hangs; what it sees may be this far away.
CAMERA_REACH_M = 40.0


@dataclass(frozen=True, slots=True)
class Spot:
    """WGS-84; `uncertainty_m` is the radius that it lies within in 95 of 100 cases; `grid` the smallest unit there."""

    lon: float | None = None
    lat: float | None = None
    uncertainty_m: float | None = None
    grid: str | None = None
    place: dict[str, float] | None = None


def spot_of_camera(camera: CameraRow | None, zone: ZoneRow | None, town: Town) -> Spot:
    """The zone's place on the ground where the site file gives one, else the camera's."""
    if camera is None:
        return Spot()
    settings = zone.settings if zone else {}
    if settings.get("lon") is not None and settings.get("lat") is not None:
        lon, lat = to_wgs84(float(settings["lon"]), float(settings["lat"]), camera.datum)
        unit = town.at(lon, lat)
        return Spot(lon, lat, float(settings.get("radius_m") or CAMERA_REACH_M), unit.id if unit else camera.grid)
    reach = None if camera.wgs84_lon is None else CAMERA_REACH_M
    return Spot(camera.wgs84_lon, camera.wgs84_lat, reach, camera.grid)


def spot_on_ground(place: PlaceIn, town: Town) -> Spot:
    unit = town.at(place.lon, place.lat)
    return Spot(place.lon, place.lat, place.semi_major_m, unit.id if unit else None, place.model_dump())


def spot_at(lon: float, lat: float, uncertainty_m: float, town: Town) -> Spot:
    unit = town.at(lon, lat)
    return Spot(lon, lat, uncertainty_m, unit.id if unit else None)
