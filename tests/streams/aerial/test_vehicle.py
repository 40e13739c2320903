"""A patrol car: a dash camera, and the track of a receiver that knows nothing of cameras."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from pydantic import ValidationError

from drone.telemetry import PoseTrack
from drone.telemetry.gnss import read_gpx
from streams.accuracy.aerial_scene import AerialScene, Flight
from streams.aerial.pipeline import AerialPipeline
from streams.aerial.poses import FilePoses
from streams.delivery.events import Event, SightedBy
from streams.settings.telemetry import DoubtSettings, TelemetrySettings
from streams.site import CameraSpec, ZoneSpec
from tests.streams.aerial.flights import START, WH, apart_m, kerb, look
from vision.types import Change

# A receiver of two bands, a camera whose mount was measured.
DASH = TelemetrySettings(
    source="vehicle",
    camera_height_m=1.5,
    mount_pitch_deg=-6.0,
    view_deg=70.0,
    ground_doubt_m=0.05,
    doubt=DoubtSettings(horizontal_m=1.5, yaw_deg=2.0, pitch_deg=0.5, pixel_px=1.0),
)
PARKED = ((5.8, 12.0), (5.8, 24.0))
SPEED_M_S, FROM_M = 6.0, -8.0


def drive(time_s: float) -> tuple[float, float, float, float, float]:
    return 1.5, FROM_M + SPEED_M_S * time_s, 1.5, 0.0, -6.0


SCENE = AerialScene(Flight(drive), PARKED, resolution_wh=WH)


def roadside() -> ZoneSpec:
    """The east side of the street, 12 m wide: what a receiver on a car can tell apart."""
    corners = SCENE.lonlat(np.array([[1.0, -30.0], [13.0, -30.0], [13.0, 60.0], [1.0, 60.0]]))
    return kerb(SCENE).model_copy(update={"lonlat": tuple(map(tuple, corners.tolist()))})


def gpx(begins_s: float, off_m: float = 0.0) -> PoseTrack:
    """What the car's receiver wrote, once a second, `off_m` to the east of where it was."""
    points = []
    for second in range(-1, 6):
        east, north, *_ = drive(float(second))
        lon, lat = SCENE.lonlat(np.array([[east + off_m, north]]))[0]
        at = START + timedelta(seconds=begins_s + second)
        points.append(f'<trkpt lat="{lat:.8f}" lon="{lon:.8f}"><time>{at.isoformat()}</time></trkpt>')
    return read_gpx(f"<gpx><trk><trkseg>{''.join(points)}</trkseg></trk></gpx>")


def passed(begins_s: float, state: bytes | None = None, off_m: float = 0.0) -> tuple[list[Event], bytes]:
    camera = CameraSpec(id="car-1", url="dash.mp4", telemetry=DASH, zone=(roadside(),))
    pipeline = AerialPipeline(camera, state, poses=FilePoses(DASH.prepared(gpx(begins_s, off_m))))
    events: list[Event] = []
    for at_s in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0):
        frame, found = look(SCENE, at_s, begins_s)
        assert pipeline.wants(frame).infer
        events += pipeline.step(frame, found)
    return events, pipeline.state()


def test_two_drives_the_dwell_apart_raise_the_parked_cars_from_the_vehicle() -> None:
    first, state = passed(0.0)
    assert first == []
    raised, _ = passed(900.0, state, off_m=1.0)
    assert [event.change for event in raised] == [Change.RAISED] * 2
    for event, place in zip(sorted(raised, key=lambda e: e.place.lat), PARKED, strict=True):  # type: ignore[union-attr]
        assert event.source is SightedBy.VEHICLE
        assert event.place is not None
        assert apart_m(event, SCENE, place) < event.place.semi_major_m
        assert apart_m(event, SCENE, place) < 3.5
        assert event.why["dwell_s"] == pytest.approx(900, abs=1)


def test_the_camera_looks_where_the_receiver_goes() -> None:
    track = DASH.prepared(gpx(0.0))
    assert track.values[2, 4] == pytest.approx(0.0, abs=0.01)
    assert track.values[2, 5] == -6.0


def test_a_vehicles_camera_needs_its_height() -> None:
    with pytest.raises(ValidationError, match="camera_height_m"):
        TelemetrySettings(source="vehicle")


def test_flat_views_are_sure_across_and_wide_along_the_line_of_sight() -> None:
    """From 1.5 m above the road half a degree is a metre and a half at 17 m: near looks say where, far ones that."""
    _, state = passed(0.0)
    camera = CameraSpec(id="car-1", url="dash.mp4", telemetry=DASH, zone=(roadside(),))
    pipeline = AerialPipeline(camera, state, poses=FilePoses(DASH.prepared(gpx(0.0))))
    assert len(pipeline.book.places) == 2
    for place in pipeline.book.places.values():
        spot = pipeline.spot(place)
        assert 4 < spot.semi_major_m < 12
        assert spot.bearing_deg < 40 or spot.bearing_deg > 140
