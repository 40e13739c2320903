"""Illegal parking in a zone, the table `[camera.zone.parking]`."""

from __future__ import annotations

from streams.settings.strict import Strict


class ParkingSettings(Strict):
    """Illegal parking in a zone, the table `[camera.zone.parking]`."""
