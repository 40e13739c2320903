"""The datum of Chinese maps."""

from __future__ import annotations

from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.kit.gcj02 import gcj02_to_wgs84, in_china, to_wgs84, wgs84_to_gcj02

_METRES_PER_DEG = 111_320.0


def apart_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    return hypot((a[0] - b[0]) * cos(radians(a[1])), a[1] - b[1]) * _METRES_PER_DEG


@given(lon=st.floats(73, 136), lat=st.floats(3, 54))
def test_there_and_back_is_within_a_micrometre(lon: float, lat: float) -> None:
    assert apart_m(gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat)), (lon, lat)) <= 1e-6


@given(lon=st.floats(73, 136), lat=st.floats(3, 54))
def test_the_shift_is_some_hundreds_of_metres(lon: float, lat: float) -> None:
    assert 20 < apart_m(wgs84_to_gcj02(lon, lat), (lon, lat)) < 1500


def test_the_shift_at_foshan_is_the_one_that_was_measured() -> None:
    """About 630 m at 113.1, 23.02, measured with the JavaScript library gcoord 1.0.7."""
    assert apart_m(wgs84_to_gcj02(113.1, 23.02), (113.1, 23.02)) == pytest.approx(630, abs=15)


@pytest.mark.parametrize("place", [(139.7, 35.7), (2.35, 48.86), (-77.0, 38.9)], ids=["Tokyo", "Paris", "Washington"])
def test_outside_china_nothing_is_shifted(place: tuple[float, float]) -> None:
    assert not in_china(*place)
    assert wgs84_to_gcj02(*place) == place
    assert gcj02_to_wgs84(*place) == place


def test_cgcs2000_is_taken_as_wgs84() -> None:
    assert to_wgs84(113.85, 27.62, "CGCS2000") == (113.85, 27.62)
    assert to_wgs84(113.85, 27.62, "GCJ-02") != (113.85, 27.62)
