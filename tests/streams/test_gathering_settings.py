"""What a site may say of gatherings and of the ground, and the rule that comes of it."""

from __future__ import annotations

import numpy as np
import pytest

from streams.errors import BadSite
from streams.rules import rules_of
from streams.settings.ground import GroundSettings
from streams.site import CameraSpec, parse_site
from vision.hazards.gathering import Gathering

SITE = """
[site]
name = "t"
[[camera]]
id = "c"
url = "x.mp4"
{ground}
[[camera.zone]]
id = "square"
hazards = ["gathering"]
polygon = [[0, 0], [1, 0], [1, 1], [0, 1]]
{gathering}
"""


def camera(gathering: str = "", ground: str = "") -> CameraSpec:
    return parse_site(SITE.format(gathering=gathering, ground=ground)).camera[0]


def test_without_a_word_the_defaults_hold() -> None:
    (rule,) = rules_of(camera()).values()
    assert isinstance(rule, Gathering)
    assert (rule._people, rule._fewest, rule._radius_m, rule._dwell_s, rule._clear_s) == (5, 3, 3.0, 60.0, 3.0)


def test_its_own_table_comes_before_the_zones_keys() -> None:
    spec = camera("dwell_s = 30\n[camera.zone.gathering]\npeople = 12\nradius_m = 6\nfewest = 4\nclear_s = 20")
    (rule,) = rules_of(spec).values()
    assert isinstance(rule, Gathering)
    assert (rule._people, rule._fewest, rule._radius_m, rule._dwell_s, rule._clear_s) == (12, 4, 6.0, 30.0, 20.0)


@pytest.mark.parametrize(
    ("gathering", "ground", "says"),
    [
        ("[camera.zone.gathering]\npeople = 5\nfewest = 5", "", "fewest must be below people"),
        ("[camera.zone.gathering]\nhours = ['late']", "", "hours must look like|day must be"),
        ("", "[camera.ground]\nheight_m = 5", "both height_m and tilt_deg"),
        ("", "[camera.ground]", "either points or both"),
        ("", "[camera.ground]\npoints = [[0.1,0.9,0,0],[0.2,0.8,1,1],[0.3,0.7,2,2],[0.9,0.9,5,0]]", "one line"),
    ],
    ids=["fewest", "hours", "half a camera", "nothing", "on a line"],
)
def test_what_cannot_be_is_refused_with_its_reason(gathering: str, ground: str, says: str) -> None:
    with pytest.raises(BadSite, match=says):
        camera(gathering, ground)


def test_measured_points_and_a_typed_camera_give_the_ground() -> None:
    typed = camera(ground="[camera.ground]\nheight_m = 6\ntilt_deg = 25\nview_deg = 62").ground
    assert typed is not None
    plane = typed.plane((1920, 1080))
    at = np.array([[0.2, 0.9], [0.8, 0.9], [0.7, 0.6], [0.3, 0.6]])
    metres = plane.metres(at * (1920, 1080))
    points = [[*map(float, px), *map(float, m)] for px, m in zip(at, metres, strict=True)]
    measured = camera(ground=f"[camera.ground]\npoints = {points}").ground
    assert measured is not None
    asked = np.array([[500.0, 700.0]])
    assert measured.plane((1280, 720)).metres(asked / 1.5) == pytest.approx(plane.metres(asked), rel=1e-4)


def test_measured_points_hold_for_pictures_of_every_size() -> None:
    far = [(0.4, 0.3, 0, 0), (0.45, 0.3, 6, 0), (0.44, 0.28, 6, 20), (0.41, 0.28, 0, 20)]
    ground = GroundSettings(points=tuple(far))
    at = np.array([[0.42, 0.29]])
    large, small = (ground.plane(wh).metres(at * wh) for wh in ((1920, 1080), (176, 144)))
    assert large == pytest.approx(small)
