"""A training run, small: it learns something, is cut off and goes on, and exports what the network says.

Training needs torch and Ultralytics, which live in an environment of their own (make train); where they are absent,
what is left to show is that the absence is said plainly.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.spec import ObjectClass
from models.train.diet import Diet
from models.train.errors import BadPictures, NoTrainingPackages
from models.train.feed import Feed, Source, Wish
from models.train.pictures import Labelled
from models.train.settings import TrainSettings

CAN_TRAIN = all(importlib.util.find_spec(name) is not None for name in ("torch", "ultralytics", "onnx"))
needs_training = pytest.mark.skipif(not CAN_TRAIN, reason="torch and ultralytics are not in this environment")


def make_folder(folder: Path, count: int, class_number: int) -> None:
    """Pictures of one bright block each, labelled."""
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    rng = np.random.default_rng(1)
    for k in range(count):
        picture = rng.integers(0, 60, (96, 96, 3)).astype(np.uint8)
        x, y = (int(v) for v in rng.integers(10, 50, 2))
        picture[y : y + 32, x : x + 32] = 240
        cv2.imwrite(str(folder / "images" / f"C{k}_.png"), picture)
        line = f"{class_number} {(x + 16) / 96} {(y + 16) / 96} {32 / 96} {32 / 96}\n"
        (folder / "labels" / f"C{k}_.txt").write_text(line, encoding="utf-8")


@pytest.fixture
def settings(tmp_path: Path) -> TrainSettings:
    make_folder(tmp_path / "pictures" / "street" / "train", 6, 1)
    make_folder(tmp_path / "pictures" / "atl_traffic", 2, 2)
    make_folder(tmp_path / "scenes", 4, 2)
    return TrainSettings(tmp_path / "pictures", tmp_path / "scenes", tmp_path / "out", minutes=1.0, batch=2)


class Fixed:
    """Asks for the same batch always."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def wish(self, progress: float) -> Wish:
        if progress > 0.5:
            raise BadPictures("no pictures from half way on")
        return Wish([self.source], 64, 0.0, 2)


def test_scenes_join_in_time_and_those_from_above_with_them(settings: TrainSettings, tmp_path: Path) -> None:
    """From nothing, photographs come first; a run that goes on from weights is fed all at once."""
    make_folder(tmp_path / "above", 3, 2)
    fed = dataclasses.replace(settings, above=tmp_path / "above")
    diet = Diet(fed)
    counts = [sorted(len(source.pictures) for source in diet.wish(progress).sources) for progress in (0.0, 0.2, 0.9)]
    assert counts == [[2, 6], [2, 3, 4, 6], [2, 3, 4, 6]]
    weights = tmp_path / "weights.onnx"
    weights.touch()
    assert len(Diet(dataclasses.replace(settings, start_from=weights)).wish(0.0).sources) == 3


def test_a_detector_for_drones_is_fed_views_from_the_air_every_other_time(
    settings: TrainSettings, tmp_path: Path
) -> None:
    make_folder(tmp_path / "above", 3, 2)
    make_folder(tmp_path / "air", 5, 2)
    weights = tmp_path / "weights.onnx"
    weights.touch()
    fed = dataclasses.replace(settings, above=tmp_path / "above", air=tmp_path / "air", start_from=weights)
    sources = Diet(fed).wish(0.0).sources
    (air,) = (source for source in sources if len(source.pictures) == 5)
    assert 0.4 < air.weight / sum(source.weight for source in sources) < 0.65


def test_photographs_with_people_are_fed_more_often(settings: TrainSettings) -> None:
    """They come among all photographs, and once more by themselves."""
    make_folder(settings.pictures / "people", 3, 3)
    street = settings.pictures / "street" / "train"
    for part in ("images", "labels"):
        for path in (settings.pictures / "people" / part).iterdir():
            path.rename(street / part / f"P{path.name}")
    sources = Diet(settings).wish(0.0).sources
    assert sorted(len(source.pictures) for source in sources) == [2, 3, 9]
    (people,) = (source for source in sources if len(source.pictures) == 3)
    assert all((one.class_id == ObjectClass.PERSON).all() for one in people.pictures)


def drain(feed: Feed) -> None:
    """Takes what was made before the news of half way came."""
    for _ in range(20):
        feed.next(0.9)


def test_a_feed_hands_over_batches_and_its_fault(tmp_path: Path) -> None:
    make_folder(tmp_path, 2, 1)
    pictures = [
        Labelled(path, np.array([2]), np.array([[0.2, 0.2, 0.6, 0.6]], np.float32))
        for path in sorted((tmp_path / "images").iterdir())
    ]
    feed = Feed(Fixed(Source(pictures, 1.0, (0.9, 1.0), False, 96)), (1, 2))
    try:
        assert feed.next(0.0).pictures.shape == (2, 64, 64, 3)
        with pytest.raises(BadPictures, match="half way"):
            drain(feed)
    finally:
        feed.close()


@pytest.mark.skipif(CAN_TRAIN, reason="this environment can train")
def test_without_torch_training_says_what_it_needs(settings: TrainSettings) -> None:
    from models.train.network import require_packages

    with pytest.raises(NoTrainingPackages, match=r"models/train/requirements\.txt"):
        require_packages()


def ticking(step_s: float) -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += step_s


@needs_training
def test_a_run_is_cut_off_goes_on_and_exports(settings: TrainSettings) -> None:
    from models.train.loop import Run, train

    clock = ticking(15.0)
    path = train(settings, lambda: next(clock))
    assert path.is_file()
    run = Run(settings)
    assert run.resume()
    assert run.steps == 4
    assert run.progress == 1.0
    lines = [json.loads(line) for line in (settings.out / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines[0]["event"] == "started"


def test_a_run_without_scenes_says_how_to_make_them(settings: TrainSettings, tmp_path: Path) -> None:
    from models.train.loop import train

    bare = TrainSettings(settings.pictures, tmp_path / "none", tmp_path / "out", minutes=1.0, batch=2)
    with pytest.raises(BadPictures, match=r"python -m models\.scenes"):
        train(bare)
