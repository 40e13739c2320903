"""One look of a moving camera: where on the ground each detection is, and whether it moves there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from drone.attitude import axes
from drone.errors import DroneError
from drone.lens import Lens
from drone.locate import Doubt, Located, Relief, ellipse, locate, project
from drone.telemetry import PoseTrack
from drone.telemetry.track import ABOVE_HOME
from drone.terrain import Terrain, read_terrain
from drone.types import Pose
from drone.view import Ground, View
from models.spec import ObjectClass
from streams.errors import SourceUnusable
from streams.settings.telemetry import TelemetrySettings
from vision.ego_motion import Motion, own_motion
from vision.types import Detections, Floats

Doubles = NDArray[np.float64]

_EARTH = Geod(ellps="WGS84")

# Half the height in metres of each class: where the middle of a box round it is, seen from above.
HALF_HEIGHT_M = {
    ObjectClass.PERSON: 0.85,
    ObjectClass.TWO_WHEELER: 0.6,
    ObjectClass.CAR: 0.75,
    ObjectClass.BUS: 1.6,
    ObjectClass.TRUCK: 1.5,
}
# Metres from the foot that is seen of each class to its middle: half of something between its width and its length.
_HALF_DEPTH_M = {
    ObjectClass.PERSON: 0.2,
    ObjectClass.TWO_WHEELER: 0.6,
    ObjectClass.CAR: 1.6,
    ObjectClass.BUS: 3.5,
    ObjectClass.TRUCK: 3.0,
}
_BOX_DOUBT = 0.06  # a detector's box is off by about this share of its size
_STEEP_DEG = 15.0  # looking down by less, the foot of a box says more than its middle
_EDGE_PX = 2.0
_MOVES_M_S, _FASTEST_M_S, _COARSE_M_S = 0.7, 16.0, 8.0
_SHAKES = 2.0  # standard deviations of a box's jitter that are no motion


@dataclass(frozen=True, slots=True)
class Sightings:
    """What one look saw, row i of detection i. `located` are places; `at_rest` int8 (N,) is 1 for what stays on the
    ground, 0 for what moves there, -1 where no earlier look tells. `link` int64 (N,) is the row of the look before
    that is the same thing, -1 where none is. `speed_m_s` (N,) is NaN where not known. `whole` (N,) is False for boxes
    that the picture's edge cuts."""

    at_s: float
    detections: Detections
    located: Located
    at_rest: NDArray[np.int8]
    link: NDArray[np.int64]
    speed_m_s: Doubles
    whole: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.detections)


