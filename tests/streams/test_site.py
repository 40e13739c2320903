"""Site files: what is taken, what is refused, and how a fault is told."""

from __future__ import annotations

import pytest

from models.spec import ObjectClass
from streams.errors import BadSite
from streams.site import parse_site
from vision.types import HazardKind

MINIMAL = """
[site]
name = "Danjiang"
timezone = "Asia/Shanghai"

[[camera]]
id = "cam-1"
url = "rtsp://user:secret@192.0.2.7/stream1"

[[camera.zone]]
id = "aisle"
hazards = ["illegal_parking"]
polygon = [[0.09, 0.08], [0.18, 0.08], [0.18, 0.19], [0.09, 0.19]]
dwell_s = 10
"""


def test_the_smallest_site_has_sensible_defaults() -> None:
    camera = parse_site(MINIMAL).camera[0]
    zone = camera.zone[0]
    assert (camera.transport, camera.datum, camera.enabled) == ("auto", "WGS-84", True)
    assert zone.dwell_for(HazardKind.ILLEGAL_PARKING) == 10
    assert zone.classes_for(HazardKind.ILLEGAL_PARKING) == (ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK)
    assert ObjectClass.TWO_WHEELER in zone.classes_for(HazardKind.FIRE_LANE)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("dwell_s = 10", "dwell = 10", "dwell"),
        ("dwell_s = 10", "dwell_s = -1", "greater than 0"),
        ("[0.18, 0.08]", "[1.8, 0.08]", "less than or equal to 1"),
        ("[0.18, 0.08], [0.18, 0.19]", "[0.18, 0.19], [0.18, 0.08]", "edges that cross"),
        ('"illegal_parking"', '"loitering"', "illegal_parking"),
        ("Asia/Shanghai", "Asia/Pingxiang", "IANA"),
        ('id = "cam-1"', 'id = "cam 1"', "camera.0.id"),
        ('id = "cam-1"', 'id = "cam-1"\nlon = 113.8', "both or neither"),
        ("dwell_s = 10", 'dwell_s = 10\nvehicles = ["tank"]', "tank"),
        ("[site]", "[site", "TOML"),
    ],
    ids=str,
)
def test_a_fault_is_told_with_its_place_and_without_the_password(old: str, new: str, complaint: str) -> None:
    with pytest.raises(BadSite, match=complaint) as caught:
        parse_site(MINIMAL.replace(old, new), "SITE.toml")
    assert "SITE.toml" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_every_fault_is_told_at_once() -> None:
    broken = MINIMAL.replace("dwell_s = 10", "dwell_s = -1").replace('"cam-1"', '"cam 1"')
    with pytest.raises(BadSite, match="2 fault"):
        parse_site(broken)


def test_ids_given_twice_are_named() -> None:
    with pytest.raises(BadSite, match="cam-1"):
        parse_site(MINIMAL + '\n[[camera]]\nid = "cam-1"\nurl = "x.mp4"\n')
