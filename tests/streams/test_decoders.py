"""Key frames of many cameras share a decoder, and none of them notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.dating import look_back
from streams.decoding.decode import Decoder, opened
from streams.decoding.decoders import KeyDecoders
from streams.decoding.encode import write_mp4
from streams.pipeline import CameraPipeline
from streams.sources.source import open_source
from tests.streams.builders import encode, number_in, picture, pictures
from tests.streams.test_pipeline import CAMERA, SPOT
from tests.vision.builders import boxes, paint, street
from vision.types import Detections

START = datetime(2026, 1, 1, tzinfo=UTC)


def keys(path: Path) -> tuple[str, bytes | None, list]:
    with open_source(str(path)) as source:
        return source.codec, source.extradata, [packet for packet in source.packets() if packet.is_keyframe]


@pytest.mark.parametrize("bframes", [0, 3])
def test_cameras_of_several_sizes_take_turns(tmp_path: Path, bframes: int) -> None:
    options = f"keyint=10:min-keyint=10:scenecut=0:bframes={bframes}"
    small, large = (
        keys(encode(tmp_path / f"{w}.h264", pictures(50, (w, h)), options, container="h264"))
        for w, h in ((320, 240), (640, 360))
    )
    shared = KeyDecoders(most=1)
    for (codec, extradata, packets), width in [(small, 320), (large, 640)] * 3:
        for i, packet in enumerate(packets):
            shown = shared.picture(codec, extradata, packet)
            assert shown is not None
            assert shown.width == width
            assert number_in(shown.to_ndarray(format="bgr24")) == 10 * i


def test_a_damaged_key_frame_gives_none_and_harms_no_later_one(clip: Path) -> None:
    codec, extradata, packets = keys(clip)
    shared = KeyDecoders()
    for packet in packets:
        torn = replace(packet, parts=(packet.data[: packet.size // 2] + bytes(packet.size // 2),), origin=None)
        assert shared.picture(codec, extradata, torn) is None or shared is not None
        whole = shared.picture(codec, extradata, packet)
        assert whole is not None
        assert abs(whole.to_ndarray(format="bgr24").astype(int) - picture(25 * packets.index(packet))).mean() < 6


def test_a_look_that_nobody_opens_is_never_decoded(clip: Path) -> None:
    with open_source(str(clip)) as source:
        decoder = Decoder(source, camera="c", looks_per_s=0.5, fit_wh=(320, 320), start=START)
        looks = [look for packet in source.packets() for look in decoder.feed(packet)]
    assert len(looks) == 3
    assert decoder.stats.decoded == 0
    frame = looks[1].open(KeyDecoders())
    assert frame is not None
    assert number_in(frame.rgb) == 50
    assert decoder.stats.decoded == 1


def test_an_appointment_is_kept_to_the_picture_and_rest_returns(tmp_path: Path) -> None:
    path = tmp_path / "rest.mp4"
    write_mp4(path, pictures(300), fps=25, gop=50)
    with open_source(str(path)) as source:
        decoder = Decoder(source, camera="c", looks_per_s=0.5, fit_wh=(320, 320), start=START)
        seen, decoders = [], KeyDecoders()
        for i, packet in enumerate(source.packets()):
            if i == 110:
                decoder.appointment_s = 133 / 25
            seen += [number_in(frame.rgb) for frame in opened(decoder.feed(packet), decoders)]
    assert seen == [0, 50, 100, 133, 150, 200, 250]
    # The key frames, and what lay between one of them and the appointment.
    assert decoder.stats.decoded <= 7 + 34
    assert not decoder.stats.dense


def test_without_haste_an_appointment_is_the_next_key_frame(tmp_path: Path) -> None:
    path = tmp_path / "rest.mp4"
    write_mp4(path, pictures(300), fps=25, gop=25)
    with open_source(str(path)) as source:
        decoder = Decoder(source, camera="c", looks_per_s=0.25, fit_wh=(320, 320), start=START)
        decoder.at_once = False
        decoder.appointment_s = 133 / 25
        decoders = KeyDecoders()
        seen = [number_in(frame.rgb) for packet in source.packets() for frame in opened(decoder.feed(packet), decoders)]
    assert seen == [0, 100, 150, 250]
    assert decoder.stats.decoded == 4


def test_what_is_noticed_late_is_dated_by_key_frames_that_nobody_had_looked_at(tmp_path: Path) -> None:
    """A car comes at 5 s; the camera is looked at every 4 s and has a key frame every second."""
    path = tmp_path / "late.mp4"
    shown = [paint(street(), SPOT)[:, :, ::-1] if number >= 25 else street()[:, :, ::-1] for number in range(100)]
    write_mp4(path, shown, fps=5, gop=5, crf=18)
    pipeline, decoders = CameraPipeline(CAMERA), KeyDecoders()
    with open_source(str(path)) as source:
        decoder = Decoder(source, camera="cam-1", looks_per_s=0.25, fit_wh=(640, 640), start=START)
        for packet in source.packets():
            for frame in opened(decoder.feed(packet), decoders):
                parked = boxes(SPOT) if frame.pts_s >= 5 else Detections.empty()
                pipeline.step(frame, parked)
                look_back(pipeline, frame, decoder.look_before, decoders)
                if frame.pts_s >= 8:
                    break
            else:
                continue
            break
    (place,) = pipeline.rules[0].places
    assert place.began_s - START.timestamp() == pytest.approx(5.0, abs=0.01)
