"""A fire lane, the table `[camera.zone.fire_lane]`."""

from __future__ import annotations

from streams.settings.strict import Strict


class FireLaneSettings(Strict):
    """A fire lane, the table `[camera.zone.fire_lane]`."""
