"""Scores of what gatherings rest on: groups among people whose tracks are known, without any detector.

`bonds` were chosen on the first half of the sequence alone, so the second half's figures are the ones to believe; and
crosswise, each half is scored with what the other half chooses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.spec import ObjectClass
from streams.accuracy.eth import TRACKS, Walk, read_plane, read_walks
from streams.accuracy.group_score import GroupScore, Tally
from streams.accuracy.origin import origin_of, origins
from vision.ground import GroundPlane, foot
from vision.groups import Bonds, Groups
from vision.track import Tracker
from vision.types import Detections, Ints

Doubles = NDArray[np.float64]

_EVERY_S = 0.8  # of the moments labelled every 0.4 s those nearest to a look a second
_TRIED = {"apart_m": (0.9, 1.2, 1.5), "unlike_m_s": (0.5, 0.7, 0.9), "bound": (0.4, 0.5, 0.6)}
_PERSON_M = (0.5, 1.0)  # a box's width and height on the ground, as that camera sees people from above

Labels = list[Ints]


def score_tracks(assets: Path) -> dict[str, Any]:
    """Group detection on ETH's tracks: as the shipped figures do, and crosswise. Raises `SourceUnusable`."""
    walks = read_walks(assets, _EVERY_S)
    first, second = halves(walks)
    origin, licence = origin_of(origins(assets), str(TRACKS / "obsmat.txt"))
    shipped = Bonds()
    crossed = {name: (best(chosen), of) for name, chosen, of in (("second", first, second), ("first", second, first))}
    both = GroupScore()
    for bonds, of in crossed.values():
        _add(both, grouped(of, bonds), of)
    return {
        "material": f"{TRACKS.name}: {len(walks)} moments {_EVERY_S} s apart, {_persons(walks)} persons",
        "origin": origin,
        "licence": licence,
        "column": "real",
        "measure": "groups of two and more at each moment; group_level: T = 2/3; whole_life: each group once",
        "bonds": _told(shipped),
        "bonds_chosen_on": "first half",
        "second_half": _scored(second, shipped),
        "first_half": _scored(first, shipped),
        "crosswise": {
            **both.figures(),
            "chosen": {f"{name} half, by the other": _told(bonds) for name, (bonds, _) in crossed.items()},
        },
        "through_the_tracker": through_tracker(walks, second[0].at_s, read_plane(assets)),
    }


def halves(walks: Sequence[Walk]) -> tuple[list[Walk], list[Walk]]:
    """Before and after the middle of the time, with nobody in both."""
    middle = (walks[0].at_s + walks[-1].at_s) / 2
    early = {int(p) for walk in walks if walk.at_s < middle for p in walk.person}
    late = [walk for walk in walks if walk.at_s >= middle and not early & set(walk.person.tolist())]
    return [walk for walk in walks if walk.at_s < middle], late


def grouped(walks: Sequence[Walk], bonds: Bonds) -> Labels:
    """What the live grouping says at each moment, told of nothing but who is where."""
    groups = Groups(bonds)
    return [groups.update(walk.person, walk.at_m, walk.at_s) for walk in walks]


def best(walks: Sequence[Walk]) -> Bonds:
    """Of a few tried, those with the best group-level F1."""

    def f1(bonds: Bonds) -> float:
        score = GroupScore()
        _add(score, grouped(walks, bonds), walks)
        return score.groups.figures()["f1"]

    tried = [Bonds(**dict(zip(_TRIED, values, strict=True))) for values in product(*_TRIED.values())]
    return max(tried, key=f1)


def whole_life(labels: Labels, walks: Sequence[Walk]) -> dict[str, float]:
    """Each true group once: right where two thirds of the moments found it, wrong where what was found was none."""
    seen, hit, wrong = Counter[int](), Counter[int](), Counter[frozenset[int]]()
    for found, walk in zip(labels, walks, strict=True):
        for group, members in _together(walk.group):
            seen[group] += 1
            hit[group] += _is_found(members, found)
        for _, members in _together(found):
            if not _is_found(members, walk.group):
                wrong[frozenset(walk.person[members].tolist())] += 1
    together = Counter[frozenset[int]]()
    for walk in walks:
        for people in wrong:
            together[people] += people <= set(walk.person.tolist())
    right = sum(hit[group] > seen[group] / 2 for group in seen)
    false = sum(count > together[people] / 2 for people, count in wrong.items())
    return Tally(right, right + false, len(seen)).figures()


def _together(labels: Ints) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Each label that two or more have, and who they are."""
    for label in np.unique(labels):
        members = labels == label
        if members.sum() > 1:
            yield int(label), members


def _is_found(members: NDArray[np.bool_], labels: Ints) -> bool:
    """Whether the labels hold those members together."""
    score = GroupScore()
    score.add(labels, np.where(members, 0, 1 + np.arange(len(members))))
    return score.groups.right > 0


def through_tracker(walks: Sequence[Walk], from_s: float, to_metres: Doubles) -> dict[str, Any]:
    """The same from boxes in the picture: plane, tracker and grouping as they are live, in place of known tracks."""
    # The file's homography takes (row, column), boxes are (x, y); before the horizon the last coordinate is positive.
    plane_px = to_metres[:, [1, 0, 2]]
    plane = GroundPlane(plane_px * np.sign(plane_px[2] @ [320, 240, 1]), np.zeros((0, 3, 3)))
    tracker, groups, score = Tracker(), Groups(), GroupScore()
    for walk in walks:
        boxes = _boxes(plane, walk.at_m)
        n = len(boxes)
        seen = Detections(boxes, np.full(n, 0.8, np.float32), np.full(n, ObjectClass.PERSON, np.int64))
        tracks = tracker.update(seen, walk.at_s)
        found = groups.update(tracks.track_id, plane.metres(foot(boxes)), walk.at_s)
        if walk.at_s >= from_s:
            score.add(found, walk.group)
    return score.figures()


def _boxes(plane: GroundPlane, at_m: Doubles) -> NDArray[np.float32]:
    feet = plane.pixels(at_m)
    scale = plane.px_per_metre(feet)
    wide, high = _PERSON_M[0] * scale / 2, _PERSON_M[1] * scale
    boxes = np.stack([feet[:, 0] - wide, feet[:, 1] - high, feet[:, 0] + wide, feet[:, 1]], axis=1)
    return boxes.astype(np.float32)


def _scored(walks: Sequence[Walk], bonds: Bonds) -> dict[str, Any]:
    score, labels = GroupScore(), grouped(walks, bonds)
    _add(score, labels, walks)
    return {**score.figures(), "whole_life": whole_life(labels, walks)}


def _add(score: GroupScore, labels: Labels, walks: Sequence[Walk]) -> None:
    for found, walk in zip(labels, walks, strict=True):
        score.add(found, walk.group)


def _persons(walks: Sequence[Walk]) -> int:
    return len({int(person) for walk in walks for person in walk.person})


def _told(bonds: Bonds) -> dict[str, float]:
    return {"apart_m": bonds.apart_m, "unlike_m_s": bonds.unlike_m_s, "memory_s": bonds.memory_s, "bound": bonds.bound}
