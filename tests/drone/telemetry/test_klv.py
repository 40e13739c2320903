"""MISB ST 0601: the standard's own example packets, klvdata as the judge of ours, and what a bad link does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import klvdata
import numpy as np
import pytest

from drone.errors import BadTelemetry
from drone.telemetry import klv, read_telemetry
from drone.telemetry.track import AMSL, LAT, LON, PITCH, ROLL, YAW, Timing
from drone.types import Pose

AT = datetime(2026, 5, 1, 8, 0, 0, 250_000, tzinfo=UTC)


def pose(yaw: float = 123.4, pitch: float = -42.5, roll: float = 3.0) -> Pose:
    return Pose(AT, 113.65, 34.75, 170.25, None, yaw, pitch, roll)


def test_the_standards_own_example(assets: Path) -> None:
    data = (assets / "telemetry" / "klv_DynamicOnlyMISMMS.bin").read_bytes()
    (found,) = klv.packets(data)
    assert found is not None
    assert found.at == datetime(2009, 1, 12, 22, 8, 22, tzinfo=UTC)
    expected = {
        klv.HEADING: 159.974365,
        klv.PITCH: -0.431531724,
        klv.ROLL: 3.40586566,
        klv.LATITUDE: 60.1768229669783,
        klv.LONGITUDE: 128.426759042045,
        klv.ALTITUDE: 14190.7195,
        klv.VIEW_ACROSS: 144.571298,
        klv.RELATIVE_AZIMUTH: 160.719211474396,
        klv.RELATIVE_ELEVATION: -168.792324833941,
        klv.SLANT_RANGE: 68590.98,
        klv.CENTRE_ELEVATION: 3216.03723,
    }
    for item, value in expected.items():
        assert found.get(item) == pytest.approx(value, rel=1e-6), item


def test_a_packet_whose_sum_is_wrong_is_counted_and_left_out(assets: Path) -> None:
    """The sample with constant items carries a sum that is not its own."""
    data = (assets / "telemetry" / "klv_DynamicConstantMISMMS.bin").read_bytes()
    assert list(klv.packets(data)) == [None]
    with pytest.raises(BadTelemetry, match="no position"):
        klv.read_klv(data)


def test_klvdata_reads_what_is_written() -> None:
    (packet,) = klvdata.StreamParser(klv.encode(klv.of_pose(pose(), view_deg=70.0, ground_amsl_m=110.0)))
    told = {key[0]: item.value.value for key, item in packet.items.items() if hasattr(item, "value")}
    assert told[klv.LATITUDE] == pytest.approx(34.75, abs=1e-7)
    assert told[klv.LONGITUDE] == pytest.approx(113.65, abs=1e-7)
    assert told[klv.ALTITUDE] == pytest.approx(170.25, abs=0.16)
    assert told[klv.VIEW_ACROSS] == pytest.approx(70.0, abs=0.002)
    assert told[klv.RELATIVE_AZIMUTH] == pytest.approx(123.4, abs=1e-6)
    assert told[klv.RELATIVE_ELEVATION] == pytest.approx(-42.5, abs=1e-6)
    assert told[klv.CENTRE_ELEVATION] == pytest.approx(110.0, abs=0.16)
    assert told[2] == AT


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(123.4, -42.5, 3.0), (-170.0, -89.0, 0.0), (0.0, 10.0, -20.0)])
def test_a_pose_comes_back(yaw: float, pitch: float, roll: float) -> None:
    found = klv.read_klv(klv.encode(klv.of_pose(pose(yaw, pitch, roll), 70.0, 110.0)))
    assert found.values[0, [LON, LAT, YAW, PITCH, ROLL]] == pytest.approx([113.65, 34.75, yaw, pitch, roll], abs=1e-5)
    assert found.values[0, AMSL] == pytest.approx(170.25, abs=0.16)
    assert found.timing is Timing.UTC
    assert found.times_s[0] == AT.timestamp()
    assert found.view_deg == pytest.approx(70.0, abs=0.002)
    assert found.ground_amsl_m == pytest.approx(110.0, abs=0.16)


def test_the_sensor_turns_with_its_platform() -> None:
    values = {
        klv.LATITUDE: 34.75,
        klv.LONGITUDE: 113.65,
        klv.HEADING: 90.0,
        klv.PITCH: 0.0,
        klv.ROLL: 20.0,
        klv.RELATIVE_AZIMUTH: 89.0,
        klv.RELATIVE_ELEVATION: 0.0,
    }
    found = klv.read_klv(klv.encode(klv.Metadata(AT, values)))
    assert found.values[0, [YAW, PITCH]] == pytest.approx([178.94, -20.0], abs=0.01)
    del values[klv.HEADING]
    assert not klv.read_klv(klv.encode(klv.Metadata(AT, values))).has_gimbal


def test_noise_and_cut_packets_between_good_ones() -> None:
    good = [klv.encode(klv.of_pose(pose(), 70.0)) for _ in range(3)]
    broken = bytearray(good[1])
    broken[40] ^= 0x55
    found = list(klv.packets(b"\x00\x01noise" + good[0] + bytes(broken) + b"xx" + good[2] + good[0][:50]))
    assert [one is not None for one in found] == [True, False, True, False]


def test_a_packet_of_a_receiver_without_a_time_is_left_out_though_its_sum_is_right() -> None:
    good = klv.encode(klv.of_pose(pose()))
    at = (AT - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    unset = good[:-2].replace(at.to_bytes(8, "big"), b"\xff" * 8)
    unset += klv._sum(unset).to_bytes(2, "big")
    found = klv.read_klv(good + unset)
    assert (len(found), found.notes) == (1, ("1 damaged packets were left out",))


def test_every_cut_and_every_flipped_byte_is_survived() -> None:
    packet = klv.encode(klv.of_pose(pose(), 70.0))
    for place in range(len(packet)):
        assert not any(klv.packets(packet[:place]))
        flipped = bytearray(packet)
        flipped[place] ^= 0xFF
        assert not any(one is not None for one in klv.packets(bytes(flipped)))


def test_a_value_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="expected -900 to 19000"):
        klv.encode(klv.Metadata(AT, {klv.ALTITUDE: 25_000.0}))


def test_packets_beside_pictures_are_timed_by_when_they_are_shown(tmp_path: Path) -> None:
    path = transport(tmp_path / "flight.ts", seconds=4)
    found = read_telemetry(path)
    assert found.timing is Timing.MEDIA
    assert len(found) == 20
    assert found.times_s[0] == pytest.approx(0.0, abs=0.05)
    assert np.diff(found.times_s) == pytest.approx(0.2, abs=0.01)
    middle = found.at(2.0)
    assert middle is not None
    assert middle.gimbal_yaw_deg == pytest.approx(40.0, abs=1e-3)


def test_a_video_without_a_data_track_is_refused(tmp_path: Path) -> None:
    path = transport(tmp_path / "plain.ts", seconds=1, metadata=False)
    with pytest.raises(BadTelemetry, match="without a data track"):
        read_telemetry(path)


def transport(path: Path, seconds: int, *, metadata: bool = True) -> Path:
    """MPEG-TS with a picture 25 times a second and a packet 5 times, yaw 20 degrees a second."""
    with av.open(str(path), "w", format="mpegts") as out:
        video = out.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        data = out.add_data_stream("klv") if metadata else None
        for number in range(25 * seconds):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(video.encode(frame))
            if data is not None and number % 5 == 0:
                yaw = number / 25 * 20
                packet = av.Packet(klv.encode(klv.of_pose(pose(yaw), 70.0)))
                packet.stream, packet.time_base = data, Fraction(1, 90_000)
                packet.pts = packet.dts = number * 3600
                out.mux(packet)
        out.mux(video.encode(None))
    return path