class Locator:
    """A camera's settings put to use: lens, ground and doubts for each look. Raises `SourceUnusable` where its terrain
    cannot be read."""

    def __init__(self, settings: TelemetrySettings) -> None:
        self.settings = settings
        self._doubt = settings.doubts()
        self._terrain = None if settings.terrain is None else _terrain(settings.terrain)

    def lens(self, source_wh: tuple[int, int], track: PoseTrack | None) -> Lens:
        return self.settings.lens_for(source_wh, track)

    def view(self, pose: Pose | None, track: PoseTrack | None) -> View:
        """The pose as arrays, above the ground below the camera."""
        if pose is not None and self.settings.camera_height_m is not None:
            pose = replace(pose, height_above_home_m=self.settings.camera_height_m)
        if pose is None or self._terrain is None:
            return View.of([pose], self.settings.ground(track))
        return View.of([pose], self._level(pose.lon, pose.lat))

    def relief(self, view: View) -> Relief | None:
        """The ground as `drone.locate` takes it, against that below the camera; None where it is taken to be level."""
        if self._terrain is None:
            return None
        terrain, below = self._terrain, self._terrain.heights_amsl_m(view.lon, view.lat)[0]
        return lambda lon, lat: terrain.heights_amsl_m(lon, lat) - below

    def level(self, track: PoseTrack) -> Ground:
        """The level that a whole flight is judged by: that of the ground below its middle."""
        if self._terrain is None:
            return self.settings.ground(track)
        lon, lat = (float(one) for one in np.nanmedian(track.values[:, :2], axis=0))
        return self._level(lon, lat)

    def _level(self, lon: float, lat: float) -> Ground:
        """The ground at a place as a level; where terrain has no height there, no height above it is known."""
        assert self._terrain is not None
        at = [(lon, lat), *([self.settings.terrain_home] if self.settings.terrain_home is not None else [])]
        here, *home = self._terrain.heights_amsl_m(*np.array(at, np.float64).T).tolist()
        if home:
            return Ground(None, home[0] - here, self.settings.ground_doubt_m)
        return Ground(here, 0.0, self.settings.ground_doubt_m)

    def prepared(self, track: PoseTrack) -> PoseTrack:
        """The track with the camera's own height, where it keeps one."""
        if self.settings.camera_height_m is None:
            return track
        values = track.values.copy()
        values[:, ABOVE_HOME] = self.settings.camera_height_m
        return replace(track, values=values)

    def doubt(self, track: PoseTrack | None, time_s: float) -> Doubt:
        """What is stated, and what coarse positions and clocks out of step add while the camera moves."""
        if track is None:
            return self._doubt
        east, north, turn = track.motion(time_s)
        off_s = self.settings.doubt.time_s
        horizontal = float(np.hypot(self._doubt.horizontal_m, track.step_m))
        return replace(
            self._doubt,
            horizontal_m=float(np.hypot(horizontal, np.hypot(east, north) * off_s)),
            yaw_deg=float(np.hypot(self._doubt.yaw_deg, abs(turn) * off_s)),
        )

    def locate(
        self, detections: Detections, source_wh: tuple[int, int], view: View, lens: Lens, doubt: Doubt
    ) -> Located:
        """Where each detection stands. Seen steeply it is the middle of its box, half its height over the ground; seen
        flat, the foot of it."""
        boxes = np.asarray(detections.xyxy, np.float64)
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        steep = looks_down_deg(middle, view, lens) >= _STEEP_DEG
        foot = np.column_stack([middle[:, 0], boxes[:, 3]])
        half = np.array([HALF_HEIGHT_M[ObjectClass(int(one))] for one in detections.class_id], np.float64)
        size = np.sqrt(np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0), axis=1))
        found = locate(
            np.where(steep[:, None], middle, foot),
            view,
            lens,
            doubt,
            self.settings.ground_doubt_m,
            above_ground_m=np.where(steep, half, 0.0),
            point_doubt_px=_BOX_DOUBT * size,
            relief=self.relief(view),
        )
        depth = np.array([_HALF_DEPTH_M[ObjectClass(int(one))] for one in detections.class_id], np.float64)
        return _pushed(found, view, np.where(steep, 0.0, depth))

    def covariance_m2(self, point_px: Doubles, view: View, lens: Lens, doubt: Doubt) -> Doubles:
        """How sure the place on the ground is that a px (1, 2) shows, (2, 2) of east and north; NaN where none is."""
        found = locate(point_px, view, lens, doubt, self.settings.ground_doubt_m, relief=self.relief(view))
        return np.asarray(found.covariance_m2[0])

    def moving(
        self, motion: Motion | None, before: Floats, now: Detections, view: View, lens: Lens, elapsed_s: float
    ) -> tuple[NDArray[np.int8], NDArray[np.int64], Doubles]:
        """At rest or not, the row of the look before, and the speed in m/s, by the ground's motion."""
        at_rest, speed = np.full(len(now), -1, np.int8), np.full(len(now), np.nan)
        if motion is None or elapsed_s <= 0 or not len(now):
            return at_rest, np.full(len(now), -1, np.int64), speed
        boxes = np.asarray(now.xyxy, np.float64)
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        flat = bool(np.nanmedian(looks_down_deg(middle, view, lens)) < _STEEP_DEG)
        anchor = np.column_stack([middle[:, 0], boxes[:, 3]]) if flat else middle
        reach_px = np.nan_to_num(_FASTEST_M_S * elapsed_s / metres_per_px(view, lens, anchor))
        link, moved_px = own_motion(motion, before, now.xyxy, reach_px, by_foot=flat)
        size = np.sqrt(np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0), axis=1))
        shake_px = _SHAKES * (_BOX_DOUBT / 2 * size + motion.error_px)
        here = _plane(view, lens, anchor)
        speed = np.linalg.norm(here - _plane(view, lens, anchor - moved_px), axis=1) / elapsed_s
        up = np.column_stack([np.zeros(len(now)), shake_px])
        least = np.linalg.norm(here - _plane(view, lens, anchor + up), axis=1) / elapsed_s
        # So far off that only traffic at speed would show, nothing is said.
        known = (link >= 0) & np.isfinite(speed) & ((least <= _COARSE_M_S) | (speed > 2 * least))
        at_rest[known] = (speed <= np.maximum(_MOVES_M_S, least))[known]
        return at_rest, link, speed


