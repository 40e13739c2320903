"""Where on the ground a pixel lies: from the camera's pose and lens, with the ellipse that its doubts leave.

The ground is level below the camera at a stated height, or lies above and below that as a `Relief` says, and then a ray
is followed until it first meets it. A place's doubt is what the stated doubts of pose, lens, height and pixel make of
it, by central differences one standard deviation each way (so that what grows fast towards the horizon is not told too
small).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from drone.attitude import axes
from drone.lens import Lens
from drone.plane import EARTH_RADIUS_M
from drone.view import View

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

# How many metres the ground lies above the level that heights count from, (N,), at longitudes and latitudes (N,) in
# degrees WGS-84; NaN where that is not known.
Relief = Callable[[Doubles, Doubles], Doubles]
Lift = Callable[[Doubles], Doubles]  # the same by metres east and north of the camera (N, 2)

TWO_DIMENSIONS_95 = 2.4477468  # square root of chi-squared's 95 % for two degrees of freedom
_EARTH = Geod(ellps="WGS84")
_STEEPEST_RISE = 0.8  # of ground that a ray is followed to, metres a metre: cliffs and houses are no relief
_MOST_STEPS, _MET_M = 120, 0.01
_EQUATOR_M, _ECCENTRICITY2 = 6_378_137.0, 6.694379990141e-3  # WGS-84
_STRAIGHT_DOWN_DEG = 3.0
_LEAST_DOWN = np.sin(np.radians(1.5))  # a flatter ray meets the ground at more than 38 times the height


class Refused(IntEnum):
    """Why a pixel has no place."""

    NO = 0
    NO_POSE = 1
    NO_HEIGHT = 2
    NO_GIMBAL = 3
    ABOVE_HORIZON = 4
    TOO_FLAT = 5
    OUTSIDE_LENS = 6
    NO_RELIEF = 7


SAID = {
    Refused.NO: "located",
    Refused.NO_POSE: "no telemetry for that moment",
    Refused.NO_HEIGHT: "the height above the ground is not known: state ground_amsl_m or home_above_ground_m",
    Refused.NO_GIMBAL: "the gimbal's angles are missing, and the camera does not look straight down",
    Refused.ABOVE_HORIZON: "at the horizon or above it",
    Refused.TOO_FLAT: "so near the horizon that its distance says nothing",
    Refused.OUTSIDE_LENS: "outside what the lens's model describes",
    Refused.NO_RELIEF: "the terrain does not tell where that line of sight meets the ground",
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One standard deviation of what telemetry says. `horizontal_m` is along each axis; the ground's own height is in
    doubt by what `Ground` says. The defaults are a DJI multirotor's: GNSS without correction, barometer, compass."""

    horizontal_m: float = 0.8
    height_m: float = 0.5
    yaw_deg: float = 1.0
    pitch_deg: float = 0.5
    roll_deg: float = 0.5
    pixel_px: float = 2.0


@dataclass(frozen=True, slots=True)
class Located:
    """Places, (N,) each, row i of pixel i. `lon`, `lat` degrees WGS-84 and the ellipse that holds the truth in 95 of
    100 cases: half axes in metres, bearing of the longer one 0 to 180 degrees clockwise from true north. NaN where
    `refused`, int64 of `Refused`, is not 0. `covariance_m2` float64 (N, 2, 2) is of east and north."""

    lon: Doubles
    lat: Doubles
    semi_major_m: Doubles
    semi_minor_m: Doubles
    bearing_deg: Doubles
    covariance_m2: Doubles
    refused: Ints

    def __len__(self) -> int:
        return len(self.lon)


