"""GCJ-02, the datum of Chinese maps, to and from WGS-84.

GCJ-02 shifts WGS-84 by a published series of sines, some hundreds of metres, inside China only. The series is the one
in common use since 2013 (eviltransform and its descendants); its inverse has no closed form and is iterated.
CGCS2000 and WGS-84 agree within centimetres, so they are treated as one here.
"""

from __future__ import annotations

from math import cos, fabs, pi, radians, sin, sqrt

# Krasovsky 1940: the ellipsoid that the series is written on.
_AXIS_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_CONVERGED_DEG = 1e-13


def in_china(lon: float, lat: float) -> bool:
    """The rectangle in which the shift is applied, as the common implementations draw it."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def _waves(x: float, y: float) -> tuple[float, float]:
    shared = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x)) + shared
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x)) + shared
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    return east, north


def _shift_deg(lon: float, lat: float) -> tuple[float, float]:
    east_m, north_m = _waves(lon - 105, lat - 35)
    phi = radians(lat)
    w = 1 - _ECCENTRICITY_SQUARED * sin(phi) ** 2
    north_deg = north_m * 180 / (_AXIS_M * (1 - _ECCENTRICITY_SQUARED) / (w * sqrt(w)) * pi)
    east_deg = east_m * 180 / (_AXIS_M / sqrt(w) * cos(phi) * pi)
    return east_deg, north_deg


def wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    if not in_china(lon, lat):
        return lon, lat
    east, north = _shift_deg(lon, lat)
    return lon + east, lat + north


def gcj02_to_wgs84(lon: float, lat: float) -> tuple[float, float]:
    """The point whose GCJ-02 is (lon, lat), by fixed-point iteration: each step gains about three digits."""
    if not in_china(lon, lat):
        return lon, lat
    guess_lon, guess_lat = lon, lat
    for _ in range(20):
        east, north = _shift_deg(guess_lon, guess_lat)
        next_lon, next_lat = lon - east, lat - north
        moved = max(fabs(next_lon - guess_lon), fabs(next_lat - guess_lat))
        guess_lon, guess_lat = next_lon, next_lat
        if moved < _CONVERGED_DEG:
            break
    return guess_lon, guess_lat


def to_wgs84(lon: float, lat: float, datum: str) -> tuple[float, float]:
    """A point in `datum` (WGS-84, CGCS2000 or GCJ-02) as WGS-84 longitude and latitude."""
    return gcj02_to_wgs84(lon, lat) if datum == "GCJ-02" else (lon, lat)
