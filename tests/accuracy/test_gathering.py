"""Groups found against groups labelled: the measures themselves, and what the shipped figures reach on ETH."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streams.accuracy.eth import read_walks
from streams.accuracy.gathering import grouped, halves, whole_life
from streams.accuracy.group_score import GroupScore
from streams.errors import SourceUnusable
from vision.groups import Bonds


@pytest.mark.parametrize(
    ("found", "true", "groups", "exact", "pairs"),
    [
        ([1, 1, 1, 4], [1, 1, 1, 4], 1.0, 1.0, 1.0),
        ([1, 1, 3, 4], [1, 1, 1, 4], 1.0, 0.0, 0.5),  # two of three
        ([1, 1, 1, 1], [1, 1, 3, 3], 0.0, 0.0, 0.5),  # two pairs taken for one group
        ([1, 2, 3, 4], [1, 1, 3, 4], 0.0, 0.0, 0.0),
        ([1, 1, 3, 3], [1, 1, 3, 4], 0.667, 0.667, 0.667),
    ],
    ids=["the same", "one missed", "merged", "none", "one too many"],
)
def test_groups_are_scored_as_papers_do(
    found: list[int], true: list[int], groups: float, exact: float, pairs: float
) -> None:
    score = GroupScore()
    score.add(np.array(found), np.array(true))
    assert score.groups.figures()["f1"] == pytest.approx(groups, abs=1e-3)
    assert score.exact.figures()["f1"] == pytest.approx(exact, abs=1e-3)
    assert score.pairs.figures()["f1"] == pytest.approx(pairs, abs=1e-3)


def test_a_folder_without_tracks_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(SourceUnusable, match=r"obsmat\.txt"):
        read_walks(tmp_path, 0.8)


def test_the_halves_share_nobody(assets: Path) -> None:
    first, second = halves(read_walks(assets, 0.8))
    people = [{int(p) for walk in half for p in walk.person} for half in (first, second)]
    assert len(people[0]) > 100
    assert len(people[1]) > 100
    assert not people[0] & people[1]


def test_groups_on_eth_are_found_as_well_as_the_page_says(assets: Path) -> None:
    """On the half that chose nothing: docs/gathering.md."""
    _, second = halves(read_walks(assets, 0.8))
    labels, score = grouped(second, Bonds()), GroupScore()
    for found, walk in zip(labels, second, strict=True):
        score.add(found, walk.group)
    assert score.groups.figures()["f1"] >= 0.82
    assert np.mean(score.size_errors) <= 0.10
    assert whole_life(labels, second)["recall"] >= 0.93