def locate(
    points_px: NDArray[np.floating],
    view: View,
    lens: Lens,
    doubt: Doubt | None = None,
    ground_doubt_m: float = 0.5,
    above_ground_m: NDArray[np.floating] | float = 0.0,
    point_doubt_px: NDArray[np.floating] | float = 0.0,
    relief: Relief | None = None,
) -> Located:
    """The places at px (N, 2) of the full frame. `view` has one row for all of them, or N. The ground is level, or as
    `relief` says.

    What is seen there is on the ground, or `above_ground_m` over it (one for all or (N,)): the middle of a box round a
    car is about as high as half the car. `point_doubt_px`, one or (N,), is on top of the stated doubt of a pixel.
    A camera known to look straight down whose yaw is not known has everything around the point below it, as wide as
    the pixel is away from the middle. Raises `ValueError` where rows do not match.
    """
    points = np.asarray(points_px, np.float64).reshape(-1, 2)
    doubt = doubt or Doubt()
    n = len(points)
    if len(view) == 1 and n != 1:
        view = view.repeated(n)
    if len(view) != n:
        raise ValueError(f"view must have 1 row or one for each of {n} px; got {len(view)}")
    if not n:
        none = np.zeros(0)
        return Located(none, none, none, none, none, np.zeros((0, 2, 2)), np.zeros(0, np.int64))
    downward = np.isnan(view.yaw_deg) & (np.abs(view.pitch_deg + 90) <= _STRAIGHT_DOWN_DEG)
    height = view.height_m - np.asarray(above_ground_m, np.float64)
    base = np.stack([np.where(downward, 0.0, view.yaw_deg), view.pitch_deg, view.roll_deg, height], axis=1)
    ray = lens.slopes(points)
    with np.errstate(invalid="ignore", divide="ignore"):
        lift = None if relief is None else _lift_of(view, relief)
        offset, down = _ground_offset(ray, base, lift)
        refused = _refusals(view, base, ray, down)
        refused[(refused == 0) & np.isnan(offset).any(axis=1)] = Refused.NO_RELIEF
        covariance = _covariance(points, ray, base, lens, doubt, ground_doubt_m, point_doubt_px, lift)
    # A doubt that reaches over the horizon leaves no ellipse.
    refused[(refused == 0) & ~np.isfinite(covariance).all(axis=(1, 2))] = Refused.TOO_FLAT
    around = (offset**2).sum(axis=1) / 2
    covariance[downward] += around[downward, None, None] * np.eye(2)
    offset[downward] = 0.0
    offset[refused != 0] = np.nan
    covariance[refused != 0] = np.nan
    lonlat = _degrees(view, offset)
    return Located(lonlat[:, 0], lonlat[:, 1], *ellipse(covariance), covariance, refused)


def project(
    lonlat: NDArray[np.floating],
    view: View,
    lens: Lens,
    above_ground_m: NDArray[np.floating] | float = 0.0,
    relief: Relief | None = None,
) -> Doubles:
    """px (N, 2) of places (N, 2) degrees at a height above the ground, one for all or (N,), seen from one pose or N;
    NaN for what lies behind the camera or where the pose, or the relief, is not known."""
    places = np.asarray(lonlat, np.float64).reshape(-1, 2)
    if len(view) == 1 and len(places) != 1:
        view = view.repeated(len(places))
    offset = _metres(view, places)
    fallen = (offset**2).sum(axis=1) / 2 / EARTH_RADIUS_M
    lifted = 0.0 if relief is None else relief(places[:, 0], places[:, 1])
    towards = np.column_stack([offset, above_ground_m + lifted - view.height_m - fallen])
    seen = np.einsum("nij,nj->ni", axes(view.yaw_deg, view.pitch_deg, view.roll_deg), towards)
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = np.where(seen[:, 2:] > 0, seen[:, :2] / seen[:, 2:], np.nan)
    return lens.pixels(slopes)


def metres_per_degree(lat: Doubles) -> tuple[Doubles, Doubles]:
    """Of longitude and of latitude (N,), at latitudes (N,) on the ellipsoid."""
    turned = np.radians(lat)
    bent = 1.0 - _ECCENTRICITY2 * np.sin(turned) ** 2
    normal = _EQUATOR_M / np.sqrt(bent)
    return np.radians(normal * np.cos(turned)), np.radians(normal * (1.0 - _ECCENTRICITY2) / bent)


