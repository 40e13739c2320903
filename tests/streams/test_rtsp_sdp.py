"""Session descriptions as cameras write them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.rtsp.sdp import parse

SPS, PPS = b"\x67\x64\x00\x28\xac", b"\x68\xee\x3c\x80"
SETS = ",".join(base64.b64encode(unit).decode() for unit in (SPS, PPS))
H264 = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=Media Presentation\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:rtsp://192.0.2.7/\r\n"
    "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:rtsp://192.0.2.7/trackID=2\r\n"
    "m=video 0 RTP/AVP 96\r\nb=AS:5000\r\na=control:rtsp://192.0.2.7/trackID=1\r\na=rtpmap:96 H264/90000\r\n"
    f"a=framerate:25.0\r\na=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets={SETS}\r\n"
    "m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:trackID=3\r\n"
)


def test_the_video_is_found_among_other_media() -> None:
    described = parse(H264)
    assert described.control == "rtsp://192.0.2.7/"
    assert [media.kind for media in described.media] == ["audio", "video", "application"]
    video = described.video
    assert video is not None
    assert (video.codec, video.payload_type, video.clock_hz, video.frame_rate) == ("h264", 96, 90_000, 25.0)
    assert video.control == "rtsp://192.0.2.7/trackID=1"
    assert video.parameter_sets == (SPS, PPS)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_end_of_line_will_do(end: str) -> None:
    assert parse(H264.replace("\r\n", end)) == parse(H264)


def video(media: str, *attributes: str) -> tuple[str | None, int, str]:
    found = parse("v=0\r\n" + "\r\n".join((media, *attributes))).video
    assert found is not None
    return found.codec, found.payload_type, found.encoding


@pytest.mark.parametrize(
    ("media", "attributes", "wanted"),
    [
        pytest.param("m=video 0 RTP/AVP 98", ["a=rtpmap:98 H265/90000"], ("hevc", 98, "H265"), id="H.265"),
        pytest.param("m=video 0 RTP/AVP 96", ["a=rtpmap:96 h264/90000"], ("h264", 96, "H264"), id="small letters"),
        pytest.param("m=video 0 RTP/AVP 26", [], (None, 26, "JPEG"), id="static JPEG"),
        pytest.param("m=video 0 RTP/AVP 96", ["a=rtpmap:96 MP4V-ES/90000"], (None, 96, "MP4V-ES"), id="MPEG-4"),
        pytest.param("m=video 0 RTP/AVP 96 97", ["a=rtpmap:97 H264/90000"], ("h264", 97, "H264"), id="the second type"),
        pytest.param("m=video 0 RTP/AVP 9", ["a=rtpmap:96 H264/90000"], (None, 9, ""), id="type without a map"),
        pytest.param("m=video", [], (None, -1, ""), id="cut short"),
    ],
)
def test_the_codec_is_that_of_the_payload_type(
    media: str, attributes: list[str], wanted: tuple[str | None, int, str]
) -> None:
    assert video(media, *attributes) == wanted


@pytest.mark.parametrize(
    ("sets", "wanted"),
    [
        pytest.param(SETS.replace("=", ""), (SPS, PPS), id="no padding"),
        pytest.param(base64.b64encode(b"\0\0\0\1" + SPS).decode(), (SPS,), id="with a start code"),
        pytest.param("%%%," + SETS, (SPS, PPS), id="one is no Base64"),
        pytest.param("", (), id="none"),
    ],
)
def test_parameter_sets_are_read_as_far_as_they_are_any(sets: str, wanted: tuple[bytes, ...]) -> None:
    found = parse(H264.replace(SETS, sets)).video
    assert found is not None
    assert found.parameter_sets == wanted


@given(st.text(max_size=400))
def test_nonsense_is_no_video_at_worst(text: str) -> None:
    parse(text)
    parse("m=video 0 RTP/AVP 96\r\n" + text)
