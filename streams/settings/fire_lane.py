"""A fire lane, the table `[camera.zone.fire_lane]`."""

from __future__ import annotations

from pydantic import Field

from streams.settings.strict import Strict


class FireLaneSettings(Strict):
    """A fire lane, the table `[camera.zone.fire_lane]`."""

    things: bool = Field(
        default=True,
        description="Whether goods, stalls and bins count that no detector knows. Off: vehicles alone, and no memory "
        "of the empty lane is kept.",
    )
    least_blocked: float = Field(
        default=0.08,
        ge=0,
        le=1,
        description="Share of the lane's width that a thing must take to count. Less finds bags, and litter too.",
    )
    least_m2: float = Field(
        default=1.5,
        ge=0.5,
        le=100,
        description="Square metres of the lane that a thing must cover to count, seen from the air. Less finds bags, "
        "and what a shadow leaves.",
    )
    dwell_s: float | None = Field(
        default=None,
        gt=0,
        le=86_400,
        description="Seconds at rest before a fire lane is reported as blocked, where the zone's own dwell is for "
        "another hazard.",
    )
