"""Real clips through the live code: a cabinet that is put down in the lane, and streets in which nothing is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.catalog import find
from models.session import open_session
from streams.delivery.events import Event
from streams.replay import replay
from streams.rules import rules_of
from streams.settings.fire_lane import FireLaneSettings
from streams.site import CameraSpec, ZoneSpec
from vision.detect import Detector
from vision.hazards.fire_lane import FireLane
from vision.types import Change, HazardKind

START = datetime(2026, 1, 1, tzinfo=UTC)
EVERYWHERE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
LANE = ((0.15, 1.0), (0.45, 1.0), (0.75, 0.1), (0.6, 0.1))


@pytest.fixture(scope="module")
def detector() -> Detector:
    spec = find("street-v4", None)
    return Detector(spec, open_session(spec, provider="cpu", threads=1).run)


def events(
    clip: Path, detector: Detector, dwell_s: float, polygon: tuple[tuple[float, float], ...], until_s: float = 60.0
) -> list[Event]:
    zone = ZoneSpec(id="lane", hazards=(HazardKind.FIRE_LANE,), polygon=polygon, dwell_s=dwell_s)
    camera = CameraSpec(id="cam-1", url=str(clip), zone=(zone,))
    found: list[Event] = []
    for look in replay(str(clip), camera, detector, start=START):
        found += look.events
        if look.frame.pts_s > until_s:
            break
    return found


def test_a_cabinet_in_the_lane_is_raised_and_cleared_within_two_seconds_of_its_time(
    assets: Path, detector: Detector
) -> None:
    """TRUTH.json: it stands from 5 s to 23 s."""
    found = events(assets / "clips" / "town_centre_goods.mp4", detector, 10, LANE)
    assert [event.change for event in found] == [Change.RAISED, Change.CLEARED]
    raised, cleared = found
    assert 15 <= raised.media_time_s <= 17
    assert 26 <= cleared.media_time_s <= 28
    x1, y1, x2, y2 = raised.xyxy
    assert (960 < (x1 + x2) / 2 < 1125, 380 < (y1 + y2) / 2 < 590) == (True, True)


@pytest.mark.parametrize(
    ("clip", "dwell_s"),
    [
        ("town_centre_walkers.mp4", 3),
        ("town_centre_group.mp4", 10),
        ("cars_passing_topdown.mp4", 4),
        ("ua_detrac_intersection.mp4", 4),
    ],
)
def test_walkers_groups_and_traffic_are_no_goods(clip: str, dwell_s: float, assets: Path, detector: Detector) -> None:
    found = events(assets / "clips" / clip, detector, dwell_s, EVERYWHERE, until_s=46)
    assert [event for event in found if event.why["what"] == "thing"] == []


def test_whoever_stands_and_is_seen_is_no_goods(assets: Path) -> None:
    """He fills the picture's height, back to the camera, and hardly stirs: the default detector misses him."""
    spec = find(str(assets / "weights" / "yolo11n_640_fp32.onnx"), None)
    detector = Detector(spec, open_session(spec, provider="cpu", threads=1).run)
    assert events(assets / "clips" / "one_person_at_a_time.mp4", detector, 10, EVERYWHERE, until_s=46) == []


def test_the_settings_reach_the_rule() -> None:
    zone = ZoneSpec(
        id="lane",
        hazards=(HazardKind.FIRE_LANE,),
        polygon=LANE,
        dwell_s=20,
        fire_lane=FireLaneSettings(things=False, dwell_s=45),
    )
    (rule,) = rules_of(CameraSpec(id="cam-1", url="rtsp://192.0.2.7/1", zone=(zone,))).values()
    assert isinstance(rule, FireLane)
    assert (rule.sees_colours, rule.dwell_s) == (False, 45)
