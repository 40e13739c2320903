"""What an event says of a place on the ground: where it is, how surely, and from where it was seen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from drone.locate import ellipse
from streams.aerial.patches import Look
from streams.aerial.place import Place
from streams.aerial.sight import Sight
from streams.aerial.vacancy import told_from
from streams.delivery.events import Place as Spot


def spot_of(lon: float, lat: float, covariance_m2: NDArray[np.float64]) -> Spot:
    """With its 95 % ellipse; the covariance (2, 2) is of east and north."""
    major, minor, bearing = (float(v[0]) for v in ellipse(covariance_m2[None]))
    return Spot(lon, lat, major, minor, bearing)


def seen_from(sight: Sight, look: Look) -> dict[str, float]:
    """As follow-up plans read it."""
    return {
        "seen_from_deg": sight.bearing_deg,
        "seen_down_deg": sight.down_deg,
        "seen_away_m": sight.metres_px * float(np.mean(look.lens.focal_px)),
        "seen_cm_px": 100 * sight.metres_px,
    }


def found_from(place: Place, look: Look) -> dict[str, float]:
    """From where a look that is sent there is to see it, to tell that it has gone."""
    lon, lat, _ = place.mean()
    return seen_from(told_from(place.memories) or look.sight(lon, lat, place.half_height_m), look)


def box_now(place: Place, look: Look) -> tuple[float, float, float, float]:
    """Where in a look's picture the place is, as large as it was when something stood there."""
    lon, lat, _ = place.mean()
    x, y = look.project(np.array([[lon, lat]]), place.half_height_m)[0].tolist()
    if not (math.isfinite(x) and math.isfinite(y)):
        return place.xyxy
    half_w, half_h = (place.xyxy[2] - place.xyxy[0]) / 2, (place.xyxy[3] - place.xyxy[1]) / 2
    wide, tall = look.frame.source_wh
    return max(0.0, x - half_w), max(0.0, y - half_h), min(float(wide), x + half_w), min(float(tall), y + half_h)
