"""Compositions say where and when a real vehicle stands, and it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from models.catalog import find
from models.session import open_session
from models.spec import VEHICLES
from streams.bench.compose import Composition, Order, Rendition, compose, compose_from, gop_encoder
from streams.bench.footage import load_footage
from streams.bench.plan import plan
from streams.bench.survey import Survey, see, survey
from streams.errors import SourceUnusable
from vision.boxes import iou
from vision.detect import Detector
from vision.types import Picture

SMALL = Rendition("small", (640, 360), 700_000)
ORDER = Order(seed=3, hazards=1, length_s=16.0, dwell_s=2.0, stays_s=1.0)


@pytest.fixture(scope="module")
def detector(assets: Path) -> Detector:
    spec = find(str(assets / "weights" / "yolox_nano_416.onnx"), None)
    return Detector(spec, open_session(spec, provider="CPUExecutionProvider").run)


@pytest.fixture(scope="module")
def junction(assets: Path, detector: Detector) -> Survey:
    return survey(load_footage(assets / "clips" / "ua_detrac_intersection.mp4"), detector)


@pytest.fixture(scope="module")
def made(junction: Survey, detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> Composition:
    return compose_from(junction, tmp_path_factory.mktemp("made"), detector, ORDER, (SMALL,))


def decoded(path: Path) -> tuple[list[Picture], list[int]]:
    """All pictures, BGR, and the numbers of the key frames."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    keys = [i for i, frame in enumerate(frames) if frame.key_frame]
    assert [round(frame.time * 25) for frame in frames if frame.time is not None] == list(range(len(frames)))
    return [frame.to_ndarray(format="bgr24") for frame in frames], keys


def test_the_vehicle_stands_where_and_when_the_truth_says(made: Composition, detector: Detector) -> None:
    pictures, keys = decoded(made.paths["small"])
    assert len(pictures) == round(made.length_s * 25)
    assert keys == list(range(0, len(pictures), 50))
    (planted,) = made.planted
    assert planted.leaves_s - planted.appears_s == pytest.approx(3.0)
    box = np.array(planted.xyxy, np.float32) * np.array([640, 360, 640, 360], np.float32)

    def is_there(at_s: float) -> bool:
        found = see(detector, pictures[round(at_s * 25)])
        found = found[np.isin(found.class_id, VEHICLES) & (found.confidence > 0.3)]
        return bool(len(found)) and float(iou(box[None], found.xyxy).max()) > 0.6

    assert [is_there(planted.appears_s + step_s) for step_s in (0.08, 1.0, 2.0, 2.92)] == [True] * 4
    assert not is_there(planted.appears_s - 2.0)
    assert not is_there(planted.leaves_s + 2.0)
    x1, y1, x2, y2 = (round(float(v)) for v in box)
    first, last = (
        pictures[round(at_s * 25)][y1:y2, x1:x2] for at_s in (planted.appears_s + 0.1, planted.leaves_s - 0.1)
    )
    assert np.abs(first.astype(int) - last).mean() < 6, "held still: the encoder's noise and no more"


def test_the_bit_rate_is_what_was_ordered(made: Composition) -> None:
    assert made.paths["small"].stat().st_size * 8 / made.length_s == pytest.approx(SMALL.bitrate_bps, rel=0.15)


def test_the_same_seed_makes_the_same_composition_and_another_another(
    made: Composition, junction: Survey, detector: Detector, tmp_path: Path
) -> None:
    encoder = gop_encoder(SMALL)
    again = compose_from(junction, tmp_path, detector, ORDER, (SMALL,), encoders={"small": encoder})
    assert again.planted == made.planted
    assert again.paths["small"].read_bytes() == made.paths["small"].read_bytes()
    assert encoder.made <= 8
    plans = {
        plan(junction, detector, seed=seed, count=1, length_s=16, dwell_s=2, stays_s=1)[0].xyxy for seed in range(4)
    }
    assert len(plans) > 1


def test_the_street_never_jumps(junction: Survey) -> None:
    footage = junction.footage
    assert footage.period % 50 == 0
    steps = [abs(footage.index(i + 1) - footage.index(i)) for i in range(2 * footage.period)]
    assert set(steps) == {1}


def test_what_was_made_is_found_again(assets: Path, detector: Detector, tmp_path: Path) -> None:
    clip = assets / "clips" / "ua_detrac_intersection.mp4"
    tiny = Rendition("tiny", (320, 180), 200_000)
    first = compose(clip, tmp_path, detector, ORDER, (tiny,))
    stamp = first.paths["tiny"].stat().st_mtime_ns
    assert compose(clip, tmp_path, detector, ORDER, (tiny,)) == first
    assert first.paths["tiny"].stat().st_mtime_ns == stamp
    other = Rendition("other", (160, 90), 100_000)
    more = compose(clip, tmp_path, detector, ORDER, (tiny, other))
    assert (set(more.paths), more.planted) == ({"tiny", "other"}, first.planted)
    assert first.paths["tiny"].stat().st_mtime_ns == stamp, "only what is missing is made"


def test_more_hazards_than_fit_are_refused(junction: Survey, detector: Detector) -> None:
    with pytest.raises(SourceUnusable, match=r"need a composition of 75 s at least, got 16 s"):
        plan(junction, detector, seed=1, count=5, length_s=16, dwell_s=2, stays_s=1)


def test_a_street_without_vehicles_is_said(junction: Survey, detector: Detector) -> None:
    with pytest.raises(SourceUnusable, match="no vehicle"):
        plan(replace(junction, cuts=()), detector, seed=1, count=1, length_s=60, dwell_s=10, stays_s=5)
