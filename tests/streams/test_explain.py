"""What each kind of stream gets decoded, and the reason that is told: real streams, all looked at side by side."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from streams.decoding.stats import EVERY_FRAME, KEY_FRAMES, REFERENCES
from streams.demo_camera.server import RtspServer
from streams.explain import Explained, explain
from streams.health.meter import CameraState
from streams.site import CameraSpec, ZoneSpec
from tests.streams.builders import encode, pictures
from tests.streams.test_codecs import H265, encoded
from vision.types import HazardKind

# Intra refresh is known for what it is after 10 s without a key frame.
_SECONDS = 13.0
_FRAMES = 400
ZONE = ZoneSpec(id="z", hazards=(HazardKind.ILLEGAL_PARKING,), polygon=((0, 0), (1, 0), (1, 1)))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Explained]]:
    folder = tmp_path_factory.mktemp("explain")
    usual = encode(folder / "usual.mp4", pictures(_FRAMES), "keyint=50:min-keyint=50:scenecut=0:bframes=0")
    urls = {
        "long": encode(
            folder / "long.mp4", pictures(_FRAMES), "keyint=200:min-keyint=200:scenecut=0:bframes=3:b-adapt=0"
        ),
        "refresh": encode(
            folder / "refresh.h264",
            pictures(_FRAMES),
            "keyint=50:intra-refresh=1:scenecut=0:bframes=0",
            container="h264",
        ),
        "hevc": encoded(folder / "hevc.mp4", "libx265", {"preset": "ultrafast", "x265-params": H265}, "yuv420p"),
        "mjpeg": encoded(folder / "motion.avi", "mjpeg", {}, "yuvj420p"),
        "missing": folder / "not-there.mp4",
    }
    with RtspServer({"usual": usual}) as server:
        cameras = [CameraSpec(id=name, url=str(url), zone=(ZONE,)) for name, url in urls.items()]
        cameras.append(CameraSpec(id="usual", url=server.url("usual"), zone=(ZONE,)))
        cameras.append(CameraSpec(id="two", url=str(urls["missing"]), watch_url=server.url("usual"), zone=(ZONE,)))
        told = explain(cameras, _SECONDS)
        yield {one.camera if one.stream == "main" else f"{one.camera}: {one.stream}": one for one in told}


def test_a_usual_camera_is_watched_on_its_key_frames(found: dict[str, Explained]) -> None:
    usual = found["usual"]
    assert (usual.health.codec, usual.health.b_frames, usual.health.decoding) == ("h264", False, KEY_FRAMES)
    assert usual.health.key_interval_s == pytest.approx(2.0, abs=0.1)
    assert usual.health.because is not None
    assert "a key frame every 2 s for a look every 2 s" in usual.health.because
    assert (usual.wanted_hz, usual.hazards) == (0.5, (HazardKind.ILLEGAL_PARKING,))
    assert usual.looks >= 2
    assert usual.receiver


def test_key_frames_too_far_apart_are_told_and_all_is_decoded(found: dict[str, Explained]) -> None:
    long = found["long"]
    assert long.health.decoding in (EVERY_FRAME, REFERENCES)
    assert long.health.b_frames is True
    assert long.health.key_interval_s == pytest.approx(8.0)
    assert long.health.because is not None
    assert "too seldom" in long.health.because
    assert long.looks >= 3


def test_a_stream_without_key_frames_is_told(found: dict[str, Explained]) -> None:
    refresh = found["refresh"]
    assert refresh.health.decoding in (EVERY_FRAME, REFERENCES)
    assert refresh.health.key_interval_s is None or refresh.health.because is not None
    assert refresh.health.because is not None
    assert "key frame" in refresh.health.because


@pytest.mark.parametrize(("camera", "codec"), [("hevc", "hevc"), ("mjpeg", "mjpeg")])
def test_other_codecs_are_watched_on_key_frames_too(found: dict[str, Explained], camera: str, codec: str) -> None:
    one = found[camera]
    assert (one.health.codec, one.health.decoding) == (codec, KEY_FRAMES)
    assert one.looks >= 1


def test_both_streams_of_a_camera_that_has_two_are_tried(found: dict[str, Explained]) -> None:
    sub, main = found["two: sub"], found["two: main, for evidence"]
    assert (sub.health.decoding, sub.looks >= 1) == (KEY_FRAMES, True)
    assert (main.looks, main.health.state) == (0, CameraState.DOWN)


def test_what_cannot_be_opened_says_why(found: dict[str, Explained]) -> None:
    missing = found["missing"]
    assert missing.health.state is CameraState.DOWN
    assert missing.looks == 0
    assert missing.health.error


def test_a_camera_that_is_silent_is_not_waited_for_longer_than_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        camera = CameraSpec(id="mute", url=f"rtsp://127.0.0.1:{silent.getsockname()[1]}/x", zone=(ZONE,))
        (one,) = explain([camera], 1.0)
    assert 1.0 <= one.seconds < 5.0
    assert one.health.state is CameraState.CONNECTING
