"""DJI subtitles: every dialect that is at hand, those broken on purpose, and small ones that say one thing each."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from drone.errors import BadTelemetry
from drone.telemetry import read_telemetry
from drone.telemetry.dji_srt import read_srt
from drone.telemetry.track import ABOVE_HOME, AMSL, LAT, LON, PITCH, ROLL, YAW

# lon, lat, height above home, gimbal yaw and pitch of the first entry, and how many entries have a position.
DIALECTS = {
    "Avata360.SRT": ((6.460739, 53.365080, 5.4, -162.8, 0.0), 5),
    "MAVIC3.srt": ((-3.37440, 3.41531, -2.4, None, None), 1376),
    "Mini5PRO.SRT": ((6.460719, 53.365108, 6.0, None, None), 5),
    "air3S.SRT": ((-84.176160, 34.270373, 0.0, None, None), 5),
    "air2s.srt": ((2.234156, 41.424724, None, None, None), 17),
    "m2zoom.SRT": ((74.398751, 31.452012, None, None, None), 1351),
    "matrice_300.srt": ((-6.1120, 36.6146, 0.3, None, None), 381),
    "mavic_2_style.SRT": ((149.0251, -20.2533, None, None, None), 463),
    "mavic_2pro_new.SRT": ((-60.286702, -35.080155, None, None, None), 1453),
    "mavic_air2.srt": ((2.162162, 41.420684, None, None, None), 25),
    "mavic_mini.SRT": ((-121.7458, 48.0771, 200.7, None, None), 117),
    "mavic_pro.SRT": ((149.0251, -20.2533, 1.9, None, None), 468),
    "mavic_pro_buggy.SRT": ((-1.2218, 42.4668, 0.0, None, None), 530),
    "mix_p4rtk_mavic2pro.srt": ((-59.409424, -34.650200, 17.39, -76.0, -27.3), 12),
    "old_format.SRT": ((149.0251, -20.2533, 1.9, None, None), 468),
    "p4_rtk.SRT": ((-58.851745, -34.237922, 85.8, 110.4, -24.4), 55),
    "p4p_sample.SRT": ((8.2090, 47.4692, 45.6, None, None), 5),
    "broken_incomplete.SRT": ((-58.4563, -34.7383, 20.1, None, None), 19),
    "broken_incomplete2.SRT": ((-57.823395, -34.869950, None, None, None), 4),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_each_dialect(assets: Path, name: str) -> None:
    found = read_telemetry(assets / "dji_srt" / name)
    expected, count = DIALECTS[name]
    first = [None if np.isnan(v) else v for v in found.values[0, [LON, LAT, ABOVE_HOME, YAW, PITCH]]]
    assert first == list(expected)
    assert len(found) == count
    assert found.has_gimbal == (expected[3] is not None)


@pytest.mark.parametrize("name", ["broken_empty.SRT", "broken_empty2.SRT", "mavic_air.SRT"])
def test_files_without_a_position_are_refused(assets: Path, name: str) -> None:
    with pytest.raises(BadTelemetry, match="no position"):
        read_telemetry(assets / "dji_srt" / name)


def test_no_file_of_the_folder_is_left_untried(assets: Path) -> None:
    refused = {"broken_empty.SRT", "broken_empty2.SRT", "mavic_air.SRT"}
    assert {path.name for path in (assets / "dji_srt").iterdir()} == set(DIALECTS) | refused


def test_home_and_the_distance_to_it_agree_with_the_position(assets: Path) -> None:
    """The Phantom writes how far home is (D): its own figure judges which of the numbers is longitude."""
    from geographiclib.geodesic import Geodesic

    found = read_telemetry(assets / "dji_srt" / "p4_rtk.SRT")
    lon, lat = found.values[0, [LON, LAT]]
    away = Geodesic.WGS84.Inverse(-34.232707, -58.847509, lat, lon)["s12"]
    assert away == pytest.approx(698.70, abs=1.5)


def test_an_entry_cut_off_within_a_number_is_left_out() -> None:
    found = read_srt(
        "1\n00:00:00,000 --> 00:00:00,040\n[latitude: 34.750000] [longitude: 113.650000] [rel_alt: 60.0]\n\n"
        "2\n00:00:00,040 --> 00:00:00,080\n[latitude: 34.750000] [longitude: 113.6"
    )
    assert len(found) == 1
    assert found.notes == ("1 damaged entries were left out",)


def test_decimal_commas() -> None:
    found = read_srt(
        "1\n00:00:00,000 --> 00:00:01,000\n[latitude: 34,750000] [longtitude: 113,650000]\n[rel_alt: 60,5]\n"
    )
    assert found.values[0, [LON, LAT, ABOVE_HOME]].tolist() == [113.65, 34.75, 60.5]
    found = read_srt("1\n00:00:00,000 --> 00:00:01,000\nGPS (113,650000, 34,750000, 16), D 1,0m, H 60,50m, H.S 0m/s\n")
    assert found.values[0, [LON, LAT, ABOVE_HOME]].tolist() == [113.65, 34.75, 60.5]


def test_an_altitude_without_a_datum_is_no_height_above_home(assets: Path) -> None:
    found = read_telemetry(assets / "dji_srt" / "air2s.srt")
    assert np.isnan(found.values[:, ABOVE_HOME]).all()
    assert found.values[0, AMSL] == 117.0
    assert "datum" in " ".join(found.notes)


def test_coarse_positions_are_known_to_be_coarse(assets: Path) -> None:
    coarse, fine = (read_telemetry(assets / "dji_srt" / name) for name in ("mavic_pro.SRT", "p4_rtk.SRT"))
    assert coarse.step_m == pytest.approx(3.2, abs=0.1)
    assert fine.step_m < 0.05


def test_the_order_of_gimbal_angles_is_pitch_roll_yaw() -> None:
    found = read_srt(
        "1\n00:00:00,000 --> 00:00:01,000\nF/5.6, GPS (113.65, 34.75, 15), H 85.80m, H.S 0.00m/s, "
        "F.PRY (2.7°, -7.0°, 110.1°), G.PRY (-24.4°, 1.5°, 120.4°)\n"
    )
    assert found.values[0, [YAW, PITCH, ROLL]].tolist() == [120.4, -24.4, 1.5]


def test_wall_time_is_that_of_the_first_picture_however_late_the_receiver_had_a_fix() -> None:
    text = "".join(
        f"{n + 1}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\n2026-05-01 08:00:{10 + n}.250\n"
        f"[latitude: {'n/a' if n < 30 else '34.750000'}] [longitude: {'n/a' if n < 30 else '113.650000'}]\n\n"
        for n in range(40)
    )
    found = read_srt(text)
    assert (found.span_s, found.began_at) == ((30.0, 39.0), datetime(2026, 5, 1, 8, 0, 10, 250_000))


def test_wall_time_and_lens(assets: Path) -> None:
    found = read_telemetry(assets / "dji_srt" / "m2zoom.SRT")
    assert found.began_at == datetime(2020, 4, 2, 15, 19, 58, 720_000)
    assert found.view_deg == pytest.approx(73.7, abs=0.1)  # 24 mm
