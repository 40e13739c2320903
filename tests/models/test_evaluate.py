"""`sanxun eval detector`: what it measures, and on which pictures."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from api.cli.evaluate import HeldBack, as_text, held_back_sets, measure
from models.spec import ObjectClass
from vision.types import Detections, Floats, Ints, Picture

CAR, PERSON = int(ObjectClass.CAR), int(ObjectClass.PERSON)
VEHICLES = (ObjectClass.CAR, ObjectClass.BUS)


def pictures() -> Iterator[tuple[Picture, Ints, Floats]]:
    """Two pictures, red above blue by number, with one car each."""
    for level in (10, 200):
        picture = np.full((60, 80, 3), (0, 0, level), np.uint8)  # BGR: red
        yield picture, np.array([CAR], np.int64), np.array([[10, 10, 50, 40]], np.float32)


class Scripted:
    """Finds the car of the second picture only, and a person in each; keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[Picture, tuple[int, int]]] = []

    def __call__(self, rgb: Picture, source_wh: tuple[int, int]) -> Detections:
        self.shown.append((rgb.copy(), source_wh))
        car = np.array([[11, 10, 50, 41]] if len(self.shown) == 2 else np.zeros((0, 4)), np.float32)
        boxes = np.concatenate([np.array([[0, 0, 5, 5]], np.float32), car])
        return Detections(boxes, np.full(len(boxes), 0.9, np.float32), np.array([PERSON, CAR][: len(boxes)], np.int64))


def test_half_of_the_cars_found_is_half_the_precision() -> None:
    running = Scripted()
    result = measure(running, HeldBack("two", VEHICLES, pictures()))  # type: ignore[arg-type]
    assert result["pictures"] == 2
    assert result["ap50"] == {"car": 0.5, "bus": None}
    assert result["mean_ap50"] == 0.5
    assert result["labelled"] == {"car": 2, "bus": 0}
    rgb, source_wh = running.shown[1]
    assert source_wh == (80, 60)
    assert rgb[0, 0].tolist() == [200, 0, 0]  # the detector takes red first


def test_text_shows_what_has_no_figure_as_a_dash() -> None:
    result = measure(Scripted(), HeldBack("two", VEHICLES, pictures()))  # type: ignore[arg-type]
    text = as_text({"model": "m", "sets": {"two": result}})
    assert "car 0.500 (2)" in text
    assert "bus - (0)" in text


def test_unlabelled_persons_of_the_traffic_cameras_are_not_asked_for(assets: Path) -> None:
    street, traffic, scenes = held_back_sets(assets / "pictures")
    assert ObjectClass.PERSON not in traffic.classes
    assert ObjectClass.PERSON in street.classes
    assert len(list(traffic.pictures)) == 16
    picture, ids, xyxy = next(itertools.islice(scenes.pictures, 0, 1))
    assert picture.shape == (540, 960, 3)
    assert len(ids) == len(xyxy)


@pytest.mark.parametrize("name", ["street", "traffic", "scenes"])
def test_sets_are_named_as_the_card_names_them(assets: Path, name: str) -> None:
    assert name in {one.name for one in held_back_sets(assets / "pictures")}
