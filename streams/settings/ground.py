"""Where the ground lies in a camera's picture, the table `[camera.ground]`."""

from __future__ import annotations

from streams.settings.strict import Strict


class GroundSettings(Strict):
    """Where the ground lies in a camera's picture, the table `[camera.ground]`."""
