"""Flights over the rendered street, cheap enough for tests: few looks, boxes by the scene's own truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from drone.telemetry import PoseTrack
from models.scenes.motion import Trajectory
from streams.accuracy.aerial_scene import AerialScene, passing
from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import FilePoses
from streams.decoding.picture import ArrayShot
from streams.delivery.events import Event
from streams.settings.telemetry import TelemetrySettings
from streams.site import CameraSpec, ZoneSpec
from vision.types import Detections, Frame, HazardKind, Picture

START = datetime(2026, 5, 1, 8, tzinfo=UTC)
WH = (640, 360)
PARKED = ((-5.8, 0.0), (-5.8, 6.0), (5.8, 10.0))  # two bumper to bumper, one across the street
SETTINGS = TelemetrySettings(view_deg=70.0, ground_doubt_m=0.05)


def street(
    *, parked: tuple[tuple[float, float], ...] = PARKED, drives: bool = False, turn_deg_s: float = 0.0
) -> AerialScene:
    driving = (
        (Trajectory(np.array([[0.0, 2.0, -60.0, math.pi / 2], [12.0, 2.0, 60.0, math.pi / 2]])),) if drives else ()
    )
    return AerialScene(passing(turn_deg_s=turn_deg_s), parked, driving, resolution_wh=WH)


def kerb(scene: AerialScene, *, dwell_s: float = 60.0, west: bool = True) -> ZoneSpec:
    """The west kerb, 4 m wide: where two of the three stand."""
    side = -1 if west else 1
    corners = scene.lonlat(np.array([[side * 4.0, -30.0], [side * 8.0, -30.0], [side * 8.0, 40.0], [side * 4.0, 40.0]]))
    lonlat = tuple((float(lon), float(lat)) for lon, lat in corners)
    return ZoneSpec.model_validate(
        {"id": "kerb", "hazards": [HazardKind.ILLEGAL_PARKING], "lonlat": lonlat, "dwell_s": dwell_s}
    )


def camera(zone: ZoneSpec, settings: TelemetrySettings = SETTINGS) -> CameraSpec:
    return CameraSpec(id="drone-1", url="file.mp4", telemetry=settings, zone=(zone,))


class Flown:
    """One pipeline over one or several passes of the scene."""

    def __init__(self, zone: ZoneSpec, settings: TelemetrySettings = SETTINGS, state: bytes | None = None) -> None:
        self.camera = camera(zone, settings)
        self.pipeline: AerialPipeline | None = None
        self.state = state
        self.events: list[Event] = []

    def fly(
        self,
        scene: AerialScene,
        looks_s: Iterable[float],
        begins_s: float = 0.0,
        noise: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
        blind: Callable[[float, Detections], Detections] | None = None,
    ) -> AerialPipeline:
        """A pass that begins so many seconds after `START`; a restart between passes, with the state kept."""
        track = scene.telemetry(12.0, noise=noise)
        pipeline = AerialPipeline(self.camera, self.state, poses=FilePoses(track))
        for at_s in looks_s:
            frame, found = look(scene, at_s, begins_s)
            if blind is not None:
                found = blind(at_s, found)
            assert pipeline.wants(frame).infer
            self.events += pipeline.step(frame, found)
        self.pipeline, self.state = pipeline, pipeline.state()
        return pipeline


_seen: dict[tuple[object, ...], tuple[Picture, Detections]] = {}


def look(scene: AerialScene, at_s: float, begins_s: float = 0.0) -> tuple[Frame, Detections]:
    """A look of the scene; pictures are rendered once for all tests."""
    things = tuple((thing.x_m, thing.y_m) for thing in scene.things)
    key = (scene.parked_m, len(scene.driving), scene.flight.at(1.0), at_s, scene.light, things)
    if key not in _seen:
        _seen[key] = scene.picture(at_s)[:2]
    picture, found = _seen[key]
    frame = Frame("drone-1", START + timedelta(seconds=begins_s + at_s), at_s, WH, ArrayShot(picture))
    return frame, found


def offset(east_m: float, north_m: float, yaw_deg: float = 0.0) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Telemetry that is off by the same all the time, as a receiver and a compass are on one day."""

    def noise(times: NDArray[np.float64]) -> NDArray[np.float64]:
        off = np.zeros((len(times), 7))
        off[:, 0] = east_m / (111_320 * math.cos(math.radians(34.75)))
        off[:, 1] = north_m / 111_320
        off[:, 4] = yaw_deg
        return off

    return noise


def apart_m(event: Event, scene: AerialScene, place_m: tuple[float, float]) -> float:
    assert event.place is not None
    lon, lat = scene.lonlat(np.array([place_m]))[0]
    east = (event.place.lon - lon) * 111_320 * math.cos(math.radians(lat))
    return math.hypot(east, (event.place.lat - lat) * 111_320)


__all__ = [
    "PARKED",
    "SETTINGS",
    "START",
    "WH",
    "Flown",
    "PoseTrack",
    "apart_m",
    "camera",
    "kerb",
    "look",
    "offset",
    "street",
]
