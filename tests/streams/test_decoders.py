"""Key frames of many cameras share a decoder, and none of them notices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.dating import look_back
from streams.decoding.decode import Decoder
from streams.decoding.decoders import KeyDecoders
from streams.decoding.encode import write_mp4
from streams.decoding.look import opened
from streams.decoding.permits import Permits
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
                decoder.appointment.at_s = 133 / 25
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
        decoder.appointment.at_once = False
        decoder.appointment.at_s = 133 / 25
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


def test_rare_key_frames_are_made_up_for_by_so_many_cameras_and_no_more(long_gop_clip: Path) -> None:
    permits, stats = Permits(most=1), []
    for _ in range(2):
        with open_source(str(long_gop_clip)) as source:
            decoder = Decoder(source, camera="c", looks_per_s=0.5, fit_wh=(320, 320), start=START, permits=permits)
            frames = list(decoder.frames(source.packets()))
            stats.append((len(frames), decoder.stats))
    (looks, dense), (few, refused) = stats
    assert looks >= 5
    assert dense.dense
    assert few == refused.key_packets == 2
    assert not refused.dense
    assert "as many cameras as this machine can bear" in refused.because
    permits = Permits(most=1)
    assert permits.ask("a")
    assert not permits.ask("b")
    permits.give_back("a")
    assert permits.ask("b")


def test_a_stream_whose_key_frames_can_be_decoded_again_goes_back_to_them(tmp_path: Path) -> None:
    path = tmp_path / "mended.mp4"
    write_mp4(path, pictures(600), fps=25, gop=25)
    with open_source(str(path)) as source:
        decoder, decoders = Decoder(source, camera="c", looks_per_s=1.0, fit_wh=(320, 320), start=START), KeyDecoders()
        keys = 0
        for packet in source.packets():
            keys += packet.is_keyframe
            if packet.is_keyframe and keys in (2, 3):
                packet = replace(packet, parts=(bytes(packet.size),), origin=None)
            list(opened(decoder.feed(packet), decoders))
            if keys == 5:
                assert decoder.stats.dense
    assert not decoder.stats.dense
    assert decoder.stats.decoded < 450
