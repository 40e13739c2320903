"""Jumbled wiring in a zone, the table `[camera.zone.wiring]`."""

from __future__ import annotations

from pydantic import Field

from streams.settings.strict import Strict


class WiringSettings(Strict):
    """Jumbled wiring in a zone, the table `[camera.zone.wiring]`.

    The baseline is what hangs there in the first looks, and again in the first looks after `approved` has changed.
    """

    approved: int = Field(
        default=0, ge=0, description="Counts how often people approved what hangs there; a change takes a new baseline."
    )
    bare: bool = Field(default=False, description="True where no wire may hang at all: then there is no baseline.")
    new_wires: float = Field(
        default=0.5,
        gt=0,
        le=100,
        description="Length of wires beyond the baseline that is a hazard, in sides of the zone (root of its area).",
    )
    more_crossings: int = Field(
        default=4, ge=1, le=1000, description="So many crossings beyond the baseline are one with half that length."
    )
    more_disorder: float = Field(
        default=0.3, gt=0, le=1, description="Disorder of directions (0 to 1) beyond it, likewise."
    )
    more_sag: float = Field(default=0.1, gt=0, le=1, description="Sag, in shares of the span, beyond it, likewise.")
    look_every_s: float = Field(
        default=60.0, ge=5, le=3600, description="Seconds between looks for wires; each costs up to a second of a core."
    )
    looks: int = Field(
        default=3, ge=2, le=20, description="Looks that must agree to raise, to clear, or on a baseline."
    )
    width_m: float | None = Field(
        default=None,
        gt=0,
        le=1000,
        description="How wide the zone's box is on the wall or ground, m; for figures in m.",
    )
