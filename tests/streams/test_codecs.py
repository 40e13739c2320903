"""What cameras and recorders write is read: every codec and container gives the right picture at the right time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from streams.decoding.decode import Decoder
from streams.sources.source import open_source
from tests.conftest import missing
from tests.streams.builders import START, number_in, pictures

H265 = "keyint=25:min-keyint=25:open-gop=1:bframes=4:log-level=none"
H264 = "keyint=25:min-keyint=25:scenecut=0"

# file, encoder, its options, pixel format, whether key frames serve one look per second
TABLE = [
    pytest.param("a.mp4", "libx265", {"preset": "ultrafast", "x265-params": H265}, "yuv420p", True, id="h265 open GOP"),
    pytest.param("a.mkv", "libx264", {"x264-params": f"{H264}:open-gop=1:bframes=3"}, "yuv420p", True, id="open GOP"),
    pytest.param("a.ts", "libx264", {"x264-params": f"{H264}:bframes=3"}, "yuv420p", True, id="transport stream"),
    pytest.param("a.mp4", "libx264", {"x264-params": f"{H264}:interlaced=1:tff=1"}, "yuv420p", True, id="interlaced"),
    pytest.param("a.avi", "mjpeg", {}, "yuvj420p", True, id="motion JPEG"),
    pytest.param("a.avi", "mpeg4", {"bf": "2", "g": "50"}, "yuv420p", False, id="MPEG-4 part 2, rare key frames"),
]


def encoded(path: Path, encoder: str, options: dict[str, str], pixels: str) -> Path:
    if encoder not in av.codecs_available:
        missing(f"this PyAV has no {encoder}")
    with av.open(str(path), "w") as out:
        stream = out.add_stream(encoder, rate=25)
        stream.pix_fmt, stream.width, stream.height, stream.options = pixels, 320, 240, options
        for number, shown in enumerate(pictures(150)):
            frame = av.VideoFrame.from_ndarray(shown, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(("name", "encoder", "options", "pixels", "key_frames_serve"), TABLE)
def test_pictures_come_at_their_times(
    tmp_path: Path, name: str, encoder: str, options: dict[str, str], pixels: str, key_frames_serve: bool
) -> None:
    path = encoded(tmp_path / name, encoder, options, pixels)
    for looks_per_s, least in ((1.0, 6), (25.0, 150)):
        with open_source(str(path)) as source:
            decoder = Decoder(source, camera="c", looks_per_s=looks_per_s, fit_wh=(320, 240), start=START)
            frames = list(decoder.frames(source.packets()))
        assert len(frames) >= least
        assert [number_in(frame.rgb) for frame in frames] == [round(frame.pts_s * 25) for frame in frames]
        assert decoder.stats.errors == decoder.stats.corrupt == 0
        if looks_per_s == 1.0:
            assert decoder.stats.dense is not key_frames_serve
            assert (decoder.stats.decoded < 40) is key_frames_serve
