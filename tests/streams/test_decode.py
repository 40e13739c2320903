"""Few packets are decoded, and the right frames come out at the right times."""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from streams.decoding.decode import Decoder
from streams.decoding.decoders import KeyDecoders
from streams.decoding.encode import write_mp4
from streams.decoding.look import opened
from streams.decoding.picture import fitted
from streams.sources.source import Source, open_source
from tests.streams.builders import START, encode, number_in, picture, pictures
from vision.types import Frame

KEYS = KeyDecoders()


def decoder_for(source: Source, looks_per_s: float, fit: int = 320) -> Decoder:
    return Decoder(source, camera="cam-1", looks_per_s=looks_per_s, fit_wh=(fit, fit), start=START)


def decoded(path: Path, looks_per_s: float) -> tuple[list[Frame], Decoder]:
    with open_source(str(path)) as source:
        decoder = decoder_for(source, looks_per_s)
        return list(decoder.frames(source.packets())), decoder


def gaps_s(frames: list[Frame]) -> list[float]:
    return [b.pts_s - a.pts_s for a, b in pairwise(frames)]


def test_key_frames_alone_are_decoded_where_they_suffice(clip: Path) -> None:
    frames, decoder = decoded(clip, 1.0)
    assert [number_in(frame.rgb) for frame in frames] == [0, 25, 50, 75, 100, 125]
    assert decoder.stats.decoded == 6
    assert not decoder.stats.dense


def test_a_key_frame_comes_out_at_once_though_the_stream_reorders(tmp_path: Path) -> None:
    options = "keyint=25:min-keyint=25:scenecut=0:bframes=3:b-adapt=0"
    path = encode(tmp_path / "reordered.mp4", pictures(150), options)
    with open_source(str(path)) as source:
        decoder = decoder_for(source, 1.0)
        at_key = [
            (packet.pts, number_in(frame.rgb))
            for packet in source.packets()
            for frame in opened(decoder.feed(packet), KEYS)
        ]
    assert [number for _, number in at_key] == [0, 25, 50, 75, 100, 125]
    assert [round(pts * source.time_base * 25) for pts, _ in at_key[2:] if pts is not None] == [50, 75, 100, 125]
    assert not decoder.stats.dense


def test_every_picture_is_decoded_where_key_frames_are_too_rare(long_gop_clip: Path) -> None:
    frames, decoder = decoded(long_gop_clip, 5.0)
    assert decoder.stats.dense
    assert [number_in(frame.rgb) for frame in frames] == list(range(0, 250, 5))
    assert [frame.pts_s for frame in frames] == pytest.approx([0.2 * i for i in range(50)])


def test_unneeded_b_frames_are_not_decoded_at_low_rates(long_gop_clip: Path) -> None:
    frames, decoder = decoded(long_gop_clip, 0.5)
    assert max(gaps_s(frames)) <= 2.5
    assert decoder.stats.decoded < 0.5 * decoder.stats.packets


def test_b_frames_come_out_in_order_of_time(long_gop_clip: Path) -> None:
    frames, _ = decoded(long_gop_clip, 25.0)
    assert [number_in(frame.rgb) for frame in frames] == list(range(250))
    assert all(gap > 0 for gap in gaps_s(frames))


@pytest.mark.parametrize("looks_per_s", [0.5, 3.0])
def test_two_runs_give_identical_frames(long_gop_clip: Path, looks_per_s: float) -> None:
    def fingerprint() -> list[tuple[float, str]]:
        frames, _ = decoded(long_gop_clip, looks_per_s)
        return [(frame.pts_s, hashlib.sha256(frame.rgb.tobytes()).hexdigest()) for frame in frames]

    assert fingerprint() == fingerprint()


def test_a_raised_rate_takes_hold_between_two_key_frames(tmp_path: Path) -> None:
    path = tmp_path / "slow.mp4"
    write_mp4(path, pictures(300), fps=25, gop=50)
    with open_source(str(path)) as source:
        decoder = decoder_for(source, 0.5)
        seen: list[int] = []
        for i, packet in enumerate(source.packets()):
            if i == 120:
                assert not decoder.stats.dense
                decoder.looks_per_s = 5.0
            seen += [number_in(frame.rgb) for frame in opened(decoder.feed(packet), KEYS)]
    assert [number for number in seen if number <= 100] == [0, 50, 100]
    assert [number for number in seen if number > 100] == list(range(120, 300, 5))


