"""A clip is read back by decoding it: each picture carries its number, so nothing missing or doubled stays unseen."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from streams.evidence.clip import Clip, ClipImpossible, Timed, decoding_times, from_key, write_clip
from streams.sources.ring import PacketRing
from streams.sources.source import open_source
from streams.sources.timeline import Timeline
from tests.streams.builders import START, encode, number_in, pictures

_GOP = "keyint=25:min-keyint=25:scenecut=0"


def recorded(path: Path) -> tuple[list[Timed], str, bytes | None]:
    """All packets of a file as a ring would give them, with the source's codec and extradata."""
    ring = PacketRing()
    with open_source(str(path)) as source:
        timeline = Timeline(source.time_base, source.frame_interval_s)
        for packet in source.packets():
            ring.add(packet, timeline.place(packet))
        return ring.clip(0.0, math.inf), source.codec, source.extradata


def shown(path: Path) -> list[tuple[int, float]]:
    """Number and time in seconds of every picture in a clip."""
    with av.open(str(path)) as clip:
        return [
            (number_in(frame.to_ndarray(format="bgr24")), round(float(frame.time or 0), 3))
            for frame in clip.decode(video=0)
        ]


def cut(source: Path, to: Path, from_s: float, to_s: float) -> Clip:
    packets, codec, extradata = recorded(source)
    return write_clip(to, from_key(packets, from_s, to_s), codec=codec, extradata=extradata, began_at=START)


def encode_with(path: Path, codec: str, options: dict[str, str], pix_fmt: str = "yuv420p") -> Path:
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options)  # type: ignore[call-overload]
        stream.width, stream.height, stream.pix_fmt = 320, 240, pix_fmt
        for number, picture in enumerate(pictures(150)):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


_OPEN = "keyint=27:min-keyint=1:scenecut=0:bframes=3:b-adapt=0:open-gop=1"
_X265 = {"preset": "ultrafast", "x265-params": f"{_GOP}:bframes=3:log-level=none"}
_FILES: dict[str, Callable[[Path], Path]] = {
    "H.264 in MP4": lambda d: encode(d / "a.mp4", pictures(150), f"{_GOP}:bframes=0"),
    "H.264 in MP4, B-frames": lambda d: encode(d / "a.mp4", pictures(150), f"{_GOP}:bframes=3:b-adapt=0"),
    "H.264 Annex B, open groups": lambda d: encode(d / "a.ts", pictures(150), _OPEN),
    "H.264 in slices": lambda d: encode(d / "a.mkv", pictures(150), f"{_GOP}:bframes=0", slices=4),
    "H.264 in AVI, no pts": lambda d: encode(d / "a.avi", pictures(150), f"{_GOP}:bframes=0"),
    "H.265 in MP4": lambda d: encode_with(d / "a.mp4", "libx265", _X265),
    "H.265 Annex B": lambda d: encode_with(d / "a.ts", "libx265", _X265),
}


