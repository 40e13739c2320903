"""Where the zones on the ground lie in one look of a moving camera, and how small things are there: its tiles are
chosen by that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from streams.aerial.locator import metres_per_px
from streams.aerial.patches import Look
from streams.aerial.place import degrees, metres
from streams.site import ZoneSpec
from streams.viewing import SMALL_M, InView, Outline

_NEAR_M = 10.0  # a place is in doubt by metres, and so is where the camera looks
# A metre before a camera that is as high as a car's roof, the ground is out of its picture already.
_STEP_M, _MOST_STEPS = 1.0, 1000
_LEAST_PX2 = 64.0


class ZonesBelow:
    """The zones of a moving camera, widened by what poses and places may be off."""

    def __init__(self, zones: Sequence[ZoneSpec]) -> None:
        self._rings = [_widened(zone.lonlat) for zone in zones if zone.lonlat is not None]

    def in_view(self, look: Look) -> InView:
        """Of a zone that reaches behind the camera the part before it; where the pose is not known, nothing."""
        wide, high = look.frame.source_wh
        # Far outside of the picture a lens model bends lines back into it; inside, the margin is more than it bends.
        straight = replace(look, lens=replace(look.lens, distortion=(0.0,) * 5))
        outlines: list[Outline] = []
        for ring in self._rings:
            px = straight.project(ring)
            px = px[np.isfinite(px).all(axis=1)]
            if len(px) < 3:
                continue
            parts = _parts(Polygon(px).buffer(0).intersection(box(0, 0, wide, high)))
            outlines += [tuple((x / wide, y / high) for x, y in part.exterior.coords[:-1]) for part in parts]
        corners = np.array([corner for outline in outlines for corner in outline]).reshape(-1, 2) * (wide, high)
        sizes = SMALL_M / metres_per_px(look.view, straight.lens, corners)
        sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
        return InView(tuple(outlines), float(sizes.min()) if len(sizes) else None)


def _widened(lonlat: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """Points along it on the ground (N, 2), so near to each other that those behind the camera may be left out."""
    lon0, lat0 = lonlat[0]
    level = Polygon([metres(lon, lat, lon0, lat0) for lon, lat in lonlat]).buffer(_NEAR_M, join_style="mitre")
    ring = shapely.segmentize(level, max(_STEP_M, level.length / _MOST_STEPS)).exterior.coords[:-1]
    return np.array([degrees(lon0, lat0, east, north) for east, north in ring])


def _parts(shape: BaseGeometry) -> Iterator[Polygon]:
    for part in getattr(shape, "geoms", (shape,)):
        if isinstance(part, Polygon) and part.area >= _LEAST_PX2:
            yield part
