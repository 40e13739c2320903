"""MISB metadata against tstrans, which is written by others in another language: each reads what the other writes."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from drone.telemetry import klv, read_telemetry
from drone.telemetry.track import Timing
from tests.conftest import missing
from tests.drone.telemetry.test_klv import AT, pose, transport

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def tstrans() -> Any:
    try:
        import tstrans
        import tstrans.io
        import tstrans.klv
        import tstrans.mpegts
    except ImportError as error:  # wheels for Linux, macOS and Windows on 64 bits, none else
        missing(f"tstrans is not installed: {error}")
    return tstrans


def test_it_reads_a_packet_of_ours(tstrans: Any) -> None:
    told = tstrans.klv.decode_uas_datalink(klv.encode(klv.of_pose(pose(), view_deg=70.0, ground_amsl_m=110.0)))
    assert (told.field_errors, told.unknown) == ((), ())
    assert told.timestamp_us == round(AT.timestamp() * 1e6)
    assert (told.sensor_lat_deg, told.sensor_lon_deg) == pytest.approx((34.75, 113.65), abs=1e-7)
    assert told.sensor_alt_m == pytest.approx(170.25, abs=0.16)
    assert told.sensor_hfov_deg == pytest.approx(70.0, abs=0.002)
    assert (told.sensor_rel_az_deg, told.sensor_rel_el_deg) == pytest.approx((123.4, -42.5), abs=1e-6)
    assert told.frame_center_elev_m == pytest.approx(110.0, abs=0.16)


def test_its_packets_are_read_here(tstrans: Any) -> None:
    made = tstrans.klv.UasDatalinkLs(
        timestamp_us=round(AT.timestamp() * 1e6),
        platform_heading_deg=350.0,
        platform_pitch_full_deg=-12.5,
        platform_roll_full_deg=33.0,
        sensor_lat_deg=-34.75,
        sensor_lon_deg=-113.65,
        sensor_alt_m=1234.5,
        sensor_rel_az_deg=20.25,
        sensor_rel_el_deg=-60.5,
        sensor_rel_roll_deg=1.5,
    )
    (found,) = klv.packets(tstrans.klv.encode_uas_datalink(made))
    assert found is not None
    assert found.at == AT
    expected = {klv.LATITUDE: -34.75, klv.LONGITUDE: -113.65, klv.RELATIVE_AZIMUTH: 20.25, klv.HEADING: 350.0}
    for item, value in {**expected, klv.RELATIVE_ELEVATION: -60.5, klv.ALTITUDE: 1234.5}.items():
        assert found.get(item) == pytest.approx(value, abs=0.2 if item == klv.ALTITUDE else 0.003), item
    (told,) = klv.poses([found]).values
    assert not math.isnan(told[:2].sum())


def test_it_finds_our_packets_in_a_stream_at_their_times(tstrans: Any, tmp_path: Path) -> None:
    path = transport(tmp_path / "flight.ts", seconds=2)
    assert tstrans.io.probe(path).has_klv
    told = [(pts.seconds, one.sensor_rel_az_deg) for pts, _, one in tstrans.io.iter_uas_datalink(path)]
    times_s = np.array([at_s for at_s, _ in told])
    assert times_s - times_s[0] == pytest.approx(np.arange(10) * 0.2, abs=0.001)
    assert [yaw for _, yaw in told] == pytest.approx([number * 4.0 for number in range(10)], abs=1e-3)


@pytest.mark.parametrize("kind", ["SYNCHRONOUS_METADATA", "PRIVATE_DATA"])
def test_a_stream_that_it_muxed_is_read_here_at_its_times(tstrans: Any, tmp_path: Path, kind: str) -> None:
    """ST 1402 knows both: synchronous, whose packets have a header of their own before them, and private data."""
    mpegts = tstrans.mpegts
    program = mpegts.MuxerProgramConfigBuilder(1, 0x1000).add_video(0x100, mpegts.VideoCodec.H264)
    program = program.add_klv(0x101, mpegts.KlvStreamType[kind], carries_pts=True).pcr_pid(0x100)
    muxer = mpegts.Muxer(mpegts.MuxerConfig.builder().add_program(program.build()).build())
    path = tmp_path / "flight.ts"
    with muxer.write_file(path) as out:
        for number, (picture, is_key) in enumerate(_pictures(50)):
            at = mpegts.Pts90khz.from_raw(90_000 + number * 3600)
            out.push_video(picture, pts=at, key_frame=is_key)
            if number % 5 == 0:
                out.push_klv(klv.encode(klv.of_pose(pose(number / 25 * 20), 70.0)), pts=at)
    found = read_telemetry(path)
    assert (found.timing, len(found)) == (Timing.MEDIA, 10)
    assert found.times_s == pytest.approx(np.arange(10) * 0.2, abs=0.001)
    middle = found.at(1.0)
    assert middle is not None
    assert middle.gimbal_yaw_deg == pytest.approx(20.0, abs=1e-3)


def _pictures(count: int) -> Iterator[tuple[bytes, bool]]:
    """H.264 as it goes into a transport stream, and which of them is a key frame."""
    coder = av.CodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = 64, 48, "yuv420p", Fraction(1, 25)
    coder.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "25"}
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), number, np.uint8), format="bgr24")
        frame.pts, frame.time_base = number, Fraction(1, 25)
        for packet in coder.encode(frame):
            yield bytes(packet), packet.is_keyframe
