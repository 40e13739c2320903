"""Where the ground lies in a camera's picture, the table `[camera.ground]`."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from streams.settings.strict import Strict
from vision.ground import BadGround, GroundPlane, from_camera, from_points

_WIDE_DEG = 60.0
_CHECKED_WH = (1600, 900)

Fraction = Annotated[float, Field(ge=0, le=1)]
Metres = Annotated[float, Field(ge=-100_000, le=100_000)]


class GroundSettings(Strict):
    """Where the ground lies in a camera's picture, the table `[camera.ground]`: measured points, or how the camera
    stands. Without the table it is learnt from how tall people and cars look."""

    points: tuple[tuple[Fraction, Fraction, Metres, Metres], ...] | None = Field(
        default=None,
        min_length=4,
        description="x, y in 0 to 1 of the picture and the same point on the ground in metres, east and north or any.",
    )
    height_m: float | None = Field(default=None, gt=0.3, le=500, description="Metres from the ground to the camera.")
    tilt_deg: float | None = Field(
        default=None, ge=-20, le=90, description="Degrees that it looks down: 90 is straight."
    )
    view_deg: float = Field(default=_WIDE_DEG, ge=5, le=150, description="Degrees that it sees from left to right.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        camera = self.height_m is not None, self.tilt_deg is not None
        if (self.points is None) == (not any(camera)) or camera[0] != camera[1]:
            raise ValueError(
                "ground needs either points or both height_m and tilt_deg; leave the table out to learn it"
            )
        try:
            self.plane(_CHECKED_WH)
        except BadGround as error:
            raise ValueError(str(error)) from error
        return self

    def plane(self, source_wh: tuple[int, int]) -> GroundPlane:
        """The ground in a picture of that size. Raises `BadGround`."""
        if self.points is not None:
            points, (width, height) = np.array(self.points), _CHECKED_WH
            known = from_points(points[:, :2] * _CHECKED_WH, points[:, 2:])
            return known.scaled(source_wh[0] / width, source_wh[1] / height)
        focal_px = float(source_wh[0] / 2 / np.tan(np.radians(self.view_deg) / 2))
        return from_camera(self.height_m or 0.0, float(np.radians(self.tilt_deg or 0.0)), focal_px, source_wh)
