"""GPX and NMEA, as receivers and phones write them, damaged ones too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from drone.errors import BadTelemetry
from drone.telemetry import read_telemetry
from drone.telemetry.gnss import read_gpx, read_nmea
from drone.telemetry.track import AMSL, LAT, LON, YAW

GPX = """<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="34.750000" lon="113.650000"><ele>110.5</ele><time>2026-05-01T08:00:00Z</time></trkpt>
<trkpt lat="34.750090" lon="113.650000"><time>2026-05-01T16:00:01.500+08:00</time></trkpt>
<trkpt lat="34.750100" lon="113.650000"></trkpt></trkseg></trk></gpx>"""


def sentence(body: str) -> str:
    total = 0
    for byte in body.encode():
        total ^= byte
    return f"${body}*{total:02X}\r\n"


NMEA = (
    sentence("GNGGA,080000.00,3445.00000,N,11339.00000,E,1,10,0.9,110.5,M,-15.0,M,,")
    + sentence("GNRMC,080000.00,A,3445.00000,N,11339.00000,E,9.7,0.0,010526,,,A")
    + sentence("GNRMC,080001.25,A,3445.00540,N,11339.00000,E,9.7,0.0,010526,,,A")
)


def test_gpx() -> None:
    found = read_gpx(GPX)
    assert found.values[0, [LON, LAT, AMSL]].tolist() == [113.65, 34.75, 110.5]
    assert found.span_s == (
        datetime(2026, 5, 1, 8, tzinfo=UTC).timestamp(),
        datetime(2026, 5, 1, 8, 0, 1, 500_000, tzinfo=UTC).timestamp(),
    )
    assert "1 points" in found.notes[0]
    assert np.isnan(found.values[:, YAW]).all()


def test_nmea() -> None:
    found = read_nmea(NMEA)
    assert found.values[0, [LON, LAT, AMSL]] == pytest.approx([113.65, 34.75, 110.5])
    assert found.values[1, LAT] == pytest.approx(34.75009)
    assert found.times_s[1] - found.times_s[0] == pytest.approx(1.25)


def test_south_and_west() -> None:
    found = read_nmea(sentence("GPRMC,080000,A,3445.0000,S,05839.0000,W,9.7,0.0,010526,,,A"))
    assert found.values[0, [LON, LAT]] == pytest.approx([-58.65, -34.75])


def test_damaged_and_void_sentences_are_left_out() -> None:
    void = sentence("GNRMC,080002.00,V,,,,,,,010526,,,N")
    found = read_nmea(NMEA.replace("3445.00540", "3445.90540") + void)
    assert len(found) == 1
    assert "1 damaged" in found.notes[0]


def test_a_bomb_of_entities_is_refused() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><gpx>&b;</gpx>'
    with pytest.raises(BadTelemetry, match="GPX"):
        read_gpx(bomb)


def test_files_are_known_by_their_content(tmp_path: Path) -> None:
    for name, text in (("a.dat", GPX), ("b.dat", NMEA), ("c.gpx", GPX), ("d.nmea", NMEA)):
        (tmp_path / name).write_text(text)
        assert len(read_telemetry(tmp_path / name)) == 2
    (tmp_path / "e.dat").write_text("hello")
    with pytest.raises(BadTelemetry, match="not a format that is known here"):
        read_telemetry(tmp_path / "e.dat")
    with pytest.raises(BadTelemetry, match="No such file"):
        read_telemetry(tmp_path / "none.gpx")
