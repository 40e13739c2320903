"""Poses in between, across north and across gaps; cameras that are fixed to what carries them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from drone.errors import BadTelemetry
from drone.telemetry.track import LAT, LON, PITCH, YAW, PoseTrack, Timing, track

NONE = float("nan")


def made(*rows: tuple[float, float], lon: float = 113.65) -> PoseTrack:
    """Rows of time and yaw; a metre north each second."""
    return track(
        [(t, (lon, 34.75 + t / 111_320, 170.0, 60.0, yaw, -45.0, 0.0)) for t, yaw in rows], Timing.MEDIA, "test"
    )


def test_between_two_entries_and_across_north() -> None:
    found = made((0, 350), (1, 10)).at(0.5)
    assert found is not None
    assert found.gimbal_yaw_deg == pytest.approx(0.0, abs=1e-9)
    assert found.lat == pytest.approx(34.75 + 0.5 / 111_320)


def test_over_the_date_line() -> None:
    rows = [(t, (lon, 0.5, 0.0, 60.0, 0.0, -90.0, 0.0)) for t, lon in ((0, 179.9999), (1, -179.9999))]
    found = track(rows, Timing.MEDIA, "test").at(0.5)
    assert found is not None
    assert abs(found.lon) == pytest.approx(180.0, abs=1e-9)


def test_a_gap_is_unknown_and_its_ends_hold() -> None:
    one = made((0, 0), (1, 0), (10, 0), (11, 0))
    assert one.at(5.0) is None
    assert one.at(1.0) is not None
    assert one.at(12.0) is not None
    assert one.at(13.0) is None
    assert one.at(-5.0) is None


def test_captured_at_counts_from_the_clips_start() -> None:
    start = datetime(2026, 5, 1, 8, tzinfo=UTC)
    found = made((0, 0), (1, 0)).at(0.5, start)
    assert found is not None
    assert found.captured_at == datetime(2026, 5, 1, 8, 0, 0, 500_000, tzinfo=UTC)


def test_a_missing_angle_is_never_made_up() -> None:
    one = made((0, 20), (1, NONE), (2, NONE))
    assert one.at(0.2).gimbal_yaw_deg == pytest.approx(20)  # type: ignore[union-attr]
    assert one.at(0.8).gimbal_yaw_deg is None  # type: ignore[union-attr]
    assert one.at(1.5).gimbal_yaw_deg is None  # type: ignore[union-attr]


def test_positions_that_are_none_are_left_out() -> None:
    rows = [
        (t, (lon, lat, 0.0, 60.0, 0.0, -90.0, 0.0)) for t, lon, lat in ((0, 0.0, 0.0), (1, 113.65, 34.75), (2, 400, 3))
    ]
    found = track(rows, Timing.MEDIA, "test")
    assert len(found) == 1
    assert "2 entries" in found.notes[0]
    with pytest.raises(BadTelemetry, match="no position"):
        track(rows[:1], Timing.MEDIA, "test")


def test_a_dash_camera_looks_where_its_car_goes_and_at_rest_where_it_went() -> None:
    """East for five seconds, then a stop: a receiver at rest has no course."""
    rows = [(t, (113.65 + min(t, 5) * 1e-4, 34.75, 110.0, NONE, NONE, NONE, NONE)) for t in range(12)]
    one = track(rows, Timing.UTC, "test").mounted(10.0, -8.0, 0.0)
    assert one.values[2, YAW] == pytest.approx(100.0, abs=0.1)
    assert one.values[11, YAW] == pytest.approx(100.0, abs=0.1)
    assert (one.values[:, PITCH] == -8.0).all()


def test_a_mount_leaves_told_angles_alone() -> None:
    one = made((0, 20), (1, 20)).mounted(90.0, -8.0, 0.0)
    assert one.values[:, [YAW, PITCH]].tolist() == [[20.0, -45.0], [20.0, -45.0]]


def test_motion_around_a_moment() -> None:
    east, north, turn = made((0, 0), (1, 5), (2, 10), (3, 15)).motion(1.5)
    assert (east, north, turn) == pytest.approx((0.0, 1.0, 5.0), abs=1e-3)


def test_columns() -> None:
    assert made((0, 0), (1, 0)).values[0, [LON, LAT]].tolist() == [113.65, 34.75]
