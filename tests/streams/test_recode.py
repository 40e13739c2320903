"""Clips of streams that no browser plays as they are: read back by decoding them, each picture by its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from streams.delivery.events import utc_text
from streams.evidence.clip import Clip, ClipImpossible, Timed
from streams.evidence.clips import ClipMaker
from streams.evidence.recode import needs_recoding, recode_clip
from streams.evidence.shelf import CLIP, Shelf
from streams.sources.packets import Packet
from streams.sources.ring import PacketRing, Tape
from streams.sources.source import open_source
from tests.streams.builders import START, encode, event, picture, pictures
from tests.streams.test_clip import encode_with, recorded, shown


def made(path: Path, packets: Sequence[Timed], codec: str, extradata: bytes | None, from_s: float, to_s: float) -> Clip:
    return recode_clip(
        path,
        packets,
        codec=codec,
        extradata=extradata,
        from_s=from_s,
        to_s=to_s,
        captured_at=lambda at_s: START + timedelta(seconds=at_s),
        about={"camera": "gate"},
    )


@pytest.mark.parametrize(("codec", "pix_fmt"), [("mjpeg", "yuvj420p"), ("mpeg4", "yuv420p")])
def test_what_no_browser_plays_becomes_h264(codec: str, pix_fmt: str, tmp_path: Path) -> None:
    packets, named, extradata = recorded(encode_with(tmp_path / "a.avi", codec, {}, pix_fmt))
    assert named == codec
    assert needs_recoding(packets, named)
    clip = made(tmp_path / "clip.mp4", packets, named, extradata, 2.0, 4.0)
    numbers, times = zip(*shown(clip.path), strict=True)
    # Every third of 25 a second; MPEG-4's times in AVI are a picture late.
    assert [b - a for a, b in pairwise(numbers)] == [3] * (len(numbers) - 1)
    assert abs(numbers[0] - 50) <= 1
    assert abs(numbers[-1] - 100) <= 3
    assert list(times) == pytest.approx([0.12 * i for i in range(len(times))], abs=2e-3)
    assert clip.pictures == len(numbers)
    assert clip.began_at == START + timedelta(seconds=2)
    assert clip.path.stat().st_mode & 0o077 == 0
    with av.open(str(clip.path)) as back:
        assert back.streams.video[0].codec_context.name == "h264"
        said = {name: back.metadata[name] for name in ("captured_at", "camera", "encoded_again_from")}
    assert said == {"captured_at": utc_text(clip.began_at), "camera": "gate", "encoded_again_from": codec}


def keyless(path: Path, x264: str, count: int = 500) -> tuple[Tape, list[Timed]]:
    """The tape of a stream that was joined 4 s after its only key frame, without marked recovery points."""
    encode(path, pictures(count, (640, 360)), f"{x264}:scenecut=0:bframes=0", container="h264")
    units = re.split(rb"\x00\x00\x00?\x01", path.read_bytes())
    path.write_bytes(b"".join(b"\x00\x00\x00\x01" + unit for unit in units[1:] if unit[0] & 0x1F != 6))
    ring = PacketRing(most_s=12.0)
    with open_source(str(path)) as source:
        packets = [(i / 25, replace(packet, is_keyframe=False)) for i, packet in enumerate(source.packets())][100:]
        tape = Tape(ring, source.codec, source.extradata)
    return tape, packets


def test_a_stream_that_refreshes_its_picture_has_a_clip(tmp_path: Path) -> None:
    """No key frame is in the ring; what came before the clip lets its first picture be whole."""
    tape, packets = keyless(tmp_path / "refresh.h264", "keyint=50:intra-refresh=1")
    shelf = Shelf(tmp_path / "shelf", keep_free_bytes=0)
    maker, raised = ClipMaker(shelf), event(14)
    for at_s, packet in packets:
        tape.ring.add(packet, at_s)
        if at_s == 14.0:
            assert maker.wanted(raised, tape, pre_s=3.0, post_s=2.0)
    assert maker.run_once() == 0
    assert maker.counts["made"] == 1
    numbers = [number for number, _ in shown(shelf.path_for(raised.event_id, CLIP))]
    assert numbers == list(range(275, 401, 3))


def test_a_stream_that_neither_refreshes_nor_has_key_frames_has_none(tmp_path: Path) -> None:
    tape, packets = keyless(tmp_path / "endless.h264", "keyint=infinite", 300)
    with pytest.raises(ClipImpossible, match="no whole picture"):
        made(tmp_path / "clip.mp4", packets, tape.codec, tape.extradata, 6.0, 10.0)
    assert not list(tmp_path.glob("clip.mp4*"))


def test_odd_sizes_lose_a_row(tmp_path: Path) -> None:
    jpegs = [cv2.imencode(".jpg", np.ascontiguousarray(picture(i)[:239, :319]))[1].tobytes() for i in range(30)]
    packets = [
        (i / 25, Packet((jpeg,), len(jpeg), None, None, True, Fraction(1, 90_000))) for i, jpeg in enumerate(jpegs)
    ]
    clip = made(tmp_path / "clip.mp4", packets, "mjpeg", None, 0.0, 9.0)
    with av.open(str(clip.path)) as back:
        assert (back.streams.video[0].width, back.streams.video[0].height) == (318, 238)