@pytest.mark.parametrize("make", _FILES.values(), ids=_FILES.keys())
def test_a_clip_has_every_picture_from_the_key_frame_before_to_its_end(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    packets, codec, extradata = recorded(make(tmp_path))
    key_s = max(at_s for at_s, packet in packets if packet.is_keyframe and at_s <= 2.5)
    run = from_key(packets, 2.5, 4.5)
    clip = write_clip(tmp_path / "clip.mp4", run, codec=codec, extradata=extradata, began_at=START)
    first = round(key_s * 25)
    numbers = [number for number, _ in shown(clip.path)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    # Containers may begin a frame or two late; times here are the source's own.
    assert abs(numbers[0] - first) <= 2
    assert numbers[-1] - numbers[0] >= round((4.5 - key_s) * 25)
    assert [at_s for _, at_s in shown(clip.path)] == pytest.approx([i / 25 for i in range(len(numbers))], abs=2e-3)
    assert clip.pictures == len(numbers)
    assert clip.duration_s == pytest.approx(len(numbers) / 25, abs=0.01)


def test_b_frames_that_came_with_presentation_times_alone_get_decoding_times(tmp_path: Path) -> None:
    """RTP carries no decoding times."""
    packets, codec, extradata = recorded(_FILES["H.264 in MP4, B-frames"](tmp_path))
    bare = [(at_s, replace(packet, dts=None, origin=None, duration=None)) for at_s, packet in packets]
    write_clip(tmp_path / "clip.mp4", from_key(bare, 2.0, 4.0), codec=codec, extradata=extradata, began_at=START)
    numbers, times = zip(*shown(tmp_path / "clip.mp4"), strict=True)
    assert numbers == tuple(range(50, 50 + len(numbers)))
    assert list(times) == pytest.approx([i / 25 for i in range(len(numbers))], abs=2e-3)


def test_pictures_that_the_last_ones_refer_to_stay_in_the_clip(tmp_path: Path) -> None:
    """Wanting up to the first B-frame of a run takes the P-frame that comes after it, or it could not be decoded."""
    packets, codec, extradata = recorded(_FILES["H.264 in MP4, B-frames"](tmp_path))
    run = from_key(packets, 2.0, 2.04)
    write_clip(tmp_path / "clip.mp4", run, codec=codec, extradata=extradata, began_at=START)
    assert [number for number, _ in shown(tmp_path / "clip.mp4")][:2] == [50, 51]


def test_leading_pictures_of_the_group_before_are_left_out(tmp_path: Path) -> None:
    packets, codec, extradata = recorded(_FILES["H.264 Annex B, open groups"](tmp_path))
    keys = [i for i, (_, packet) in enumerate(packets) if packet.is_keyframe]
    assert any(at_s < packets[keys[2]][0] for at_s, _ in packets[keys[2] :]), "the clip should have open groups"
    run = from_key(packets, packets[keys[2]][0], 99)
    assert min(at_s for at_s, _ in run) == packets[keys[2]][0]
    write_clip(tmp_path / "clip.mp4", run, codec=codec, extradata=extradata, began_at=START)
    with av.open(str(tmp_path / "clip.mp4")) as clip:
        assert not any(frame.is_corrupt for frame in clip.decode(video=0))


def test_nothing_is_encoded_again(tmp_path: Path, clip: Path) -> None:
    packets, codec, extradata = recorded(clip)
    made = write_clip(tmp_path / "c.mp4", packets, codec=codec, extradata=extradata, began_at=START)
    media_bytes = sum(packet.size for _, packet in packets)
    assert media_bytes < made.size_bytes < media_bytes + 100 * len(packets) + 2000


def test_the_capture_time_is_in_the_file(tmp_path: Path, clip: Path) -> None:
    packets, codec, extradata = recorded(clip)
    write_clip(tmp_path / "c.mp4", packets, codec=codec, extradata=extradata, began_at=START, about={"camera": "cam-1"})
    with av.open(str(tmp_path / "c.mp4")) as made:
        assert made.metadata["captured_at"] == "2026-01-01T00:00:00.000Z"
        assert made.metadata["creation_time"].startswith("2026-01-01T00:00:00")
        assert made.metadata["camera"] == "cam-1"


def test_the_index_comes_before_the_pictures(tmp_path: Path, clip: Path) -> None:
    data = cut(clip, tmp_path / "c.mp4", 0, 9).path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_clip_is_for_its_owner_alone_and_leaves_no_parts(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "out").mkdir()
    made = cut(clip, tmp_path / "out" / "c.mp4", 0, 9)
    assert made.path.stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["c.mp4"]


@pytest.mark.parametrize(
    ("codec", "drop_key", "words"),
    [("vp9", False, "this camera sends vp9"), ("h264", True, "no key frame")],
    ids=["a codec that is not cut", "no key frame"],
)
def test_what_cannot_be_cut_is_said(codec: str, drop_key: bool, words: str, tmp_path: Path, clip: Path) -> None:
    packets, _, extradata = recorded(clip)
    with pytest.raises(ClipImpossible, match=words):
        write_clip(
            tmp_path / "c.mp4", packets[1 if drop_key else 0 :], codec=codec, extradata=extradata, began_at=START
        )
    assert not list(tmp_path.glob("c.mp4*"))


@pytest.mark.parametrize(
    "extradata", [b"\x01", b"\x01\x64\x00\x1f\xff\xe1\x00\x99short"], ids=["one byte", "cut short"]
)
def test_a_broken_parameter_record_is_said(extradata: bytes, tmp_path: Path, clip: Path) -> None:
    packets, codec, _ = recorded(clip)
    with pytest.raises(ClipImpossible, match="cut short"):
        write_clip(tmp_path / "c.mp4", packets, codec=codec, extradata=extradata, began_at=START)


@pytest.mark.parametrize(
    ("shown_ticks", "times"),
    [
        ([0, 1, 2, 3], [0, 1, 2, 3]),
        ([0, 30, 10, 20, 60, 40, 50], [-10, 0, 10, 20, 30, 40, 50]),
        ([0, 0, 5], [0, 1, 5]),
        ([7], [7]),
    ],
    ids=["in order", "reordered", "two at one time", "one"],
)
def test_decoding_times_rise_and_nothing_is_shown_before_it(shown_ticks: list[int], times: list[int]) -> None:
    assert decoding_times(shown_ticks) == times
