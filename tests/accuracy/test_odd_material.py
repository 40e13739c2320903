"""Clips of other people: cut off, tiny, without labels or a manifest. What cannot be used is said, the rest is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from api.cli.replay import _even
from models.catalog import find
from streams.accuracy.clips import bare_clips, camera_id, told_clips, video_facts
from streams.accuracy.compose import composed, streets
from streams.accuracy.kinds import Asked, score_illegal_parking
from streams.accuracy.origin import origins
from streams.accuracy.real import bare_materials
from streams.accuracy.truth import truth_of
from streams.bench.footage import load_footage
from streams.errors import SourceUnusable
from vision.detect import Detector
from vision.types import HazardKind

WIDE, HIGH = 64, 36
TOLD = {"hazard": "illegal_parking", "appears_s": 1.0, "leaves_s": 3.0, "dwell_s": 1.5, "xyxy": [8, 8, 24, 20]}


def tell(folder: Path, truth: Any) -> None:
    (folder / "TRUTH.json").write_text(json.dumps(truth))


def blind() -> Detector:
    return Detector(find("street-v4", None), lambda tensor: np.zeros((1, 0, 6), np.float32))


def film(path: Path, seconds: float) -> Path:
    """A grey clip of noise, every picture a key frame, its index at the end: what is left of it can be read."""
    rng = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = WIDE, HIGH, "yuv420p", 1
        for _ in range(round(25 * seconds)):
            grey = np.repeat(rng.integers(0, 255, (HIGH, WIDE, 1), np.uint8), 3, axis=2)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    film(tmp_path / "clips" / "whole.avi", 4)
    (tmp_path / "clips" / "empty.mp4").write_bytes(b"")
    (tmp_path / "clips" / "words.mp4").write_text("not a video")
    film(tmp_path / "clips" / "short.avi", 0.6)
    return tmp_path


def test_what_cannot_be_read_is_said_and_left_out(folder: Path) -> None:
    said: list[str] = []
    found = streets(folder, blind(), said.append)
    assert [street.name for street in found] == ["whole.avi"]
    assert [line.split()[0] for line in said] == ["empty.mp4", "short.avi", "words.mp4"]
    assert "is it whole?" in said[0]
    assert "at least 2 s long" in said[1]
    assert list(bare_materials(folder, found, HazardKind.FIRE_LANE, said.append)) == []
    assert said[-1] == "whole.avi is left out of the real clips: 4 s, too short for a dwell of 10 s"


def test_a_clip_that_was_cut_off_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    path = film(tmp_path / "cut.avi", 8)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assert 3 * 25 <= len(load_footage(path).yuv) < 6 * 25


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    with pytest.raises(SourceUnusable, match="holds no video"):
        video_facts(path)


def test_a_folder_without_a_manifest_has_clips_of_unknown_origin(folder: Path) -> None:
    assert origins(folder) == {}
    tell(folder / "clips", {"whole.avi": TOLD})
    (material,) = told_clips(folder, HazardKind.ILLEGAL_PARKING, print)
    assert (material.origin, material.licence) == ("not stated in MANIFEST.tsv", "none stated")
    assert "whole.avi" not in [path.name for path in bare_clips(folder)]
    with pytest.raises(SourceUnusable, match="is no folder"):
        origins(folder / "elsewhere")
    (folder / "MANIFEST.tsv").write_text("name\tsize\nclips/whole.avi\t1\n")
    with pytest.raises(SourceUnusable, match="names path, origin and licence"):
        origins(folder)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({**TOLD, "hazard": "flood"}, "hazard must be one of"),
        ({**TOLD, "xyxy": [1, 2, 3]}, "xyxy as four numbers"),
        ({key: value for key, value in TOLD.items() if key != "leaves_s"}, "expected appears_s and leaves_s"),
        ({**TOLD, "appears_s": 3.0}, "appears_s before leaves_s"),
        ({**TOLD, "zone": [[0, 0], [1]]}, "corners of 0 to 1"),
        ({**TOLD, "dwell_s": 2.0}, "no longer than the dwell of 2 s"),
        ({**TOLD, "people": 1}, "2 or more, got 1"),
        ({**TOLD, "xyxy": [0.1, 0.2, 0.4, 0.6]}, "in px of the clip, which is 64×36"),
        ({**TOLD, "xyxy": [8, 8, 640, 360]}, "in px of the clip, which is 64×36"),
        ({**TOLD, "appears_s": 5.0, "leaves_s": 9.0}, "the clip ends after 4.0 s"),
        (
            {**TOLD, "zone": [[0, 0], [1, 1], [1, 0], [0, 1]]},
            "whole.avi: no zone can be made of it: .* edges that cross",
        ),
        ({**TOLD, "zone": [[0, 0], [64, 0], [64, 36]]}, "no zone can be made of it: .* less than or equal to 1"),
    ],
    ids=[
        "unknown hazard",
        "three numbers",
        "no end",
        "ends before it begins",
        "half a corner",
        "gone before its dwell",
        "one person",
        "relative box",
        "box of another size",
        "after the end",
        "crossed zone",
        "zone in px",
    ],
)
def test_a_faulty_truth_says_what_is_expected(folder: Path, entry: dict[str, Any], said: str) -> None:
    tell(folder / "clips", {"whole.avi": entry})
    with pytest.raises(SourceUnusable, match=said):
        list(told_clips(folder, HazardKind.ILLEGAL_PARKING, print))


def test_a_truth_that_is_a_list_is_refused(folder: Path) -> None:
    tell(folder, [])
    with pytest.raises(SourceUnusable, match="an object with an entry for each clip, got a list"):
        truth_of(folder)


def test_a_clip_may_hold_several_things_each_in_its_zone(folder: Path) -> None:
    later = {**TOLD, "appears_s": 2.0, "leaves_s": 4.0, "xyxy": [40, 8, 56, 20]}
    lane = {**TOLD, "hazard": "fire_lane"}
    elsewhere = {**TOLD, "zone": [[0, 0.5], [1, 0.5], [1, 1]]}
    tell(folder / "clips", {"whole.avi": [TOLD, later, lane, elsewhere], "note": "by hand"})
    (material,) = told_clips(folder, HazardKind.ILLEGAL_PARKING, print)
    around, drawn = material.camera.zone
    assert around.polygon == (
        (0.0, pytest.approx(2 / 36)),
        (1.0, pytest.approx(2 / 36)),
        (1.0, pytest.approx(26 / 36)),
        (0.0, pytest.approx(26 / 36)),
    )
    assert [stand.zone for stand in material.truth] == ["truth", "truth", "truth-2"]
    assert [stand.due_s for stand in material.truth] == [2.5, 3.5, 2.5]
    assert drawn.polygon[0] == (0.0, 0.5)
    (lane_material,) = told_clips(folder, HazardKind.FIRE_LANE, print)
    assert len(lane_material.truth) == 1


@pytest.mark.parametrize(("stand", "asked"), [(3, 3), (5, 5), (9, 5), (None, 5)])
def test_a_gathering_is_asked_for_as_many_as_stand_there_but_no_more_than_five(
    folder: Path, stand: int | None, asked: int
) -> None:
    told = {**TOLD, "hazard": "gathering"} | ({} if stand is None else {"people": stand})
    tell(folder / "clips", {"whole.avi": told})
    (material,) = told_clips(folder, HazardKind.GATHERING, print)
    assert material.camera.zone[0].gathering.people == asked


def test_a_clip_that_the_truth_names_and_nobody_has_is_said(folder: Path) -> None:
    tell(folder / "clips", {"gone.mp4": TOLD, "words.mp4": TOLD, "whole.avi": TOLD})
    said: list[str] = []
    (material,) = told_clips(folder, HazardKind.ILLEGAL_PARKING, said.append)
    assert material.name == "whole.avi"
    assert [line.split(" is left out")[0] for line in said] == ["gone.mp4", "words.mp4"]


def test_a_folder_of_nothing_but_told_clips_is_scored(tmp_path: Path) -> None:
    """No clips/ below it, no clip without a truth, and a name that no camera may have."""
    film(tmp_path / "街口 1 (копия).avi", 4)
    tell(tmp_path, {"街口 1 (копия).avi": TOLD})
    said: list[str] = []
    scored = score_illegal_parking(Asked(tmp_path, blind(), blind(), range(2), said.append))
    columns = scored["columns"]
    assert [columns[name]["materials"] for name in ("real", "composed")] == [0, 1]
    assert columns["composed"]["fn"] == 1
    assert any("nothing is composed" in line for line in said)


def test_streets_without_anything_to_cut_out_compose_nothing(folder: Path) -> None:
    said: list[str] = []
    made = composed(
        folder, [], range(3), blind(), lambda *_: pytest.fail("asked"), lambda _: pytest.fail("asked"), said.append
    )
    assert list(made) == []
    assert said == ["nothing is composed: no clip shows what could be cut out of it and put there"]


@pytest.mark.parametrize(
    ("name", "known"), [("街口.mp4", "clip"), ("a b(1).mp4", "a-b-1"), (f"{'x' * 99}.mp4", "x" * 64), ("_.mp4", "clip")]
)
def test_a_camera_is_called_by_its_clip_as_far_as_it_may_be(name: str, known: str) -> None:
    assert camera_id(Path(name)) == known


def test_drawn_pictures_have_even_sides_and_one_size() -> None:
    fitted = _even()
    first = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    drawn = fitted(first)
    assert drawn.shape == (6, 8, 3)
    assert (drawn[:5, :7] == first).all()
    assert fitted(np.zeros((11, 20, 3), np.uint8)).shape == (6, 8, 3)
    assert _even()(first[:4, :6]).shape == (4, 6, 3)