def test_a_lowered_rate_goes_back_to_key_frames(clip: Path) -> None:
    with open_source(str(clip)) as source:
        decoder = decoder_for(source, 25.0)
        for i, packet in enumerate(source.packets()):
            if i == 60:
                decoder.looks_per_s = 1.0
            list(decoder.feed(packet))
    assert not decoder.stats.dense
    assert decoder.stats.decoded == 75


def test_frames_carry_their_place_in_time_and_size(clip: Path) -> None:
    with open_source(str(clip)) as source:
        frames = list(decoder_for(source, 1.0, fit=160).frames(source.packets()))
    frame = frames[2]
    assert (frame.camera, frame.source_wh, frame.rgb.shape) == ("cam-1", (320, 240), (120, 160, 3))
    assert (frame.captured_at - START).total_seconds() == pytest.approx(frame.pts_s) == pytest.approx(2.0)
    full = frame.full_bgr()
    assert full.shape == (240, 320, 3)
    assert full.dtype == frame.rgb.dtype == np.uint8
    assert np.abs(full.astype(int) - picture(50)).mean() < 6


def test_colours_are_in_the_order_that_they_are_called(tmp_path: Path) -> None:
    red = np.zeros((240, 320, 3), np.uint8)
    red[:, :, 2] = 220
    write_mp4(tmp_path / "red.mp4", [red] * 5, fps=25, gop=5)
    frames, _ = decoded(tmp_path / "red.mp4", 25.0)
    assert frames[0].rgb[100, 100].tolist() == pytest.approx([220, 0, 0], abs=8)
    assert frames[0].full_bgr()[100, 100].tolist() == pytest.approx([0, 0, 220], abs=8)


def test_broken_packets_are_counted_and_never_fatal(clip: Path, tmp_path: Path) -> None:
    data = bytearray(clip.read_bytes())
    middle = data.index(b"mdat") + 8
    rng = np.random.default_rng(7)
    for at in rng.integers(middle, len(data), 400):
        data[at] ^= 0xFF
    (tmp_path / "broken.mp4").write_bytes(data)
    frames, decoder = decoded(tmp_path / "broken.mp4", 25.0)
    assert decoder.stats.packets == 150
    assert decoder.stats.errors + decoder.stats.corrupt > 0
    assert all(gap > 0 for gap in gaps_s(frames))


def test_what_is_made_of_a_damaged_picture_is_not_shown_until_a_key_frame(tmp_path: Path) -> None:
    """A transport stream that lost packets of one picture: no decoder says anything of those that build upon it."""
    noise = np.random.default_rng(1)
    shown = [np.maximum(picture(n), noise.integers(0, 90, (240, 320, 1), np.uint8)) for n in range(150)]
    x264 = "keyint=50:min-keyint=50:scenecut=0:bframes=0"
    whole = encode(tmp_path / "whole.ts", shown, x264, container="mpegts").read_bytes()
    video = [at for at in range(0, len(whole), 188) if whole[at + 1] & 0x1F == 1 and whole[at + 2] == 0]
    lost = video[len(video) // 2 :][:3]
    (tmp_path / "lost.ts").write_bytes(
        b"".join(whole[at : at + 188] for at in range(0, len(whole), 188) if at not in lost)
    )
    frames, decoder = decoded(tmp_path / "lost.ts", 25.0)
    numbers = [round(frame.pts_s * 25) for frame in frames]
    missing = sorted({*range(150)} - {*numbers})
    assert missing == list(range(missing[0], 100))
    assert 51 <= missing[0] <= 99
    assert decoder.stats.corrupt + decoder.stats.errors >= len(missing) - 1


@pytest.mark.parametrize(("degrees", "turned"), [(-90, 3), (90, 1), (180, 2), (0, 0)])
@pytest.mark.parametrize("looks_per_s", [1.0, 25.0], ids=["key frames", "every frame"])
def test_a_file_that_says_how_it_is_to_be_turned_is_shown_upright(
    tmp_path: Path, degrees: int, turned: int, looks_per_s: float
) -> None:
    upright = np.zeros((320, 240, 3) if turned % 2 else (240, 320, 3), np.uint8)
    upright[:40, :60] = 220  # the upper left corner
    path = tmp_path / "phone.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"x264-params": "keyint=25:scenecut=0:bframes=0"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.set_display_rotation(degrees)
        stored = np.ascontiguousarray(np.rot90(upright, -turned))
        for _ in range(50):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(stored, format="bgr24")))
        out.mux(stream.encode(None))
    frames, _ = decoded(path, looks_per_s)
    assert len(frames) == 2 * looks_per_s
    for frame in frames:
        assert frame.source_wh == (upright.shape[1], upright.shape[0])
        assert np.abs(frame.full_bgr().astype(int) - upright).mean() < 6


