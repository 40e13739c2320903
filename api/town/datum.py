"""Whole shapes from the datum of a file to WGS-84; `api.kit.gcj02` does the same for one point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import shapely
from numpy.typing import NDArray

from api.errors import Unprocessable
from streams.site import Datum

Degrees = NDArray[np.float64]
DATUMS: tuple[Datum, ...] = ("WGS-84", "CGCS2000", "GCJ-02")
_AXIS_M = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_CONVERGED_DEG = 1e-13


def known_datum(given: str | None, named: str | None) -> Datum:
    """The datum of a file: as the caller says, or as the file does. Raises `Unprocessable`: neither, or two."""
    wanted = " (WGS-84, CGCS2000 or GCJ-02: a wrong one moves a town by half a kilometre)"
    for name in (given, named):
        if name is not None and name not in DATUMS:
            raise Unprocessable(f"datum must be one of {', '.join(DATUMS)}; got {name[:40]!r}")
    if given is not None and named is not None and given != named:
        raise Unprocessable(f"the file says its datum is {named}, and you say {given}: which is right?{wanted}")
    datum = given or named
    if datum is None:
        raise Unprocessable(f"say which datum the coordinates are in{wanted}")
    return cast(Datum, datum)


def shapes_to_wgs84(shapes: Sequence[Any], datum: Datum) -> NDArray[Any]:
    """Shapely shapes in `datum` as such shapes in WGS-84."""
    array = np.array(shapes, dtype=object)
    return array if datum != "GCJ-02" else cast(NDArray[Any], shapely.transform(array, gcj02_to_wgs84))


def gcj02_to_wgs84(points: Degrees) -> Degrees:
    """(N, 2) lon, lat in GCJ-02 to WGS-84; those outside the rectangle of China as they are."""
    lon, lat = points[:, 0], points[:, 1]
    inside = (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)
    wanted = points[inside]
    guess = wanted.copy()
    for _ in range(20):
        better = wanted - _shift(guess)
        moved = np.abs(better - guess).max(initial=0.0)
        guess = better
        if moved < _CONVERGED_DEG:
            break
    found = points.copy()
    found[inside] = guess
    return found


def _shift(points: Degrees) -> Degrees:
    x, y = points[:, 0] - 105, points[:, 1] - 35
    root, pi = np.sqrt(np.abs(x)), np.pi
    shared = (20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + shared
    north += (20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * pi) + 320 * np.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + shared
    east += (20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi)) * 2 / 3
    phi = np.radians(points[:, 1])
    w = 1 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    north_deg = north * 180 / (_AXIS_M * (1 - _ECCENTRICITY_SQUARED) / (w * np.sqrt(w)) * pi)
    east_deg = east * 180 / (_AXIS_M / np.sqrt(w) * np.cos(phi) * pi)
    return np.column_stack([east_deg, north_deg])
