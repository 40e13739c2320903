"""Wires drawn over photographs: where the truth says they are, they are; what is doubtful is left out."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.wires.backgrounds import photographs, wire_like, without_bars
from models.wires.curves import Wire, span, wires
from models.wires.errors import BadBackgrounds, WireTrainError
from models.wires.paint import HIDDEN, Rgb, coverage, paint
from models.wires.samples import eased, sample
from models.wires.settings import WireSettings, learning_rate_share
from models.wires.townscape import townscape

GREY = np.full((160, 160, 3), 128, np.uint8)
STRAIGHT = span(np.array([10.0, 40.0]), np.array([150.0, 60.0]), 0.0, np.array([0.0, 1.0]))


@pytest.mark.parametrize("thickness_px", [0.7, 1.5, 4.0], ids=str)
def test_a_stroke_covers_as_much_as_it_is_thick(thickness_px: float) -> None:
    covered = coverage([STRAIGHT], [thickness_px], (160, 160))
    assert covered.sum() / float(np.hypot(140, 20)) == pytest.approx(thickness_px, rel=0.25, abs=0.35)


def test_a_wire_sags_as_far_as_it_is_told() -> None:
    hung = span(np.array([0.0, 10.0]), np.array([100.0, 10.0]), 12.0, np.array([0.0, 1.0]))
    assert hung[:, 1].max() == pytest.approx(22, abs=0.1)
    assert (hung[0] == [0, 10]).all()


def test_truth_lies_where_the_picture_was_painted() -> None:
    seen = 0
    for seed in range(12):
        painted, truth = paint(GREY, [Wire(STRAIGHT, 2.0)], np.random.default_rng(seed))
        changed = np.abs(painted.astype(int) - 128).max(axis=2) > 4
        near = cv2.dilate((truth != 0).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        assert not (changed & ~near).any()
        if (truth == 1).any():
            seen += 1
            assert changed[truth == 1].mean() > 0.5
    assert seen >= 8


def test_a_wire_that_nobody_could_see_teaches_nothing() -> None:
    hidden = 0
    for seed in range(60):
        painted, truth = paint(GREY * 0, [Wire(STRAIGHT, 0.7)], np.random.default_rng(seed))
        if painted.max() < 4:
            hidden += 1
            assert not (truth == 1).any()
    assert hidden > 0


def test_an_overhead_wire_in_the_photograph_is_left_out() -> None:
    sky = np.full((240, 320, 3), 200, np.uint8)
    sky[160:] = (60, 70, 60)
    cv2.line(sky, (0, 40), (319, 70), (40, 40, 40), 2, cv2.LINE_AA)
    doubtful = wire_like(sky)
    assert doubtful[55, 150:170].any() or doubtful[50:60, 160].any()
    assert not doubtful[100:].any()
    _, truth = sample(sky, doubtful, 128, np.random.default_rng(3), keeps_up=True)
    assert set(np.unique(truth)) <= {0, 1, HIDDEN}


def test_samples_are_the_same_by_seed() -> None:
    photograph = np.random.default_rng(0).integers(0, 255, (200, 220, 3)).astype(np.uint8)
    doubtful = np.zeros((200, 220), bool)
    one, other = (sample(photograph, doubtful, 96, np.random.default_rng(5)) for _ in range(2))
    assert (one[0] == other[0]).all()
    assert (one[1] == other[1]).all()


def test_every_style_of_wires_lies_in_reach_of_the_picture() -> None:
    for seed in range(40):
        for wire in wires(np.random.default_rng(seed), 200):
            assert 0.7 <= wire.thickness_px <= 6
            assert np.isfinite(wire.points).all()


def doubtful_at_right(random: np.random.Generator) -> tuple[Rgb, np.ndarray]:
    """A photograph that is red, and doubtful, in its right half."""
    photograph = np.full((150, 200, 3), (20, 120, 20), np.uint8)
    photograph[:, 100:] = (200, 20, 20)
    return photograph, photograph[..., 0] > 100


def test_what_is_doubtful_in_a_photograph_stays_so_in_a_townscape() -> None:
    red_seen = 0
    for seed in range(30):
        picture, doubt = townscape(doubtful_at_right, 128, np.random.default_rng(seed))
        assert picture.shape == (128, 128, 3)
        assert doubt.shape == (128, 128)
        # Nothing else that is drawn there is of this red: fronts and roofs are greyer, masts and sky brighter or dark.
        red = (np.abs(picture.astype(int) - (200, 20, 20)) < 6).all(axis=2)
        red_seen += int(red.sum())
        inner = cv2.erode(np.asarray(red, np.uint8), np.ones((5, 5), np.uint8)) > 0
        assert doubt[inner].all(), seed
    assert red_seen > 30 * 128 * 128 / 10


def test_a_townscape_is_the_same_by_seed_and_another_by_another() -> None:
    one, other, third = (townscape(doubtful_at_right, 96, np.random.default_rng(seed))[0] for seed in (4, 4, 5))
    assert (one == other).all()
    assert (one != third).any()


def test_the_edge_of_a_wire_is_neither_wire_nor_background() -> None:
    truth = np.zeros((9, 9), np.uint8)
    truth[4, 2:7] = 1
    told = eased(truth)
    assert (told == 1).sum() == 5
    assert (told[3:6, 1:8] != 0).all()
    assert (told == HIDDEN).sum() == 3 * 7 - 5
    assert not told[:3].any()
    assert not told[6:].any()


def test_the_learning_rate_ends_near_nothing() -> None:
    shares = [learning_rate_share(i / 100) for i in range(101)]
    assert max(shares) == pytest.approx(1.0, abs=0.01)
    assert shares[-1] < 0.005
    assert all(later <= sooner for sooner, later in pairwise(shares[3:]))


def test_a_run_cannot_go_on_from_a_checkpoint_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WireTrainError, match=r"no file .*lost\.pt"):
        WireSettings(tmp_path, tmp_path, start_from=tmp_path / "lost.pt")


def test_black_bars_are_cut_off() -> None:
    barred = np.zeros((300, 300, 3), np.uint8)
    barred[60:240] = 120
    assert without_bars(barred).shape[0] in range(170, 180)


def test_no_photographs_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(BadBackgrounds, match="expected photographs"):
        photographs(tmp_path)
