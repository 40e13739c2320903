"""Attitudes between frames, against turns that anybody can check in the head."""

from __future__ import annotations

import numpy as np
import pytest

from drone.attitude import angles, apart_deg, axes, carried, from_quaternion


def test_axes_and_angles_are_each_others_way_back() -> None:
    rng = np.random.default_rng(1)
    told = np.column_stack([rng.uniform(-180, 180, 200), rng.uniform(-89, 89, 200), rng.uniform(-179, 179, 200)])
    matrix = axes(*told.T)
    assert np.allclose(matrix @ matrix.transpose(0, 2, 1), np.eye(3), atol=1e-12)
    assert np.allclose(angles(matrix), told, atol=1e-7)


def test_straight_down_the_top_of_the_picture_points_where_yaw_says() -> None:
    right, down, forward = axes(90.0, -90.0, 0.0)
    assert np.allclose(forward, [0, 0, -1])
    assert np.allclose(-down, [1, 0, 0], atol=1e-12)
    assert np.allclose(right, [0, -1, 0], atol=1e-12)
    assert angles(axes(37.0, -90.0, 0.0)) == pytest.approx([37.0, -90.0, 0.0])


@pytest.mark.parametrize(
    ("vehicle", "relative", "expected"),
    [
        ((90, 0, 0), (0, -45, 0), (90, -45, 0)),
        ((90, 0, 0), (90, -45, 0), (180, -45, 0)),
        ((0, 0, 20), (90, 0, 0), (90, -20, 0)),  # banked to the right, the right wing's camera looks down
        ((0, 10, 0), (0, -40, 0), (0, -30, 0)),  # nose up takes the camera with it
        ((0, 0, 20), (0, 0, 0), (0, 0, 20)),
    ],
)
def test_a_sensor_turns_with_its_platform(
    vehicle: tuple[float, ...], relative: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    assert carried(vehicle, relative) == pytest.approx(expected, abs=1e-9)


def test_a_quaternion_of_yaw_90_pitched_down() -> None:
    yaw, pitch = np.radians(90) / 2, np.radians(-30) / 2
    w, x = np.cos(yaw) * np.cos(pitch), -np.sin(yaw) * np.sin(pitch)
    y, z = np.cos(yaw) * np.sin(pitch), np.sin(yaw) * np.cos(pitch)
    assert from_quaternion(w, x, y, z) == pytest.approx((90, -30, 0), abs=1e-9)


def test_angles_differ_by_the_shorter_way() -> None:
    assert apart_deg(-170, 170) == pytest.approx(20)
    assert apart_deg(10, 350) == pytest.approx(20)
