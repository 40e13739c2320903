"""What goes in comes out: frame for frame, key frames where they were asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streams.decoding.decode import Decoder
from streams.decoding.encode import EncodeError, write_mp4
from streams.sources.source import open_source
from tests.streams.builders import START, number_in, picture, pictures


@pytest.mark.parametrize("b_frames", [0, 3])
def test_every_frame_comes_back_at_its_time(tmp_path: Path, b_frames: int) -> None:
    path = tmp_path / "out.mp4"
    assert write_mp4(path, pictures(60), fps=12.5, gop=20, b_frames=b_frames) == 60
    with open_source(str(path)) as source:
        decoder = Decoder(source, camera="c", looks_per_s=100, fit_wh=(320, 240), start=START)
        frames = list(decoder.frames(source.packets()))
    assert [number_in(frame.rgb) for frame in frames] == list(range(60))
    assert [frame.pts_s for frame in frames] == pytest.approx([0.08 * i for i in range(60)])


def test_key_frames_stand_exactly_a_gop_apart(tmp_path: Path) -> None:
    cuts = [np.full((240, 320, 3), 255 * (i // 7 % 2), np.uint8) for i in range(50)]
    write_mp4(tmp_path / "out.mp4", cuts, fps=25, gop=10)
    with open_source(str(tmp_path / "out.mp4")) as source:
        assert [i for i, packet in enumerate(source.packets()) if packet.is_keyframe] == [0, 10, 20, 30, 40]


def test_the_same_pictures_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_mp4(tmp_path / name, pictures(30), fps=25, gop=10)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_bit_rate_is_kept(tmp_path: Path) -> None:
    noise = np.random.default_rng(1)
    frames = (noise.integers(0, 255, (240, 320, 3), np.uint8) for _ in range(100))
    write_mp4(tmp_path / "out.mp4", frames, fps=25, gop=25, bitrate_bps=500_000)
    assert (tmp_path / "out.mp4").stat().st_size * 8 / 4 == pytest.approx(500_000, rel=0.35)


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        pytest.param([np.zeros((241, 320, 3), np.uint8)], "even sizes, got 320x241", id="odd"),
        pytest.param([picture(0), np.zeros((120, 160, 3), np.uint8)], r"got uint8 \(120, 160, 3\)", id="changing"),
        pytest.param([], "no frames", id="none"),
    ],
)
def test_what_cannot_be_encoded_is_said_and_leaves_no_file(tmp_path: Path, frames: list, words: str) -> None:
    with pytest.raises(EncodeError, match=words):
        write_mp4(tmp_path / "out.mp4", frames, fps=25, gop=25)
    assert list(tmp_path.iterdir()) == []
