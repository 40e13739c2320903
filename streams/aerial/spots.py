"""What an event says of a place on the ground: where it is, how surely, and from where it was seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drone.locate import ellipse
from streams.aerial.patches import Look
from streams.aerial.vacancy import Sight
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