def test_a_change_of_resolution_is_followed(tmp_path: Path) -> None:
    raw = b""
    for name, size in (("a.h264", (320, 240)), ("b.h264", (640, 360))):
        raw += encode(
            tmp_path / name, pictures(50, size), "keyint=25:scenecut=0:bframes=0", container="h264"
        ).read_bytes()
    (tmp_path / "both.h264").write_bytes(raw)
    frames, decoder = decoded(tmp_path / "both.h264", 25.0)
    assert [frame.source_wh for frame in frames] == [(320, 240)] * 50 + [(640, 360)] * 50
    assert frames[-1].rgb.shape == (180, 320, 3)
    assert [number_in(frame.rgb) for frame in frames] == [*range(50), *range(50)]
    assert decoder.stats.errors == 0


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Intra refresh: a wave of intra blocks every 50 pictures, marked by recovery points, and no key frame but one."""
    path = tmp_path_factory.mktemp("refresh") / "refresh.h264"
    return encode(path, pictures(800), "keyint=50:intra-refresh=1:scenecut=0:bframes=0", container="h264")


@pytest.mark.parametrize("looks_per_s", [0.5, 5.0])
def test_marked_recovery_points_are_not_taken_for_key_frames(refreshed: Path, looks_per_s: float) -> None:
    frames, decoder = decoded(refreshed, looks_per_s)
    assert [number_in(frame.rgb) for frame in frames] == [round(frame.pts_s * 25) for frame in frames]
    first, *rest = gaps_s(frames)
    # The first one was taken for a key frame, so one look had to wait for the wave to pass.
    assert first <= 4.1
    assert max(rest) <= 1.25 / looks_per_s + 0.1
    assert decoder.stats.dense


def test_a_stream_without_any_key_frame_is_shown_once_it_has_healed(refreshed: Path, tmp_path: Path) -> None:
    units = re.split(rb"\x00\x00\x00?\x01", refreshed.read_bytes())
    # No recovery points (NAL type 6), and joined after the only key frame (type 5).
    bare = [unit for unit in units[1:] if unit[0] & 0x1F not in (5, 6)]
    (tmp_path / "bare.h264").write_bytes(b"".join(b"\x00\x00\x00\x01" + unit for unit in bare))
    with open_source(str(tmp_path / "bare.h264")) as source:
        decoder = decoder_for(source, 5.0)
        packets = list(source.packets())
        for i, packet in enumerate(packets):
            packet.pts = packet.dts = round(i / 25 / source.time_base)
        frames = list(decoder.frames(iter(packets)))
    assert decoder.stats.key_packets == 0
    assert 20.0 <= frames[0].pts_s < 21.0
    # The first picture was cut out, so what is first here bears number 1.
    assert [number_in(frame.rgb) for frame in frames] == [round(frame.pts_s * 25) + 1 for frame in frames]


@pytest.mark.parametrize(
    ("pattern", "looks_per_s"),
    [("*.mp4", 0.5), ("*.avi", 0.5), ("ua_detrac*.mp4", 3.0), ("one_person*.mp4", 1.0), ("*.avi", 3.0)],
)
def test_real_clips_with_odd_key_frames_are_looked_at_often_enough(
    assets: Path, pattern: str, looks_per_s: float
) -> None:
    paths = sorted((assets / "clips").glob(pattern))
    assert paths
    for path in paths:
        frames, decoder = decoded(path, looks_per_s)
        assert decoder.stats.errors == decoder.stats.corrupt == 0, path.name
        assert frames[0].pts_s == pytest.approx(0.0, abs=0.1), path.name
        assert max(gaps_s(frames)) <= 1.25 / looks_per_s + 0.3, path.name


@pytest.mark.parametrize(
    ("source", "fit", "expected"),
    [
        ((1920, 1080), (640, 640), (640, 360)),
        ((960, 540), (640, 384), (640, 360)),
        ((320, 240), (640, 640), (320, 240)),
        ((321, 241), (640, 640), (320, 240)),
        ((1080, 1920), (640, 640), (360, 640)),
        ((4000, 10), (640, 640), (640, 2)),
    ],
)
def test_pictures_fit_evenly_and_are_never_enlarged(
    source: tuple[int, int], fit: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert fitted(source, fit) == expected
