"""Jumbled wiring in a zone, the table `[camera.zone.wiring]`."""

from __future__ import annotations

from streams.settings.strict import Strict


class WiringSettings(Strict):
    """Jumbled wiring in a zone, the table `[camera.zone.wiring]`."""
