"""A street from a drone, rendered: every picture with the exact pose of its camera and the exact place of every car.

There is no public video with a gimbal's telemetry and surveyed truth; this is the one whose truth is in its plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from drone.lens import Lens
from drone.telemetry.track import PoseTrack, Timing, track
from drone.types import Pose
from drone.view import Ground, View
from models.scenes.camera import Camera
from models.scenes.ground import GroundPlan
from models.scenes.light import CLEAR_MORNING, Light
from models.scenes.motion import Trajectory, standing
from models.scenes.render import render
from models.scenes.scene import Actor, Pole, Scene, Thing, Tree
from models.scenes.vehicles import car
from models.spec import ObjectClass
from vision.types import Detections, Picture

_EARTH = Geod(ellps="WGS84")
_HALF_M = 90.0
_SEEN = 0.35  # share of a car that must be in the picture to be labelled


@dataclass(frozen=True, slots=True)
class Flight:
    """Where the camera is at a time: metres east and north of the scene's origin, metres above the ground, and yaw
    and pitch in degrees."""

    at: Callable[[float], tuple[float, float, float, float, float]]


def passing(
    height_m: float = 60.0,
    pitch_deg: float = -45.0,
    speed_m_s: float = 4.0,
    yaw_deg: float = 0.0,
    turn_deg_s: float = 0.0,
) -> Flight:
    """Straight over the street in its direction, looking ahead; the yaw may turn on the way."""

    def at(time_s: float) -> tuple[float, float, float, float, float]:
        yaw = math.radians(yaw_deg)
        back = height_m / math.tan(math.radians(-pitch_deg)) if pitch_deg > -89 else 0.0
        along = speed_m_s * time_s - back - 12.0
        return math.sin(yaw) * along, math.cos(yaw) * along, height_m, yaw_deg + turn_deg_s * time_s, pitch_deg

    return Flight(at)


@dataclass(frozen=True)
class AerialScene:
    """`parked_m` are east and north of cars at rest, all day; `driving` of those that drive, by time, None while they
    are away. `things`, `trees` and `poles` are what no detector has a class for. `origin` is lon, lat."""

    flight: Flight
    parked_m: tuple[tuple[float, float], ...]
    driving: tuple[Trajectory, ...] = ()
    origin: tuple[float, float] = (113.65, 34.75)
    ground_amsl_m: float = 110.0
    resolution_wh: tuple[int, int] = (960, 540)
    view_deg: float = 70.0
    seed: int = 5
    things: tuple[Thing, ...] = ()
    light: Light = CLEAR_MORNING
    trees: tuple[Tree, ...] = ()
    poles: tuple[Pole, ...] = ()

    @cached_property
    def lens(self) -> Lens:
        return Lens.from_view(self.view_deg, self.resolution_wh, focal_doubt=0.002)

    @cached_property
    def _actors(self) -> tuple[Actor, ...]:
        rng = np.random.default_rng(self.seed)
        parked = [Actor(ObjectClass.CAR, (car(rng),), standing(x, y, math.pi / 2)) for x, y in self.parked_m]
        driving = [Actor(ObjectClass.CAR, (car(rng),), path) for path in self.driving]
        # As actors they cast shadows; the labels leave them out.
        things = [Actor(ObjectClass.CAR, (t.mesh,), standing(t.x_m, t.y_m, t.heading_rad)) for t in self.things]
        return (*parked, *driving, *things)

    def lonlat(self, places_m: NDArray[np.floating]) -> NDArray[np.float64]:
        """Degrees (N, 2) of metres east and north (N, 2)."""
        places = np.asarray(places_m, np.float64).reshape(-1, 2)
        bearing = np.degrees(np.arctan2(places[:, 0], places[:, 1]))
        from_lon, from_lat = (np.full(len(places), value) for value in self.origin)
        lon, lat, _ = _EARTH.fwd(from_lon, from_lat, bearing, np.hypot(places[:, 0], places[:, 1]))
        return np.column_stack([lon, lat])

    def pose(self, time_s: float, start: datetime) -> Pose:
        """Exactly where the camera is."""
        east, north, height, yaw, pitch = self.flight.at(time_s)
        lon, lat = self.lonlat(np.array([[east, north]]))[0]
        home_m = height
        at = start + timedelta(seconds=time_s)
        return Pose(at, float(lon), float(lat), self.ground_amsl_m + height, home_m, yaw, pitch, 0.0)

    def telemetry(self, length_s: float, step_s: float = 0.2, noise: NoiseOf | None = None) -> PoseTrack:
        """Exact poses every so often, by media time; `noise(times)` (K, 7) is added where it is given."""
        times = np.arange(0.0, length_s + step_s, step_s)
        begin = datetime.fromisoformat("2026-05-01T00:00:00+00:00")
        rows = np.array([_values(self.pose(float(t), begin)) for t in times])
        if noise is not None:
            rows = rows + noise(times)
        return track(list(zip(times.tolist(), rows.tolist(), strict=True)), Timing.MEDIA, "rendered")

    def view(self, time_s: float) -> View:
        return View.of([self.pose(time_s, datetime.fromisoformat("2026-05-01T00:00:00+00:00"))], Ground())

    def picture(self, time_s: float) -> tuple[Picture, Detections, NDArray[np.int64]]:
        """RGB uint8 (H, W, 3), the cars in it, and for each its number: parked ones first, then driving ones."""
        east, north, height, yaw, pitch = self.flight.at(time_s)
        fov = math.radians(self.view_deg)
        camera = Camera(east, north, height, math.radians(yaw), math.radians(-pitch), fov, self.resolution_wh)
        scene = Scene(
            camera,
            _ground(self.seed),
            self.light,
            self._actors,
            trees=self.trees,
            poles=self.poles,
            seed=self.seed,
        )
        bgr, labels = render(scene, time_s, self.resolution_wh)
        seen = (labels.visible >= _SEEN) & (labels.actor < len(self.parked_m) + len(self.driving))
        found = Detections(labels.xyxy[seen], np.full(int(seen.sum()), 0.9, np.float32), labels.class_id[seen])
        return np.ascontiguousarray(bgr[:, :, ::-1]), found, labels.actor[seen]

    def pictures(self, length_s: float, fps: float) -> Iterator[Picture]:
        """BGR, for a clip."""
        for number in range(round(length_s * fps)):
            yield np.ascontiguousarray(self.picture(number / fps)[0][:, :, ::-1])


@lru_cache(maxsize=2)
def _ground(seed: int) -> GroundPlan:
    rng = np.random.default_rng(seed)
    plan = GroundPlan((-_HALF_M, -_HALF_M), (_HALF_M, _HALF_M), (108.0, 112.0, 110.0), rng, px_per_m=10.0)
    plan.strip((0, -_HALF_M), (0, _HALF_M), 14.0, (78.0, 78.0, 76.0))
    plan.dashes((0, -_HALF_M), (0, _HALF_M), 0.18, 4.0, 6.0, (215.0, 220.0, 220.0))
    for side in (-7.0, 7.0):
        plan.strip((side, -_HALF_M), (side, _HALF_M), 0.15, (220.0, 220.0, 220.0))
    for _ in range(60):
        corner = rng.uniform((9, -_HALF_M), (_HALF_M - 8, _HALF_M - 8)) * (rng.choice([-1, 1]), 1)
        wide, high = rng.uniform(2, 8, 2)
        shade = tuple(float(v) for v in rng.uniform(60, 190, 3))
        x, y = float(corner[0]), float(corner[1])
        plan.area([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)], (shade[0], shade[1], shade[2]))
    plan.wear(9.0)
    return plan


NoiseOf = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _values(pose: Pose) -> list[float]:
    told = (
        pose.lon,
        pose.lat,
        pose.altitude_amsl_m,
        pose.height_above_home_m,
        pose.gimbal_yaw_deg,
        pose.gimbal_pitch_deg,
        pose.gimbal_roll_deg,
    )
    return [math.nan if value is None else value for value in told]