def ellipse(covariance_m2: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Half axes (N,) of the 95 % ellipse in metres and the bearing (N,) of the longer one, of covariances (N, 2, 2) of
    east and north."""
    east, north, both = covariance_m2[:, 0, 0], covariance_m2[:, 1, 1], covariance_m2[:, 0, 1]
    middle, half = (east + north) / 2, np.hypot((east - north) / 2, both)
    bearing = np.degrees(np.arctan2(2 * both, north - east)) / 2 % 180.0
    minor = np.sqrt(np.maximum(middle - half, 0))
    return TWO_DIMENSIONS_95 * np.sqrt(middle + half), TWO_DIMENSIONS_95 * minor, bearing


def _ground_offset(ray: Doubles, base: Doubles, lift: Lift | None = None) -> tuple[Doubles, Doubles]:
    """East and north in metres from the point below the camera (N, 2), and how steeply each ray falls (N,), 0 to 1.
    `base` (N, 4) is yaw, pitch, roll, height."""
    turned = axes(base[:, 0], base[:, 1], base[:, 2])
    forward = np.column_stack([ray, np.ones(len(ray))])
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    world = np.einsum("nj,nji->ni", forward, turned)
    down = np.where(world[:, 2] < 0, -world[:, 2], np.nan)
    offset = world[:, :2] / down[:, None] * base[:, 3:]
    # The sea is round: 300 m away the ground has fallen by 7 mm, which a flat ray meets 2 cm farther.
    fallen = (offset**2).sum(axis=1, keepdims=True) / 2 / EARTH_RADIUS_M
    level = world[:, :2] / down[:, None]
    if lift is not None:
        return level * _fall_to(level, base[:, 3], lift)[:, None], down
    return level * (base[:, 3:] + fallen), down


def _fall_to(level: Doubles, height: Doubles, lift: Lift) -> Doubles:
    """By how many metres rays (N,) have fallen where they first meet the ground; NaN where they do not, or where how
    high that is is not known. `level` (N, 2) is how far each goes east and north while it falls by a metre.

    Each step is as long as cannot pass through ground that rises by no more than `_STEEPEST_RISE` (Hart 1996, sphere
    tracing, for a height field)."""
    away = np.linalg.norm(level, axis=1)
    fallen = np.zeros(len(level))
    for _ in range(_MOST_STEPS):
        offset = level * fallen[:, None]
        round_earth = (offset**2).sum(axis=1) / 2 / EARTH_RADIUS_M
        clear = height - fallen - lift(offset) + round_earth
        if np.nanmax(np.abs(clear), initial=0.0) < _MET_M:
            break
        fallen = fallen + clear / (1.0 + _STEEPEST_RISE * away)
    return np.where(np.abs(clear) < _MET_M, fallen, np.nan)


def _lift_of(view: View, relief: Relief) -> Lift:
    """The relief by metres east and north of the camera (N, 2)."""
    across, along = metres_per_degree(view.lat)

    def lift(offset: Doubles) -> Doubles:
        return relief(view.lon + offset[:, 0] / across, view.lat + offset[:, 1] / along)

    return lift


def _refusals(view: View, base: Doubles, ray: Doubles, down: Doubles) -> Ints:
    """Why each has no place; what is worse is written later."""
    refused = np.zeros(len(view), np.int64)
    refused[down < _LEAST_DOWN] = Refused.TOO_FLAT
    refused[np.isnan(down)] = Refused.ABOVE_HORIZON
    refused[np.isnan(ray).any(axis=1)] = Refused.OUTSIDE_LENS
    refused[np.isnan(base[:, :3]).any(axis=1)] = Refused.NO_GIMBAL
    refused[~(base[:, 3] > 0)] = Refused.NO_HEIGHT
    refused[np.isnan(view.lon) | np.isnan(view.lat)] = Refused.NO_POSE
    return refused


def _covariance(
    points: Doubles,
    ray: Doubles,
    base: Doubles,
    lens: Lens,
    doubt: Doubt,
    ground_doubt_m: float,
    point_doubt_px: NDArray[np.floating] | float,
    lift: Lift | None,
) -> Doubles:
    """Of east and north (N, 2, 2)."""
    total = np.zeros((len(points), 2, 2)) + np.eye(2) * doubt.horizontal_m**2
    steps = (doubt.yaw_deg, doubt.pitch_deg, doubt.roll_deg, float(np.hypot(doubt.height_m, ground_doubt_m)))
    for column, step in enumerate(steps):
        off = np.zeros(4)
        off[column] = step
        total += _spread(_ground_offset(ray, base + off, lift)[0], _ground_offset(ray, base - off, lift)[0])
    pixel = np.broadcast_to(np.hypot(doubt.pixel_px, point_doubt_px), len(points))[:, None]
    moved = [(points + off * pixel, points - off * pixel) for off in np.eye(2)]
    from_centre = points - lens.centre_px
    moved.append((points + from_centre * lens.focal_doubt, points - from_centre * lens.focal_doubt))
    for more, less in moved:
        total += _spread(*(_ground_offset(lens.slopes(px), base, lift)[0] for px in (more, less)))
    return total


def _spread(more: Doubles, less: Doubles) -> Doubles:
    half = (more - less) / 2
    return half[:, :, None] * half[:, None, :]


def _degrees(view: View, offset: Doubles) -> Doubles:
    """Along the geodesic: NaN stays NaN."""
    bearing = np.degrees(np.arctan2(offset[:, 0], offset[:, 1]))
    lon, lat, _ = _EARTH.fwd(view.lon, view.lat, bearing, np.hypot(offset[:, 0], offset[:, 1]))
    found = np.column_stack([lon, lat])
    found[np.isnan(offset).any(axis=1)] = np.nan
    return found


def _metres(view: View, lonlat: Doubles) -> Doubles:
    bearing, _, length = _EARTH.inv(view.lon, view.lat, lonlat[:, 0], lonlat[:, 1])
    turned = np.radians(bearing)
    return np.column_stack([np.sin(turned) * length, np.cos(turned) * length])