def _terrain(path: str) -> Terrain:
    try:
        return read_terrain(Path(path))
    except (DroneError, OSError) as error:
        raise SourceUnusable(f"terrain {path}: {error}") from error


def _pushed(found: Located, view: View, depth_m: Doubles) -> Located:
    """Places moved away from the camera by a depth (N,), which is in doubt by half of it."""
    if not depth_m.any():
        return found
    bearing, _, _ = _EARTH.inv(np.full(len(found), view.lon[0]), np.full(len(found), view.lat[0]), found.lon, found.lat)
    lon, lat, _ = _EARTH.fwd(found.lon, found.lat, bearing, depth_m)
    away = np.column_stack([np.sin(np.radians(bearing)), np.cos(np.radians(bearing))])
    covariance = found.covariance_m2 + (depth_m / 2)[:, None, None] ** 2 * away[:, :, None] * away[:, None, :]
    return Located(lon, lat, *ellipse(covariance), covariance, found.refused)


def metres_per_px(view: View, lens: Lens, points_px: Doubles) -> Doubles:
    """How much ground a px covers there (N,): the geometric mean of both directions; NaN at the horizon."""
    here, right, down = (
        _plane(view, lens, points_px + np.array(step)) for step in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    )
    across, along = right - here, down - here
    found: Doubles = np.sqrt(np.abs(across[:, 0] * along[:, 1] - across[:, 1] * along[:, 0]))
    return found


def pose_homography(before: View, now: View, lens: Lens, source_wh: tuple[int, int]) -> Doubles | None:
    """How the ground should have moved in the picture by telemetry alone, px to px; None where it does not tell."""
    wide, high = source_wh
    points = np.array([[0.1 * wide, high], [0.9 * wide, high], [0.2 * wide, 0.6 * high], [0.8 * wide, 0.6 * high]])
    found = locate(points, before, lens)
    if found.refused.any():
        return None
    there = project(np.column_stack([found.lon, found.lat]), now, lens)
    if not np.isfinite(there).all():
        return None
    rows = []
    for (x, y), (u, v) in zip(points, there, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y, -u], [0, 0, 0, x, y, 1, -v * x, -v * y, -v]]
    matrix: Doubles = np.linalg.svd(np.array(rows))[2][-1].reshape(3, 3)
    return None if abs(matrix[2, 2]) < 1e-12 else matrix / matrix[2, 2]


def cut_by_edge(xyxy: Floats, source_wh: tuple[int, int]) -> NDArray[np.bool_]:
    """Boxes (N, 4) that the picture's edge cuts: their middle is not the thing's."""
    inside = np.concatenate([xyxy[:, :2], np.array(source_wh) - xyxy[:, 2:]], axis=1)
    return np.asarray((inside <= _EDGE_PX).any(axis=1), np.bool_)


def _rays(view: View, lens: Lens, points_px: Doubles) -> Doubles:
    seen = np.column_stack([lens.slopes(points_px), np.ones(len(points_px))])
    seen /= np.linalg.norm(seen, axis=1, keepdims=True)
    found: Doubles = seen @ axes(view.yaw_deg[0], view.pitch_deg[0], view.roll_deg[0])
    return found


def _plane(view: View, lens: Lens, points_px: Doubles) -> Doubles:
    ray = _rays(view, lens, points_px)
    found: Doubles = ray[:, :2] / np.where(ray[:, 2:] < 0, -ray[:, 2:], np.nan) * view.height_m[0]
    return found


def looks_down_deg(points_px: Doubles, view: View, lens: Lens) -> Doubles:
    """By how much the line of sight of each px (N, 2) looks down."""
    found: Doubles = np.degrees(np.arcsin(np.clip(-_rays(view, lens, points_px)[:, 2], -1, 1)))
    return found
