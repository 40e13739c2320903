"""Site files with cameras that move: zones on the ground, once for all, and what makes no sense refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.site.toml import site_toml
from streams.errors import BadSite
from streams.settings.telemetry import TelemetrySettings
from streams.site import load_site, parse_site, site_with_telemetry

CORNERS = "[[113.64, 34.74], [113.66, 34.74], [113.66, 34.76]]"
ZONE = f'[[zone]]\nid = "kerb"\nhazards = ["illegal_parking"]\nlonlat = {CORNERS}\n'
CAMERA = '[site]\nname = "town"\n[[camera]]\nid = "{0}"\nurl = "rtsp://192.0.2.7/1"\n'
MOVING = "[camera.telemetry]\nview_deg = 70.0\n"


def test_zones_of_the_site_are_those_of_every_camera_that_moves() -> None:
    second = '[[camera]]\nid = "car-1"\nurl = "udp://192.0.2.8:5600"\n[camera.telemetry]\nsource = "vehicle"\n'
    second += "camera_height_m = 1.4\n"
    fixed = '[[camera]]\nid = "cam-1"\nurl = "rtsp://192.0.2.9/1"\n'
    site = parse_site(CAMERA.format("drone-1") + MOVING + second + fixed + ZONE)
    assert [[zone.id for zone in camera.zone] for camera in site.camera] == [["kerb"], ["kerb"], []]
    assert site.camera[0].zone[0].lonlat == ((113.64, 34.74), (113.66, 34.74), (113.66, 34.76))


def test_a_cameras_own_zone_of_that_name_is_not_replaced() -> None:
    own = f'[[camera.zone]]\nid = "kerb"\nhazards = ["fire_lane"]\nlonlat = {CORNERS}\n'
    site = parse_site(CAMERA.format("drone-1") + MOVING + own + ZONE)
    assert [zone.hazards for zone in site.camera[0].zone] == [("fire_lane",)]


def test_a_site_with_zones_on_the_ground_comes_back_from_its_export() -> None:
    site = parse_site(CAMERA.format("drone-1") + MOVING + ZONE)
    assert parse_site(site_toml(site)) == site


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CAMERA.format("a") + ZONE, "none of its cameras has"),
        (
            CAMERA.format("a") + ZONE.replace("[[zone]]", "[[camera.zone]]"),
            "zones with lonlat need",
        ),
        (
            CAMERA.format("a") + MOVING + '[[camera.zone]]\nid = "z"\nhazards = ["fire_lane"]\n'
            "polygon = [[0, 0], [1, 0], [1, 1]]\n",
            "give lonlat for z",
        ),
        (CAMERA.format("a") + MOVING + ZONE.replace("113.66", "213.66"), "less than or equal to 180"),
        (CAMERA.format("a") + '[camera.telemetry]\nsource = "vehicle"\n', "camera_height_m"),
        (CAMERA.format("a") + "[camera.telemetry]\nmount_yaw_deg = 3.0\n", "mount_pitch_deg"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, said: str) -> None:
    with pytest.raises(BadSite, match=said):
        parse_site(text)


def test_a_file_of_telemetry_makes_the_camera_one_that_moves(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(CAMERA.format("drone-1") + ZONE)
    with pytest.raises(BadSite):
        load_site(path)
    camera = site_with_telemetry(path, None, tmp_path / "flight.srt").camera[0]
    assert camera.telemetry is not None
    assert camera.telemetry.file == str(tmp_path / "flight.srt")
    assert camera.zone[0].lonlat is not None


def test_an_unstated_lens_is_in_more_doubt_than_a_stated_one() -> None:
    assert TelemetrySettings().lens_for((1920, 1080)).focal_doubt == 0.1
    assert TelemetrySettings(view_deg=70).lens_for((1920, 1080)).focal_doubt == 0.01
