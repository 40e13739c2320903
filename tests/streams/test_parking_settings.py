"""The table `[camera.zone.parking]`: read, refused, written back, and given to the rule with the site's time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from api.site.toml import site_toml
from streams.decoding.picture import ArrayShot
from streams.errors import BadSite
from streams.pipeline import CameraPipeline
from streams.site import parse_site
from tests.vision.builders import WH, boxes, paint, street
from vision.types import Change, Frame

SITE = """
[site]
name = "x"
timezone = "Asia/Tokyo"

[[camera]]
id = "c"
url = "file:x"

[[camera.zone]]
id = "kerb"
hazards = ["illegal_parking"]
polygon = [[0, 0], [0.6, 0], [0.6, 1], [0, 1]]
dwell_s = 20

[camera.zone.parking]
hours = ["07:00-09:30"]
grace_s = 5
queue = [[[0.7, 0], [1, 0], [1, 1]]]
queue_s = 240

[[camera.zone.parking.exempt]]
name = "bay"
polygon = [[0, 0], [0.1, 0], [0.1, 0.2]]
hours = ["Mon-Fri 09:00-16:00", "Sat"]
vehicles = ["truck"]
limit_s = 900
"""


def test_settings_survive_the_round_trip() -> None:
    site = parse_site(SITE)
    assert parse_site(site_toml(site)) == site
    parking = site.camera[0].zone[0].parking
    assert (parking.grace_s, parking.queue_s, parking.exempt[0].limit_s) == (5, 240, 900)


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ('"07:00-09:30"', '"7 to 9"', "hours must look like"),
        ('["truck"]', '["person"]', "vehicles must be among"),
        ("[[0, 0], [0.1, 0], [0.1, 0.2]]", "[[0, 0], [0.1, 0], [0.2, 0]]", "polygon must be simple"),
        ("grace_s = 5", "graces = 5", "Extra inputs"),
        ("queue_s = 240", "queue_s = 0", "greater than 0"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(was: str, now: str, says: str) -> None:
    with pytest.raises(BadSite, match=rf"camera\.0\.zone\.0\.parking(.|\n)*{says}"):
        parse_site(SITE.replace(was, now))


@pytest.mark.parametrize(("timezone", "raises"), [("Asia/Tokyo", True), ("Europe/Berlin", False)])
def test_hours_are_those_of_the_site(timezone: str, raises: bool) -> None:
    """22:30 UTC is half past seven in Tokyo."""
    camera = parse_site(SITE).camera[0]
    pipeline = CameraPipeline(camera, timezone=timezone, gating=False)
    began = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    spot = (200.0, 150.0, 300.0, 220.0)
    picture, random = paint(street(), spot), np.random.default_rng(0)
    changes = []
    for at_s in range(0, 40, 2):
        noisy = np.clip(picture + random.integers(-2, 3, picture.shape), 0, 255).astype(np.uint8)
        frame = Frame("c", began + timedelta(seconds=at_s), at_s, WH, ArrayShot(noisy, WH))
        changes += [event.change for event in pipeline.step(frame, boxes(spot))]
    assert changes == ([Change.RAISED] if raises else [])
