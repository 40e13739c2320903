"""A camera over ground whose height a terrain file tells: places lie where that ground is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from streams.aerial.locator import Locator
from streams.errors import SourceUnusable
from streams.settings.telemetry import TelemetrySettings
from tests.streams.aerial.flights import PARKED, START, Flown, kerb, street
from vision.types import Change

LOOKS = (0.0, 1.0, 2.0)


def tile(folder: Path, amsl_m: float, north_m: float = 0.0) -> str:
    """An `.hgt` tile that rises by `north_m` per degree to the north, and is `amsl_m` high where the street is."""
    rows = amsl_m + north_m * ((35.0 - np.arange(1201) / 1200) - 34.75)
    heights = np.repeat(rows[:, None], 1201, axis=1).round().astype(">i2")
    (folder / "N34E113.hgt").write_bytes(heights.tobytes())
    return str(folder)


@pytest.mark.parametrize("home", [None, (113.65, 34.75)], ids=["above sea level", "above home"])
def test_over_terrain_cars_are_found_where_they_stand(tmp_path: Path, home: tuple[float, float] | None) -> None:
    """The scene's ground is 110 m above sea level, which nothing but the terrain says."""
    settings = TelemetrySettings(view_deg=70.0, ground_doubt_m=0.05, terrain=tile(tmp_path, 110.0), terrain_home=home)
    scene = street()
    flown = Flown(kerb(scene), settings)
    pipeline = flown.fly(scene, LOOKS)
    flown.fly(scene, LOOKS, begins_s=300)
    assert [event.change for event in flown.events] == [Change.RAISED] * 2
    truth = scene.lonlat(np.array(PARKED))
    for place in pipeline.book.places.values():
        lon, lat, _ = place.mean()
        off = np.linalg.norm((truth - (lon, lat)) * (91_470.0, 110_940.0), axis=1)
        assert off.min() < 1.0


def test_a_hillside_below_is_where_the_look_is_judged_from(tmp_path: Path) -> None:
    """One metre in ten to the north: the ground below the camera counts, and the rest against that."""
    settings = TelemetrySettings(terrain=tile(tmp_path, 110.0, north_m=11_094.0))
    locator, scene = Locator(settings), street()
    pose = scene.pose(0.0, START)
    view = locator.view(pose, None)
    relief = locator.relief(view)
    assert relief is not None
    south_m = (34.75 - pose.lat) * 110_940.0
    assert view.height_m[0] == pytest.approx(60.0 + 0.1 * south_m, abs=0.6)
    ahead = relief(np.array([pose.lon]), np.array([pose.lat + 100.0 / 110_940.0]))
    assert ahead[0] == pytest.approx(10.0, abs=1.1)  # whole metres at posts 93 m apart


def test_terrain_that_is_not_there_or_is_told_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable, match="holds no"):
        Locator(TelemetrySettings(terrain=str(tmp_path)))
    with pytest.raises(ValidationError, match="leave ground_amsl_m"):
        TelemetrySettings(terrain=str(tmp_path), ground_amsl_m=100.0)
    with pytest.raises(ValidationError, match="without terrain"):
        TelemetrySettings(terrain_home=(113.65, 34.75))
    beyond = Locator(TelemetrySettings(terrain=tile(tmp_path, 110.0)))
    pose = street().pose(0.0, START)
    assert not np.isfinite(beyond.view(replace(pose, lon=115.5), None).height_m[0])


def test_a_terrain_file_is_in_more_doubt_than_ground_that_somebody_states(tmp_path: Path) -> None:
    assert TelemetrySettings().ground_doubt_m == 0.5
    assert TelemetrySettings(terrain=str(tmp_path)).ground_doubt_m == 3.0
    assert TelemetrySettings(terrain=str(tmp_path), ground_doubt_m=0.2).ground_doubt_m == 0.2
