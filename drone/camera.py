"""What a camera sees straight down, from its own figures: ground sampling distance, swath, distance of pictures."""

from __future__ import annotations

import re

from drone.errors import BadArea
from drone.types import Camera

_SPEC = re.compile(
    r"^\s*(?P<sw>[\d.]+)x(?P<sh>[\d.]+)mm,\s*f(?P<f>[\d.]+)mm,\s*(?P<pw>\d+)x(?P<ph>\d+)(px)?\s*$", re.IGNORECASE
)


def camera_of(text: str) -> Camera:
    """A camera as ``13.2x8.8mm,f8.8mm,5472x3648``: sensor, focal length (not the 35 mm equivalent), pixels.

    >>> camera_of("13.2x8.8mm,f8.8mm,5472x3648").focal_mm
    8.8

    Raises:
        BadArea: another form, or a figure that is not above 0.
    """
    found = _SPEC.match(text)
    if not found:
        raise BadArea(f"a camera is given as 13.2x8.8mm,f8.8mm,5472x3648 (sensor, focal length, pixels); got {text!r}")
    numbers = [float(found[name]) for name in ("sw", "sh", "f", "pw", "ph")]
    if min(numbers) <= 0:
        raise BadArea(f"the camera's figures must be above 0, got {text!r}")
    return Camera(text.strip(), numbers[0], numbers[1], numbers[2], int(numbers[3]), int(numbers[4]))


def gsd_m(camera: Camera, distance_m: float) -> float:
    """Metres on the ground to a pixel, straight down from `distance_m`, the coarser of both directions."""
    across = camera.sensor_width_mm / camera.width_px
    along = camera.sensor_height_mm / camera.height_px
    return max(across, along) * distance_m / camera.focal_mm


def height_m(camera: Camera, gsd: float) -> float:
    """The height that gives a ground sampling distance of `gsd` metres."""
    return gsd / gsd_m(camera, 1.0)


def swath_m(camera: Camera, distance_m: float) -> float:
    """Width on the ground across the way: the sensor's long side lies across."""
    return camera.sensor_width_mm / camera.focal_mm * distance_m


def spacing_m(camera: Camera, distance_m: float, side_overlap: float) -> float:
    """Between swaths, so that neighbours share `side_overlap` (0 to below 1) of their width."""
    return swath_m(camera, distance_m) * (1 - _share(side_overlap))


def every_m(camera: Camera, distance_m: float, front_overlap: float) -> float:
    """Between pictures along the way, so that one shares `front_overlap` with the next."""
    return camera.sensor_height_mm / camera.focal_mm * distance_m * (1 - _share(front_overlap))


def _share(overlap: float) -> float:
    if not 0 <= overlap <= 0.95:
        raise BadArea(f"an overlap is a share from 0 to 0.95, got {overlap:g}")
    return overlap
