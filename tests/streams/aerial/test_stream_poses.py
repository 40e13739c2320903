"""Metadata within the stream: a picture finds the pose that was muxed beside it; a new connection begins anew."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from drone.telemetry import klv
from drone.types import Pose
from streams.aerial.poses import StreamPoses
from streams.decoding.decode import Decoder
from streams.decoding.picture import ArrayShot
from streams.errors import StreamLost
from streams.settings.telemetry import TelemetrySettings
from streams.sources.rtsp.source import RtspSource
from streams.sources.source import open_source
from tests.drone.telemetry.test_klv import transport
from tests.streams.conftest import GstServer
from vision.types import Frame

START = datetime(2026, 5, 1, 8, tzinfo=UTC)


def test_each_picture_finds_the_pose_beside_it(tmp_path: Path) -> None:
    """Yaw turns by 20 degrees a second: a picture's pose says what time the muxer thought it was."""
    path = transport(tmp_path / "flight.ts", seconds=6)
    poses = StreamPoses(TelemetrySettings())
    found = []
    with open_source(str(path)) as source:
        decoder = Decoder(source, camera="drone-1", looks_per_s=5, fit_wh=(64, 64), start=START, on_metadata=poses.feed)
        for frame in decoder.frames(source.packets()):
            pose = poses.pose(frame)
            if pose is not None and pose.gimbal_yaw_deg is not None:
                found.append((frame.pts_s, pose.gimbal_yaw_deg / 20))
    assert len(found) > 20
    # The pose of a moment may arrive a packet later than its picture: the last one holds.
    assert all(at_s - 0.25 <= told_s <= at_s + 0.05 for at_s, told_s in found)


def test_metadata_in_a_stream_of_its_own_is_joined_over_rtsp(tmp_path: Path, gst: Callable[..., GstServer]) -> None:
    """GStreamer's server sends KLV by RFC 6597. How bright a picture is says when it was made, and so does the yaw."""
    path = tmp_path / "flight.klv.mp4"
    with av.open(str(transport(tmp_path / "flight.ts", seconds=8))) as muxed, av.open(str(path), "w") as video:
        told = [((packet.pts or 0) * packet.time_base, bytes(packet)) for packet in muxed.demux(data=0) if packet.size]
        muxed.seek(0)
        out = video.add_stream_from_template(muxed.streams.video[0])
        for packet in muxed.demux(video=0):
            if packet.size:
                packet.stream = out
                video.mux(packet)
    began_s = told[0][0]
    lines = [f"{float(at_s - began_s)} {data.hex()}" for at_s, data in told]
    path.with_name(path.name + ".txt").write_text("\n".join(lines))
    server = gst(cam=path)
    poses = StreamPoses(TelemetrySettings())
    frames: list[Frame] = []
    with open_source(server.url("cam"), timeout_s=60) as source, suppress(StreamLost):
        assert isinstance(source, RtspSource)
        decoder = Decoder(source, camera="drone-1", looks_per_s=5, fit_wh=(64, 64), on_metadata=poses.feed)
        for frame in decoder.frames(source.packets()):
            frames.append(frame)
            if len(frames) == 30:
                break
    made_s = [(float(np.median(frame.luma)) - 16) * 255 / 219 / 25 for frame in frames]  # 16 is black
    found = [(at_s, pose) for at_s, frame in zip(made_s, frames, strict=True) if (pose := poses.pose(frame))]
    assert len(found) > 20
    assert poses.damaged == 0
    told_s = np.array([(pose.gimbal_yaw_deg or 0.0) / 20 for _, pose in found])
    assert np.abs(told_s - [at_s for at_s, _ in found]).max() < 0.3


def look(at_s: float) -> Frame:
    return Frame("drone-1", START + timedelta(seconds=at_s), at_s, (64, 48), ArrayShot(np.zeros((48, 64, 3), np.uint8)))


def packet(yaw_deg: float) -> bytes:
    return klv.encode(klv.of_pose(Pose(START, 113.65, 34.75, 170.0, None, yaw_deg, -45.0, 0.0), 70.0, 110.0))


def test_a_new_connection_begins_anew() -> None:
    poses = StreamPoses(TelemetrySettings())
    for second in range(100):
        poses.feed(float(second), packet(10.0))
    assert poses.pose(look(99.0)) is not None
    for second in range(3):
        poses.feed(float(second), packet(50.0))
    found = poses.pose(look(1.0))
    assert found is not None
    assert found.gimbal_yaw_deg == pytest.approx(50.0)
    assert poses.pose(look(99.0)) is None


def test_what_is_told_of_lens_and_ground_is_used_where_nothing_is_stated() -> None:
    poses = StreamPoses(TelemetrySettings())
    assert poses.track is None
    poses.feed(0.0, packet(10.0) + b"noise" + packet(10.0)[:40])
    assert poses.damaged == 1
    track = poses.track
    assert track is not None
    assert TelemetrySettings().ground(track).amsl_m == pytest.approx(110.0, abs=0.2)
    assert TelemetrySettings().lens_for((1280, 720), track).focal_px[0] == pytest.approx(914, abs=1)
    assert TelemetrySettings(ground_amsl_m=90).ground(track).amsl_m == 90.0
