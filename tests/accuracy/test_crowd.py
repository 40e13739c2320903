"""Composed crowds: as many people as are said, really hidden by each other, and counted by the live code."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.cli.detector import open_detector
from api.cli.eval.crowd import as_text
from streams.accuracy.crowd import camera_of, crowd_of
from streams.accuracy.crowd_score import Counted, fitted, score_crowds, summary
from streams.accuracy.silhouette import walkers
from streams.accuracy.street import Street, look_through
from streams.errors import SourceUnusable
from vision.detect import Detector

CLIP = "town_centre_walkers.mp4"
DENSE, THIN = 6, 5


def opened(assets: Path, tmp_path: Path, name: str) -> Detector:
    return open_detector(str(assets / "weights" / name), tmp_path, threads=1, say=lambda _: None)


@pytest.fixture(scope="module")
def street(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> Street:
    return look_through(
        assets / "clips" / CLIP, opened(assets, tmp_path_factory.mktemp("data"), "yolo11n_640_fp32.onnx")
    )


def test_people_are_cut_out_along_their_outline(street: Street) -> None:
    found = walkers(street)
    assert len(found) >= 20
    shares = np.array([patch.alpha.mean() for patch in found])
    assert ((shares > 0.25) & (shares < 0.9)).all()
    beside_heads = [patch.alpha[:4, [0, 1, -2, -1]].mean() for patch in found]
    assert np.median(beside_heads) < 0.1  # there is street


def test_a_crowd_is_as_many_people_as_it_says_in_as_much_room(street: Street) -> None:
    camera, people = camera_of(street), walkers(street)
    for seed in range(12):
        crowd = crowd_of(seed, street, camera, people)
        assert len(crowd.stage.actors) == crowd.people
        feet = np.array([actor.path[0][1:] for actor in crowd.stage.actors]).reshape(-1, 2)
        at_m = camera.plane.metres(feet)
        assert all(math.dist(a, b) <= crowd.across_m + 1e-6 for a in at_m for b in at_m)
        assert (np.diff(feet[:, 1]) >= 0).all()  # near ones are drawn over far ones
        assert (feet >= 0).all()
        assert (feet <= street.size_wh).all()
        assert crowd.people < 10 if seed % 3 == 2 else 10 <= crowd.people <= 60


def test_the_same_seed_is_the_same_picture(street: Street) -> None:
    one, other = (crowd_of(7, street, camera_of(street), walkers(street)).stage.picture(25.0) for _ in range(2))
    assert (one == other).all()


def test_a_dense_crowd_is_estimated_and_a_thin_one_counted(assets: Path, tmp_path: Path) -> None:
    (tmp_path / CLIP).symlink_to(assets / "clips" / CLIP)
    detectors = [opened(assets, tmp_path, name) for name in ("yolo26n_640_fp32.onnx", "yolo11n_640_fp32.onnx")]
    told: list[dict[str, Any]] = []
    scored = score_crowds(tmp_path, *detectors, [DENSE, THIN], lambda _: None, told.append)
    dense, thin = told
    assert dense["count"] < dense["people"] / 2
    assert dense["count_low"] <= dense["people"] <= dense["count_high"]
    assert "density_m2" not in dense
    assert "count_about" not in thin
    assert thin["density_m2"] > 0
    assert scored["10 and more"]["off"] < scored["10 and more"]["off_by_boxes"]
    assert scored["material"][0]["name"] == CLIP
    assert "composed" in as_text(scored)


def test_a_folder_without_people_says_what_it_lacks(assets: Path, tmp_path: Path) -> None:
    (tmp_path / "motorway.avi").symlink_to(assets / "clips" / "motorway.avi")
    detector = opened(assets, tmp_path, "yolo26n_640_fp32.onnx")
    with pytest.raises(SourceUnusable, match="12 people"):
        score_crowds(tmp_path, detector, detector, [0], lambda _: None, lambda _: None)


def crowd(people: int, count: int, about: float | None = None) -> Counted:
    why: dict[str, Any] = {"count": float(count), "filled": 1.5 * people**0.8}
    if about is not None:
        why |= {"count_about": about, "count_low": 0.7 * about, "count_high": 1.5 * about}
    return Counted(people, 1.0, why)


def test_figures_tell_boxes_and_estimate_apart() -> None:
    told = summary([crowd(20, 10, 24.0), crowd(40, 10, 20.0), crowd(8, 6), Counted(30, 2.0, {}), Counted(2, 0.3, {})])
    assert told["10 and more"] == {
        "crowds": 3,
        "raised": 2,
        "estimated": 2,
        "off_by_boxes": 0.625,
        "off": 0.35,
        "truth_within": 0.5,
    }
    assert told["5 to 9"]["off"] == told["5 to 9"]["off_by_boxes"] == 0.25
    assert told["under 5"]["raised"] == 0


def test_the_curve_is_found_again() -> None:
    found = fitted([crowd(people, 5) for people in range(5, 60)])
    assert found is not None
    assert found["denser"] == pytest.approx(1.25, abs=0.01)
    assert found["fill"] == pytest.approx(1.5**-1.25, abs=0.01)
    assert fitted([crowd(8, 6)]) is None
