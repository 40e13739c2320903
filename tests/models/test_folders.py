"""A user's own pictures: what their numbers mean, and what is background."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.spec import ObjectClass
from models.train.errors import BadPictures
from models.train.folders import background_of, class_meaning, labelled_of, yaml_names


def make(folder: Path, label: str | None, name: str = "a") -> None:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "labels").mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "images" / f"{name}.png"), np.zeros((32, 32, 3), np.uint8))
    if label is not None:
        (folder / "labels" / f"{name}.txt").write_text(label, encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "names: [car, 'dog', \"bus\"]\nnc: 3\n",
        "nc: 3\nnames:\n  - car\n  - dog\n  - bus\n",
        "names:\n  0: car\n  1: dog\n  2: bus\n",
    ],
    ids=["brackets", "lines", "numbered"],
)
def test_the_names_of_a_data_yaml_are_read(text: str) -> None:
    assert yaml_names(text) == ["car", "dog", "bus"]


def test_labels_mean_what_the_folder_says_and_others_are_background(tmp_path: Path) -> None:
    make(tmp_path, "0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2\n2 0.9 0.9 0.4 0.4\n")
    (tmp_path / "classes.txt").write_text("car\ndog\nbus\n", encoding="utf-8")
    [one] = labelled_of(tmp_path)
    assert one.class_id.tolist() == [ObjectClass.CAR, ObjectClass.BUS]
    np.testing.assert_allclose(one.xyxy, [[0.4, 0.4, 0.6, 0.6], [0.7, 0.7, 1.0, 1.0]], rtol=1e-6)


def test_a_folder_divided_into_train_and_valid_is_read_whole(tmp_path: Path) -> None:
    make(tmp_path / "train", "")
    make(tmp_path / "valid", "0 0.5 0.5 0.2 0.2", "b")
    (tmp_path / "data.yaml").write_text("names: [car]", encoding="utf-8")
    assert [one.path.stem for one in labelled_of(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize(
    ("label", "names", "words"),
    [
        ("0 0.5 0.5 0.2", "car", "expected 'class cx cy w h'"),
        ("7 0.5 0.5 0.2 0.2", "car", "class must be 0 to 0, got 7"),
        ("0 0.5 0.5 0.2 0.2", "dog", "at least one is a person or a vehicle; found dog"),
        (None, "car", "no labelled picture"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, label: str | None, names: str, words: str) -> None:
    make(tmp_path, label)
    (tmp_path / "classes.txt").write_text(names, encoding="utf-8")
    with pytest.raises(BadPictures, match=words):
        labelled_of(tmp_path)


def test_nothing_that_says_what_numbers_mean_is_told(tmp_path: Path) -> None:
    make(tmp_path, "")
    with pytest.raises(BadPictures, match="found neither"):
        class_meaning(tmp_path)


def test_background_has_no_labels(tmp_path: Path) -> None:
    make(tmp_path, "")
    assert [len(one.class_id) for one in background_of(tmp_path)] == [0]
    make(tmp_path, "0 0.5 0.5 0.2 0.2", "b")
    with pytest.raises(BadPictures, match="is no background"):
        background_of(tmp_path)
