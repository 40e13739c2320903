"""Gatherings in a zone, the table `[camera.zone.gathering]`."""

from __future__ import annotations

from streams.settings.strict import Strict


class GatheringSettings(Strict):
    """Gatherings in a zone, the table `[camera.zone.gathering]`."""
