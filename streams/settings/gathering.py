"""Gatherings in a zone, the table `[camera.zone.gathering]`."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from streams.settings.hours import Hours
from streams.settings.strict import Strict


class GatheringSettings(Strict):
    """Gatherings in a zone, the table `[camera.zone.gathering]`."""

    people: int = Field(default=5, ge=2, le=500, description="So many people or more, near each other, gather.")
    radius_m: float = Field(
        default=3.0, gt=0.3, le=50, description="Metres on the ground, of the circle that they are counted in."
    )
    dwell_s: float | None = Field(
        default=None, gt=0, le=86_400, description="Seconds that they must stay; the zone's own where not given."
    )
    clear_s: float | None = Field(
        default=None,
        ge=0,
        le=3600,
        description="Seconds that too few must be seen there before the all-clear; the zone's own where not given.",
    )
    fewest: int | None = Field(
        default=None,
        ge=0,
        description="A gathering is over when no more than so many are left; six tenths of `people` where not given.",
    )

    hours: tuple[Hours, ...] = Field(
        default=(), description="When people may not gather, such as '22:00-06:00'; always where not given."
    )

    @model_validator(mode="after")
    def _below(self) -> Self:
        if self.fewest is not None and self.fewest >= self.people:
            raise ValueError(f"fewest must be below people ({self.people}), got {self.fewest}")
        return self

    @property
    def over_at(self) -> int:
        """How many are left, at the most, when it is over."""
        return self.fewest if self.fewest is not None else min(self.people - 1, int(0.6 * self.people))
