"""`sanxun replay` says at its end what it has seen of a clip, and why nothing may have come of it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from api.cli.detector import open_detector
from api.cli.replay_account import Account
from models.catalog import find
from models.errors import UnsupportedModel
from streams.decoding.encode import write_mp4
from streams.errors import SourceUnusable
from streams.replay import replay
from streams.settings.fire_lane import FireLaneSettings
from streams.site import CameraSpec, ZoneSpec
from tests.streams.builders import START, encode, pictures
from vision.detect import Detector
from vision.types import HazardKind

X264 = "keyint=25:min-keyint=25:scenecut=0:bframes=0"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "six_seconds.mp4"
    write_mp4(path, pictures(150), fps=25, gop=25)
    return path


def told(clip: Path, dwell_s: float = 60.0, lane_s: float | None = None) -> list[str]:
    """What is said at the end of a replay by a detector that sees nothing."""
    zone = ZoneSpec(
        id="lane",
        hazards=(HazardKind.ILLEGAL_PARKING, HazardKind.FIRE_LANE),
        polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),
        dwell_s=dwell_s,
        fire_lane=FireLaneSettings(dwell_s=lane_s),
    )
    camera = CameraSpec(id="cam-1", url="rtsp://192.0.2.7/", zone=(zone,))
    said: list[str] = []
    account = Account(camera, said.append)
    blind = Detector(find("street-v4", None), lambda tensor: np.zeros((1, 0, 6), np.float32))
    for _ in account.of(replay(str(clip), camera, blind, start=START, ended=account.end)):
        pass
    return said


def test_a_whole_clip_is_summed_up(clip: Path) -> None:
    (line,) = told(clip, dwell_s=3.0)
    assert line.startswith("6.0 s seen in ")
    assert line.endswith("by the detector: 0 raised, 0 cleared")


@pytest.mark.parametrize(("dwell_s", "lane_s", "shortest"), [(60.0, None, "60"), (60.0, 7.5, "7.5")])
def test_a_clip_shorter_than_every_dwell_says_so(
    clip: Path, dwell_s: float, lane_s: float | None, shortest: str
) -> None:
    assert told(clip, dwell_s, lane_s)[-1] == (
        f"nothing can be raised in 6.0 s: the shortest dwell of its zones is {shortest} s"
    )


def test_a_clip_that_was_cut_off_says_how_long_it_was(clip: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])  # its index comes first
    assert "the clip says that it is 6.0 s long: it was cut off" in told(cut, dwell_s=1.0)


def test_weights_that_know_neither_persons_nor_vehicles_are_refused(assets: Path, tmp_path: Path) -> None:
    plates = assets / "weights" / "plate_yolov8n_320_int8.onnx"
    with pytest.raises(
        UnsupportedModel, match=r"finds .* and neither persons nor vehicles: nothing would ever be raised"
    ):
        open_detector(str(plates), tmp_path, threads=1, say=print)


@pytest.mark.parametrize(("px_a_frame", "said"), [(0.0, False), (0.1, True)])
def test_a_camera_that_turns_slowly_is_said(tmp_path: Path, px_a_frame: float, said: bool) -> None:
    wide = np.random.default_rng(3).integers(0, 255, (18, 40, 3), np.uint8)
    street = cv2.resize(wide, (800, 360), interpolation=cv2.INTER_CUBIC)
    views = (street[:, x : x + 640] for x in (round(px_a_frame * number) for number in range(200)))
    write_mp4(tmp_path / "turning.mp4", (np.ascontiguousarray(view) for view in views), fps=25, gop=25)
    lines = told(tmp_path / "turning.mp4", dwell_s=1.0)
    assert any(line.startswith("the camera moves: at its end") for line in lines) is said


def test_time_that_steps_back_is_said(tmp_path: Path) -> None:
    once = encode(tmp_path / "once.ts", pictures(100), X264, container="mpegts").read_bytes()
    (tmp_path / "twice.ts").write_bytes(once + once)
    assert any("its time stepped" in line for line in told(tmp_path / "twice.ts", dwell_s=1.0))


def test_what_was_lost_is_said(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.ts", pictures(100), X264, container="mpegts").read_bytes()
    kept = [whole[at : at + 188] for at in range(0, len(whole), 188)]
    (tmp_path / "lost.ts").write_bytes(b"".join(kept[:20] + kept[len(kept) // 2 :: 2]))
    assert any("damaged" in line for line in told(tmp_path / "lost.ts", dwell_s=1.0))


def test_a_clip_without_one_sound_picture_is_refused(clip: Path, tmp_path: Path) -> None:
    data = bytearray(clip.read_bytes())
    pixels = data.index(b"mdat") + 4
    data[pixels:] = bytes(len(data) - pixels)
    (tmp_path / "zeros.mp4").write_bytes(data)
    with pytest.raises(SourceUnusable, match="not one sound picture came of its 150 packets"):
        told(tmp_path / "zeros.mp4")
